"""A message of a thread, as it is shown."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from chalicelib.schemas.base import ResponseModel


class QuotedOut(ResponseModel):
    """The message that another one answers; only Meta's id is known of one that is far back."""

    wamid: str
    message_id: str | None
    direction: Literal["in", "out"] | None
    type: str | None
    text: str | None


class ReactionOut(ResponseModel):
    """An emoji on a message."""

    direction: Literal["in", "out"] = Field(description="`in` is the customer's.")
    emoji: str


class AttachmentOut(ResponseModel):
    """The file of a message; `GET …/messages/{message_id}/media` gives its address."""

    mime_type: str | None
    filename: str | None
    caption: str | None
    is_voice: bool
    state: str | None = Field(
        description="pending (being fetched), stored, expired, refused or failed; null for a link."
    )
    size_bytes: int | None
    reason: str | None = Field(description="Why there is no file, if there is none.")


class FailureOut(ResponseModel):
    """Why a message did not go out, and what to do."""

    code: int | None
    title: str
    cause: str
    whose: Literal["meta", "business", "customer", "parley"] = Field(
        description="Whose matter it is."
    )
    done: str = Field(description="What Parley did.")
    next_step: str
    detail: str | None = Field(description="Meta's own words.")


class MessageOut(ResponseModel):
    """A message of a thread, in or out."""

    id: str
    direction: Literal["in", "out"]
    type: str
    text: str = Field(description="What the message says, in a line; never empty unless revoked.")
    content: Any = Field(description="The member of Meta's message that `type` names.")
    media: AttachmentOut | None
    quoted: QuotedOut | None
    reactions: list[ReactionOut]
    state: str | None = Field(description="Of an outgoing message.")
    error_code: int | None
    error: str | None
    failure: FailureOut | None
    campaign_id: str | None
    is_test: bool = Field(description="A campaign's message, sent as a test.")
    sent_by: str | None = Field(description="The user who sent it.")
    category: str | None = Field(description="Of a template: marketing, utility, authentication.")
    pricing: dict[str, Any] | None = Field(description="What Meta charges, in Meta's own words.")
    at: str
    accepted_at: str | None
    sent_at: str | None
    delivered_at: str | None
    read_at: str | None
    failed_at: str | None
    edited_at: str | None
    revoked_at: str | None
