"""Meta's rate cards: what a delivered message costs, by market and category, from a day on.

Meta publishes one CSV a currency with the list rates and one with volume tiers, and changes them on
the first of a quarter. Money is in micro-units: millionths of the currency, as whole numbers.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from chalicelib.whatsapp.markets import fold, known_markets, market_of

MICROS = 1_000_000
CATEGORIES = ("marketing", "utility", "authentication", "authentication-international", "service")
CURRENCIES = frozenset(
    "USD AED ARS AUD BRL CLP COP EUR GBP IDR INR MXN MYR PEN SAR SGD".split()  # noqa: SIM905
)
# Categories that Meta prices as another: its own words in webhooks and analytics.
_PRICED_AS = {
    "marketing_lite": "marketing",
    "authentication_international": "authentication-international",
    "group_marketing": "marketing",
    "group_utility": "utility",
    "group_service": "service",
}
_NO_RATE = frozenset({"", "-", "--", "—", "n/a", "na", "none", "null"})
_AMOUNT = re.compile(r"[^\d.,-]")
_SEARCHED_ROWS = 20
_MOST_ROWS = 5000


class RateCardError(ValueError):
    """The file is not a rate card; the text says which line, and what was expected."""


@dataclass(frozen=True, slots=True)
class Tier:
    """From how many charged messages of a month on (0-based, `first`) a message costs `micros`."""

    first: int
    micros: int


@dataclass(frozen=True, slots=True)
class RateCard:
    """The rates of one currency from `valid_from` on; markets by their folded names.

    `tiers` has, by market and category, the volume tiers in ascending order, the list rate first;
    `names` the markets as the card writes them.
    """

    currency: str
    valid_from: date
    rates: Mapping[str, Mapping[str, int]]
    tiers: Mapping[str, Mapping[str, tuple[Tier, ...]]] = field(default_factory=dict)
    is_sample: bool = False
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, market: str) -> str:
        """Return a market as the card writes it."""
        return self.names.get(market, market)

    def market(self, country: str) -> str | None:
        """Return the row that a country (ISO code) is charged by; None if the card has none."""
        return market_of(country, self.rates.keys())

    def rate(self, market: str, category: str) -> int | None:
        """Return the list rate in micro-units; None where the card has none.

        Since October 2026 service messages are charged at the utility rate: a card without a
        column of its own for them gives that one.
        """
        row = self.rates.get(market, {})
        priced = priced_as(category)
        found = row.get(priced)
        if found is None and priced == "service":
            return row.get("utility")
        if found is None and priced == "authentication-international":
            return row.get("authentication")
        return found

    def cost(self, market: str, category: str, count: int, already: int = 0) -> int | None:
        """Return what `count` charged messages cost, in micro-units, after `already` this month.

        Each message costs the rate of its own tier (Meta's tiers are marginal); only utility and
        authentication have tiers. None where the card has no rate.
        """
        base = self.rate(market, category)
        if base is None:
            return None
        tiers = self.tiers.get(market, {}).get(priced_as(category))
        if not tiers:
            return base * count
        total, end = 0, already + count
        bounds = [*(tier.first for tier in tiers), end]
        for tier, (first, last) in zip(tiers, pairwise(bounds), strict=True):
            inside = min(last, end) - max(first, already)
            total += max(0, inside) * tier.micros
        return total


def priced_as(category: str) -> str:
    """Return the column of a rate card that a category of Meta's `pricing` is charged by."""
    word = category.casefold()
    return _PRICED_AS.get(word, word)


def read_card(text: str, currency: str, valid_from: date) -> tuple[RateCard, tuple[str, ...]]:
    """Return the card in a CSV of Meta's, and what of it was left out, in words.

    Tolerant: a title above the table, any order and case of columns, `$`, thousands, a decimal
    comma, `n/a`. Raises RateCardError where there is no table, or a rate that is no number.
    """
    if currency not in CURRENCIES:
        allowed = ", ".join(sorted(CURRENCIES))
        message = f"Meta has no rate card in {currency!r}; it has {allowed}"
        raise RateCardError(message)
    columns, rows = _table(text, _RATE_COLUMNS, {"market"}, "a column Market and one a category")
    if not set(columns.values()) & set(CATEGORIES):
        message = f"no column is named after a category: {', '.join(CATEGORIES)}"
        raise RateCardError(message)
    rates: dict[str, dict[str, int]] = {}
    names: dict[str, str] = {}
    left_out: list[str] = []
    for line, cells in rows:
        named = {columns[i]: cell for i, cell in enumerate(cells) if i in columns}
        written = named.pop("market", "").strip()
        market = fold(written)
        if not market:
            continue
        if market in rates:
            message = f"line {line}: the market {market!r} is there twice"
            raise RateCardError(message)
        if market not in known_markets():
            left_out.append(f"line {line}: no country is charged by the market {market!r}")
        amounts = {name: _micros(cell, line) for name, cell in named.items()}
        names[market] = written
        rates[market] = {name: micros for name, micros in amounts.items() if micros is not None}
    if not rates:
        message = "the table has no rows"
        raise RateCardError(message)
    return RateCard(currency, valid_from, rates, names=names), tuple(left_out)


def with_tiers(card: RateCard, text: str) -> RateCard:
    """Return the card with the volume tiers of Meta's second CSV. Raises RateCardError.

    Columns: market, category, from, to, rate (a discount column is read past). A tier's `from`
    counts from 1 or 0; the tiers of a market and category must join without a gap.
    """
    columns, rows = _table(
        text, _TIER_COLUMNS, {"market", "category", "first", "rate"}, "Market, Category, From, Rate"
    )
    found: dict[str, dict[str, list[Tier]]] = {}
    for line, cells in rows:
        named = {columns[i]: cell for i, cell in enumerate(cells) if i in columns}
        market = fold(named["market"])
        category = priced_as(named["category"].strip().replace(" ", "-"))
        micros = _micros(named["rate"], line)
        if not market or micros is None:
            continue
        if category not in CATEGORIES:
            message = f"line {line}: {named['category']!r} is not a category of Meta's"
            raise RateCardError(message)
        first = max(0, _whole(named["first"], line) - 1)
        found.setdefault(market, {}).setdefault(category, []).append(Tier(first, micros))
    tiers: dict[str, dict[str, tuple[Tier, ...]]] = {}
    for market, by_category in found.items():
        for category, steps in by_category.items():
            steps.sort(key=lambda tier: tier.first)
            if steps[0].first != 0 or any(a.first == b.first for a, b in pairwise(steps)):
                message = f"the tiers of {market}, {category} do not begin at 0 or overlap"
                raise RateCardError(message)
            tiers.setdefault(market, {})[category] = tuple(steps)
    return replace(card, tiers=tiers)


def encode_card(card: RateCard) -> bytes:
    """Return a card as JSON."""
    return json.dumps(
        {
            "v": 1,
            "currency": card.currency,
            "valid_from": card.valid_from.isoformat(),
            "is_sample": card.is_sample,
            "names": dict(card.names),
            "rates": {market: dict(row) for market, row in card.rates.items()},
            "tiers": {
                market: {
                    category: [[tier.first, tier.micros] for tier in steps]
                    for category, steps in by_category.items()
                }
                for market, by_category in card.tiers.items()
            },
        },
        ensure_ascii=False,
        sort_keys=True,
    ).encode()


def decode_card(body: bytes) -> RateCard:
    """Return the card that `encode_card` wrote."""
    fields: dict[str, Any] = json.loads(body)
    return RateCard(
        currency=fields["currency"],
        valid_from=date.fromisoformat(fields["valid_from"]),
        rates=fields["rates"],
        tiers={
            market: {
                category: tuple(Tier(first, micros) for first, micros in steps)
                for category, steps in by_category.items()
            }
            for market, by_category in fields["tiers"].items()
        },
        is_sample=fields["is_sample"],
        names=fields["names"],
    )


def _table(
    text: str, name_of: Mapping[str, str], needed: set[str], wanted: str
) -> tuple[dict[int, str], Iterator[tuple[int, list[str]]]]:
    """Return the columns by position and the rows below the header, which may stand further down.

    The delimiter is the one of comma, semicolon and tab that finds a header.
    """
    for delimiter in ",;\t":
        lines = list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter))
        for position, cells in enumerate(lines[:_SEARCHED_ROWS]):
            columns = {
                i: name_of[word]
                for i, word in enumerate(map(_column_word, cells))
                if word in name_of
            }
            if needed <= set(columns.values()) and len(columns) > 1:
                if len(lines) > _MOST_ROWS:
                    message = f"the file has more than {_MOST_ROWS} lines"
                    raise RateCardError(message)
                return columns, _rows(lines, position + 1, max(columns) + 1)
    message = f"none of the first {_SEARCHED_ROWS} lines is the header of a rate table: {wanted}"
    raise RateCardError(message)


