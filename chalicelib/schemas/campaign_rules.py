"""Requests and responses of the rules that a business has for all its campaigns."""

from __future__ import annotations

from pydantic import Field, model_validator

from chalicelib.schemas.base import RequestModel, ResponseModel, TimeOfDay


class FrequencyCap(RequestModel):
    """How many marketing messages of campaigns a contact gets at most within some days."""

    messages: int = Field(ge=1, le=20)
    days: int = Field(ge=1, le=90)


class QuietHours(RequestModel):
    """When nothing is sent, in the recipient's own time; `start` after `end` is over midnight."""

    start: TimeOfDay
    end: TimeOfDay

    @model_validator(mode="after")
    def _is_a_stretch(self) -> QuietHours:
        if self.start == self.end:
            message = "`start` and `end` must differ; leave quiet_hours out to have none"
            raise ValueError(message)
        return self


class CampaignRulesBody(RequestModel):
    """All rules; what is left out has its default."""

    time_zone: str | None = Field(
        default=None, max_length=64, description="Of schedules that name none: `Europe/Berlin`."
    )
    failure_share_percent: int = Field(
        default=20, ge=1, le=100, description="A campaign pauses if more of its last 200 fail."
    )
    frequency_cap: FrequencyCap | None = None
    quiet_hours: QuietHours | None = None


class CampaignRulesOut(ResponseModel):
    """All rules."""

    time_zone: str | None
    failure_share_percent: int
    frequency_cap: FrequencyCap | None
    quiet_hours: QuietHours | None
