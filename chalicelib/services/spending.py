"""What the API tells of costs: the rates in force, an estimate, and what an account was charged."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.schemas.analytics import (
    CostLineOut,
    CostOut,
    EstimateRequest,
    Rate,
    RatesOut,
    RatesQuery,
)
from chalicelib.services import costs
from chalicelib.whatsapp.rate_cards import CATEGORIES


def rates(query: RatesQuery, clock: Clock = SYSTEM_CLOCK) -> RatesOut:
    """Return the card that is in force; empty if none was loaded. At most 2 S3 requests."""
    now_ms = clock.now_ms()
    at_ms = now_ms if query.day is None else midnight_ms(query.day)
    card = costs.card_on(query.currency, at_ms, now_ms)
    if card is None:
        return RatesOut(currency=query.currency, rates_from=None, is_sample=False, items=[])
    items = [
        Rate(market=market, category=category, rate_micros=row[category])
        for market, row in sorted(card.rates.items())
        for category in CATEGORIES
        if category in row
    ]
    return RatesOut(
        currency=card.currency, rates_from=card.valid_from, is_sample=card.is_sample, items=items
    )


def estimate(request: EstimateRequest, clock: Clock = SYSTEM_CLOCK) -> CostOut:
    """Return what the messages would cost if all were delivered now. At most 2 S3 requests."""
    now_ms = clock.now_ms()
    card = costs.card_on(request.currency, now_ms, now_ms)
    return cost_out(
        costs.estimate(card, request.currency, request.category, request.countries, now_ms)
    )


def midnight_ms(day: date) -> int:
    """Return the first moment of a day, UTC, in milliseconds."""
    return int(datetime.combine(day, time(), UTC).timestamp() * 1000)


def cost_out(cost: costs.Cost) -> CostOut:
    """Return a cost as the API shows it."""
    return CostOut(
        currency=cost.currency,
        rates_from=cost.rates_from,
        is_sample=cost.is_sample,
        total_micros=cost.total_micros,
        unpriced=cost.unpriced,
        lines=[
            CostLineOut(
                market=line.market,
                category=line.category,
                messages=line.messages,
                charged=line.charged,
                rate_micros=line.rate_micros,
                cost_micros=line.cost_micros,
            )
            for line in cost.lines
        ],
    )
