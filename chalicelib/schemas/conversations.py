"""Requests and responses of the shared inbox."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chalicelib.schemas.base import PageQuery, RequestModel, ResponseModel
from chalicelib.schemas.thread import MessageOut

Assignee = Annotated[str, StringConstraints(pattern=r"^(me|nobody|usr_[0-9a-z]{26})$")]


class ConversationQuery(PageQuery):
    """A page of conversations, latest activity first."""

    state: Literal["open", "resolved"] = "open"
    assignee: Assignee | None = Field(
        default=None,
        description="`me`, `nobody` or a user's id; without it those of everybody, or your own if "
        "you see no others.",
    )


class ConversationOut(ResponseModel):
    """The thread with one contact; its id is the contact's."""

    contact_id: str
    contact_name: str
    contact_phone: str | None
    contact_username: str | None = Field(description="The person's name at WhatsApp, without @.")
    contact_bsuid: str | None = Field(description="The person's user id at WhatsApp.")
    state: Literal["open", "resolved"]
    unread: int
    last_message: str
    last_direction: Literal["in", "out"]
    last_activity_at: str
    assignee_id: str | None = Field(description="The user whose conversation it is.")
    number_id: str | None = Field(description="The number that the customer last wrote to.")
    window_closes_at: str | None = Field(
        description="Until then free-form messages are allowed; afterwards only templates."
    )


class ConversationList(ResponseModel):
    """A page of conversations."""

    items: list[ConversationOut]
    next_cursor: str | None


class ConversationUpdate(RequestModel):
    """Mark as read, resolve, reopen, assign."""

    state: Literal["open", "resolved"] | None = None
    unread: Literal[0] | None = None
    assignee_id: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        default=None, description="The user who takes it over; null hands it back to nobody."
    )


class MessageList(ResponseModel):
    """A page of a thread, newest first."""

    items: list[MessageOut]
    next_cursor: str | None


class ReadReceipt(RequestModel):
    """Marks the customer's messages as read, in WhatsApp too."""

    typing: bool = Field(
        default=False,
        description="Shows the customer that somebody writes, until the answer or for 25 seconds.",
    )
