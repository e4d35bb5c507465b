"""Requests and responses of the shared inbox."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from chalicelib.schemas.base import PageQuery, RequestModel, ResponseModel


class ConversationQuery(PageQuery):
    """A page of conversations, latest activity first."""

    state: Literal["open", "resolved"] = "open"


class ConversationOut(ResponseModel):
    """The thread with one contact; its id is the contact's."""

    contact_id: str
    contact_name: str
    contact_phone: str | None
    state: Literal["open", "resolved"]
    unread: int
    last_message: str
    last_direction: Literal["in", "out"]
    last_activity_at: str
    window_closes_at: str | None = Field(
        description="Until then free-form messages are allowed; afterwards only templates."
    )


class ConversationList(ResponseModel):
    """A page of conversations."""

    items: list[ConversationOut]
    next_cursor: str | None


class MessageSend(RequestModel):
    """A free-form text to a customer who wrote in the last 24 hours."""

    text: str = Field(min_length=1, max_length=4096)


class ConversationUpdate(RequestModel):
    """Mark as read, resolve, reopen."""

    state: Literal["open", "resolved"] | None = None
    unread: Literal[0] | None = None


class MessageOut(ResponseModel):
    """A message of a thread, in or out."""

    id: str
    direction: Literal["in", "out"]
    type: str
    text: str
    state: str | None = Field(description="Of an outgoing message.")
    error_code: int | None
    error: str | None
    campaign_id: str | None
    at: str


class MessageList(ResponseModel):
    """A page of a thread, newest first."""

    items: list[MessageOut]
    next_cursor: str | None
