"""Requests and responses of exports."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from chalicelib.schemas.base import RequestModel, ResponseModel
from chalicelib.schemas.filters import FieldName, Filter, check_size
from chalicelib.schemas.reports import RecipientFilters

ExportState = Literal["queued", "running", "completed", "failed", "expired"]


ExportKind = Literal["contacts", "recipients", "tenant"]


class RecipientsExport(RequestModel):
    """Export the recipients of a campaign, all without filters."""

    filters: RecipientFilters = Field(default=RecipientFilters())


class ContactsExport(RequestModel):
    """Export contacts: those of a saved segment or of a filter, all without either."""

    segment_id: str | None = Field(default=None, max_length=40)
    filter: Filter | None = None
    fields: list[FieldName] | None = Field(
        default=None,
        max_length=300,
        description="Which of the contacts' own fields become columns; all that any has if absent.",
    )

    @model_validator(mode="after")
    def _has_one(self) -> ContactsExport:
        if self.segment_id is not None and self.filter is not None:
            message = "give `segment_id` or `filter`, not both"
            raise ValueError(message)
        if self.filter is not None:
            check_size(self.filter)
        return self


class ExportOut(ResponseModel):
    """An export and how far it has come."""

    id: str
    kind: ExportKind
    campaign_id: str | None = Field(description="Whose recipients it holds; null for contacts.")
    state: ExportState
    rows: int = Field(description="Rows written so far, without the titles.")
    looked_at: int
    total: int | None = Field(description="How many there are to look at; null for contacts.")
    size_bytes: int | None
    filename: str
    url: str | None = Field(
        description="Where to GET the file; null until it is completed, and in lists."
    )
    url_expires_at: str | None = Field(description="Ask for the export again for another URL.")
    error: str | None
    created_at: str
    completed_at: str | None
    expires_at: str = Field(description="When the file is deleted.")


class ExportList(ResponseModel):
    """A page of exports, newest first."""

    items: list[ExportOut]
    next_cursor: str | None
