"""What a campaign and an account have cost: each delivered message once, beside Meta's figures."""

from __future__ import annotations

import csv
import itertools
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core.errors import Invalid
from chalicelib.schemas.analytics import CostsQuery
from chalicelib.services import account_costs, spending, statuses
from chalicelib.services.callback import MessageKey
from chalicelib.services.campaigns import parts, reconciling, rehearsals
from chalicelib.storage.contacts import ContactDraft, Contacts
from chalicelib.storage.daily_stats import DailyCharges
from chalicelib.whatsapp.events import Status
from infra import rates
from tests.component.campaigns.conftest import Bench, People, status

LOCAL = Path(__file__).parents[3] / "infra" / "local"
REGULAR = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "utility"}


@pytest.fixture
def card(bench: Bench) -> None:
    """Load the sample rates."""
    options = ["--currency", "USD", "--valid-from", "2026-10-01", "--bucket", "parley-local"]
    assert rates.main([str(LOCAL / "sample_rates.csv"), *options]) == 0


def sent_to(bench: Bench, people: People, count: int) -> list[MessageKey]:
    """Send the campaign to new people; return where their rows are."""
    people(count)
    bench.launch_and_plan()
    bench.run_to_end()
    row = bench.campaign()
    return [
        MessageKey(bench.ctx.tenant_id, one.contact_id, one.message_id, row.id)
        for number in range(row.parts)
        for one in parts.load(bench.ctx, parts.launched(row.id), number).recipients
    ]


def told(bench: Bench, key: MessageKey, state: str, pricing: dict[str, Any] | None) -> Status:
    """Return a status with a price, of a recipient in the United States."""
    event = status(bench, key, state)
    return replace(event, recipient_id="15552010001", pricing=pricing)


def test_actual_cost_of_a_campaign(bench: Bench, people: People, card: None) -> None:
    """After a recount, what was delivered is priced by market; the rest costs nothing."""
    first, second, _third = sent_to(bench, people, 3)
    statuses.apply([told(bench, first, "sent", REGULAR), told(bench, first, "delivered", None)])
    statuses.apply([told(bench, second, "read", REGULAR)])
    reconciling.reconcile(bench.ctx, bench.campaign())
    found = spending.campaign_costs(bench.ctx, bench.campaign().id)
    assert found.estimate is not None
    assert found.actual is not None
    assert (found.estimate.total_micros, found.actual.total_micros) == (3 * 3_400, 2 * 3_400)
    assert found.actual.lines[0].market == "North America"


def test_dry_run_prices_by_market(bench: Bench, people: People, card: None) -> None:
    """Before anything is sent: so many to each market, by phone or user id, at its own rate for the
    template's category; who is skipped costs nothing, and a bound for all is the sum.
    """
    people(3, opted_out=1)
    for draft in (
        ContactDraft(phone="+5511961234567"),
        ContactDraft(bsuid="BR.81491208655302741919"),
        ContactDraft(phone="+4915123456789"),
    ):
        Contacts(bench.ctx).create(draft, 1)
    row = bench.draft()
    rehearsals.start(bench.ctx, row.id)
    bench.work("plan")
    found = rehearsals.get(bench.ctx, row.id).cost
    assert found is not None
    _title, *table = (LOCAL / "sample_rates.csv").read_text(encoding="utf-8").splitlines()
    rate = {
        one["Market"]: int(Decimal(one["Utility"].removeprefix("$")) * 1_000_000)
        for one in csv.DictReader(table)
    }
    assert {(one.market, one.category, one.messages, one.cost_micros) for one in found.lines} == {
        ("North America", "utility", 2, 2 * rate["North America"]),
        ("Brazil", "utility", 2, 2 * rate["Brazil"]),
        ("Germany", "utility", 1, rate["Germany"]),
    }
    assert found.total_micros == sum(one.cost_micros or 0 for one in found.lines)
    assert found.unpriced == 0


def test_each_delivery_is_counted_once_a_day(bench: Bench, people: People) -> None:
    """In every order of a message's statuses, twice over, the day's counter rises by one."""
    orders = list(itertools.permutations(("sent", "delivered", "read")))
    keys = sent_to(bench, people, len(orders))
    for key, order in zip(keys, orders, strict=True):
        for state in (*order, *order):
            pricing = REGULAR if state in {"sent", "read"} else None
            statuses.apply([told(bench, key, state, pricing)])
    today = datetime.fromtimestamp(bench.clock.now_ms() / 1000, UTC).date()
    ((key_of, count),) = DailyCharges(bench.ctx).between(today, today)
    assert (key_of.country, key_of.category, key_of.pricing_type) == ("US", "utility", "regular")
    assert (key_of.waba_id, count) == (bench.meta.fixture.waba_id, len(orders))


def test_report_beside_metas_figures(bench: Bench, people: People, card: None) -> None:
    """The report prices each day's messages, and tells where Meta counts otherwise."""
    key, *_ = sent_to(bench, people, 2)
    statuses.apply([told(bench, key, "delivered", REGULAR)])
    today = datetime.fromtimestamp(bench.clock.now_ms() / 1000, UTC).date()
    query = CostsQuery(first_day=today, last_day=today, waba_id=bench.meta.fixture.waba_id)
    found = account_costs.account_costs(bench.ctx, query)
    assert found.cost.total_micros == 3_400
    assert found.meta_problem is None
    assert found.meta_total_micros is not None
    for one in found.differences:
        assert one.difference == one.messages - one.meta_messages


def test_period_is_bounded(bench: Bench) -> None:
    """A period that runs backwards, or over three months, is refused by its field."""
    for last in ("2026-10-31", "2027-03-01"):
        answer = CostsQuery.model_validate(
            {"first_day": "2026-11-01", "last_day": last, "waba_id": "200000000000001"}
        )
        with pytest.raises(Invalid, match="last_day"):
            account_costs.account_costs(bench.ctx, answer)
