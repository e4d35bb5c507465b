"""What holds a campaign up or stops it: holds, limits, caps, canaries, failures, the night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.core.clock import to_iso
from chalicelib.core.context import TenantContext
from chalicelib.schemas.base import PageQuery
from chalicelib.services import deliveries, frequency_cap
from chalicelib.services.callback import MessageKey
from chalicelib.services.campaigns import (
    dispatch,
    drafts,
    ledger,
    lifecycle,
    parts,
    protection,
    rehearsals,
    retrying,
)
from chalicelib.services.campaigns.canary import summary
from chalicelib.services.campaigns.permits import Permit, permit_of
from chalicelib.services.campaigns.rules import CampaignRules, rules_of, set_rules
from chalicelib.storage.allowance import HOUR_MS, give_back, started_in_24h, take
from chalicelib.storage.campaigns import Campaigns
from chalicelib.storage.contact_marketing import note_marketing
from chalicelib.storage.contacts import ContactRow
from chalicelib.storage.numbers import Numbers
from chalicelib.whatsapp.webhooks import Delivery
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import Bench, People, counts, set_faults, status
from tests.component.campaigns.test_retries import outcomes, report


@pytest.fixture
def marketing(bench: Bench) -> Bench:
    """Give a campaign of a marketing template."""
    bench.template.category = "MARKETING"
    bench.template.save()
    return bench


def rounds(bench: Bench, count: int, seconds: float = 40) -> None:
    """Let time pass, ticks come and senders work, `count` times."""
    for _ in range(count):
        bench.clock.advance(seconds)
        bench.work("plan")
        bench.work("send")


def accepted(bench: Bench) -> int:
    """Return how many messages Meta has taken."""
    return int(counts(bench.meta, bench.campaign().id)["accepted"])


def test_hold_stops_and_goes_on(bench: Bench, people: People) -> None:
    """Held messages stop all further sends until one of them is let go; then all are sent."""
    people(200)
    pacing = f"/sandbox/templates/{bench.template.meta_template_id}/pacing"
    bench.meta.http.post(pacing, json={"action": "hold"}).raise_for_status()
    bench.launch_and_plan()
    bench.work("send")
    rounds(bench, 2)
    campaign = bench.campaign()
    sent = accepted(bench)
    assert 0 < sent < 60
    assert campaign.state == "running"
    assert "quality" in (campaign.state_reason or "")
    book = bench.recount()
    assert (book.states["held"], book.states["queued"]) == (sent, 200 - sent)
    first = next(one for one in outcomes(bench) if one.state == "held")
    bench.meta.http.post(pacing, json={"action": "release"}).raise_for_status()
    report(bench, first, "sent")
    rounds(bench, 3)
    assert bench.campaign().state_reason is None
    assert accepted(bench) == 200
    assert counts(bench.meta, bench.campaign().id)["duplicates"] == 0


def test_portfolio_limit_waits_and_rolls(bench: Bench, people: People) -> None:
    """With 20 of 50 people used up, 30 are written to; a day later the others are, once."""
    people(70)
    Numbers(bench.ctx).note(bench.number.id, {"messaging_limit": "TIER_50"}, bench.clock.now_ms())
    portfolio = f"waba-{bench.number.waba_id}"
    assert take(portfolio, 20, 50, bench.clock.now_ms()) == 20
    bench.launch_and_plan()
    bench.work("send")
    rounds(bench, 2)
    campaign = bench.campaign()
    assert (accepted(bench), campaign.state) == (30, "running")
    assert "24 hours" in (campaign.state_reason or "")
    assert started_in_24h(portfolio, bench.clock.now_ms()) == 50
    rounds(bench, 3, seconds=25 * 3600)
    assert accepted(bench) == 70
    assert bench.campaign().state_reason is None
    assert bench.recount().is_balanced


def test_who_wrote_lately_is_not_of_the_limit(bench: Bench, people: People) -> None:
    """People within their window do not count; unsent ones are given back."""
    ids = people(60)
    for contact_id in ids[:20]:
        row = ContactRow.get(bench.ctx.tenant_id, contact_id)
        row.last_seen_at = bench.clock.now_ms()
        row.save()
    Numbers(bench.ctx).note(bench.number.id, {"messaging_limit": "TIER_50"}, bench.clock.now_ms())
    bench.launch_and_plan()
    bench.work("send")
    assert accepted(bench) == 60
    assert started_in_24h(f"waba-{bench.number.waba_id}", bench.clock.now_ms()) == 40


def test_frequency_cap_counts_over_campaigns(marketing: Bench, people: People) -> None:
    """Who had one marketing message this week gets no second; the same campaign may try again."""
    bench = marketing
    set_rules(bench.ctx, CampaignRules(frequency_cap={"messages": 1, "days": 7}))
    ids = people(6)
    for contact_id, days in ((ids[0], 1), (ids[1], 8)):
        row = ContactRow.get(bench.ctx.tenant_id, contact_id)
        row.marketing_sent = [f"{bench.clock.now_ms() - days * 86_400_000}:cmp_other"]
        row.save()
    bench.launch_and_plan()
    row = ContactRow.get(bench.ctx.tenant_id, ids[2])
    row.marketing_sent = [f"{bench.clock.now_ms()}:cmp_third"]
    row.save()
    own = ContactRow.get(bench.ctx.tenant_id, ids[3])
    own.marketing_sent = [f"{bench.clock.now_ms()}:{bench.campaign().id}"]
    own.save()
    bench.work("send")
    book = bench.recount()
    assert book.skipped == {"frequency_cap": 2}
    assert book.states["accepted"] == 4
    kept = ContactRow.get(bench.ctx.tenant_id, ids[1]).marketing_sent
    assert [one.partition(":")[2] for one in kept or []] == [bench.campaign().id]


def test_frequency_cap_holds_between_two_senders_at_once(
    marketing: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another campaign takes the one message of each in the very moment: nobody gets two."""
    bench = marketing
    set_rules(bench.ctx, CampaignRules(frequency_cap={"messages": 1, "days": 7}))
    ids = people(6)
    bench.launch_and_plan()
    taken = set(ids[:3])

    def overtaken(
        ctx: TenantContext, contact_id: str, seen: Sequence[str], entries: Sequence[str]
    ) -> bool:
        if contact_id in taken:
            taken.remove(contact_id)
            assert note_marketing(
                ctx, contact_id, seen, [*seen, f"{bench.clock.now_ms()}:cmp_other"]
            )
        return note_marketing(ctx, contact_id, seen, entries)

    monkeypatch.setattr(frequency_cap, "note_marketing", overtaken)
    bench.work("send")
    book = bench.recount()
    assert (book.skipped, book.states["accepted"]) == ({"frequency_cap": 3}, 3)
    kept = [ContactRow.get(bench.ctx.tenant_id, one).marketing_sent or [] for one in ids]
    assert [len(entries) for entries in kept] == [1] * 6


