"""The answer of erasing a person."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from chalicelib.schemas.base import ResponseModel


class ErasureOut(ResponseModel):
    """The erasure of a person, and its proof."""

    contact_id: str = Field(description="An id that stands for nobody any more.")
    state: Literal["waiting", "done"]
    requested_at: str
    requested_by: str = Field(description="The id of the user or API key that asked for it.")
    due_at: str = Field(description="When the search for what else is kept begins.")
    completed_at: str | None
    erased: dict[str, int] = Field(description="How much was erased, by where it lay; at least.")
    left: dict[str, int] | None = Field(
        description="What a last walk over everything found; nothing. Null until it is done."
    )
