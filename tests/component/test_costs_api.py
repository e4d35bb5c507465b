"""Rates and estimates over the API, from cards that the command has loaded."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.storage.daily_stats import ChargeKey, DailyCharges
from infra import rates
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock

LOCAL = Path(__file__).parents[2] / "infra" / "local"


def load(first_day: str, *, currency: str = "USD", path: Path = LOCAL / "sample_rates.csv") -> int:
    """Load a card as an operator does."""
    options = ["--currency", currency, "--valid-from", first_day, "--bucket", "parley-local"]
    return rates.main([str(path), *options])


def test_rates_of_a_day(api: ApiClient, clock: SettableClock, tmp_path: Path) -> None:
    """The card that holds on the day is shown; before the first there is none."""
    cheaper = tmp_path / "rates.csv"
    cheaper.write_text("Market,Marketing\nBrazil,0.05\n", "utf-8")
    assert load("2026-07-01", path=cheaper) == 0
    assert load("2026-10-01") == 0
    found = {
        day: api.get("/api/analytics/rates", params={"day": day}).body["items"]
        for day in ("2026-06-30", "2026-09-30", "2026-10-01")
    }
    assert found["2026-06-30"] == []
    assert found["2026-09-30"] == [
        {"market": "Brazil", "category": "marketing", "rate_micros": 50_000}
    ]
    assert len(found["2026-10-01"]) > 60
    assert api.get("/api/analytics/rates").body["rates_from"] == "2026-10-01"


def test_estimate(api: ApiClient, clock: SettableClock) -> None:
    """An estimate is by market, in micro-units of the currency, with what no rate is known for."""
    load("2026-10-01")
    body = {"category": "marketing", "countries": {"BR": 1200, "DE": 10}}
    answer = api.post("/api/analytics/estimate", json=body)
    assert (answer.status, answer.body["total_micros"]) == (200, 1200 * 60_000 + 10 * 130_000)
    without = api.post("/api/analytics/estimate", json={**body, "currency": "EUR"}).body
    assert (without["total_micros"], without["unpriced"]) == (0, 1210)


@pytest.mark.parametrize(
    "change",
    [{"countries": {"Brazil": 1}}, {"countries": {"BR": -1}}, {"category": "gossip"}],
)
def test_bad_estimates_are_refused(api: ApiClient, change: dict[str, object]) -> None:
    """What is no country, number or category is told by its field."""
    body = {"category": "utility", "countries": {"BR": 1}, **change}
    answer = api.post("/api/analytics/estimate", json=body)
    assert (answer.status, answer.body["code"]) == (422, "validation_failed")


def test_what_is_no_card(aws: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command says which line is wrong, and stores nothing."""
    path = tmp_path / "contacts.csv"
    path.write_text("Market,Marketing\nBrazil,cheap\n", "utf-8")
    assert load("2026-10-01", path=path) == 2
    assert "line 2: 'cheap' is not a rate" in capsys.readouterr().err


def test_daily_charges_add_up(ctx: TenantContext, other_ctx: TenantContext) -> None:
    """Counters add up by day, account, country and category; another tenant's are not seen."""
    day = date(2026, 11, 23)
    brazil = ChargeKey(day, "200000000000001", "BR", "marketing", "regular")
    free = ChargeKey(day, "200000000000001", "BR", "service", "free_customer_service")
    later = ChargeKey(date(2026, 11, 24), "200000000000001", "DE", "marketing", "regular")
    DailyCharges(ctx).add({brazil: 3, free: 1})
    DailyCharges(ctx).add({brazil: 2, later: 9})
    DailyCharges(other_ctx).add({brazil: 100})
    assert dict(DailyCharges(ctx).between(day, day)) == {brazil: 5, free: 1}
    assert dict(DailyCharges(ctx).between(day, date(2026, 11, 30)))[later] == 9