@pytest.mark.parametrize("later", [False, True])
def test_cap_counts_no_message_that_did_not_arrive(
    marketing: Bench, people: People, *, later: bool
) -> None:
    """Refused at once, or failed by a status, a message counts no more for the cap: another
    campaign may write to them. One that another try has counted since stays.
    """
    bench = marketing
    set_rules(bench.ctx, CampaignRules(frequency_cap={"messages": 1, "days": 7}))
    first, second = people(2)
    if not later:
        set_faults(bench.meta, fail_sync=1, fail_code=131049)
    bench.launch_and_plan()
    bench.work("send")
    bench.clock.advance(60)
    if later:
        for one in outcomes(bench):
            told(bench, one, 131049)
    bench.work("inbound")
    kept = [ContactRow.get(bench.ctx.tenant_id, one).marketing_sent for one in (first, second)]
    assert kept == [None, None]
    entry = f"{bench.clock.now_ms() + 60_000}:{bench.campaign().id}"
    assert note_marketing(bench.ctx, first, [], [entry])
    told(bench, outcomes(bench)[0], 131049)
    bench.work("inbound")
    found = [ContactRow.get(bench.ctx.tenant_id, one).marketing_sent for one in (first, second)]
    assert found.count([entry]) == 1


def told(bench: Bench, one: ledger.Outcome, code: int) -> None:
    """Have a webhook tell that a recipient's message failed with `code`."""
    who = one.recipient
    key = MessageKey(bench.ctx.tenant_id, who.contact_id, who.message_id, bench.campaign().id)
    event = replace(status(bench, key, "failed"), error_code=code)
    deliveries.take(Delivery(events=(event,), kept=0))


def test_allowance_is_given_back_to_the_hour_that_it_was_taken_in(bench: Bench) -> None:
    """Given back in the next hour, it is not missed there a day later."""
    end_ms = bench.clock.now_ms() // HOUR_MS * HOUR_MS + HOUR_MS - 1
    assert take("portfolio", 10, 50, end_ms) == 10
    give_back("portfolio", 4, end_ms)
    assert started_in_24h("portfolio", end_ms + 2) == 6
    assert started_in_24h("portfolio", end_ms + 25 * HOUR_MS) == 0


