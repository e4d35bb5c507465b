"""When a campaign will be done: never sooner than it can be, and with its reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.services.campaigns.due_times import due_ms, zones_in
from chalicelib.services.campaigns.forecast import Course, canary_ms, forecast
from chalicelib.services.campaigns.pace import pace_of_late

NIGHT = {"start": "21:00", "end": "08:00"}
HOUR, DAY = 3_600_000, 86_400_000


def at(text: str) -> int:
    """Return a moment of UTC in milliseconds."""
    return round(datetime.fromisoformat(f"{text}+00:00").timestamp() * 1000)


NOON = at("2026-01-15T12:00")
PLAIN = Course(
    left=36_000,
    now_ms=NOON,
    launched_ms=NOON,
    zones={},
    fallback_zone=None,
    send_at=None,
    quiet=None,
    full_per_s=10,
)


def ends(course: Course) -> tuple[float, float | None]:
    """Return in how many hours a course ends, at least and at most."""
    found = forecast(course)
    assert found is not None
    latest = None if found.latest_ms is None else (found.latest_ms - course.now_ms) / HOUR
    return (found.earliest_ms - course.now_ms) / HOUR, latest


def test_rate_alone() -> None:
    """An hour at full rate; with a pace of late, what that makes of it; none left, none told."""
    assert ends(PLAIN)[0] == 1
    assert ends(PLAIN)[1] == pytest.approx(1 / 0.7)
    assert ends(replace(PLAIN, pace_per_s=5)) == (1, 2)
    assert ends(replace(PLAIN, pace_per_s=20)) == (1, 1), "no faster than the number"
    assert forecast(replace(PLAIN, left=0)) is None


def test_night_falls_before_the_end() -> None:
    """Who is not reached before the quiet hours is reached after them."""
    berlin = replace(PLAIN, zones={"Europe/Berlin": 36_000}, quiet=NIGHT, pace_per_s=10)
    assert ends(berlin) == (1, 1)
    # At 20:30 in Berlin half an hour is left; the other half goes from 08:00 on.
    late = replace(berlin, now_ms=at("2026-01-15T19:30"))
    assert ends(late)[0] == pytest.approx(0.5 + 11 + 0.5, abs=0.01)


def test_night_with_changed_clocks() -> None:
    """In the night in which clocks go forward, the morning is an hour sooner."""
    night = replace(
        PLAIN,
        left=10,
        now_ms=at("2027-03-27T22:00"),
        launched_ms=at("2027-03-27T22:00"),
        zones={"Europe/Berlin": 10},
        quiet=NIGHT,
    )
    assert ends(night)[0] == pytest.approx(8, abs=0.01)  # 23:00 until 08:00 are eight hours


def test_each_in_a_zone_of_their_own() -> None:
    """Ten in the morning comes at different moments; the last zone decides."""
    course = replace(
        PLAIN,
        left=30,
        zones={"Asia/Tokyo": 10, "Europe/Berlin": 10, "America/New_York": 10},
        send_at="10:00",
        pace_per_s=10,
    )
    # At noon of UTC ten o'clock is to come in New York at 15:00, in Tokyo and Berlin tomorrow.
    assert ends(course)[0] == pytest.approx(21, abs=0.01)
    found = forecast(course)
    assert found is not None
    assert "10:00 of their own time" in found.waits[0]
    under_way = replace(course, left=10, now_ms=NOON + 20 * HOUR)
    assert ends(under_way)[0] == pytest.approx(1, abs=0.01), "Berlin, whose ten o'clock is last"


def test_messaging_limit_takes_days() -> None:
    """Beyond the limit each so many take a day, and what is used may free some of it sooner."""
    course = replace(PLAIN, left=2_500, limit=1_000, used=400, pace_per_s=10)
    least, most = ends(course)
    assert least == pytest.approx(2 * 24, abs=0.2)
    assert most == pytest.approx(2 * 24, abs=0.2)
    least, most = ends(replace(course, left=900))
    assert (round(least), round(most or 0)) == (0, 24)
    assert round(ends(replace(course, left=600))[1] or 0) == 0
    found = forecast(course)
    assert found is not None
    assert "400 are used up" in found.waits[-1]


def test_messages_of_the_plan_wait_for_midnight() -> None:
    """What the plan does not allow today goes out after midnight of UTC; with none, never."""
    course = replace(PLAIN, left=250, per_day=100, used_today=40, pace_per_s=10)
    # 60 today, 100 tomorrow, and 90 within 9 seconds the day after.
    assert ends(course) == pytest.approx((36.0025, 36.0025))
    large = replace(course, left=100_000, per_day=50_000, used_today=14_000, pace_per_s=5)
    # Tomorrow's 50,000 leave 14,000 for the day after: from its midnight, at 10 or at 5 a second.
    assert ends(large) == pytest.approx((36.39, 36.78), abs=0.01)
    night = replace(large, zones={"UTC": 100_000}, quiet=NIGHT)
    assert (ends(night)[1] or 0) >= 36 + 8.7, "midnight of UTC is no time to write there"
    assert round(ends(replace(course, left=60))[0]) == 0
    assert ends(replace(course, per_day=0, used_today=0))[1] is None
    found = forecast(course)
    assert found is not None
    assert "40 are used today" in found.waits[-1]


@pytest.mark.parametrize(
    ("percent", "wait_s", "kept", "expected"),
    [
        (None, None, None, (0, 0)),
        (10, None, None, (0, None)),
        (10, 600, None, (600_000, 1_800_000)),
        (10, 600, {"state": "waiting", "since": NOON - 200_000}, (400_000, 1_600_000)),
        (10, 600, {"state": "passed"}, (0, 0)),
    ],
)
def test_canary_holds_the_rest(
    percent: int | None,
    wait_s: int | None,
    kept: dict[str, object] | None,
    expected: tuple[int, int | None],
) -> None:
    """A canary takes its time, and the end of one that a person decides on nobody can tell."""
    found = canary_ms(percent, wait_s, kept, NOON)
    assert found == expected
    assert (ends(replace(PLAIN, canary_ms=found))[1] is None) is (expected[1] is None)


def test_hold_of_meta_has_no_end_that_is_known() -> None:
    """While Meta holds messages back there is only a time before which it is not done."""
    least, most = ends(replace(PLAIN, is_held=True))
    assert (least, most) == (1, None)


_ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.sampled_from(_ZONES), st.integers(1, 50_000), min_size=1),
    st.none() | st.sampled_from(["09:30", "00:00", "23:45"]),
    st.none() | st.sampled_from([("21:00", "08:00"), ("12:00", "13:00"), ("00:00", "23:00")]),
    st.integers(NOON, NOON + 300 * DAY),
    st.sampled_from([1, 20, 80, 1000]),
)
def test_not_before_is_not_before(
    zones: dict[str, int],
    send_at: str | None,
    quiet: tuple[str, str] | None,
    now_ms: int,
    per_s: int,
) -> None:
    """Nobody's message can leave sooner than due, and all cannot leave faster than the rate."""
    hours = None if quiet is None else {"start": quiet[0], "end": quiet[1]}
    total = sum(zones.values())
    course = replace(
        PLAIN,
        left=total,
        now_ms=now_ms,
        launched_ms=now_ms,
        zones=zones,
        send_at=send_at,
        quiet=hours,
        full_per_s=per_s,
    )
    found = forecast(course)
    assert found is not None
    assert found.earliest_ms >= now_ms + total * 1000 // per_s - 2  # in whole milliseconds
    for key in zones:
        due = due_ms(zones_in(key, None), now_ms, launched_ms=now_ms, send_at=send_at, quiet=hours)
        assert found.earliest_ms >= due
    assert found.latest_ms is None or found.latest_ms >= found.earliest_ms


def test_pace_is_of_late() -> None:
    """What left between two ticks makes the pace, not what left since the launch."""
    first = pace_of_late(None, NOON, {"sent": 600, "failed": 0}, NOON + 60_000)
    assert first == {"at": NOON + 60_000, "handed": 600, "per_s": 10.0}
    assert pace_of_late(first, NOON, {"sent": 700}, NOON + 61_000) is None
    second = pace_of_late(first, NOON, {"delivered": 900}, NOON + 120_000)
    assert second is not None
    assert second["per_s"] == 5.0
    fewer = pace_of_late(second, NOON, {"delivered": 100}, NOON + 180_000)
    assert fewer is not None
    assert fewer["per_s"] == 0.0


def test_zones_of_a_key() -> None:
    """A key without a zone that is known means the business's zone."""
    assert zones_in("", "Europe/Rome") == (ZoneInfo("Europe/Rome"),)
    assert zones_in("Mars/Base", None) == (ZoneInfo("UTC"),)
