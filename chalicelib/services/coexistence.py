"""Numbers that are used in the WhatsApp Business app as well: its messages, history and contacts.

What the app sends stands in the thread as sent by `app`, and nothing of it is unread. A contact
that is removed from the phone's address book stays: it has a history here, and maybe an opt-out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.services import message_events
from chalicelib.services.inbound import fetch_media, message_row
from chalicelib.storage.contacts import ContactRow, Contacts
from chalicelib.storage.conversations import Conversations
from chalicelib.storage.message_state import RANKS
from chalicelib.storage.messages import MessageRow, time_field

SENT_BY_APP = "app"
# Meta's words in a history; another word, or none, means that it left the phone at least.
_STATES = {
    "DELIVERED": "delivered",
    "READ": "read",
    "PLAYED": "read",
    "ERROR": "failed",
    "SENT": "sent",
    "PENDING": "accepted",
}


def receive_past(
    ctx: TenantContext, envelope: Mapping[str, Any], clock: Clock = SYSTEM_CLOCK
) -> None:
    """Write messages that went through another app; those that are there stay. 6 to 10 WRU each."""
    now_ms = clock.now_ms()
    known: dict[tuple[str | None, str | None], ContactRow] = {}
    for event in envelope["events"]:
        person = (event["phone"], event["user_id"])
        if person not in known:
            known[person] = Contacts(ctx).find_or_create_by_identity(
                phone=event["phone"],
                bsuid=event["user_id"],
                profile_name=event["name"],
                now_ms=now_ms,
            )
        _file(ctx, known[person], event, envelope["number_id"])


def _file(
    ctx: TenantContext, contact: ContactRow, event: Mapping[str, Any], number_id: str
) -> None:
    if message_events.apply(ctx, contact.id, event):
        return
    row = message_row(ctx, contact, event)
    row.direction = "out" if event["is_outgoing"] else "in"
    if event["is_outgoing"]:
        _as_sent(row, event)
    Conversations(ctx).file_past(row, contact, number_id, is_history=event["is_history"])
    if not event["is_history"]:
        message_events.apply_waiting(ctx, contact.id, row)
    fetch_media(ctx, contact, row, number_id, event["media"])


def _as_sent(row: MessageRow, event: Mapping[str, Any]) -> None:
    state = _STATES.get(event["status"] or "", "sent")
    row.sent_by, row.to = SENT_BY_APP, event["phone"] or event["user_id"]
    row.state, row.rank = state, RANKS[state]
    for name, at_ms in time_field(state, event["at_ms"]).items():
        setattr(row, name, at_ms)


def receive_contacts(
    ctx: TenantContext, envelope: Mapping[str, Any], clock: Clock = SYSTEM_CLOCK
) -> None:
    """Take in the address book: who is new becomes a contact, an empty name is filled; 6 WRU."""
    now_ms = clock.now_ms()
    for event in envelope["events"]:
        if event["action"] == "add":
            Contacts(ctx).find_or_create_by_identity(
                phone=event["phone"], bsuid=None, profile_name=event["name"], now_ms=now_ms
            )
