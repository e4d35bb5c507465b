"""Lambda of the media queue: files that customers sent, one an invocation."""

from __future__ import annotations

from chalicelib.handlers.queues.envelope import consumer
from chalicelib.services import media_inbound

handler = consumer({"media": media_inbound.receive})
