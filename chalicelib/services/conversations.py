"""The shared inbox: threads with customers, and agents' answers to them."""

from __future__ import annotations

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.conversations import (
    ConversationList,
    ConversationOut,
    ConversationQuery,
    ConversationUpdate,
    MessageList,
    ReadReceipt,
)
from chalicelib.services import assignment
from chalicelib.services.message_view import thread_out
from chalicelib.services.number_token import watching_token
from chalicelib.services.service_window import window_closes_ms
from chalicelib.storage.contacts import Contacts
from chalicelib.storage.conversation_row import ConversationRow
from chalicelib.storage.conversations import Conversations
from chalicelib.storage.messages import Messages
from chalicelib.storage.numbers import Numbers, access_token
from chalicelib.whatsapp.client import graph_client
from chalicelib.whatsapp.errors import WhatsAppError, as_app_error
from chalicelib.whatsapp.message_sender import send_request
from chalicelib.whatsapp.messages import read_receipt

# Meta takes a read receipt within 30 days of the message.
RECEIPT_MS = 30 * 24 * 3600 * 1000
_LOOK_BACK = 50


def page(ctx: TenantContext, query: ConversationQuery) -> ConversationList:
    """Return a page of the conversations that the caller sees, latest activity first. One query.

    Raises Forbidden for somebody's whose conversations they do not see.
    """
    conversations = Conversations(ctx)
    assignee = assignment.assignee_of(ctx, query.assignee)
    if assignee is None:
        found = conversations.page(query.state, query.limit, query.cursor)
    else:
        user_id = None if assignee == assignment.NOBODY else assignee
        found = conversations.page_of(user_id, query.state, query.limit, query.cursor)
    return ConversationList(
        items=[_conversation(row) for row in found.items], next_cursor=found.next_cursor
    )


def get(ctx: TenantContext, contact_id: str) -> ConversationOut:
    """Return a conversation; raise NotFound, also for one that the caller does not see. 1 RRU."""
    row = Conversations(ctx).get(contact_id)
    assignment.check_sees(ctx, row)
    return _conversation(row)


def update(ctx: TenantContext, contact_id: str, changes: ConversationUpdate) -> ConversationOut:
    """Mark as read, resolve, reopen, assign. 1 to 5 WRU; 1.5 RRU for somebody to assign it to.

    Raises NotFound, and Invalid for an assignee who is none.
    """
    assignment.check_reach(ctx, contact_id)
    conversations = Conversations(ctx)
    actions = list(conversations.state_changes(changes.state)) if changes.state else []
    if changes.unread is not None:
        actions.append(ConversationRow.unread.set(0))
    if "assignee_id" in changes.model_fields_set:
        if changes.assignee_id is not None:
            assignment.check_assignee(ctx, changes.assignee_id)
        actions += conversations.assignment(changes.assignee_id)
    if not actions:
        return get(ctx, contact_id)
    return _conversation(conversations.update(contact_id, *actions))


def thread(
    ctx: TenantContext, contact_id: str, query: PageQuery, clock: Clock = SYSTEM_CLOCK
) -> MessageList:
    """Return a page of the thread, newest first; raise NotFound. One query and 1 RRU."""
    Contacts(ctx).get(contact_id)
    assignment.check_reach(ctx, contact_id)
    found = Messages(ctx).thread(contact_id, query.limit, query.cursor)
    return MessageList(items=thread_out(found.items, clock.now_ms()), next_cursor=found.next_cursor)


def mark_read(
    ctx: TenantContext, contact_id: str, body: ReadReceipt, clock: Clock = SYSTEM_CLOCK
) -> ConversationOut:
    """Mark the customer's messages as read, here first and then in WhatsApp; perhaps show typing.

    Meta is told of the latest message of the customer among the thread's last 50, if it is not over
    30 days old; there is nothing to tell otherwise, and then nobody is shown as writing. May be
    repeated. Raises NotFound, and what Meta refuses as Upstream, Invalid or Unavailable. 2 RRU, 1
    WRU, one call of Meta.
    """
    assignment.check_reach(ctx, contact_id)
    conversations = Conversations(ctx)
    row = conversations.update(contact_id, ConversationRow.unread.set(0))
    latest = _latest_inbound(ctx, contact_id, clock.now_ms() - RECEIPT_MS)
    if latest is not None and row.number_id is not None:
        number = Numbers(ctx).get(row.number_id)
        payload = read_receipt(latest, is_typing=body.typing)
        request = send_request(number.phone_number_id, payload)
        try:
            with watching_token(ctx, number):
                graph_client().call(access_token(number), request)
        except WhatsAppError as error:
            raise as_app_error(error) from error
    return _conversation(row)


def _latest_inbound(ctx: TenantContext, contact_id: str, since_ms: int) -> str | None:
    """Return Meta's id of what the customer wrote last, if that was after `since_ms`."""
    for row in Messages(ctx).thread(contact_id, _LOOK_BACK, None).items:
        if row.direction == "in" and row.wamid is not None:
            return row.wamid if (row.at or 0) >= since_ms else None
    return None


def _conversation(row: ConversationRow) -> ConversationOut:
    closes_ms = window_closes_ms(row)
    return ConversationOut(
        contact_id=row.contact_id,
        contact_name=row.contact_name,
        contact_phone=row.contact_phone,
        contact_username=row.contact_username,
        contact_bsuid=row.contact_bsuid,
        state="open" if row.state == "open" else "resolved",
        unread=row.unread,
        last_message=row.last_message,
        last_direction="in" if row.last_direction == "in" else "out",
        last_activity_at=row.last_activity_at,
        assignee_id=row.assignee_id,
        number_id=row.number_id,
        window_closes_at=None if closes_ms is None else to_iso(closes_ms),
    )
