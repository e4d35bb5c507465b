"""Campaigns that start by themselves: made, changed, taken back, and fired at the wrong moment."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import aws as aws_clients
from chalicelib.core.config import settings
from chalicelib.core.errors import Conflict, Unavailable
from chalicelib.handlers.queues import plan
from chalicelib.services.campaigns import drafts, lifecycle, readiness, rehearsals, schedules
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.chunks import Chunks
from chalicelib.storage.schedules import create_schedule
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import Bench, People
from tests.component.campaigns.test_retries import outcomes


def made() -> list[dict[str, Any]]:
    """Return the schedules that there are, in full."""
    scheduler = aws_clients.client("scheduler")
    group = settings().schedule_group
    names = [one["Name"] for one in scheduler.list_schedules(GroupName=group)["Schedules"]]
    return [scheduler.get_schedule(Name=name, GroupName=group) for name in names]


def fired(schedule: dict[str, Any]) -> dict[str, Any]:
    """Have a schedule fire: what it puts on the queue goes through the planner's Lambda."""
    record = {"messageId": "m", "body": schedule["Target"]["Input"]}
    answer: dict[str, Any] = plan.handler({"Records": [record]}, None)
    return answer


def wait_for(bench: Bench, schedule: dict[str, Any]) -> None:
    """Have the time of a schedule come."""
    at = datetime.fromisoformat(schedule["ScheduleExpression"][3:-1]).replace(tzinfo=UTC)
    bench.clock.advance(max(0, at.timestamp() - bench.clock.now_ms() / 1000 + 1))


def later(hours: int = 3) -> str:
    """Return a local time of UTC that is to come."""
    return f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%dT%H:%M}"


@pytest.fixture
def path(bench: Bench, people: People) -> str:
    """Give the address of a draft's schedule."""
    people(3)
    return f"/api/campaigns/{bench.draft().id}/schedule"


def test_scheduled_campaign_starts_by_itself(bench: Bench, api: ApiClient, path: str) -> None:
    """What EventBridge is given starts the campaign, and everybody gets the message."""
    year = datetime.now(UTC).year
    at = f"{year + 1}-01-02T10:00"
    if datetime.now(UTC).month == 1:
        at = f"{year}-07-02T10:00"
    answer = api.post(path, json={"at": at, "time_zone": "Asia/Kolkata"})
    assert answer.status == 200
    assert answer.body["state"] == "scheduled"
    assert answer.body["schedule"] == {
        "at": at,
        "time_zone": "Asia/Kolkata",
        "starts_at": f"{at[:10]}T04:30:00.000Z",
        "note": None,
    }
    (schedule,) = made()
    assert schedule["ScheduleExpression"] == f"at({at[:10]}T04:30:00)"
    assert schedule["ScheduleExpressionTimezone"] == "UTC"
    assert schedule["ActionAfterCompletion"] == "DELETE"
    assert schedule["Target"]["Arn"] == settings().plan_queue_arn
    dead_letters = {"Arn": settings().plan_dead_letters_arn}
    assert schedule["Target"]["DeadLetterConfig"] == dead_letters
    wait_for(bench, schedule)
    assert fired(schedule) == {"batchItemFailures": []}
    bench.work("plan")
    bench.work("plan")
    bench.work("send")
    assert bench.recount().states["accepted"] == 3


def test_only_the_newest_schedule_counts(bench: Bench, api: ApiClient, path: str) -> None:
    """After a change the older schedule is gone; should it fire all the same, it does nothing."""
    api.post(path, json={"at": later(), "time_zone": "UTC"})
    (old,) = made()
    assert api.post(path, json={"at": later(5), "time_zone": "UTC"}).status == 200
    (new,) = made()
    wait_for(bench, new)
    assert fired(old) == {"batchItemFailures": []}
    assert bench.campaign().state == "scheduled"
    assert fired(new) == {"batchItemFailures": []}
    assert bench.campaign().state == "planning"
    assert fired(new) == {"batchItemFailures": []}, "delivered twice"


