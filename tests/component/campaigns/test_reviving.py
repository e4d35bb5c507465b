"""Messages that are lost, and workers that die between two writes: the campaign goes on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.handlers.queues import plan
from chalicelib.services.campaigns import dispatch, drafts, lifecycle, planning, retrying, walking
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.chunks import ChunkRow, Chunks
from chalicelib.storage.numbers import Numbers
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import Bench, People, counts, deliver
from tests.component.campaigns.test_retries import RETRYABLE, outcomes, report


def reconcile(api: ApiClient, bench: Bench) -> None:
    """Have a person recount the campaign."""
    assert api.post(f"/api/campaigns/{bench.campaign().id}/reconcile").status == 200


def complete(bench: Bench, people: int) -> None:
    """Work to the end, and hold it to everybody having got one message."""
    bench.run_to_end(4)
    deliver(bench, "delivered")
    bench.run_to_end()
    assert bench.campaign().state == "completed"
    assert bench.recount().states["delivered"] == people
    assert counts(bench.meta, bench.campaign().id)["accepted"] == people


@pytest.mark.parametrize("lost_after", range(4))
def test_a_lost_message_of_planning_comes_again(
    bench: Bench,
    people: People,
    api: ApiClient,
    monkeypatch: pytest.MonkeyPatch,
    lost_after: int,
) -> None:
    """Whichever page's message, or the first tick, is lost: a recount brings it back."""
    monkeypatch.setattr(walking, "PAGE_CONTACTS", 3)
    people(8)
    campaign_id = bench.draft().id
    api.post(f"/api/campaigns/{campaign_id}/launch")
    for _ in range(lost_after):
        bench.work("plan")
    assert len(bench.take("plan")) == 1
    assert bench.campaign().state == ("running" if lost_after == 3 else "planning")
    reconcile(api, bench)
    for _ in range(4 - lost_after):
        bench.work("plan")
    complete(bench, 8)


@pytest.mark.parametrize("state", ["running", "settling"])
def test_a_lost_tick_comes_again(bench: Bench, people: People, api: ApiClient, state: str) -> None:
    """A campaign without a tick would hang for ever."""
    people(4)
    bench.launch_and_plan()
    if state == "settling":
        bench.work("send")
        bench.clock.advance(5)
        bench.work("plan")
    assert bench.campaign().state == state
    assert bench.take("plan")
    reconcile(api, bench)
    complete(bench, 4)


def test_a_lost_message_of_a_retry_comes_again(
    bench: Bench, people: People, api: ApiClient
) -> None:
    """A retry whose message is lost is in planning until a recount brings it back."""
    people(3)
    bench.launch_and_plan()
    bench.work("send")
    for one in outcomes(bench):
        report(bench, one, "failed", RETRYABLE)
    bench.clock.advance(5)
    bench.work("plan")
    bench.take("plan")
    retrying.begin(bench.ctx, bench.campaign().id)
    bench.take("plan")
    reconcile(api, bench)
    bench.work("plan")
    bench.work("plan")
    bench.work("send")
    assert bench.recount().states["accepted"] == 3


def test_a_campaign_that_is_over_gets_nothing(bench: Bench, people: People, api: ApiClient) -> None:
    """A recount of one that is completed sends nothing."""
    people(2)
    bench.launch_and_plan()
    complete(bench, 2)
    bench.take("plan")
    reconcile(api, bench)
    assert bench.take("plan") == []


