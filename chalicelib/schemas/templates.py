"""Requests and responses of message templates."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chalicelib.schemas.base import RequestModel, ResponseModel

Category = Literal["MARKETING", "UTILITY", "AUTHENTICATION"]


class TextHeader(RequestModel):
    """A header of text, with at most one variable."""

    text: str = Field(min_length=1, max_length=60)
    examples: list[str] = Field(default_factory=list, max_length=1)


class QuickReply(RequestModel):
    """A button that answers with its text."""

    type: Literal["QUICK_REPLY"] = "QUICK_REPLY"
    text: str = Field(min_length=1, max_length=25)


class UrlButton(RequestModel):
    """A button that opens a page; one variable may end the URL."""

    type: Literal["URL"] = "URL"
    text: str = Field(min_length=1, max_length=25)
    url: str = Field(min_length=8, max_length=2000)
    example: str | None = Field(default=None, max_length=2000)


class PhoneButton(RequestModel):
    """A button that calls a number."""

    type: Literal["PHONE_NUMBER"] = "PHONE_NUMBER"
    text: str = Field(min_length=1, max_length=25)
    phone_number: str = Field(pattern=r"^\+\d{7,15}$")


Button = Annotated[QuickReply | UrlButton | PhoneButton, Field(discriminator="type")]


class TemplateCreate(RequestModel):
    """A new template, sent to Meta for review."""

    number_id: str = Field(max_length=40, description="The number whose account gets the template.")
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,512}$")]
    language: str = Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")
    category: Category
    header: TextHeader | None = None
    body: str = Field(min_length=1, max_length=1024)
    body_examples: list[Annotated[str, StringConstraints(min_length=1, max_length=200)]] = Field(
        default_factory=list, max_length=20, description="An example for each variable, in order."
    )
    footer: str | None = Field(default=None, max_length=60)
    buttons: list[Button] = Field(default_factory=list, max_length=10)


class TemplateOut(ResponseModel):
    """A template and what Meta says of it."""

    id: str
    number_id: str
    meta_template_id: str
    name: str
    language: str
    category: str
    status: str
    rejected_reason: str | None
    header: str | None
    body: str
    footer: str | None
    buttons: list[dict[str, str]]
    variables: list[str] = Field(description="Variables of header, body and buttons, e.g. body.1.")
    created_at: str
    updated_at: str


class TemplateList(ResponseModel):
    """A page of templates."""

    items: list[TemplateOut]
    next_cursor: str | None
