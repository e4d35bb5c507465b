"""Lambda of the inbound queue: what customers wrote."""

from __future__ import annotations

from chalicelib.handlers.queues.envelope import consumer
from chalicelib.services import inbound

handler = consumer({"inbound": inbound.receive})
