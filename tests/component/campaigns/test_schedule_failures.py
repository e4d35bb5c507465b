"""Schedules when something is amiss: early, left over, EventBridge or the database away."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError
from pynamodb.exceptions import UpdateError

from chalicelib.handlers.queues import plan
from chalicelib.services.campaigns import lifecycle, schedules
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import Bench
from tests.component.campaigns.test_schedules import fired, later, made, path, wait_for

__all__ = ["path"]


def test_schedule_that_fires_long_before_its_time_does_not_launch(
    bench: Bench, api: ApiClient, path: str
) -> None:
    """Whoever brings its message early: the campaign starts when it was told to, once."""
    api.post(path, json={"at": f"{later(6)}:00Z"})
    (early,) = made()
    assert fired(early) == {"batchItemFailures": []}
    assert bench.campaign().state == "scheduled"
    (again,) = [one for one in made() if one["Name"] == bench.campaign().schedule_name]
    assert again["ScheduleExpression"] == early["ScheduleExpression"]
    wait_for(bench, again)
    assert fired(early) == {"batchItemFailures": []}
    assert bench.campaign().state == "scheduled"
    assert fired(again) == {"batchItemFailures": []}
    assert bench.campaign().state == "planning"


def test_schedule_of_a_campaign_that_was_deleted_does_nothing(
    bench: Bench, api: ApiClient, path: str
) -> None:
    """Taken back and deleted, though EventBridge was told of neither: it is no dead letter."""
    api.post(path, json={"at": later(), "time_zone": "UTC"})
    (schedule,) = made()
    assert api.delete(path).status == 200
    assert api.delete(path.removesuffix("/schedule")).status == 204
    assert fired(schedule) == {"batchItemFailures": []}


@pytest.fixture
def no_deletions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have EventBridge be away whenever a schedule is to be taken back."""
    call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def away(self: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        if operation == "DeleteSchedule":
            raise EndpointConnectionError(endpoint_url="https://scheduler.invalid")
        return call(self, operation, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", away)


@pytest.mark.parametrize("act", ["unschedule", "cancel", "launch", "schedule"])
@pytest.mark.usefixtures("no_deletions")
def test_what_is_decided_holds_without_eventbridge(
    bench: Bench, api: ApiClient, path: str, act: str
) -> None:
    """A schedule that cannot be taken back fails nobody's request: it fires for nothing."""
    api.post(path, json={"at": later(), "time_zone": "UTC"})
    (schedule,) = made()
    if act == "unschedule":
        answer = api.delete(path)
    else:
        wish = {"at": later(9), "time_zone": "UTC"} if act == "schedule" else None
        answer = api.post(path.replace("schedule", act), json=wish)
    assert answer.status == 200, answer.text
    before = bench.campaign().state
    wait_for(bench, schedule)
    assert fired(schedule) == {"batchItemFailures": []}
    assert bench.campaign().state == before


def test_eventbridge_that_is_away_or_busy_is_told(
    bench: Bench, api: ApiClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A schedule that cannot be made leaves the draft as it is, and says to come again."""
    throttled = ClientError({"Error": {"Code": "ThrottlingException"}}, "CreateSchedule")
    for error in (EndpointConnectionError(endpoint_url="https://scheduler.invalid"), throttled):

        def away(*_args: Any, error: Exception = error) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(schedules, "create_schedule", away)
            answer = api.post(path, json={"at": later(), "time_zone": "UTC"})
        assert (answer.status, answer.body["code"]) == (503, "unavailable")
        assert (bench.campaign().state, bench.campaign().schedule_name) == ("draft", None)


def test_database_that_is_away_delays_the_start_by_a_minute(
    bench: Bench, api: ApiClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What AWS itself raises passes as well: the next try is not half an hour away."""
    api.post(path, json={"at": later(), "time_zone": "UTC"})
    (schedule,) = made()
    wait_for(bench, schedule)

    def away(*_args: Any, **_options: Any) -> Any:
        message = "the table is busy"
        cause = ClientError(
            {"Error": {"Code": "ProvisionedThroughputExceededException"}}, "UpdateItem"
        )
        raise UpdateError(message, cause)

    with monkeypatch.context() as patch:
        patch.setattr(lifecycle, "apply", away)
        assert fired(schedule) == {"batchItemFailures": []}
    (envelope,) = [one for one in bench.envelopes("plan") if one["type"] == "launch"]
    assert envelope["tries"] == 1
    plan.handler({"Records": [{"messageId": "m", "body": json.dumps(envelope)}]}, None)
    assert bench.campaign().state == "planning"


def test_unscheduling_in_the_moment_of_a_change_is_told(
    bench: Bench, api: ApiClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who takes a time back that another has just changed looks again; the new time stands."""
    api.post(path, json={"at": later(), "time_zone": "UTC"})
    real = lifecycle.apply

    def meanwhile(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(lifecycle, "apply", real)
        assert api.post(path, json={"at": later(6), "time_zone": "UTC"}).status == 200
        return real(*args, **options)

    monkeypatch.setattr(lifecycle, "apply", meanwhile)
    assert api.delete(path).status == 409
    (schedule,) = made()
    assert schedule["Name"] == bench.campaign().schedule_name


@pytest.mark.parametrize("end", ["cancel", "launch"])
def test_no_schedule_is_left_of_a_change_in_the_moment_of_the_end(
    bench: Bench, api: ApiClient, path: str, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """Cancelled, or launched by hand, while another gives it a new time: that schedule goes too."""
    api.post(path, json={"at": later(), "time_zone": "UTC"})
    real = lifecycle.apply

    def meanwhile(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(lifecycle, "apply", real)
        assert api.post(path, json={"at": later(6), "time_zone": "UTC"}).status == 200
        return real(*args, **options)

    monkeypatch.setattr(lifecycle, "apply", meanwhile)
    assert api.post(path.replace("schedule", end)).status == 200
    assert bench.campaign().state == {"cancel": "cancelled", "launch": "planning"}[end]
    assert made() == []
