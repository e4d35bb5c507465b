"""Requests that make and change a campaign: its audience, and what fills its variables."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from chalicelib.schemas.base import Name, RequestModel, Tag, TimeOfDay
from chalicelib.schemas.filters import Filter, check_size


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