def test_tick_begins_what_a_dead_planner_left(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planner that dies between its last tick and the state leaves no half hour of waiting."""
    people(3)
    campaign_id = bench.draft().id
    drafts.launch(bench.ctx, campaign_id)
    with monkeypatch.context() as dying:
        dying.setattr(lifecycle, "begin_sending", lambda *_args: 1 / 0)
        assert plan.handler({"Records": bench.take("plan")}, None)["batchItemFailures"]
    assert bench.campaign().state == "planning"
    bench.work("plan")
    assert bench.campaign().state == "running"
    bench.work("send")
    assert bench.recount().states["accepted"] == 3


def test_tick_does_not_begin_what_is_planned_in_part(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tick that comes while pages are missing begins nothing."""
    monkeypatch.setattr(walking, "PAGE_CONTACTS", 3)
    people(8)
    drafts.launch(bench.ctx, bench.draft().id)
    bench.work("plan")
    row = bench.campaign()
    assert not planning.is_planned(bench.ctx, row)
    dispatch.send_tick(bench.ctx, row, row.tick, delay_s=0)
    bench.work("plan")
    assert bench.campaign().state == "planning"


def test_tick_goes_on_in_the_place_of_a_dead_one(bench: Bench, people: People) -> None:
    """One that died after it sent its successor is not waited for: that is half an hour."""
    people(3)
    bench.launch_and_plan()
    row = bench.campaign()
    (successor,) = bench.envelopes("plan")
    Campaigns(bench.ctx).update(row, CampaignRow.tick.set(successor["tick"] - 1))
    dead = {**successor, "tick": successor["tick"] - 1}
    bench.work("send")
    for tick in (successor, dead):
        body = json.dumps(tick)
        answer = plan.handler({"Records": [{"messageId": "m", "body": body}]}, None)
        assert answer == {"batchItemFailures": []}
    assert bench.campaign().tick == successor["tick"] + 1 or bench.campaign().state == "settling"
    assert len(bench.envelopes("plan")) == 1


def test_a_count_that_was_lost_holds_no_campaign_for_ever(bench: Bench, people: People) -> None:
    """A webhook that died before it counted leaves `held` behind; a recount finds that in time."""
    people(3)
    bench.launch_and_plan()
    row = bench.campaign()
    waiting = {"kind": "held", "since": bench.clock.now_ms(), "most": 1}
    Campaigns(bench.ctx).update(row, CampaignRow.waiting.set(waiting))
    Campaigns(bench.ctx).count(row.id, {"held": 1, "sent": -1})
    bench.take("send")
    bench.clock.advance(120)
    bench.work("plan")
    assert bench.campaign().waiting is not None
    bench.clock.advance(600)
    bench.work("plan")
    bench.work("plan")
    assert bench.campaign().waiting is None
    assert bench.work("send") == 1
    assert bench.recount().states["accepted"] == 3


def test_who_takes_over_cuts_where_the_dead_planner_did(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planner dies between two chunks and the number's rate is another when the message comes
    again: the chunks join, nobody is in none or in two.
    """
    people(90)
    drafts.launch(bench.ctx, bench.draft().id)
    records = bench.take("plan")
    create = Chunks.create

    def dies_after_the_first(self: Chunks, row: ChunkRow) -> None:
        create(self, row)
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(Chunks, "create", dies_after_the_first)
        assert plan.handler({"Records": records}, None) != {"batchItemFailures": []}
    now_ms = bench.clock.now_ms()
    assert Numbers(bench.ctx).note(bench.number.id, {"throughput_level": "HIGH"}, now_ms)
    assert plan.handler({"Records": records}, None) == {"batchItemFailures": []}
    assert [chunk.size for chunk in bench.chunks()] == [80, 10]
    bench.work("plan")
    complete(bench, 90)


def test_a_schedule_that_was_lost_comes_again(bench: Bench, people: People, api: ApiClient) -> None:
    """A campaign whose time is long past, for EventBridge lost its schedule, starts by a recount;
    one whose time has not come is left alone.
    """
    people(2)
    at = f"{datetime.now(UTC) + timedelta(hours=2):%Y-%m-%dT%H:%M}"
    wish = {"at": at, "time_zone": "UTC"}
    assert api.post(f"/api/campaigns/{bench.draft().id}/schedule", json=wish).status == 200
    reconcile(api, bench)
    assert bench.take("plan") == []
    bench.clock.advance(3 * 3600)
    reconcile(api, bench)
    for _ in range(3):
        bench.work("plan")
    complete(bench, 2)
