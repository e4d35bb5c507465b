"""Routes of the shared inbox."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid, NotFound, Unavailable, Upstream
from chalicelib.handlers.routing import routes
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.conversations import (
    ConversationList,
    ConversationOut,
    ConversationQuery,
    ConversationUpdate,
    MessageList,
    ReadReceipt,
)
from chalicelib.services import conversations

api = routes(__name__, "conversations")
blueprint = api.blueprint


@api.route("GET", "/api/conversations", permission="conversations:read")
def list_conversations(ctx: TenantContext, query: ConversationQuery) -> ConversationList:
    """List conversations, latest activity first."""
    return conversations.page(ctx, query)


@api.route("GET", "/api/conversations/{contact_id}", permission="conversations:read")
def get_conversation(ctx: TenantContext, contact_id: str) -> ConversationOut:
    """Get the conversation with a contact."""
    return conversations.get(ctx, contact_id)


@api.route(
    "PATCH",
    "/api/conversations/{contact_id}",
    permission="conversations:write",
    before=conversations.get,
)
def update_conversation(
    ctx: TenantContext, contact_id: str, body: ConversationUpdate
) -> ConversationOut:
    """Mark a conversation as read, resolve it, or reopen it."""
    return conversations.update(ctx, contact_id, body)


@api.route("GET", "/api/conversations/{contact_id}/messages", permission="conversations:read")
def list_messages(ctx: TenantContext, contact_id: str, query: PageQuery) -> MessageList:
    """List the messages of a thread, newest first, campaigns' included."""
    return conversations.thread(ctx, contact_id, query)


@api.route(
    "POST",
    "/api/conversations/{contact_id}/read",
    permission="conversations:write",
    errors=(NotFound, Conflict, Invalid, Upstream, Unavailable),
    is_audited=False,  # looking, not changing; with `typing` it comes with every key that is hit
)
def read_conversation(ctx: TenantContext, contact_id: str, body: ReadReceipt) -> ConversationOut:
    """Mark the customer's messages as read, in WhatsApp too.

    With `typing` the customer sees that somebody writes, until the answer or for 25 seconds.
    """
    return conversations.mark_read(ctx, contact_id, body)