@pytest.mark.parametrize("end", ["unschedule", "cancel", "launch"])
def test_schedule_that_fires_too_late_does_nothing(
    bench: Bench, api: ApiClient, path: str, end: str
) -> None:
    """It fires after the campaign was taken back, cancelled, or launched by hand."""
    api.post(path, json={"at": later(), "time_zone": "UTC"})
    (schedule,) = made()
    answer = api.delete(path) if end == "unschedule" else api.post(path.replace("schedule", end))
    assert answer.status == 200
    before = bench.campaign().state
    assert before == {"unschedule": "draft", "cancel": "cancelled", "launch": "planning"}[end]
    assert made() == [], "what no longer counts is taken back"
    wait_for(bench, schedule)
    assert fired(schedule) == {"batchItemFailures": []}
    assert bench.campaign().state == before


def test_change_in_the_moment_of_firing_wins(
    bench: Bench, api: ApiClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled or changed between the firing's look and its write, the campaign does not start."""
    api.post(path, json={"at": later(), "time_zone": "UTC"})
    (schedule,) = made()
    wait_for(bench, schedule)
    ready = readiness.ready

    def meanwhile(*args: Any) -> Any:
        monkeypatch.setattr(drafts, "ready", ready)
        api.post(path, json={"at": later(6), "time_zone": "UTC"})
        return ready(*args)

    monkeypatch.setattr(drafts, "ready", meanwhile)
    assert fired(schedule) == {"batchItemFailures": []}
    assert bench.campaign().state == "scheduled"
    assert bench.campaign().schedule["name"] != schedule["Name"]


def test_two_changes_at_once_leave_one_schedule(
    bench: Bench, api: ApiClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two people who schedule at the same moment one is told, and one schedule is left."""
    real = create_schedule

    def meanwhile(*args: Any) -> None:
        monkeypatch.setattr(schedules, "create_schedule", real)
        assert api.post(path, json={"at": later(6), "time_zone": "UTC"}).status == 200
        real(*args)

    monkeypatch.setattr(schedules, "create_schedule", meanwhile)
    assert api.post(path, json={"at": later(), "time_zone": "UTC"}).status == 409
    (schedule,) = made()
    assert bench.campaign().schedule["name"] == schedule["Name"]


def test_what_stops_the_launch_is_told(bench: Bench, api: ApiClient, path: str) -> None:
    """A template that Meta paused meanwhile makes the campaign a draft again, with the reason."""
    api.post(path, json={"at": later(), "time_zone": "UTC"})
    (schedule,) = made()
    wait_for(bench, schedule)
    bench.template.status = "PAUSED"
    bench.template.asked_at = bench.clock.now_ms()
    bench.template.save()
    assert fired(schedule) == {"batchItemFailures": []}
    campaign = bench.campaign()
    assert (campaign.state, campaign.schedule) == ("draft", None)
    assert "PAUSED" in (campaign.state_reason or "")


def test_what_passes_is_tried_again(
    bench: Bench, api: ApiClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that does not answer for a moment delays the start and does not call it off."""
    api.post(path, json={"at": later(), "time_zone": "UTC"})
    (schedule,) = made()
    wait_for(bench, schedule)

    def away(*_args: Any) -> Any:
        message = "Not now."
        raise Unavailable(message)

    with monkeypatch.context() as patch:
        patch.setattr(drafts, "ready", away)
        fired(schedule)
    assert bench.campaign().state == "scheduled"
    (envelope,) = bench.envelopes("plan")
    assert (envelope["type"], envelope["tries"]) == ("launch", 1)
    plan.handler({"Records": [{"messageId": "m", "body": json.dumps(envelope)}]}, None)
    assert bench.campaign().state == "planning"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"at": "2020-01-01T10:00", "time_zone": "UTC"}, "at"),
        ({"at": "2026-02-30T10:00", "time_zone": "UTC"}, None),
        ({"at": "tomorrow", "time_zone": "UTC"}, "at"),
        ({"at": "2099-01-01T10:00", "time_zone": "UTC"}, "at"),
        ({"at": "0001-01-01T00:00", "time_zone": "Asia/Tokyo"}, "at"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"at": "9999-12-31T23:59", "time_zone": "America/New_York"}, "at"),
        ({"at": "9999-12-31T23:59:59-12:00"}, "at"),
        ({"at": "2026-12-01T10:00", "time_zone": "Mars/Base"}, "time_zone"),
        ({"at": "2026-12-01T10:00"}, "time_zone"),
    ],
)
def test_wrong_times_are_refused(
    bench: Bench, api: ApiClient, path: str, body: dict[str, str], field: str | None
) -> None:
    """A time that is past, too far off or none, and a zone that is none or missing, say so."""
    answer = api.post(path, json=body)
    assert answer.status == 422
    assert field is None or field in json.dumps(answer.body["errors"])
    assert (bench.campaign().state, made()) == ("draft", [])


