"""Lists of message templates, and what asks for them and for one in a list."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.schemas.base import PageQuery, RequestModel, ResponseModel
from chalicelib.schemas.templates import Category, TemplateOut


class TemplateQuery(PageQuery):
    """A page of templates, of all or of some."""

    name: str | None = Field(default=None, max_length=512, description="All languages of one name.")
    number_id: str | None = Field(
        default=None, max_length=40, description="Those of this number's account."
    )
    status: str | None = Field(default=None, max_length=40, description="Like APPROVED or PAUSED.")
    category: Category | None = None
    language: str | None = Field(default=None, max_length=20)
    quality: Literal["GREEN", "YELLOW", "RED", "UNKNOWN"] | None = None


class NamesQuery(PageQuery):
    """A page of template names; `name` is how they begin."""

    name: str | None = Field(default=None, max_length=512, description="How the names begin.")
    number_id: str | None = Field(
        default=None, max_length=40, description="Those of this number's account."
    )


class DeleteQuery(RequestModel):
    """How much of a template is deleted."""

    languages: Literal["this", "all"] = Field(
        default="this", description="`all` deletes every language of the template's name."
    )


class PreviewRequest(RequestModel):
    """The values to show in a template."""

    values: dict[str, Annotated[str, Field(max_length=2000)]] = Field(
        default_factory=dict,
        max_length=100,
        description="By the names of `variables`; the template's examples stand in for the rest.",
    )


class TemplateList(ResponseModel):
    """A page of templates; a filtered page may be short before the last."""

    items: list[TemplateOut]
    next_cursor: str | None


class Translation(ResponseModel):
    """One language of a template."""

    id: str
    language: str
    status: str
    category: str
    quality: str
    rejected_reason: str | None
    updated_at: str


class TemplateName(ResponseModel):
    """A template in all its languages."""

    name: str
    waba_id: str
    languages: list[Translation]


class TemplateNameList(ResponseModel):
    """A page of templates by name, each with all its languages."""

    items: list[TemplateName]
    next_cursor: str | None
