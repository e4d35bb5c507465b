"""The base of every request and response, and the shapes that all lists share."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)


class RequestModel(BaseModel):
    """A request: unknown fields are refused, strings are trimmed."""

    # A model is built when it is first used: a route's cold start uses few of those it imports.
    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        frozen=True,
        hide_input_in_errors=True,
        defer_build=True,
    )


class ResponseModel(BaseModel):
    """A response."""

    # An answer that does not fit its own schema is a defect, and is logged: without what it held.
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, defer_build=True)


class PageQuery(RequestModel):
    """The query string of a list."""

    limit: int = Field(default=50, ge=1, le=200, description="Items on a page.")
    cursor: str | None = Field(
        default=None, max_length=2000, description="`next_cursor` of the page before."
    )


Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=50, to_lower=True)]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


def _written_out(text: object) -> object:
    """Return a day or time of a query string; a bare number, which pydantic takes for seconds, is
    none.
    """
    if isinstance(text, str) and "-" not in text[1:]:
        message = "write it as in ISO 8601, e.g. 2026-11-26 or 2026-11-26T12:00:00Z"
        raise ValueError(message)
    return text


# Of query strings only: a body is read strictly, and takes no numbers for times anyway.
QueryDay = Annotated[date, BeforeValidator(_written_out)]
QueryTime = Annotated[AwareDatetime, BeforeValidator(_written_out)]
