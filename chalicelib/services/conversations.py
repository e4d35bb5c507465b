"""The shared inbox: threads with customers, and agents' answers to them."""

from __future__ import annotations

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict
from chalicelib.core.ids import ordered_id
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.conversations import (
    ConversationList,
    ConversationOut,
    ConversationQuery,
    ConversationUpdate,
    MessageList,
    MessageOut,
    MessageSend,
)
from chalicelib.services.callback import MessageKey, encode_callback
from chalicelib.storage.contacts import Contacts
from chalicelib.storage.conversations import PREVIEW_CHARACTERS, ConversationRow, Conversations
from chalicelib.storage.messages import MessageRow, Messages
from chalicelib.storage.numbers import Numbers, access_token
from chalicelib.whatsapp.errors import Retry, WhatsAppError, as_app_error
from chalicelib.whatsapp.messages import text_message
from chalicelib.whatsapp.sending import send_now

# Meta's customer service window: free-form messages within 24 h of the customer's last one.
WINDOW_MS = 24 * 3600 * 1000


def page(ctx: TenantContext, query: ConversationQuery) -> ConversationList:
    """Return a page of conversations, latest activity first. One query."""
    found = Conversations(ctx).page(query.state, query.limit, query.cursor)
    return ConversationList(
        items=[_conversation(row) for row in found.items], next_cursor=found.next_cursor
    )


def get(ctx: TenantContext, contact_id: str) -> ConversationOut:
    """Return a conversation; raise NotFound. 1 RRU."""
    return _conversation(Conversations(ctx).get(contact_id))


def update(ctx: TenantContext, contact_id: str, changes: ConversationUpdate) -> ConversationOut:
    """Mark as read, resolve or reopen. 1 to 3 WRU."""
    conversations = Conversations(ctx)
    actions = list(conversations.state_changes(changes.state)) if changes.state else []
    if changes.unread is not None:
        actions.append(ConversationRow.unread.set(0))
    if not actions:
        return get(ctx, contact_id)
    return _conversation(conversations.update(contact_id, *actions))


def thread(ctx: TenantContext, contact_id: str, query: PageQuery) -> MessageList:
    """Return a page of the thread, newest first; raise NotFound. One query and 1 RRU."""
    Contacts(ctx).get(contact_id)
    found = Messages(ctx).thread(contact_id, query.limit, query.cursor)
    return MessageList(items=[_message(row) for row in found.items], next_cursor=found.next_cursor)


def reply(
    ctx: TenantContext, contact_id: str, message: MessageSend, clock: Clock = SYSTEM_CLOCK
) -> MessageOut:
    """Send a text to a customer who wrote in the last 24 hours. 3 RRU, 4 WRU, one call of Meta.

    The row is written before the call, so that a message that went out is never without one; if
    the answer stays away it is `unknown`, and a status settles it. Raises Conflict `window_closed`,
    and what Meta refuses as Upstream or Invalid, with the row kept as failed.
    """
    conversation = Conversations(ctx).get(contact_id)
    now_ms = clock.now_ms()
    closes_ms = _window_closes_ms(conversation)
    if closes_ms is None or closes_ms <= now_ms or conversation.number_id is None:
        raise Conflict(
            "The 24-hour window is closed: only a template can be sent until the customer writes.",
            code="window_closed",
        )
    contact = Contacts(ctx).get(contact_id)
    number = Numbers(ctx).get(conversation.number_id)
    to = contact.phone or contact.bsuid or ""
    message_id = ordered_id("msg", now_ms)
    key = MessageKey(ctx.tenant_id, contact_id, message_id, None)
    body: dict[str, str | int] = {
        "direction": "out",
        "type": "text",
        "text": message.text,
        "to": to,
        "sent_by": ctx.user_id,
        "at": now_ms,
    }
    messages = Messages(ctx)
    messages.record_outgoing(contact_id, message_id, "claimed", body)
    payload = text_message(to, message.text, encode_callback(key))
    try:
        accepted = send_now(access_token(number), number.phone_number_id, payload)
    except WhatsAppError as error:
        _note_failure(messages, contact_id, message_id, error, clock)
        raise as_app_error(error) from error
    proof: dict[str, str | int] = {"wamid": accepted.message_id, "accepted_at": clock.now_ms()}
    messages.record_outgoing(contact_id, message_id, "accepted", proof)
    Conversations(ctx).update(
        contact_id,
        ConversationRow.last_message.set(message.text[:PREVIEW_CHARACTERS]),
        ConversationRow.last_direction.set("out"),
        ConversationRow.last_activity_at.set(to_iso(now_ms)),
        ConversationRow.unread.set(0),
    )
    return _message(messages.get(contact_id, message_id))


def _note_failure(
    messages: Messages, contact_id: str, message_id: str, error: WhatsAppError, clock: Clock
) -> None:
    fields: dict[str, str | int] = {"error": error.detail}
    if error.code is not None:
        fields["error_code"] = error.code
    if error.retry is Retry.AMBIGUOUS:
        messages.raise_state(contact_id, message_id, "unknown", fields)
    else:
        fields["failed_at"] = clock.now_ms()
        messages.raise_state(contact_id, message_id, "failed", fields)


def _window_closes_ms(row: ConversationRow) -> int | None:
    return None if row.last_inbound_at is None else row.last_inbound_at + WINDOW_MS


def _conversation(row: ConversationRow) -> ConversationOut:
    closes_ms = _window_closes_ms(row)
    return ConversationOut(
        contact_id=row.contact_id,
        contact_name=row.contact_name,
        contact_phone=row.contact_phone,
        state="open" if row.state == "open" else "resolved",
        unread=row.unread,
        last_message=row.last_message,
        last_direction="in" if row.last_direction == "in" else "out",
        last_activity_at=row.last_activity_at,
        window_closes_at=None if closes_ms is None else to_iso(closes_ms),
    )


def _message(row: MessageRow) -> MessageOut:
    return MessageOut(
        id=row.id,
        direction="in" if row.direction == "in" else "out",
        type=row.type or "text",
        text=row.text or "",
        state=row.state,
        error_code=None if row.error_code is None else row.error_code,
        error=row.error,
        campaign_id=row.campaign_id,
        at=to_iso(_moment(row)),
    )


def _moment(row: MessageRow) -> int:
    """Return when the message was written; a status may have come before the row's own fields."""
    times = (row.at, row.accepted_at, row.sent_at, row.delivered_at, row.read_at, row.failed_at)
    return int(next(time for time in (*times, 0) if time is not None))
