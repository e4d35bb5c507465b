"""The row of a conversation, and the indexes by which the inbox lists it."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.storage.base import (
    IntegerAttribute,
    OptionalInteger,
    OptionalText,
    Row,
    TableMeta,
    table,
)


class ByActivity(GlobalSecondaryIndex["ConversationRow"]):
    """A tenant's conversations of one state, by their last activity."""

    class Meta:
        """Index settings."""

        index_name = "by_activity"
        projection = AllProjection()

    state_key = UnicodeAttribute(hash_key=True)
    last_activity_at = UnicodeAttribute(range_key=True)


class ByAssignee(GlobalSecondaryIndex["ConversationRow"]):
    """The conversations of one user, or of nobody, in any state, by their last activity."""

    class Meta:
        """Index settings."""

        index_name = "by_assignee"
        projection = AllProjection()

    assignee_key = UnicodeAttribute(hash_key=True)
    last_activity_at = UnicodeAttribute(range_key=True)


class ConversationRow(Row):
    """The thread with one contact, as the inbox lists it.

    `assignee_id` is the user whose it is, if anybody's; `assignee_key` says the same for the index.
    """

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("conversations")

    tenant_id = UnicodeAttribute(hash_key=True)
    contact_id = UnicodeAttribute(range_key=True)
    state = UnicodeAttribute(default="open")
    state_key = UnicodeAttribute()
    contact_name = UnicodeAttribute(default="")
    contact_phone = OptionalText()
    contact_username = OptionalText()
    contact_bsuid = OptionalText()
    unread = IntegerAttribute(default=0)
    last_message = UnicodeAttribute(default="")
    last_direction = UnicodeAttribute(default="in")
    last_activity_at = UnicodeAttribute()
    last_inbound_at = OptionalInteger()
    number_id = OptionalText()
    assignee_id = OptionalText()
    assignee_key = OptionalText()
    by_activity = ByActivity()
    by_assignee = ByAssignee()
