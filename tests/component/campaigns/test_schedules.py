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
from chalicelib.services.campaigns import drafts, lifecycle, schedules
from chalicelib.storage.campaigns import Campaigns
from chalicelib.storage.chunks import Chunks
from chalicelib.storage.schedules import create_schedule
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import Bench, People


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
    assert fired(schedule) == {"batchItemFailures": []}
    assert bench.campaign().state == before


def test_change_in_the_moment_of_firing_wins(
    bench: Bench, api: ApiClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled or changed between the firing's look and its write, the campaign does not start."""
    api.post(path, json={"at": later(), "time_zone": "UTC"})
    (schedule,) = made()
    ready = drafts.ready

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
    """Only a draft can be scheduled; a scheduled campaign is not changed or deleted unseen."""
    api.post(path, json={"at": later(), "time_zone": "UTC"})
    campaign = path.removesuffix("/schedule")
    assert api.patch(campaign, json={"name": "Other"}).status == 409
    assert api.delete(campaign).status == 409
    lifecycle.cancel(bench.ctx, bench.campaign().id)
    assert api.post(path, json={"at": later(), "time_zone": "UTC"}).status == 409
    with pytest.raises(Conflict):
        schedules.unschedule(bench.ctx, bench.campaign().id)
    assert list(Chunks(bench.ctx, bench.campaign().id).all()) == []
    assert Campaigns(bench.ctx).get(bench.campaign().id).state == "cancelled"