def test_zone_of_the_business_is_taken(api: ApiClient, path: str) -> None:
    """A schedule without a zone is in the business's own."""
    assert (
        api.request("PUT", "/api/campaign-rules", json={"time_zone": "America/Bogota"}).status
        == 200
    )
    answer = api.post(path, json={"at": later(12)})
    assert answer.body["schedule"]["time_zone"] == "America/Bogota"


def test_running_campaign_is_not_scheduled(bench: Bench, api: ApiClient, path: str) -> None:
    """Only a draft can be scheduled; a scheduled campaign is not deleted unseen."""
    api.post(path, json={"at": later(), "time_zone": "UTC"})
    campaign = path.removesuffix("/schedule")
    assert api.delete(campaign).status == 409
    lifecycle.cancel(bench.ctx, bench.campaign().id)
    assert api.post(path, json={"at": later(), "time_zone": "UTC"}).status == 409
    with pytest.raises(Conflict):
        schedules.unschedule(bench.ctx, bench.campaign().id)
    assert list(Chunks(bench.ctx, bench.campaign().id).all()) == []
    assert Campaigns(bench.ctx).get(bench.campaign().id).state == "cancelled"


def test_scheduled_campaign_can_be_changed(bench: Bench, api: ApiClient, path: str) -> None:
    """What is changed before it starts is what is sent; what cannot be sent is refused at once."""
    api.post(path, json={"at": later(), "time_zone": "UTC"})
    (schedule,) = made()
    campaign = path.removesuffix("/schedule")
    answer = api.patch(campaign, json={"variables": {"body.1": {"fallback": "dear customer"}}})
    assert (answer.status, answer.body["state"]) == (200, "scheduled")
    assert answer.body["schedule"]["time_zone"] == "UTC"
    assert api.patch(campaign, json={"variables": {}}).status == 422
    wait_for(bench, schedule)
    fired(schedule)
    for queue in ("plan", "plan", "send"):
        bench.work(queue)
    people = [one.recipient for one in outcomes(bench)]
    assert {one.values["body.1"] for one in people} == {"dear customer"}
    assert api.patch(campaign, json={"name": "Too late"}).status == 409