def canary(bench: Bench, percent: int, wait_s: int | None = None) -> list[ledger.Outcome]:
    """Launch a campaign with a canary, and send that; return where its people are."""
    row = bench.draft()
    row.canary_percent, row.canary_wait_s = percent, wait_s
    row.save()
    drafts.launch(bench.ctx, row.id)
    bench.work("plan")
    bench.work("plan")
    bench.work("send")
    rounds(bench, 2)
    return [one for one in outcomes(bench) if one.has_row]


def reason(bench: Bench) -> str:
    """Return why the campaign is as it is."""
    return bench.campaign().state_reason or ""


def test_canary_pauses_with_a_verdict(bench: Bench, people: People) -> None:
    """A tenth, rounded up, is sent; then it pauses and says how it went; resumed, all are."""
    people(205)
    mine = canary(bench, 10)
    assert accepted(bench) == len(mine) == 21
    for one in mine[:20]:
        report(bench, one, "delivered")
    report(bench, mine[20], "failed", 131026)
    rounds(bench, 2)
    campaign = bench.campaign()
    assert campaign.state == "paused"
    assert "The first 21 were sent to: 20 delivered (0 read), 1 failed (5 %)" in reason(bench)
    lifecycle.resume(bench.ctx, campaign.id)
    rounds(bench, 3)
    assert accepted(bench) == 205
    assert counts(bench.meta, campaign.id)["duplicates"] == 0


