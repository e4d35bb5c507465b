"""Responses of dry runs: what a launch would do."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from chalicelib.schemas.base import ResponseModel
from chalicelib.schemas.campaigns import ForecastOut
from chalicelib.schemas.costs import CostOut


class DryRunPreview(ResponseModel):
    """The message as one recipient would read it."""

    contact_id: str
    to: str
    text: str


class DryRunOut(ResponseModel):
    """What a launch would do, decided on the launch's own path; nothing is sent."""

    state: Literal["running", "done", "failed"]
    reason: str | None = Field(description="Why it failed.")
    started_at: str
    finished_at: str | None
    audience: int = Field(description="Everybody who belongs to it: planned and skipped.")
    planned: int
    canary: int = Field(description="How many of the planned get it first, as a canary.")
    skipped: dict[str, int] = Field(description="How many get nothing, by reason.")
    previews: list[DryRunPreview] = Field(description="The first ten who would get it.")
    cost: CostOut | None = Field(description="If all are delivered; null until it is done.")
    duration_s: int | None = Field(
        description="How long the messages take at the number's full rate, without any wait."
    )
    forecast: ForecastOut | None = Field(
        description="When it would be done if it were launched now; null until it is done."
    )
    problems: list[str] = Field(description="What would stop the launch, or the sending.")


class DryRunRecipient(ResponseModel):
    """Who would get what, or why nothing."""

    contact_id: str
    to: str
    values: dict[str, str]
    skip: str | None
    is_canary: bool = Field(description="One of those who get it first.")


class DryRunRecipients(ResponseModel):
    """A page of them, in the order of sending; the skipped of each part stand at its end."""

    items: list[DryRunRecipient]
    next_cursor: str | None
