"""Message templates as they are shown, and what asks for them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from chalicelib.schemas.base import ResponseModel

Category = Literal["MARKETING", "UTILITY", "AUTHENTICATION"]


class PreviewHeader(ResponseModel):
    """The top of a message: a text, or what stands in its place."""

    format: str = Field(description="TEXT, IMAGE, VIDEO, DOCUMENT, GIF, LOCATION or PRODUCT.")
    text: str | None
    media: str | None = Field(description="A link, or the id of a file; null where none is known.")
    location: dict[str, str] | None


class PreviewButton(ResponseModel):
    """A button, and where it leads: an address, a phone number, a code, or nowhere outside."""

    type: str
    text: str
    target: str | None


class PreviewCard(ResponseModel):
    """A card of a carousel."""

    header: PreviewHeader | None
    body: str
    buttons: list[PreviewButton]


class TemplatePreview(ResponseModel):
    """A message as its recipient sees it, with its values in their places.

    Texts keep WhatsApp's own marks (*bold*, _italic_, ~struck~, ```mono```): whoever shows them
    formats them, as in every other message. A variable without a value stays as it is written.
    """

    header: PreviewHeader | None
    offer: str | None = Field(description="The words of a limited-time offer.")
    offer_expires_at: str | None
    body: str
    footer: str | None
    buttons: list[PreviewButton]
    cards: list[PreviewCard]
    missing: list[str] = Field(description="The variables that have no value yet.")


class Rejection(ResponseModel):
    """Why Meta refused a template, and what to do about it."""

    code: str = Field(description="Meta's word for it, like INVALID_FORMAT.")
    reason: str
    recommendation: str


class Pause(ResponseModel):
    """Why Meta holds a template back, and until when; `until` is null if somebody must end it."""

    code: str = Field(description="FIRST_PAUSE, SECOND_PAUSE, RATE_LIMITING_PAUSE …")
    reason: str
    recommendation: str
    until: str | None


class CategoryChange(ResponseModel):
    """Meta is going to charge this template as another category, unless it is appealed."""

    category: str
    correct_category: str
    effective_at: str
    message: str


class Quality(ResponseModel):
    """How people take a template: GREEN, YELLOW, RED or UNKNOWN."""

    score: str
    changed_at: str | None


class TemplateOut(ResponseModel):
    """A template and what Meta says of it."""

    id: str
    number_id: str
    waba_id: str
    meta_template_id: str
    name: str
    language: str
    category: str
    status: str = Field(description="In Meta's words; one that is new at Meta stands as it came.")
    is_sendable: bool
    rejected_reason: str | None
    rejection: Rejection | None
    pause: Pause | None
    disabled_at: str | None
    quality: Quality
    previous_category: str | None
    category_change: CategoryChange | None
    parameter_format: str
    message_send_ttl_seconds: int | None
    components: list[dict[str, Any]] = Field(description="As Meta has them.")
    header: str | None
    header_format: str | None
    body: str
    footer: str | None
    buttons: list[dict[str, str]]
    variables: list[str] = Field(
        description="The values that a message needs, e.g. body.1 or header.media."
    )
    optional_variables: list[str] = Field(description="The values that it may have besides.")
    preview: TemplatePreview = Field(description="With the template's own examples.")
    next_edit_at: str | None = Field(
        description="When Meta takes the next edit; null if it does so now."
    )
    created_at: str
    updated_at: str
