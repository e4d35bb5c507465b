"""Requests and responses about what messages cost; money is in micro-units, with its currency."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chalicelib.schemas.base import QueryDay, RequestModel, ResponseModel
from chalicelib.schemas.costs import CostOut

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
PriceCategory = Literal[
    "marketing",
    "marketing_lite",
    "utility",
    "authentication",
    "authentication-international",
    "service",
]


class RatesQuery(RequestModel):
    """Which of Meta's rate cards."""

    currency: Currency = "USD"
    day: QueryDay | None = Field(default=None, description="Today if absent.")


class Rate(ResponseModel):
    """The list rate of one market and category."""

    market: str
    category: str
    rate_micros: int = Field(description="Millionths of the currency for one delivered message.")


class RatesOut(ResponseModel):
    """A rate card; empty if none was loaded for the currency and day."""

    currency: str
    rates_from: date | None = Field(description="First day of this card; null if there is none.")
    is_sample: bool = Field(description="Invented rates, for trying things out.")
    items: list[Rate]


class EstimateRequest(RequestModel):
    """Messages of one category to people of some countries."""

    category: PriceCategory
    currency: Currency = "USD"
    countries: Annotated[
        dict[Country, Annotated[int, Field(ge=0, le=100_000_000)]], Field(max_length=260)
    ] = Field(description='How many people by ISO country code, e.g. {"BR": 1200}.')


class CostsQuery(RequestModel):
    """The days, both included; at most 92."""

    first_day: QueryDay
    last_day: QueryDay
    waba_id: str = Field(pattern=r"^\d{5,25}$", description="Meta's id of the account.")


class MetaDifference(ResponseModel):
    """Parley's count of one country and category beside Meta's `pricing_analytics`."""

    country: str
    category: str
    pricing_type: str
    messages: int
    meta_messages: int
    difference: int = Field(description="Parley's minus Meta's.")
    meta_cost_micros: int


class CostReport(ResponseModel):
    """What an account's delivered messages cost, and how far Meta's own analytics differ."""

    cost: CostOut
    meta_total_micros: int | None = Field(description="Null if Meta could not be asked.")
    meta_problem: str | None = Field(description="Why Meta's numbers are not here.")
    differences: list[MetaDifference] = Field(description="Where the two counts are not equal.")