def _rows(lines: list[list[str]], start: int, width: int) -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(lines[start:], start + 1):
        if any(cell.strip() for cell in cells):
            yield number, cells + [""] * (width - len(cells))


def _column_word(cell: str) -> str:
    return re.sub(r"[^a-z]", "", cell.casefold())


def _names(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {_column_word(word): name for words, name in pairs for word in words.split(";")}


_RATE_COLUMNS = _names(
    (
        ("market;market name;country;region", "market"),
        ("marketing;marketing rate", "marketing"),
        ("utility;utility rate", "utility"),
        ("authentication;authentication rate", "authentication"),
        (
            "authentication-international;authentication international rate;auth international",
            "authentication-international",
        ),
        ("service;service rate", "service"),
    )
)
_TIER_COLUMNS = _names(
    (
        ("market;market name;country;region", "market"),
        ("category;message category;message type", "category"),
        ("from;volume from;tier from;lower bound", "first"),
        ("rate;price;tier rate", "rate"),
    )
)


def _micros(cell: str, line: int) -> int | None:
    """Return an amount in micro-units, half rounded to even; None where the card gives no rate."""
    if cell.strip().casefold() in _NO_RATE:
        return None
    amount = _AMOUNT.sub("", cell)
    if "," in amount and "." not in amount:
        amount = amount.replace(",", ".")  # a decimal comma
    amount = amount.replace(",", "")
    try:
        micros = round(Decimal(amount) * MICROS)
    except InvalidOperation:
        micros = -1
    if micros < 0:
        message = f"line {line}: {cell!r} is not a rate"
        raise RateCardError(message)
    return micros


def _whole(cell: str, line: int) -> int:
    digits = re.sub(r"[\s,.']", "", cell)
    if not digits.isdecimal():
        message = f"line {line}: {cell!r} is not a number of messages"
        raise RateCardError(message)
    return int(digits)