@pytest.mark.parametrize("way", ["launch", "fire", "dry-run"])
def test_change_in_the_moment_of_a_launch_is_not_lost(
    bench: Bench, api: ApiClient, path: str, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """A launch holds to what it has read: changed meanwhile, it is told, and nothing is frozen."""
    campaign = path.removesuffix("/schedule")
    if way == "fire":
        api.post(path, json={"at": later(), "time_zone": "UTC"})
        wait_for(bench, made()[0])
    real = readiness.make_plan

    def meanwhile(*args: Any) -> Any:
        for module in (drafts, rehearsals):
            monkeypatch.setattr(module, "make_plan", real)
        assert api.patch(campaign, json={"name": "Newer"}).status == 200
        return real(*args)

    for module in (drafts, rehearsals):
        monkeypatch.setattr(module, "make_plan", meanwhile)
    if way == "fire":
        fired(made()[0])
        (again,) = [e for e in bench.envelopes("plan") if e["type"] == "launch"]
        assert again["tries"] == 1
    else:
        assert api.post(f"{campaign}/{way}").status == 409
    row = bench.campaign()
    assert (row.name, row.plan, row.dry_run_id) == ("Newer", None, None)
    assert row.state == ("scheduled" if way == "fire" else "draft")


def test_two_changes_at_once_are_not_mixed(bench: Bench, path: str) -> None:
    """Of two people who change a draft at once, the second is told and looks again."""
    first, second = bench.campaign(), bench.campaign()
    first.name, second.send_at = "First", "10:00"
    Campaigns(bench.ctx).edit(first)
    with pytest.raises(Conflict):
        Campaigns(bench.ctx).edit(second)
    assert (bench.campaign().name, bench.campaign().send_at) == ("First", None)


@pytest.mark.parametrize(
    ("at", "zone", "starts_at", "is_odd"),
    [
        # Winter and summer of one place: the same time of its clocks, two of UTC.
        ("2027-01-15T10:00", "Europe/Berlin", "2027-01-15T09:00:00.000Z", False),
        ("2027-07-15T10:00", "Europe/Berlin", "2027-07-15T08:00:00.000Z", False),
        # 28 March 2027: 02:30 does not exist; 31 October 2027: 02:30 comes twice.
        ("2027-03-28T02:30", "Europe/Berlin", "2027-03-28T01:30:00.000Z", True),
        ("2027-10-31T02:30", "Europe/Berlin", "2027-10-31T00:30:00.000Z", True),
        ("2027-03-14T02:30", "America/New_York", "2027-03-14T07:30:00.000Z", True),
        ("2027-11-07T01:30", "America/New_York", "2027-11-07T05:30:00.000Z", True),
        # Lord Howe changes by half an hour: 3 October 2027 and 4 April 2027, at 02:00.
        ("2027-10-03T02:15", "Australia/Lord_Howe", "2027-10-02T15:45:00.000Z", True),
        ("2027-04-04T01:45", "Australia/Lord_Howe", "2027-04-03T14:45:00.000Z", True),
        ("2027-04-04T02:15", "Australia/Lord_Howe", "2027-04-03T15:45:00.000Z", False),
        ("2027-04-01T10:00", "Asia/Kolkata", "2027-04-01T04:30:00.000Z", False),
        # Moments: the zone only tells how they are shown.
        ("2027-01-15T09:00:00Z", None, "2027-01-15T09:00:00.000Z", False),
        ("2027-01-15T14:30:00+05:30", "Europe/Berlin", "2027-01-15T09:00:00.000Z", False),
    ],
)
def test_clocks_that_change(
    bench: Bench,
    api: ApiClient,
    path: str,
    at: str,
    zone: str | None,
    starts_at: str,
    is_odd: bool,  # noqa: FBT001 - a parameter of pytest's
) -> None:
    """A local time means one moment, also where clocks skip it or show it twice, and says which."""
    bench.clock.advance((1_798_761_600_000 - bench.clock.now_ms()) / 1000)  # 1 January 2027
    answer = api.post(path, json={"at": at, **({} if zone is None else {"time_zone": zone})})
    assert answer.status == 200, answer.body
    found = answer.body["schedule"]
    assert (found["starts_at"], found["time_zone"]) == (starts_at, zone or "UTC")
    assert (found["note"] is not None) is is_odd
    (schedule,) = made()
    assert schedule["ScheduleExpression"] == f"at({starts_at[:19]})"
    assert schedule["ScheduleExpressionTimezone"] == "UTC"


def test_schedule_that_fires_before_its_time_is_set_anew(
    bench: Bench, api: ApiClient, path: str
) -> None:
    """If the zone's rules were changed meanwhile, the campaign still starts by its clocks."""
    api.post(path, json={"at": later(6), "time_zone": "UTC"})
    (early,) = made()
    kept = bench.campaign().schedule
    earlier = {**kept, "at_ms": bench.clock.now_ms() - 1}  # as if the zone had been an other one
    Campaigns(bench.ctx).update(bench.campaign(), CampaignRow.schedule.set(earlier))
    assert fired(early) == {"batchItemFailures": []}
    assert bench.campaign().state == "scheduled"
    (kept,) = [one for one in made() if one["Name"] == bench.campaign().schedule["name"]]
    assert kept["Name"] != early["Name"]
    bench.clock.advance(6 * 3600)
    assert fired(early) == {"batchItemFailures": []}
    assert bench.campaign().state == "scheduled"
    assert fired(kept) == {"batchItemFailures": []}
    assert bench.campaign().state == "planning"
