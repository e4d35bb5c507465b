"""What became of a campaign: its ledger with the reasons, and its recipients."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chalicelib.schemas.base import PageQuery, RequestModel, ResponseModel
from chalicelib.schemas.campaign_states import CampaignState, MessageState

Whose = Literal["meta", "business", "customer", "parley"]


class Failure(ResponseModel):
    """Why a message did not go out or arrive, for people."""

    code: int | None = Field(description="Meta's; null where it gave none.")
    title: str
    cause: str
    whose: Whose = Field(description="Whose matter it is.")
    done: str = Field(description="What Parley did by itself.")
    next_step: str
    is_retryable: bool = Field(
        description="Sending the same again can end otherwise, once the next step is done."
    )


class FailureCount(Failure):
    """How many failed with one of Meta's codes, and what that code means."""

    count: int


class SkipCount(ResponseModel):
    """How many were left out for a reason, and what to do about it."""

    reason: str
    title: str
    next_step: str
    count: int


class CounterDifference(ResponseModel):
    """Live counters that were not what the recipients' rows say; they were corrected."""

    at: str
    asked_by: str = Field(description="`system` where the campaign settled.")
    before: dict[str, int] = Field(description="The counters as they were.")
    counted: dict[str, int] = Field(description="What the rows say.")
    drift: dict[str, int] = Field(description="The second minus the first, where they differ.")


class RecountProgress(ResponseModel):
    """A recount that goes on in the background."""

    started_at: str
    parts_done: int
    parts: int


class RetryOut(ResponseModel):
    """A retry: who asked for it, when, and for what."""

    at: str
    by: str = Field(description="The user's id; `system` where Meta had refused for a rate only.")
    codes: list[int] = Field(description="Who failed with these codes was tried again.")
    include_unknown: bool = Field(
        description="Whose fate was unknown too: somebody may have got the message twice."
    )


class ReportOut(ResponseModel):
    """The ledger, recounted from the rows of every recipient."""

    campaign_id: str
    state: CampaignState
    audience: int
    states: dict[MessageState, int]
    skipped: dict[str, int]
    skips: list[SkipCount] = Field(description="`skipped` in words, the most frequent first.")
    failed: list[FailureCount]
    answered: int
    retries: list[RetryOut] = Field(description="The retries so far, the first one first.")
    reconciled: bool = Field(description="The recount of every recipient adds up to the audience.")
    counter_drift: dict[str, int] = Field(
        description="Recount minus live counters, where they differed; the counters are corrected."
    )
    differences: list[CounterDifference] = Field(
        description="What recounts have found so far, the newest 20 first."
    )
    recounting: RecountProgress | None = Field(description="The recount that is under way.")
    recounted_at: str | None
    launched_at: str | None
    sending_finished_at: str | None


Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Reason = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class RecipientFilters(RequestModel):
    """Which recipients; one must meet each of these that is given, and one value of a list."""

    state: list[MessageState] = Field(default=[], max_length=10)
    error_code: list[int] = Field(default=[], max_length=50, description="Meta's codes.")
    reason: list[Reason] = Field(default=[], max_length=50, description="Why they were skipped.")
    country: list[Country] = Field(
        default=[], max_length=250, description="Of the phone, in ISO code; `ZZ` is unknown."
    )
    answered: bool | None = None


class RecipientsQuery(RecipientFilters, PageQuery):
    """A page of recipients; a parameter that takes several values is repeated."""

    search: str | None = Field(
        default=None,
        min_length=1,
        max_length=150,
        description="One contact: its id, its phone with country code, or its user id at WhatsApp.",
    )


class Charge(ResponseModel):
    """What Meta says a message is charged as, and its price by the rate card."""

    category: str
    type: str = Field(description="`regular` is charged, the others are free.")
    currency: str
    micros: int | None = Field(
        description="Millionths of the currency, at list price; null where no rate is known."
    )


class Recipient(ResponseModel):
    """What became of one recipient."""

    contact_id: str
    name: str | None = Field(description="The contact's as it is now; null if it was deleted.")
    message_id: str | None
    to: str
    country: str | None
    state: MessageState
    reason: str | None = Field(description="Why skipped, or WhatsApp's own words on a failure.")
    reason_title: str | None = Field(description="Why skipped, for people.")
    next_step: str | None = Field(description="What to do about a skip, a failure, an unknown.")
    error_code: int | None
    failure: Failure | None
    answered: bool
    accepted_at: str | None
    sent_at: str | None
    delivered_at: str | None
    read_at: str | None
    failed_at: str | None
    answered_at: str | None
    charge: Charge | None


class RecipientList(ResponseModel):
    """A page of recipients; a filtered page may be short or empty before the last."""

    items: list[Recipient]
    next_cursor: str | None
