"""Segments: filters that are saved under a name, and what one finds."""

from __future__ import annotations

from pydantic import Field, model_validator

from chalicelib.schemas.base import Name, RequestModel, ResponseModel
from chalicelib.schemas.contacts import ContactOut
from chalicelib.schemas.filters import Filter, check_size


class SegmentWrite(RequestModel):
    """A segment to save."""

    name: Name
    filter: Filter

    @model_validator(mode="after")
    def _is_not_too_large(self) -> SegmentWrite:
        check_size(self.filter)
        return self


class SegmentPreviewRequest(RequestModel):
    """A filter to try."""

    filter: Filter

    @model_validator(mode="after")
    def _is_not_too_large(self) -> SegmentPreviewRequest:
        check_size(self.filter)
        return self


class SegmentOut(ResponseModel):
    """A saved segment."""

    id: str
    name: str
    filter: dict[str, object]
    created_at: str
    updated_at: str


class SegmentList(ResponseModel):
    """A page of segments, newest first."""

    items: list[SegmentOut]
    next_cursor: str | None


class SegmentPreview(ResponseModel):
    """How a filter does on the first contacts: exact if these are all there are."""

    looked_at: int
    matching: int
    is_complete: bool = Field(description="These were all contacts, so the numbers are exact.")
    sample: list[ContactOut] = Field(description="Up to ten who match.")
