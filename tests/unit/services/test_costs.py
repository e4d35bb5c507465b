"""Estimates and actual costs, and that each delivered message is charged once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.services import costs
from chalicelib.services.charges import charge_key
from chalicelib.storage.daily_stats import ChargeKey
from chalicelib.storage.message_joins import due
from chalicelib.storage.message_state import RANKS, join
from chalicelib.whatsapp.pricing import charged
from tests.unit.whatsapp.test_rate_cards import sample

SEPTEMBER = int(datetime(2026, 9, 30, 23, 59, tzinfo=UTC).timestamp() * 1000)
OCTOBER = int(datetime(2026, 10, 1, tzinfo=UTC).timestamp() * 1000)
PRICING: dict[str, Any] = {
    "billable": True,
    "pricing_model": "PMP",
    "type": "regular",
    "category": "marketing",
}


@pytest.mark.parametrize(
    ("category", "in_window", "before", "after"),
    [
        ("marketing", True, 10, 10),
        ("authentication", True, 10, 10),
        ("utility", False, 10, 10),
        ("utility", True, 0, 10),
        ("service", True, 0, 0),
    ],
)
def test_both_sides_of_october(category: str, in_window: bool, before: int, after: int) -> None:  # noqa: FBT001
    """Utility in a window was free and is charged; ten service messages are within the quota."""
    assert charged(category, 10, SEPTEMBER, in_window=in_window) == before
    assert charged(category, 10, OCTOBER, in_window=in_window) == after


def test_service_quota_and_free_entry_point() -> None:
    """The number's first 1,000 service messages of a month are free, and all after a tapped ad."""
    assert charged("service", 10, OCTOBER, service_this_month=995) == 5
    assert charged("service", 10, OCTOBER, service_this_month=5000) == 10
    assert charged("marketing", 10, OCTOBER, free_entry_point=True) == 0


def test_estimate_by_market() -> None:
    """People are charged by their market; countries of one region share its line."""
    found = costs.estimate(
        sample(), "USD", "marketing", {"BR": 1000, "US": 10, "CA": 5, "KE": 1}, OCTOBER
    )
    lines = {line.market: (line.messages, line.cost_micros) for line in found.lines}
    assert lines == {
        "Brazil": (1000, 60_000_000),
        "North America": (15, 375_000),
        "Rest of Africa": (1, 22_000),
    }
    assert (found.total_micros, found.unpriced) == (60_397_000, 0)
    assert found.rates_from == date(2026, 10, 1)


def test_estimate_without_rates_says_so() -> None:
    """Without a card nothing is invented: the messages are counted as unpriced."""
    found = costs.estimate(None, "EUR", "utility", {"DE": 3}, OCTOBER)
    assert (found.total_micros, found.unpriced, found.rates_from) == (0, 3, None)
    assert found.lines[0].market == "DE"


def test_window_frees_the_cheapest_before_october() -> None:
    """Who of them has an open window is not known by market: the estimate stays a bound."""
    people = {"IN": 10, "DE": 10}
    before = costs.estimate(sample(), "USD", "utility", people, SEPTEMBER, in_window=12)
    after = costs.estimate(sample(), "USD", "utility", people, OCTOBER, in_window=12)
    assert before.total_micros == 8 * 55_000
    assert after.total_micros == 10 * 55_000 + 10 * 1_500


def test_actual_counts_tiers_by_month() -> None:
    """Free messages are counted and cost nothing; each month begins its volume tiers anew."""
    counts = [
        (ChargeKey(date(2026, 10, 31), "2", "IN", "utility", "regular"), 150_000),
        (ChargeKey(date(2026, 11, 1), "2", "IN", "utility", "regular"), 50_000),
        (ChargeKey(date(2026, 11, 1), "2", "IN", "utility", "free_entry_point"), 7),
    ]
    (line,) = costs.actual(sample(), "USD", counts).lines
    assert (line.messages, line.charged) == (200_007, 200_000)
    assert line.cost_micros == 150_000 * 1_500 - 50_000 * 100 + 50_000 * 1_500


def test_days_are_those_of_the_zone() -> None:
    """A message is counted on its day in the account's time zone, under Meta's own words."""
    key = charge_key(PRICING, "2", "BR", OCTOBER)
    assert key == ChargeKey(date(2026, 10, 1), "2", "BR", "marketing", "regular")
    assert charge_key({"billable": True}, "2", "BR", OCTOBER).pricing_type == "regular"
    assert charge_key({"billable": False}, "2", "BR", OCTOBER).pricing_type == "free"


@given(data=st.data())
def test_each_message_is_counted_once(data: st.DataObject) -> None:
    """In any order and repetition of statuses, with pricing on `sent` and on one of the later ones,
    exactly one of them counts the message; one that was never delivered is not counted.
    """
    reached = data.draw(
        st.sampled_from(
            [
                ("sent",),
                ("sent", "delivered"),
                ("sent", "read"),
                ("sent", "delivered", "read"),
                ("sent", "failed"),
            ]
        )
    )
    late = data.draw(st.sampled_from([s for s in reached if s != "sent"] or ["sent"]))
    statuses = [(s, "{}" if s in {"sent", late} and s != "failed" else None) for s in reached]
    order = data.draw(st.sampled_from(list(permutations(statuses))))
    repeated = [s for status in order for s in [status] * data.draw(st.integers(1, 2))]
    row: dict[str, Any] = {}
    state, counted = "claimed", 0
    for reported, pricing in repeated:
        counted += due(row, RANKS[reported], pricing) is not None
        state = join(state, reported)
        known = row.get("pricing", {}).get("S") or pricing
        row = {"rank": {"N": str(RANKS[state])}} | ({"pricing": {"S": known}} if known else {})
    assert counted == (state in {"delivered", "read"})
