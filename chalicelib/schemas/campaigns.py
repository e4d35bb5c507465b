"""Campaigns as they are shown, and the requests that start one or try it again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from chalicelib.schemas.base import RequestModel, ResponseModel
from chalicelib.schemas.campaign_states import CampaignState, MessageState


class CampaignSchedule(RequestModel):
    """When a campaign starts by itself."""

    at: Annotated[
        str,
        StringConstraints(
            pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?$"
        ),
    ] = Field(
        description="A local time, `2026-12-24T10:00`; or a moment, `2026-12-24T09:00:00Z`. A "
        "local time that clocks skip is later by what is skipped; of one that comes twice it is "
        "the first."
    )
    time_zone: str | None = Field(
        default=None,
        max_length=64,
        description="Of the local time: one of the IANA database, like `Europe/Berlin`; else the "
        "business's own. A moment needs none.",
    )

    @model_validator(mode="after")
    def _is_a_time(self) -> CampaignSchedule:
        datetime.fromisoformat(self.at)  # raises ValueError in words, e.g. for a 30 February
        return self


class ScheduleOut(ResponseModel):
    """When a campaign starts by itself."""

    at: str = Field(description="The local time that was asked for, or at which the moment is.")
    time_zone: str
    starts_at: str = Field(description="The moment that this is.")
    note: str | None = Field(
        description="Where clocks are changed: which of two times, or why another one."
    )


class ForecastOut(ResponseModel):
    """When the last message is handed to Meta, as far as that can be told."""

    not_before: str = Field(description="If everything goes as fast as it can.")
    expected_by: str | None = Field(
        description="If it goes on as of late; null where a person or Meta decides when it goes on."
    )
    waits: list[str] = Field(description="What it waits for on the way, in words.")


class CampaignOut(ResponseModel):
    """A campaign with its live progress; `states` always adds up to `audience`."""

    id: str
    name: str
    state: CampaignState
    state_reason: str | None
    number_id: str
    template_id: str
    audience: int = Field(description="How many people, once they are planned.")
    audience_of: dict[str, object] = Field(description="Who is meant, as it was given.")
    variables: dict[str, dict[str, str | None]]
    has_dry_run: bool = Field(description="There is a dry run of it as it is now.")
    states: dict[MessageState, int]
    answered: int
    schedule: ScheduleOut | None = Field(description="When it starts by itself.")
    send_at: str | None
    canary_percent: int | None
    canary_wait_s: int | None
    retries: int = Field(description="How often those who failed were tried again.")
    created_at: str
    launched_at: str | None
    completed_at: str | None
    rate_per_s: float | None = Field(description="Messages handed to Meta a second, while sending.")
    eta_s: int | None = Field(
        description="Seconds until the last message is expected to have been handed to Meta: until "
        "`expected_by` of the forecast; in lists by the pace alone, where that says anything."
    )
    forecast: ForecastOut | None = Field(
        description="When it will be done, while it is running; null in lists."
    )


class CampaignList(ResponseModel):
    """A page of campaigns."""

    items: list[CampaignOut]
    next_cursor: str | None


class CampaignRetry(RequestModel):
    """Whom to try again: who failed with a code for which that makes sense, or with these codes.

    Those whose fate is unknown may have got the message; they are only taken where a person says
    so by `include_unknown`.
    """

    include_unknown: bool = False
    codes: list[int] | None = Field(
        default=None,
        max_length=50,
        description="Only these of the codes; none takes the unknown alone.",
    )
