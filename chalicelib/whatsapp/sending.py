"""Sending one message and waiting for Meta's answer: an agent's reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.whatsapp.client import GraphClient, graph_client
from chalicelib.whatsapp.message_sender import Accepted, read_accepted, send_request


def send_now(
    token: str,
    phone_number_id: str,
    payload: Mapping[str, Any],
    client: GraphClient | None = None,
) -> Accepted:
    """Send one message and wait for Meta's answer. Raises WhatsAppError."""
    answer = (client or graph_client()).call(token, send_request(phone_number_id, payload))
    return read_accepted(answer)
