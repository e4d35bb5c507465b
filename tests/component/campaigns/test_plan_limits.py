"""What a plan, and a suspension by the operator, do to campaigns: nobody lost, nobody twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.core.errors import Conflict
from chalicelib.schemas.campaigns import CampaignSchedule
from chalicelib.services import suspension, tenants
from chalicelib.services.campaigns import drafts, lifecycle, rehearsals, schedules
from chalicelib.storage.allowance import started_in_24h
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.contacts import Contacts
from chalicelib.storage.numbers import Numbers
from chalicelib.storage.tenants import TenantRow, change_tenant
from chalicelib.storage.usage import CAMPAIGNS, LimitReached, messages_today, used
from tests.component.campaigns.conftest import Bench, People, counts, set_faults, write_in
from tests.component.campaigns.test_protection import accepted, rounds

DAY_S = 86_400


def limit(bench: Bench, **limits: int) -> None:
    """Give the business exceptions from its plan."""
    change_tenant(bench.ctx.tenant_id, TenantRow.limits.set(limits))


def suspend(bench: Bench) -> None:
    """Suspend the business as its operator does."""
    change_tenant(
        bench.ctx.tenant_id,
        TenantRow.suspended_at.set(bench.clock.now_ms()),
        TenantRow.suspended_reason.set("An invoice is open."),
    )


def resume(bench: Bench) -> None:
    """Lift the suspension."""
    change_tenant(
        bench.ctx.tenant_id, TenantRow.suspended_at.remove(), TenantRow.suspended_reason.remove()
    )


def another(bench: Bench, digit: str) -> CampaignRow:
    """Write one more draft."""
    row = bench.draft_as(f"cmp_{digit * 26}")
    return Campaigns(bench.ctx).get(row.id)


def test_day_is_kept_to_the_message(bench: Bench, people: People) -> None:
    """Of 70 people 30 are sent to today, the others on the next days, nobody twice; the counter
    says exactly what Meta took.
    """
    people(70)
    limit(bench, messages_per_day=30)
    bench.launch_and_plan()
    bench.work("send")
    rounds(bench, 3)
    campaign = bench.campaign()
    assert (accepted(bench), campaign.state) == (30, "running")
    assert "00:00 UTC" in (campaign.state_reason or "")
    assert messages_today(bench.ctx.tenant_id, bench.clock.now_ms()) == 30
    rounds(bench, 1, seconds=DAY_S)
    rounds(bench, 2)
    assert accepted(bench) == 60
    rounds(bench, 1, seconds=DAY_S)
    rounds(bench, 2)
    assert accepted(bench) == 70
    assert bench.campaign().state_reason is None
    assert counts(bench.meta, bench.campaign().id)["duplicates"] == 0
    assert bench.recount().states["queued"] == 0


def test_messages_not_sent_are_given_back(bench: Bench, people: People) -> None:
    """What a chunk took for people that it did not come to is there for others again."""
    contact_ids = people(20)
    limit(bench, messages_per_day=100)
    bench.launch_and_plan()
    for contact_id in contact_ids[:5]:
        Contacts(bench.ctx).update(contact_id, {"opted_out_at": 1}, 1)
    bench.work("send")
    assert accepted(bench) == 15
    assert messages_today(bench.ctx.tenant_id, bench.clock.now_ms()) == 15


@pytest.mark.parametrize("code", [131057, 131026])
def test_what_meta_refused_is_given_back(bench: Bench, people: People, code: int) -> None:
    """A refusal, for now or for good, uses up neither the day's messages nor Meta's 24-hour limit;
    so an outage of WhatsApp, in which all is tried again and again, uses up none.
    """
    people(20)
    limit(bench, messages_per_day=30)
    Numbers(bench.ctx).note(bench.number.id, {"messaging_limit": "TIER_50"}, bench.clock.now_ms())
    set_faults(bench.meta, fail_sync=1, fail_code=code)
    bench.launch_and_plan()
    bench.work("send")
    rounds(bench, 4, seconds=70)
    assert accepted(bench) == 0
    portfolio = f"waba-{bench.number.waba_id}"
    assert messages_today(bench.ctx.tenant_id, bench.clock.now_ms()) == 0
    assert started_in_24h(portfolio, bench.clock.now_ms()) == 0
    set_faults(bench.meta)
    rounds(bench, 3, seconds=70)
    sent = 20 if code == 131057 else 0
    assert accepted(bench) == sent
    assert messages_today(bench.ctx.tenant_id, bench.clock.now_ms()) == sent
    assert started_in_24h(portfolio, bench.clock.now_ms()) == sent


def test_dry_run_tells_of_the_day(bench: Bench, people: People) -> None:
    """Who has not enough messages left is told so, with how many days it takes."""
    people(70)
    limit(bench, messages_per_day=30)
    row = bench.draft()
    rehearsals.start(bench.ctx, row.id)
    bench.work("plan")
    problems = rehearsals.get(bench.ctx, row.id).problems
    assert any("30 messages a day" in words and "3 days" in words for words in problems)
    limit(bench, messages_per_day=70)
    assert not rehearsals.get(bench.ctx, row.id).problems


def test_campaigns_at_once(bench: Bench, people: People) -> None:
    """One more than the plan allows stays a draft, and the planner hears nothing of it; the end of
    one makes room, however it ends.
    """
    people(3)
    limit(bench, campaigns=1)
    first, second = bench.draft(), another(bench, "1")
    drafts.launch(bench.ctx, first.id)
    bench.take("plan")
    with pytest.raises(LimitReached, match=r"allows 1 campaigns under way .* In use: 1"):
        drafts.launch(bench.ctx, second.id)
    assert Campaigns(bench.ctx).get(second.id).state == "draft"
    assert bench.take("plan") == []
    lifecycle.cancel(bench.ctx, first.id)
    with pytest.raises(Conflict):
        lifecycle.cancel(bench.ctx, first.id)
    assert used(bench.ctx.tenant_id, CAMPAIGNS) == 0
    drafts.launch(bench.ctx, second.id)
    assert used(bench.ctx.tenant_id, CAMPAIGNS) == 1
    lifecycle.cancel(bench.ctx, another(bench, "2").id)
    assert used(bench.ctx.tenant_id, CAMPAIGNS) == 1


def test_finished_campaign_makes_room(bench: Bench, people: People) -> None:
    """All handed to Meta is no longer under way, and a pause still is."""
    people(3)
    bench.launch_and_plan()
    lifecycle.pause(bench.ctx, bench.campaign().id)
    assert used(bench.ctx.tenant_id, CAMPAIGNS) == 1
    lifecycle.resume(bench.ctx, bench.campaign().id)
    bench.work("plan")
    rounds(bench, 3)
    assert bench.campaign().state in {"settling", "completed"}
    assert used(bench.ctx.tenant_id, CAMPAIGNS) == 0


def test_stale_cancel_counts_once(bench: Bench, people: People) -> None:
    """A cancellation that read the draft before its launch ends and uncounts the launched one."""
    people(2)
    row = bench.draft()
    stale = Campaigns(bench.ctx).get(row.id)
    drafts.launch(bench.ctx, row.id)
    lifecycle.apply(bench.ctx, stale, "cancel")
    assert bench.campaign().state == "cancelled"
    assert used(bench.ctx.tenant_id, CAMPAIGNS) == 0


@pytest.mark.parametrize("where", ["send", "plan"])
def test_suspension_pauses_what_runs(bench: Bench, people: People, where: str) -> None:
    """At its next chunk, or its next look, the campaign pauses with the reason; what was not sent
    is there when somebody resumes it.
    """
    people(40)
    bench.launch_and_plan()
    suspend(bench)
    bench.clock.advance(40)
    bench.work(where)
    bench.take("send")
    campaign = bench.campaign()
    assert (campaign.state, accepted(bench)) == ("paused", 0)
    assert "An invoice is open. Once that is lifted" in (campaign.state_reason or "")
    resume(bench)
    lifecycle.resume(bench.ctx, campaign.id)
    bench.work("plan")
    rounds(bench, 3)
    assert accepted(bench) == 40


def test_schedule_of_a_suspended_business(bench: Bench, people: People) -> None:
    """It starts nothing: the campaign is a draft again, with the reason."""
    people(2)
    row = bench.draft()
    at = datetime.fromtimestamp(bench.clock.now_ms() // 60_000 * 60 + 3600, UTC)
    wish = CampaignSchedule(at=f"{at:%Y-%m-%dT%H:%M}", time_zone="UTC")
    schedules.schedule(bench.ctx, row.id, wish)
    suspend(bench)
    name = bench.campaign().schedule_name or ""
    bench.clock.advance(3605)
    schedules.fire(bench.ctx, row.id, name, 0)
    campaign = bench.campaign()
    assert campaign.state == "draft"
    assert "suspended" in (campaign.state_reason or "")
    assert bench.take("plan") == []


def test_customers_still_reach_a_suspended_business(bench: Bench, people: People) -> None:
    """What they write is taken in, also from somebody new and beyond the limit of contacts."""
    (contact_id,) = people(1)
    limit(bench, contacts=1)
    suspend(bench)
    write_in(bench, contact_id, "Are you open?")
    new = Contacts(bench.ctx).find_or_create_by_identity(
        phone="+491512345678", bsuid=None, profile_name="Neu", now_ms=1
    )
    assert Contacts(bench.ctx).get(new.id).phone == "+491512345678"
    assert tenants.usage(bench.ctx).contacts.used == 2
    assert suspension.stopped(bench.ctx.tenant_id) is not None