def test_canary_holds_before_it_is_noted(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paused in the very moment in which the first tick looks, and resumed: nobody but the canary
    is handed out by that tick, nor sent to by a chunk that comes before the next one.
    """
    people(60)
    row = bench.draft()
    row.canary_percent = 10
    row.save()
    drafts.launch(bench.ctx, row.id)
    bench.work("plan")

    def overtaken(ctx: TenantContext) -> Permit:
        monkeypatch.setattr(protection, "permit_of", permit_of)
        lifecycle.pause(bench.ctx, row.id)
        return permit_of(ctx)

    monkeypatch.setattr(protection, "permit_of", overtaken)
    bench.work("plan")
    lifecycle.resume(bench.ctx, row.id)
    assert bench.work("send") == 0
    late: list[tuple[str, int, int | None]] = [(one.chunk_id, 0, None) for one in bench.chunks()]
    dispatch.send_chunks(bench.ctx, row.id, late)
    bench.work("send")
    assert accepted(bench) == 6
    rounds(bench, 2)
    assert accepted(bench) == 6


def test_retry_of_a_campaign_that_was_all_canary(bench: Bench, people: People) -> None:
    """One person of one is the whole audience: tried again, it is no canary to wait for."""
    people(1)
    (one,) = canary(bench, 10)
    report(bench, one, "failed", 131048)
    rounds(bench, 2)
    retrying.begin(bench.ctx, bench.campaign().id)
    bench.work("plan")
    rounds(bench, 2)
    assert (bench.campaign().state, accepted(bench)) == ("settling", 2)


@pytest.mark.parametrize("fails", [False, True])
def test_canary_goes_on_by_itself(bench: Bench, people: People, *, fails: bool) -> None:
    """After its time a canary of whom few failed goes on; one of whom many failed pauses before."""
    people(100)
    mine = canary(bench, 20, wait_s=3600)
    assert accepted(bench) == 20
    for one in mine:
        report(bench, one, "failed" if fails else "delivered", 131026 if fails else None)
    rounds(bench, 2)
    assert (bench.campaign().state == "paused") is fails
    assert accepted(bench) == 20
    rounds(bench, 3, seconds=1800)
    assert (bench.campaign().state == "paused") is fails
    assert accepted(bench) == (20 if fails else 100)
    assert ("131026" in reason(bench)) is fails


def test_canary_of_which_little_is_known_waits_then_asks(bench: Bench, people: People) -> None:
    """With outcomes of fewer than half it does not go on by itself; in the end it asks a person."""
    people(100)
    mine = canary(bench, 20, wait_s=600)
    for one in mine[:9]:
        report(bench, one, "delivered")
    rounds(bench, 3, seconds=300)
    assert (bench.campaign().state, accepted(bench)) == ("running", 20)
    rounds(bench, 3, seconds=600)
    assert (bench.campaign().state, accepted(bench)) == ("paused", 20)
    assert "Of 9 of the 20 first messages the outcome is known" in reason(bench)


def test_canary_goes_on_as_soon_as_enough_is_known(bench: Bench, people: People) -> None:
    """The late half comes in after the time: then it goes on."""
    people(100)
    mine = canary(bench, 20, wait_s=600)
    rounds(bench, 3, seconds=300)
    assert accepted(bench) == 20
    for one in mine[:10]:
        report(bench, one, "read")
    rounds(bench, 3)
    assert accepted(bench) == 100


@pytest.mark.parametrize("what", ["number", "template", "stopped"])
def test_canary_of_bad_quality_pauses(bench: Bench, people: People, what: str) -> None:
    """A number or template that turns RED, or people who stop marketing, end the sending."""
    people(100)
    mine = canary(bench, 20, wait_s=600)
    for one in mine[2:]:
        report(bench, one, "delivered")
    if what == "number":
        Numbers(bench.ctx).note(bench.number.id, {"quality_rating": "RED"}, bench.clock.now_ms())
    elif what == "template":
        bench.template.quality_score = "RED"
        bench.template.save()
    else:
        for one in mine[:2]:
            report(bench, one, "failed", 131050)
    rounds(bench, 2)
    assert (bench.campaign().state, accepted(bench)) == ("paused", 20)
    assert ("stopped marketing" if what == "stopped" else f"quality of the {what}") in reason(bench)
    assert "resume" in reason(bench)


def test_canary_of_nobody_asks(bench: Bench, people: People) -> None:
    """If everybody of the canary has opted out since, it says nothing of the message: a person
    decides.
    """
    people(30)
    row = bench.draft()
    row.canary_percent, row.canary_wait_s = 1, 60
    row.save()
    drafts.launch(bench.ctx, row.id)
    bench.work("plan")
    part = parts.load(bench.ctx, parts.launched(row.id), 0)
    (first,) = part.recipients[: part.canary]
    person = ContactRow.get(bench.ctx.tenant_id, first.contact_id)
    person.opted_out_at = bench.clock.now_ms()
    person.save()
    bench.work("plan")
    bench.work("send")
    rounds(bench, 4, seconds=60)
    assert (bench.campaign().state, accepted(bench)) == ("paused", 0)
    assert "Nobody of the canary" in reason(bench)


def test_dry_run_tells_the_canary_of_the_launch(bench: Bench, people: People) -> None:
    """Who is first is the same in a dry run and in the launch after it, over all its pages."""
    people(640)
    row = bench.draft()
    row.canary_percent = 3
    row.save()
    rehearsals.start(bench.ctx, row.id)
    for _ in range(4):
        bench.work("plan")
    found = rehearsals.get(bench.ctx, row.id)
    assert (found.state, found.canary) == ("done", 20)
    told: list[str] = []
    cursor: str | None = None
    while True:
        page = rehearsals.recipients(bench.ctx, row.id, PageQuery(limit=100, cursor=cursor))
        told += [one.contact_id for one in page.items if one.is_canary]
        cursor = page.next_cursor
        if cursor is None:
            break
    drafts.launch(bench.ctx, row.id)
    for _ in range(4):
        bench.work("plan")
    bench.work("send")
    sent = {one.recipient.contact_id for one in outcomes(bench) if one.has_row}
    assert (len(told), set(told)) == (20, sent)
    assert sent != set(sorted(bench.contact_ids)[:20])


def test_too_many_failures_pause(bench: Bench, people: People) -> None:
    """More failures than the business allows pause, name the code and what to do; once."""
    set_rules(bench.ctx, CampaignRules(failure_share_percent=25))
    people(30)
    bench.launch_and_plan()
    campaign = bench.campaign()
    Campaigns(bench.ctx).count(campaign.id, {"delivered": 149, "failed": 51, "code#131026": 51})
    bench.clock.advance(5)
    bench.work("plan")
    campaign = bench.campaign()
    assert campaign.state == "paused"
    assert "26 % of the last 200 messages failed" in (campaign.state_reason or "")
    assert "131026" in (campaign.state_reason or "")
    lifecycle.resume(bench.ctx, campaign.id)
    rounds(bench, 2)
    assert bench.campaign().state in {"running", "settling"}
    assert accepted(bench) == 30


def test_tick_that_a_resuming_overtook_decides_nothing(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a tick has found counts no more when the campaign was paused and resumed meanwhile; and
    the ticks go on, to the end.
    """
    people(30)
    bench.launch_and_plan()
    campaign = bench.campaign()
    Campaigns(bench.ctx).count(campaign.id, {"delivered": 100, "failed": 100})
    bench.clock.advance(5)

    def overtaken(ctx: TenantContext) -> CampaignRules:
        monkeypatch.setattr(protection, "rules_of", rules_of)
        lifecycle.pause(bench.ctx, campaign.id)
        lifecycle.resume(bench.ctx, campaign.id)
        return rules_of(ctx)

    monkeypatch.setattr(protection, "rules_of", overtaken)
    bench.work("plan")
    assert (bench.campaign().state, bench.campaign().watch) == (
        "running",
        {"known": 200, "failed": 100, "clear": 200, "unclear": 0},
    )
    Campaigns(bench.ctx).count(campaign.id, {"delivered": -100, "failed": -100})
    rounds(bench, 3)
    assert bench.campaign().state == "settling"
    assert accepted(bench) == 30


def test_few_failures_do_not_pause(bench: Bench, people: People) -> None:
    """At the limit, and below 200 outcomes, nothing pauses."""
    people(3)
    bench.launch_and_plan()
    Campaigns(bench.ctx).count(bench.campaign().id, {"delivered": 160, "failed": 40})
    bench.clock.advance(5)
    bench.work("plan")
    assert bench.campaign().state == "running"
    assert bench.campaign().watch == {"known": 200, "failed": 40, "clear": 200, "unclear": 0}


def test_whatsapp_that_does_not_answer_pauses(bench: Bench, people: People) -> None:
    """Where most get no clear answer the rest waits; what was unclear is no more after resuming."""
    people(30)
    bench.launch_and_plan()
    campaign = bench.campaign()
    Campaigns(bench.ctx).count(campaign.id, {"accepted": 40, "unknown": 160})
    bench.clock.advance(5)
    bench.work("plan")
    campaign = bench.campaign()
    assert campaign.state == "paused"
    assert "no clear answer to 160 of the last 200 messages" in (campaign.state_reason or "")
    assert "Resume when WhatsApp works again" in (campaign.state_reason or "")
    lifecycle.resume(bench.ctx, campaign.id)
    rounds(bench, 2)
    assert bench.campaign().state in {"running", "settling"}
    assert accepted(bench) == 30


def test_nobody_is_woken(bench: Bench, people: People, api: ApiClient) -> None:
    """In the quiet hours of where they live nobody gets anything; at their end all do, once."""
    ids = people(30)
    for index, contact_id in enumerate(ids):
        row = ContactRow.get(bench.ctx.tenant_id, contact_id)
        row.fields = {"time_zone": "Asia/Tokyo" if index < 10 else "Europe/Berlin"}
        row.save()
    # Noon of UTC on a winter's day: 21:00 in Tokyo, 13:00 in Berlin.
    now_ms = bench.clock.now_ms()
    bench.clock.advance((43_200_000 - now_ms) % 86_400_000 / 1000)
    quiet = {"start": "21:00", "end": "08:00"}
    set_rules(bench.ctx, CampaignRules(quiet_hours=quiet))
    bench.launch_and_plan()
    bench.work("send")
    rounds(bench, 2)
    book = bench.recount()
    assert (book.states["accepted"], book.states["queued"]) == (20, 10)
    (chunk,) = bench.chunks()
    assert (chunk.due_at - bench.clock.now_ms()) // 3_600_000 in {10, 11}
    answer = api.get(f"/api/campaigns/{bench.campaign().id}")
    told = answer.body["forecast"]
    due = to_iso(chunk.due_at)
    assert told["not_before"][:16] >= due[:16]
    assert told["expected_by"][:13] == due[:13]
    assert "21:00 to 08:00" in told["waits"][0]
    assert answer.body["eta_s"] > 10 * 3600
    rounds(bench, 2, seconds=11 * 3600)
    assert bench.recount().states["accepted"] == 30
    assert counts(bench.meta, bench.campaign().id)["duplicates"] == 0


def test_verdict_says_what_is_open() -> None:
    """What has no outcome yet is said, and that people stopped marketing."""
    states = dict.fromkeys(ledger.STATES, 0) | {"sent": 2, "failed": 1, "read": 1}
    book = ledger.Ledger(4, states, {}, {131050: 1}, 0)
    row: Any = type("Row", (), {"canary": {"count": 4}})()
    said = summary(row, book)
    assert "1 of them stopped marketing, 2 without an outcome yet" in said
