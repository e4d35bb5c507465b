"""What messages cost beyond one campaign: the rates in force, an estimate, an account's charges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.schemas.analytics import (
    CostReport,
    CostsQuery,
    EstimateRequest,
    MetaDifference,
    Rate,
    RatesOut,
    RatesQuery,
)
from chalicelib.schemas.costs import CostOut
from chalicelib.services import costs, number_calls
from chalicelib.services.spending import cost_out, currency_of
from chalicelib.storage.daily_stats import ChargeKey, DailyCharges
from chalicelib.storage.numbers import Numbers
from chalicelib.whatsapp.analytics import (
    Period,
    PricingPoint,
    pricing_analytics_request,
    read_pricing_analytics,
)
from chalicelib.whatsapp.errors import WhatsAppError
from chalicelib.whatsapp.rate_cards import CATEGORIES, RateCard, priced_as

MAX_DAYS = 92


def rates(query: RatesQuery, clock: Clock = SYSTEM_CLOCK) -> RatesOut:
    """Return the card that is in force; empty if none was loaded. At most 2 S3 requests."""
    now_ms = clock.now_ms()
    at_ms = now_ms if query.day is None else midnight_ms(query.day)
    card = costs.card_on(query.currency, at_ms, now_ms)
    if card is None:
        return RatesOut(currency=query.currency, rates_from=None, is_sample=False, items=[])
    items = [
        Rate(market=card.name(market), category=category, rate_micros=row[category])
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


def account_costs(ctx: TenantContext, query: CostsQuery, clock: Clock = SYSTEM_CLOCK) -> CostReport:
    """Return what an account's delivered messages cost, and where Meta's own count differs.

    Each day is priced by the card in force on it. Meta not answering is no error: Parley's count is
    told, and why Meta's is not. Raises Invalid for a period that is no period or over 92 days,
    NotFound. One query, one call of Meta.
    """
    days = (query.last_day - query.first_day).days
    if not 0 <= days < MAX_DAYS:
        message = f"`last_day` must be 0 to {MAX_DAYS - 1} days after `first_day`."
        raise Invalid(message, errors=(FieldError("last_day", message),))
    currency = currency_of(ctx, query.waba_id, must_exist=True)
    counts = [
        (key, count)
        for key, count in DailyCharges(ctx).between(query.first_day, query.last_day)
        if key.waba_id == query.waba_id
    ]
    now_ms = clock.now_ms()
    by_card: dict[date | None, list[tuple[ChargeKey, int]]] = {}
    cards: dict[date | None, RateCard | None] = {}
    for key, count in counts:
        card = costs.card_on(currency, midnight_ms(key.day), now_ms)
        first = None if card is None else card.valid_from
        cards[first] = card
        by_card.setdefault(first, []).append((key, count))
    priced = [costs.actual(cards[first], currency, part) for first, part in by_card.items()]
    total = costs.together(priced, currency)
    points, problem = _ask_meta(ctx, query)
    return CostReport(
        cost=cost_out(total),
        meta_total_micros=None if points is None else sum(p.cost_micros for p in points),
        meta_problem=problem,
        differences=[] if points is None else _differences(counts, points),
    )


def _ask_meta(
    ctx: TenantContext, query: CostsQuery
) -> tuple[list[PricingPoint] | None, str | None]:
    """Return Meta's figures of the days, or None and why not."""
    number = next(iter(Numbers(ctx).of_account(query.waba_id)), None)
    if number is None:
        return None, "No number of this account is connected, so Meta cannot be asked."
    period = Period(
        midnight_ms(query.first_day) // 1000,
        midnight_ms(query.last_day + timedelta(days=1)) // 1000,
    )
    dimensions = ("COUNTRY", "PRICING_CATEGORY", "PRICING_TYPE")
    request = pricing_analytics_request(query.waba_id, period, "DAILY", dimensions)
    try:
        return list(read_pricing_analytics(number_calls.call(ctx, number, request))), None
    except WhatsAppError as error:
        return None, f"WhatsApp did not give its figures: {error.detail}"


def _differences(
    counts: Iterable[tuple[ChargeKey, int]], points: Iterable[PricingPoint]
) -> list[MetaDifference]:
    """Return where the two counts of a country, category and type are not equal."""
    ours: Counter[tuple[str, str, str]] = Counter()
    theirs: Counter[tuple[str, str, str]] = Counter()
    money: Counter[tuple[str, str, str]] = Counter()
    for key, count in counts:
        ours[key.country, priced_as(key.category), key.pricing_type] += count
    for point in points:
        place = (
            point.country,
            priced_as(point.pricing_category.replace("_", "-")),
            point.pricing_type.casefold(),
        )
        theirs[place] += point.volume
        money[place] += point.cost_micros
    return [
        MetaDifference(
            country=place[0],
            category=place[1],
            pricing_type=place[2],
            messages=ours[place],
            meta_messages=theirs[place],
            difference=ours[place] - theirs[place],
            meta_cost_micros=money[place],
        )
        for place in sorted({*ours, *theirs})
        if ours[place] != theirs[place]
    ]


def midnight_ms(day: date) -> int:
    """Return the first moment of a day, UTC, in milliseconds."""
    return int(datetime.combine(day, time(), UTC).timestamp() * 1000)
