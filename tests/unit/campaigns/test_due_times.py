"""When a recipient's message may leave: their own time of day, and never at night."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, strategies as st

from chalicelib.services.campaigns.due_times import due_ms, zones_of

NIGHT = {"start": "21:00", "end": "08:00"}
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]


@dataclass
class Person:
    """A contact as far as its time goes."""

    phone: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


def at(text: str) -> int:
    """Return a moment of UTC in milliseconds."""
    return round(datetime.fromisoformat(f"{text}+00:00").timestamp() * 1000)


@pytest.mark.parametrize(
    ("person", "names"),
    [
        (Person("+491711234567"), {"Europe/Berlin"}),
        (Person("+12125550100"), {"America/New_York"}),
        (Person("+491711234567", {"time_zone": "Asia/Tokyo"}), {"Asia/Tokyo"}),
        (Person("+491711234567", {"time_zone": "at home"}), {"Europe/Berlin"}),
        (Person(None), {"Europe/Rome"}),
    ],
)
def test_zone_of_a_person(person: Person, names: set[str]) -> None:
    """The contact's own zone, else the phone's by its area, else the business's."""
    assert {zone.key for zone in zones_of(person, "Europe/Rome")} == names


def test_country_of_several_zones_gives_all() -> None:
    """A phone of a country of several zones, whose area says nothing, may be in each of them."""
    assert len(zones_of(Person("+61412345678"), None)) > 1


@pytest.mark.parametrize(
    ("now", "zones", "due"),
    [
        ("2026-01-15T12:00", ["Europe/Berlin"], "2026-01-15T12:00"),
        ("2026-01-15T20:30", ["Europe/Berlin"], "2026-01-16T07:00"),
        ("2026-01-15T03:00", ["Europe/Berlin"], "2026-01-15T07:00"),
        # 08:00 in New York is 05:00 in Los Angeles: it waits for the later of the two.
        ("2026-01-15T13:00", ["America/New_York", "America/Los_Angeles"], "2026-01-15T16:00"),
    ],
)
def test_quiet_hours(now: str, zones: list[str], due: str) -> None:
    """What is due by day leaves at once, what is due by night at the night's end."""
    given_zones = [ZoneInfo(name) for name in zones]
    launched = at(now)
    assert due_ms(given_zones, at(now), launched_ms=launched, send_at=None, quiet=NIGHT) == at(due)


def test_time_of_day_is_the_first_since_the_launch() -> None:
    """10:00 of the launch's day where that is to come, else of the next; late comers go at once."""
    launched = at("2026-01-15T09:30")
    berlin, tokyo = [ZoneInfo("Europe/Berlin")], [ZoneInfo("Asia/Tokyo")]

    def due(zones: list[ZoneInfo], now: int) -> int:
        return due_ms(zones, now, launched_ms=launched, send_at="10:00", quiet=None)

    assert due(berlin, launched) == at("2026-01-16T09:00")
    assert due(tokyo, launched) == at("2026-01-16T01:00")
    assert due(berlin, at("2026-01-16T12:00")) == at("2026-01-16T12:00")


@given(
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=2),
    st.integers(at("2024-01-01T00:00"), at("2030-01-01T00:00")),
)
def test_nobody_is_woken_and_nobody_waits_long(names: list[str], now_ms: int) -> None:
    """What leaves does so outside the first zone's night, within two days, and never earlier."""
    zones = [ZoneInfo(name) for name in names]
    due = due_ms(zones, now_ms, launched_ms=now_ms, send_at=None, quiet=NIGHT)
    assert now_ms <= due <= now_ms + 2 * 86_400_000
    local = datetime.fromtimestamp(due / 1000, UTC).astimezone(zones[0])
    assert 8 <= local.hour < 21


@pytest.mark.parametrize(
    ("now", "due"),
    [
        # 25 October 2026: 02:30 in Berlin is 00:30 and 01:30 of UTC; from 01:00 it is night again.
        ("2026-10-25T00:10", "2026-10-25T00:30"),
        ("2026-10-25T00:40", "2026-10-25T00:40"),
        ("2026-10-25T01:10", "2026-10-25T01:30"),
        # 29 March 2026: there is no 02:30; the clocks show 03:30 half an hour after 02:00.
        ("2026-03-29T00:10", "2026-03-29T01:30"),
    ],
)
def test_quiet_hours_end_while_clocks_change(now: str, due: str) -> None:
    """A night that ends in the hour that comes twice ends twice, and keeps nobody for a day."""
    berlin, quiet = [ZoneInfo("Europe/Berlin")], {"start": "22:00", "end": "02:30"}
    assert due_ms(berlin, at(now), launched_ms=0, send_at=None, quiet=quiet) == at(due)


@given(
    st.sampled_from(ZONES),
    st.sampled_from(["2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25"]),
    st.integers(-1440, 1440),
    st.lists(st.integers(0, 1439), min_size=2, max_size=2, unique=True),
)
@example("Europe/Berlin", "2026-10-25", 70, [1320, 150])
def test_nobody_waits_longer_than_the_night(
    name: str, day: str, minute: int, hours: list[int]
) -> None:
    """Whatever the quiet hours, if two are left of a day, and whatever clocks do around them: who
    is due leaves outside them, within an hour of the first minute that is not quiet.
    """
    zone, now_ms = ZoneInfo(name), at(f"{day}T00:00") + minute * 60_000
    start, end = hours
    assume((start - end) % 1440 >= 120)
    quiet = {"start": f"{start // 60:02}:{start % 60:02}", "end": f"{end // 60:02}:{end % 60:02}"}

    def is_quiet(at_ms: int) -> bool:
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)
        now = local.hour * 60 + local.minute
        return start <= now < end if start < end else now >= start or now < end

    due = due_ms([zone], now_ms, launched_ms=0, send_at=None, quiet=quiet)
    first = next(
        now_ms + ahead * 60_000
        for ahead in range(2 * 1440)
        if not is_quiet(now_ms + ahead * 60_000)
    )
    assert not is_quiet(due)
    assert first <= due <= first + timedelta(hours=1) // timedelta(milliseconds=1)
