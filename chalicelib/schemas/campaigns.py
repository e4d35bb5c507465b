"""Requests and responses of campaigns and of their ledgers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from chalicelib.schemas.analytics import CostOut
from chalicelib.schemas.base import Name, RequestModel, ResponseModel, Tag
from chalicelib.schemas.campaign_states import CampaignState, MessageState
from chalicelib.schemas.filters import Filter, check_size

_MOST_TESTS = 5


class AllContacts(RequestModel):
    """Everybody."""

    type: Literal["all"] = "all"


class TaggedContacts(RequestModel):
    """The contacts that carry a tag."""

    type: Literal["tag"] = "tag"
    tag: Tag


class SegmentAudience(RequestModel):
    """Who meets a filter: a saved segment's, as it is at launch, or one that is given."""

    type: Literal["segment"] = "segment"
    segment_id: str | None = Field(default=None, max_length=40)
    filter: Filter | None = None

    @model_validator(mode="after")
    def _has_one(self) -> SegmentAudience:
        if (self.segment_id is None) == (self.filter is None):
            message = "give either `segment_id` or `filter`"
            raise ValueError(message)
        if self.filter is not None:
            check_size(self.filter)
        return self


class ImportAudience(RequestModel):
    """The contacts of an imported CSV, whose columns may fill variables."""

    type: Literal["import"] = "import"
    import_id: str = Field(max_length=40)


class OutcomeAudience(RequestModel):
    """Whom another campaign reached so.

    `not_delivered` leaves out those whose fate is unknown, for they may have got the message;
    `include_unknown` takes them in. Of a cancelled campaign it has those who were not begun, too.
    """

    type: Literal["outcome"] = "outcome"
    campaign_id: str = Field(max_length=40)
    outcome: Literal["failed", "not_delivered", "not_read", "read", "answered", "not_answered"]
    include_unknown: bool = False


OneAudience = Annotated[
    AllContacts | TaggedContacts | SegmentAudience | ImportAudience | OutcomeAudience,
    Field(discriminator="type"),
]


class SeveralAudiences(RequestModel):
    """Several audiences together; whoever is in two of them gets one message.

    `leave_out` is a filter: who meets it gets nothing.
    """

    type: Literal["several"] = "several"
    of: list[OneAudience] = Field(min_length=1, max_length=10)
    leave_out: Filter | None = None

    @model_validator(mode="after")
    def _is_not_too_large(self) -> SeveralAudiences:
        if self.leave_out is not None:
            check_size(self.leave_out)
        return self


Audience = Annotated[
    AllContacts
    | TaggedContacts
    | SegmentAudience
    | ImportAudience
    | OutcomeAudience
    | SeveralAudiences,
    Field(discriminator="type"),
]


class Variable(RequestModel):
    """What fills a variable: a column of the imported list, else a field, else the fallback."""

    column: str | None = Field(
        default=None, max_length=200, description="A column of the audience's CSV, by its title."
    )
    field: str | None = Field(
        default=None, max_length=40, description="`name`, `phone`, or a field of the contact."
    )
    fallback: str | None = Field(default=None, max_length=500)


Variables = dict[
    Annotated[
        str,
        StringConstraints(
            pattern=r"^(card\.\d\.)?(header|body|button|offer)\.[a-z0-9_]{1,80}(\.products)?$"
        ),
    ],
    Variable,
]


TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
_SEND_AT = "Each recipient gets it at this time of day (`HH:MM`) of their own."
_CANARY = (
    "How many percent get it first, a fair sample of all; then it pauses with what came of them."
)
_CANARY_WAIT = (
    "Go on by itself after so many seconds, if enough has come of the first and it is good; "
    "else it pauses with the reason."
)


class CampaignCreate(RequestModel):
    """A draft: who gets which template from which number, and what fills its variables."""

    name: Name
    number_id: str = Field(max_length=40)
    template_id: str = Field(max_length=40)
    audience: Audience
    variables: Variables = Field(
        default_factory=dict,
        max_length=100,
        description="One entry for each of the template's `variables`, by the same name, and for "
        "those of its `optional_variables` that are wanted.",
    )
    send_at: TimeOfDay | None = Field(default=None, description=_SEND_AT)
    canary_percent: int | None = Field(default=None, ge=1, le=50, description=_CANARY)
    canary_wait_s: int | None = Field(default=None, ge=60, le=86_400, description=_CANARY_WAIT)


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


class CampaignUpdate(RequestModel):
    """What to change of a campaign that is not launched; what is absent stays."""

    name: Name | None = None
    number_id: str | None = Field(default=None, max_length=40)
    template_id: str | None = Field(default=None, max_length=40)
    audience: Audience | None = None
    variables: Variables | None = Field(default=None, max_length=100)
    send_at: TimeOfDay | None = Field(default=None, description=_SEND_AT)
    canary_percent: int | None = Field(default=None, ge=1, le=50, description=_CANARY)
    canary_wait_s: int | None = Field(default=None, ge=60, le=86_400, description=_CANARY_WAIT)


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
