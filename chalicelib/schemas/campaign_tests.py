"""Requests and responses of a campaign's message that is sent as a test."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from chalicelib.schemas.base import RequestModel, ResponseModel

_MOST_TESTS = 5


class CampaignTest(RequestModel):
    """Who gets the campaign's message as a test: at most five, contacts or phones."""

    contact_ids: list[Annotated[str, StringConstraints(max_length=40)]] = Field(
        default_factory=list, max_length=5
    )
    phones: list[Annotated[str, StringConstraints(max_length=40)]] = Field(
        default_factory=list, max_length=5
    )

    @model_validator(mode="after")
    def _has_some(self) -> CampaignTest:
        if not 1 <= len(self.contact_ids) + len(self.phones) <= _MOST_TESTS:
            message = "give one to five recipients in `contact_ids` and `phones` together"
            raise ValueError(message)
        return self


class TestedOut(ResponseModel):
    """What became of one test message."""

    __test__ = False  # no test of pytest's

    to: str
    contact_id: str | None
    state: str = Field(description="accepted, held, failed, unknown or skipped")
    why: str | None = Field(description="Why it failed or was skipped.")


class TestOut(ResponseModel):
    """What became of each test message."""

    __test__ = False

    items: list[TestedOut]
