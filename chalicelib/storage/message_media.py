"""What is known of a message's own file, which stands on the message's row."""

from __future__ import annotations

from pynamodb.exceptions import DoesNotExist, UpdateError

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.storage.base import is_condition_failure
from chalicelib.storage.messages import MessageRow, Messages


def read_message(ctx: TenantContext, contact_id: str, message_id: str) -> MessageRow:
    """Return a message as it is now; raise NotFound. 1 RRU."""
    try:
        return MessageRow.get(
            Messages(ctx).thread_key(contact_id), message_id, consistent_read=True
        )
    except DoesNotExist:
        raise NotFound("There is no such message.") from None


def set_message_media(
    ctx: TenantContext, contact_id: str, message_id: str, before: str | None, after: str
) -> bool:
    """Write what is known of a message's file, if it is still `before`; else False. 1 WRU."""
    row = MessageRow(Messages(ctx).thread_key(contact_id), message_id)
    was = MessageRow.media.does_not_exist() if before is None else MessageRow.media == before
    try:
        row.update(actions=[MessageRow.media.set(after)], condition=MessageRow.id.exists() & was)
    except UpdateError as error:
        if is_condition_failure(error):
            return False
        raise
    return True
