"""The route by which an agent sends a message; apart from the inbox, which reads only."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid, NotFound, Unavailable, Upstream
from chalicelib.handlers.routing import routes
from chalicelib.schemas.message_send import MessageSend
from chalicelib.schemas.thread import MessageOut
from chalicelib.services import replies

api = routes(__name__, "conversations")
blueprint = api.blueprint


@api.route(
    "POST",
    "/api/conversations/{contact_id}/messages",
    status=201,
    permission="conversations:write",
    errors=(NotFound, Conflict, Invalid, Upstream, Unavailable),
    takes_idempotency_key=True,
    keeps_body=False,  # what people write to each other stays in their conversation
)
def send_message(ctx: TenantContext, contact_id: str, body: MessageSend) -> MessageOut:
    """Send a message of any type to a contact.

    Within 24 hours of the customer's last message everything may be sent, afterwards and to
    somebody who never wrote a template only. A file is named by its id in the library, a message
    that is answered or reacted to by its id in the thread.
    """
    return replies.send(ctx, contact_id, body)
