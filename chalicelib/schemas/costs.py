"""What messages cost, by market and category; money is in micro-units, with its currency."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from chalicelib.schemas.base import ResponseModel


class CostLineOut(ResponseModel):
    """What the messages to one market of one category cost."""

    market: str = Field(description="A row of the rate card; the country where the card has none.")
    category: str
    messages: int
    charged: int
    rate_micros: int | None
    cost_micros: int | None = Field(description="Null where no rate is known.")


class CostOut(ResponseModel):
    """A cost, by market and category."""

    currency: str
    rates_from: date | None
    is_sample: bool
    total_micros: int = Field(description="Without the messages whose rate is not known.")
    unpriced: int = Field(description="Charged messages whose rate is not known.")
    lines: list[CostLineOut]


class CampaignCosts(ResponseModel):
    """What a campaign may cost, if all are reached, and has cost; null until it is recounted."""

    estimate: CostOut | None
    actual: CostOut | None
    recounted_at: str | None
