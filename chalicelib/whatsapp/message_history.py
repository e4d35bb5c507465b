"""What Meta remembers of one message's way: an aid where a webhook was lost.

Not every app is offered it, and Meta does not say for how long: a caller does without if it is
refused. Source: Meta's reference message-history, v23.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.whatsapp.graph import GraphRequest, node


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """A step of a message; `status` is Meta's word in lower case, as in a webhook's status.

    `webhook_state` says whether the webhook about it was delivered, in Meta's words.
    """

    wamid: str
    status: str
    at_ms: int
    webhook_state: str


def history_request(phone_number_id: str, wamid: str, after: str | None = None) -> GraphRequest:
    """Return the call for a message's steps; the cursor is read by `graph.read_next`."""
    params = {"message_id": wamid} | ({"after": after} if after else {})
    return GraphRequest("GET", node(phone_number_id, "message_history"), params=params)


def read_history(answer: Mapping[str, Any]) -> tuple[DeliveryEvent, ...]:
    """Return the steps on a page, the earliest first; what cannot be read is left out."""
    events = [
        DeliveryEvent(
            wamid=str(entry.get("message_id") or ""),
            status=event["delivery_status"].lower(),
            at_ms=event["timestamp"] * 1000,
            webhook_state=str(event.get("webhook_update_state") or ""),
        )
        for entry in _data(answer)
        for event in _data(entry.get("events"))
        if isinstance(event.get("delivery_status"), str) and isinstance(event.get("timestamp"), int)
    ]
    return tuple(sorted(events, key=lambda event: event.at_ms))


def _data(value: object) -> Iterator[Mapping[str, Any]]:
    items = value.get("data") if isinstance(value, Mapping) else None
    if isinstance(items, list):
        yield from (item for item in items if isinstance(item, Mapping))
