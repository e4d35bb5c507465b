"""Lambda of the media queue: files that customers sent, one an invocation."""

from __future__ import annotations

from chalicelib.handlers.queues.envelope import Consumer
from chalicelib.services import media_inbound

handler = Consumer({"media": media_inbound.receive})
