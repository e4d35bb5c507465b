"""Requests that write, check and compare message templates, and what comes of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from chalicelib.schemas.base import RequestModel, ResponseModel
from chalicelib.schemas.template_components import Button, Component
from chalicelib.schemas.templates import Category, TemplatePreview

ParameterFormat = Annotated[
    Literal["POSITIONAL", "NAMED"],
    BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
]


class PlainHeader(RequestModel):
    """A header of text, with at most one variable, in the short form."""

    text: str = ""
    examples: list[str] = Field(default_factory=list)


class TemplateContent(RequestModel):
    """What a template says: `components` as Meta has them, or the short form of a plain text.

    The short form is `header`, `body`, `footer` and `buttons`, with numbered variables.
    """

    parameter_format: ParameterFormat = "POSITIONAL"
    message_send_ttl_seconds: int | None = Field(
        default=None, description="How long WhatsApp tries to deliver; -1 is 30 days."
    )
    components: list[Component] | None = None
    header: PlainHeader | None = None
    body: str | None = None
    body_examples: list[str] = Field(
        default_factory=list, description="An example for each variable, in order."
    )
    footer: str | None = None
    buttons: list[Button] = Field(default_factory=list)


class TemplateCreate(TemplateContent):
    """A new template, sent to Meta for review."""

    number_id: str = Field(max_length=40, description="The number whose account gets the template.")
    name: str = Field(description="1 to 512 of a-z, 0-9 and _.")
    language: str = Field(description="A language code in Meta's spelling, like en_US or pt_BR.")
    category: Category


class TemplateEdit(TemplateContent):
    """Another text of a template; Meta reviews it again.

    An approved template keeps its category, and can be edited once in 24 hours and 10 times in 30
    days.
    """

    category: Category | None = None


class TemplateCheckRequest(TemplateContent):
    """A template to be judged: a new one as far as it is filled in, or an edit of `template_id`."""

    template_id: str | None = Field(default=None, max_length=40)
    number_id: str | None = Field(
        default=None, max_length=40, description="With it, the name is looked up as well."
    )
    name: str = ""
    language: str = ""
    category: Category | None = None


class TemplateSync(RequestModel):
    """Which account is compared with Meta, and from where on."""

    number_id: str = Field(max_length=40, description="A number of the account.")
    cursor: str | None = Field(
        default=None, max_length=2000, description="`next_cursor` of the answer before."
    )


class TextProblem(ResponseModel):
    """What is wrong, or worth a thought, about one field."""

    field: str = Field(description="A dotted path into the request, like components.1.text.")
    message: str


class TemplateCheck(ResponseModel):
    """What WhatsApp would say of a template; nothing was written or sent."""

    problems: list[TextProblem] = Field(description="What must be changed first.")
    warnings: list[TextProblem] = Field(description="What may be submitted, but think it over.")
    preview: TemplatePreview
    variables: list[str]


class SyncOut(ResponseModel):
    """What one step of a comparison with Meta has changed; it ends when `next_cursor` is null."""

    adopted: int = Field(description="Templates of Meta that were not here.")
    updated: int
    unchanged: int
    vanished: int = Field(description="Templates that Meta has no more; they are DELETED now.")
    next_cursor: str | None
