"""What customers write: into the thread, the inbox, and the report of the campaign it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.core.ids import derived_id
from chalicelib.core.log import log
from chalicelib.services import identity_changes, media, message_events
from chalicelib.services.opt_out_words import opt_out_of
from chalicelib.storage.campaigns import Campaigns
from chalicelib.storage.contact_marks import ContactMarks
from chalicelib.storage.contacts import ContactRow, Contacts
from chalicelib.storage.conversations import Conversations
from chalicelib.storage.messages import MessageRow, Messages

ANSWER_WITHIN_MS = 7 * 24 * 3600 * 1000
# Meta's times are whole seconds, ours are not: an answer may seem older than what it answers.
_CLOCKS_DIFFER_MS = 60_000
_LOOK_BACK = 10


def receive(ctx: TenantContext, envelope: Mapping[str, Any], clock: Clock = SYSTEM_CLOCK) -> None:
    """Take in one inbound message; a second delivery of it changes nothing. About 10 WRU.

    The message's id follows from Meta's, so it finds itself. The campaign's answer, and that the
    person asks for no more messages, are noted before the message is written: all are conditional,
    and a death between them is made good by SQS. A reaction, an edit or a revocation changes the
    message that it is about; where that is not there (yet), it stands in the thread by itself until
    the message comes.
    """
    message, number_id = envelope["message"], envelope["number_id"]
    now_ms = clock.now_ms()
    contact = _contact(ctx, message, now_ms)
    if contact.absorbing:
        identity_changes.finish(ctx, contact)
    opens_window = envelope["opens_window"]
    if opens_window:
        ContactMarks(ctx).note_seen(contact, message["at_ms"], now_ms)
        _note_answer(ctx, contact, message)
    if message_events.apply(ctx, contact.id, message):
        if opens_window:
            Conversations(ctx).open_window(contact.id, message["at_ms"])
        return
    row = message_row(ctx, contact, message)
    row.direction = "in"
    _honour_stop(ctx, contact, row, now_ms)
    Conversations(ctx).receive(row, contact, number_id, opens_window=opens_window)
    message_events.apply_waiting(ctx, contact.id, row)
    fetch_media(ctx, contact, row, number_id, message.get("media"))


def _honour_stop(ctx: TenantContext, contact: ContactRow, row: MessageRow, now_ms: int) -> None:
    """Opt out a person who asks for no more messages, or no more marketing.

    A message that is in the thread already has been honoured: if somebody has lifted the opt-out
    since, its repetition does not bring that back. 1 RRU and 1 to 3 WRU for such a message.
    """
    scope, at_ms = opt_out_of(row.type or "", row.text or "", row.content), int(row.at or 0)
    if scope is None or _is_known(ctx, contact.id, row.id):
        return
    if scope == "marketing":
        ContactMarks(ctx).set_marketing(contact.id, at_ms, now_ms, is_stopped=True)
    elif contact.opted_out_at is None or contact.opted_out_at > at_ms:
        Contacts(ctx).update(contact.id, {"opted_out_at": at_ms}, now_ms)
    log.info("a person opted out", extra={"contact_id": contact.id, "scope": scope})


def _is_known(ctx: TenantContext, contact_id: str, message_id: str) -> bool:
    try:
        Messages(ctx).get(contact_id, message_id)
    except NotFound:
        return False
    return True


def message_row(ctx: TenantContext, contact: ContactRow, message: Mapping[str, Any]) -> MessageRow:
    """Return the row of a message that an envelope holds; nothing is written."""
    file = message.get("media")
    return MessageRow(
        Messages(ctx).thread_key(contact.id),
        derived_id("msg", message["at_ms"], message["message_id"]),
        type=message["type"],
        text=message["text"],
        content=message.get("content"),
        media=None if file is None else json.dumps({**file, "state": "pending"}),
        context_wamid=message.get("context_message_id"),
        referral=message.get("referral"),
        error_code=message.get("error_code"),
        error=message.get("error"),
        wamid=message["message_id"],
        at=message["at_ms"],
    )


def fetch_media(
    ctx: TenantContext,
    contact: ContactRow,
    row: MessageRow,
    number_id: str,
    file: Mapping[str, Any] | None,
) -> None:
    """Have the file of a message fetched, if it has one. 1 request."""
    if file is not None:
        media.request_download(ctx, contact.id, row.id, number_id, file)


def _contact(ctx: TenantContext, message: Mapping[str, Any], now_ms: int) -> ContactRow:
    if message["type"] == "system":
        changed = identity_changes.apply(ctx, message, now_ms)
        if changed is not None:
            return changed
    return Contacts(ctx).find_or_create_by_identity(
        phone=message["from_phone"] or message.get("shared_phone"),
        bsuid=message["from_user_id"],
        profile_name=message["profile_name"],
        username=message.get("username"),
        parent_bsuid=message.get("from_parent_user_id"),
        now_ms=now_ms,
    )


def _note_answer(ctx: TenantContext, contact: ContactRow, message: Mapping[str, Any]) -> None:
    """Credit the answer to the message it quotes, else to the last campaign's within a week."""
    recent = Messages(ctx).thread(contact.id, _LOOK_BACK, None).items
    quoted, at_ms = message["context_message_id"], message["at_ms"]
    sent = [row for row in recent if row.direction == "out" and row.campaign_id]
    answered = next((row for row in sent if quoted and row.wamid == quoted), None) or next(
        (
            row
            for row in sent
            if -_CLOCKS_DIFFER_MS <= at_ms - (row.at or at_ms) <= ANSWER_WITHIN_MS
        ),
        None,
    )
    if answered is None or answered.campaign_id is None:
        return
    is_news = Messages(ctx).mark_answered(contact.id, answered.id, at_ms)
    if answered.copied_from is not None:
        # The ledger counts the original, in the thread of the contact that became this one.
        is_news = Messages(ctx).mark_answered(answered.copied_from, answered.id, at_ms)
    if is_news:
        Campaigns(ctx).count(answered.campaign_id, {"answered": 1})
