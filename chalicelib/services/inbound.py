"""What customers write: into the thread, the inbox, and the report of the campaign it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from chalicelib.core import aws
from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.ids import derived_id
from chalicelib.storage.campaigns import Campaigns
from chalicelib.storage.contacts import ContactRow, Contacts
from chalicelib.storage.conversations import Conversations
from chalicelib.storage.messages import MessageRow, Messages
from chalicelib.storage.tenants import Owner
from chalicelib.whatsapp.events import Inbound

ANSWER_WITHIN_MS = 7 * 24 * 3600 * 1000
_LOOK_BACK = 10
_KEPT = (
    "phone_number_id",
    "message_id",
    "from_phone",
    "from_user_id",
    "profile_name",
    "at_ms",
    "type",
    "text",
    "context_message_id",
)


def enqueue(pairs: Sequence[tuple[Owner, Inbound]]) -> None:
    """Put inbound messages on their queue; on return they are durable. 0.1 requests each."""
    aws.send_messages(
        settings().inbound_queue_url,
        [
            (
                json.dumps(
                    {
                        "v": 1,
                        "type": "inbound",
                        "tenant_id": owner.tenant_id,
                        "number_id": owner.entity_id,
                        "message": {
                            name: value for name, value in asdict(event).items() if name in _KEPT
                        },
                        "opens_window": event.opens_window,
                    }
                ),
                owner.tenant_id,
                0,
            )
            for owner, event in pairs
        ],
    )


def receive(ctx: TenantContext, envelope: Mapping[str, Any], clock: Clock = SYSTEM_CLOCK) -> None:
    """Take in one inbound message; a second delivery of it changes nothing. About 10 WRU.

    The message's id follows from Meta's, so it finds itself. The campaign's answer is noted before
    the message is written: both are conditional, and a death between them is made good by SQS.
    """
    message = envelope["message"]
    contact = Contacts(ctx).find_or_create_by_identity(
        phone=message["from_phone"],
        bsuid=message["from_user_id"],
        profile_name=message["profile_name"],
        now_ms=clock.now_ms(),
    )
    if envelope["opens_window"]:
        _note_answer(ctx, contact, message)
    row = MessageRow(
        Messages(ctx).thread_key(contact.id),
        derived_id("msg", message["at_ms"], message["message_id"]),
        direction="in",
        type=message["type"],
        text=message["text"],
        wamid=message["message_id"],
        at=message["at_ms"],
    )
    Conversations(ctx).receive(
        row, contact, envelope["number_id"], opens_window=envelope["opens_window"]
    )


def _note_answer(ctx: TenantContext, contact: ContactRow, message: Mapping[str, Any]) -> None:
    """Credit the answer to the message it quotes, else to the last campaign's within a week."""
    recent = Messages(ctx).thread(contact.id, _LOOK_BACK, None).items
    quoted = message["context_message_id"]
    sent = [row for row in recent if row.direction == "out" and row.campaign_id]
    answered = next((row for row in sent if quoted and row.wamid == quoted), None) or next(
        (row for row in sent if message["at_ms"] - row.at or ANSWER_WITHIN_MS > 0), None
    )
    if answered is None or answered.campaign_id is None:
        return
    if Messages(ctx).mark_answered(contact.id, answered.id, message["at_ms"]):
        Campaigns(ctx).count(answered.campaign_id, {"answered": 1})
