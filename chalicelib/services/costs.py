"""What messages cost: an estimate before sending, the actual from what Meta reports as charged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from chalicelib.services.charges import REGULAR
from chalicelib.storage import rate_cards
from chalicelib.storage.daily_stats import ChargeKey
from chalicelib.whatsapp.pricing import charged
from chalicelib.whatsapp.rate_cards import RateCard, decode_card, priced_as

_KEPT_MS = 300_000


@dataclass(frozen=True, slots=True)
class CostLine:
    """What the messages to one market of one category cost; money in micro-units.

    `rate_micros` is the list rate and `cost_micros` None where no rate is known; a market that is
    not in the card is shown by its country.
    """

    market: str
    category: str
    messages: int
    charged: int
    rate_micros: int | None
    cost_micros: int | None


@dataclass(frozen=True, slots=True)
class Cost:
    """A sum of lines. `unpriced` counts charged messages without a known rate: not in the total."""

    currency: str
    rates_from: date | None
    is_sample: bool
    lines: tuple[CostLine, ...]

    @property
    def total_micros(self) -> int:
        """The sum of the lines whose rate is known."""
        return sum(line.cost_micros or 0 for line in self.lines)

    @property
    def unpriced(self) -> int:
        """How many charged messages have no known rate."""
        return sum(line.charged for line in self.lines if line.cost_micros is None)


def card_on(currency: str, at_ms: int, now_ms: int) -> RateCard | None:
    """Return the card that is in force at `at_ms`; None if none was loaded.

    At most 2 S3 requests, none for 5 minutes after.
    """
    day = datetime.fromtimestamp(at_ms / 1000, UTC).date()
    return _card(currency, day, now_ms // _KEPT_MS)


@lru_cache(maxsize=64)
def _card(currency: str, day: date, _period: int) -> RateCard | None:
    earlier = [first for first in rate_cards.first_days(currency) if first <= day]
    body = rate_cards.get(currency, earlier[-1]) if earlier else None
    return None if body is None else decode_card(body)


def estimate(
    card: RateCard | None,
    currency: str,
    category: str,
    countries: Mapping[str, int],
    at_ms: int,
    *,
    in_window: int = 0,
    already: Mapping[str, int] | None = None,
) -> Cost:
    """Return what a message of `category` to so many people a country costs if all are delivered.

    An upper bound: who is not reached is not charged. `in_window` of the people have an open
    window, which counts before October 2026 only; they are taken from the cheapest markets, so that
    the bound holds. `already` are this month's charged messages a market, for volume tiers. Pure.
    """
    free = 0 if charged(category, 1, at_ms, in_window=True) else in_window
    lines: dict[str, CostLine] = {}
    by_market: dict[str, int] = {}
    for country, count in countries.items():
        market = (card.market(country) if card is not None else None) or country
        by_market[market] = by_market.get(market, 0) + count
    rates = {m: card.rate(m, category) if card is not None else None for m in by_market}
    for market in sorted(by_market, key=lambda m: (rates[m] or 0, m)):
        count = by_market[market]
        skipped = min(free, count)
        free -= skipped
        due = charged(category, count - skipped, at_ms)
        before = (already or {}).get(market, 0)
        cost = None if card is None else card.cost(market, category, due, before)
        name = market if card is None else card.name(market)
        lines[market] = CostLine(name, priced_as(category), count, due, rates[market], cost)
    return _cost(card, currency, lines.values())


def actual(card: RateCard | None, currency: str, counts: Iterable[tuple[ChargeKey, int]]) -> Cost:
    """Return what delivered messages cost by the card, as Meta categorised and charged them. Pure.

    Each month begins its volume tiers anew. The counts should be of days on which `card` holds.
    """
    messages: dict[tuple[str, str], int] = {}
    due: dict[tuple[str, str], dict[tuple[int, int], int]] = {}
    for key, count in counts:
        market = (card.market(key.country) if card is not None else None) or key.country
        place = (market, priced_as(key.category))
        messages[place] = messages.get(place, 0) + count
        months = due.setdefault(place, {})
        if key.pricing_type == REGULAR:
            month = (key.day.year, key.day.month)
            months[month] = months.get(month, 0) + count
    lines: list[CostLine] = []
    for (market, category), count in sorted(messages.items()):
        months = due[market, category]
        costs = [
            0 if not n else None if card is None else card.cost(market, category, n)
            for n in months.values()
        ]
        total = None if None in costs else sum(cost or 0 for cost in costs)
        rate = None if card is None else card.rate(market, category)
        name = market if card is None else card.name(market)
        lines.append(CostLine(name, category, count, sum(months.values()), rate, total))
    return _cost(card, currency, lines)


def together(parts: Iterable[Cost], currency: str) -> Cost:
    """Return several costs of one currency as one; the newest card's day stands for all. Pure."""
    costs = list(parts)
    lines: dict[tuple[str, str], CostLine] = {}
    for line in (line for cost in costs for line in cost.lines):
        seen = lines.get((line.market, line.category))
        lines[line.market, line.category] = line if seen is None else _sum(seen, line)
    days = [cost.rates_from for cost in costs if cost.rates_from is not None]
    is_sample = any(cost.is_sample for cost in costs)
    ordered = tuple(lines[place] for place in sorted(lines))
    return Cost(currency, max(days, default=None), is_sample, ordered)


def _sum(left: CostLine, right: CostLine) -> CostLine:
    known = left.cost_micros is not None and right.cost_micros is not None
    return CostLine(
        left.market,
        left.category,
        left.messages + right.messages,
        left.charged + right.charged,
        right.rate_micros,
        (left.cost_micros or 0) + (right.cost_micros or 0) if known else None,
    )


def _cost(card: RateCard | None, currency: str, lines: Iterable[CostLine]) -> Cost:
    return Cost(
        currency,
        None if card is None else card.valid_from,
        card is not None and card.is_sample,
        tuple(lines),
    )
