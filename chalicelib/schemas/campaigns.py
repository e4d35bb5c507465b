"""Requests and responses of campaigns and of their ledgers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chalicelib.schemas.base import Name, PageQuery, RequestModel, ResponseModel
from chalicelib.schemas.contacts import Tag

MessageState = Literal[
    "queued",
    "skipped",
    "claimed",
    "accepted",
    "held",
    "sent",
    "delivered",
    "read",
    "failed",
    "unknown",
]
CampaignState = Literal[
    "draft", "planning", "running", "paused", "settling", "completed", "cancelled", "failed"
]


class AllContacts(RequestModel):
    """Everybody."""

    type: Literal["all"] = "all"


class TaggedContacts(RequestModel):
    """The contacts that carry a tag."""

    type: Literal["tag"] = "tag"
    tag: Tag


Audience = Annotated[AllContacts | TaggedContacts, Field(discriminator="type")]


class Variable(RequestModel):
    """What fills a variable: a field of the contact, else the fallback."""

    field: str | None = Field(
        default=None, max_length=40, description="`name`, `phone`, or a field of the contact."
    )
    fallback: str | None = Field(default=None, max_length=500)


class CampaignCreate(RequestModel):
    """A draft: who gets which template from which number, and what fills its variables."""

    name: Name
    number_id: str = Field(max_length=40)
    template_id: str = Field(max_length=40)
    audience: Audience
    variables: dict[
        Annotated[
            str,
            StringConstraints(
                pattern=r"^(card\.\d\.)?(header|body|button|offer)\.[a-z0-9_]{1,80}(\.products)?$"
            ),
        ],
        Variable,
    ] = Field(
        default_factory=dict,
        max_length=100,
        description="One entry for each of the template's `variables`, by the same name, and for "
        "those of its `optional_variables` that are wanted.",
    )


class CampaignOut(ResponseModel):
    """A campaign with its live progress; `states` always adds up to `audience`."""

    id: str
    name: str
    state: CampaignState
    state_reason: str | None
    number_id: str
    template_id: str
    audience: int
    states: dict[MessageState, int]
    answered: int
    created_at: str
    launched_at: str | None
    completed_at: str | None
    rate_per_s: float | None = Field(description="Messages handed to Meta a second, while sending.")
    eta_s: int | None = Field(description="Seconds until the last message is handed to Meta.")


class CampaignList(ResponseModel):
    """A page of campaigns."""

    items: list[CampaignOut]
    next_cursor: str | None


class FailureCount(ResponseModel):
    """How many failed with one of Meta's codes, and what that code means."""

    code: int
    title: str
    count: int


class ReportOut(ResponseModel):
    """The ledger, recounted from the rows of every recipient."""

    campaign_id: str
    state: CampaignState
    audience: int
    states: dict[MessageState, int]
    skipped: dict[str, int]
    failed: list[FailureCount]
    answered: int
    reconciled: bool = Field(description="The recount of every recipient adds up to the audience.")
    counter_drift: dict[str, int] = Field(
        description="Recount minus live counters, where they differed; the counters are corrected."
    )
    recounted_at: str | None
    launched_at: str | None
    sending_finished_at: str | None


class RecipientsQuery(PageQuery):
    """A page of recipients, of one state or of all."""

    state: MessageState | None = None


class Recipient(ResponseModel):
    """What became of one recipient."""

    contact_id: str
    message_id: str | None
    to: str
    state: MessageState
    reason: str | None
    error_code: int | None
    accepted_at: str | None
    sent_at: str | None
    delivered_at: str | None
    read_at: str | None
    failed_at: str | None


class RecipientList(ResponseModel):
    """A page of recipients; a page filtered by state may be short or empty before the last."""

    items: list[Recipient]
    next_cursor: str | None
