"""Requests and responses about businesses: their settings, their plans, and their operator."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chalicelib.schemas.auth import Email, Suspension
from chalicelib.schemas.base import Name, RequestModel, ResponseModel

PlanName = Literal["starter", "growth", "business", "unlimited"]
Country = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{2}$"),
    Field(description="ISO 3166; phone numbers without a + are read as ones of this country."),
]
Amount = Annotated[int, Field(ge=0, le=1_000_000_000)]


class TenantPatch(RequestModel):
    """What to change; what is absent stays, and null takes away what can be absent."""

    name: Name | None = None
    country: Country | None = None
    time_zone: str | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        description="An IANA name, e.g. Europe/Berlin: of schedules that name none, and of quiet "
        "hours where nothing tells where somebody lives.",
    )
    language: str | None = Field(
        default=None,
        min_length=2,
        max_length=10,
        description="A language of WhatsApp's templates, e.g. de or pt_BR: what new ones begin in.",
    )
    contact_email: Email | None = Field(
        default=None, description="Where the operator of the platform reaches the business."
    )


class LimitsOut(ResponseModel):
    """The most that a plan allows of each thing; null is no limit."""

    contacts: int | None
    messages_per_day: int | None = Field(
        description="Of campaigns, and templates sent one by one; a day begins at 00:00 UTC."
    )
    users: int | None = Field(description="Members, and who is invited.")
    numbers: int | None
    api_keys: int | None
    campaigns: int | None = Field(description="Under way at once: planning, running or paused.")


class TenantDetails(ResponseModel):
    """A business, with its settings."""

    id: str
    name: str
    slug: str | None
    country: str
    time_zone: str | None
    language: str | None
    contact_email: str | None
    plan: PlanName
    suspension: Suspension | None
    created_at: str
    version: int = Field(description="Counts the changes; the `ETag` holds it.")


class Usage(ResponseModel):
    """How much there is of one thing, and how much there may be."""

    used: int
    limit: int | None = Field(description="null is no limit.")
    remaining: int | None


class TenantUsage(ResponseModel):
    """What a business uses of its plan."""

    plan: PlanName
    contacts: Usage
    messages_per_day: Usage = Field(description="Those of today.")
    users: Usage
    numbers: Usage
    api_keys: Usage
    campaigns: Usage
    day_ends_at: str = Field(description="When the messages are counted anew.")


class TenantListItem(ResponseModel):
    """A business in the operator's list."""

    id: str
    name: str
    slug: str | None
    country: str
    plan: PlanName
    suspension: Suspension | None
    created_at: str


class TenantList(ResponseModel):
    """A page of businesses, the newest first."""

    items: list[TenantListItem]
    next_cursor: str | None


class TenantOverview(ResponseModel):
    """What the operator sees of a business: nothing of its customers, messages or tokens."""

    tenant: TenantDetails
    limits: LimitsOut
    exceptions: dict[str, int] = Field(description="Limits that are not those of the plan.")
    usage: TenantUsage


class LimitsPatch(RequestModel):
    """Exceptions from the plan; what is absent stays, null returns to the plan's own limit."""

    contacts: Amount | None = None
    messages_per_day: Amount | None = None
    users: Amount | None = None
    numbers: Amount | None = None
    api_keys: Amount | None = None
    campaigns: Amount | None = None


class TenantPlanPatch(RequestModel):
    """Another plan, or exceptions from it."""

    plan: PlanName | None = None
    limits: LimitsPatch | None = None


class TenantSuspend(RequestModel):
    """Why a business is suspended, in words that the business reads."""

    reason: Annotated[str, StringConstraints(min_length=3, max_length=500)]
