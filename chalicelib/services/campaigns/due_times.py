"""When a recipient may get a message: the time of day that was chosen, and never in quiet hours.

the zone is                      by
the contact's field `time_zone`  its IANA name
the phone's                      its country and area code; of several zones, the time must be
                                 right in each of them
the business's                   else, as its rules say; without one, UTC

A chosen time is the first of its kind since the launch in the person's own zone. In quiet hours it
moves to their end; where clocks are put back, a time of day comes twice, and each time counts.
Where no time is right in all zones of a phone, the first zone's counts.
Times are milliseconds. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from chalicelib.services.campaigns.local_time import moments_of, zone_of

_UNKNOWN = "Etc/Unknown"
_ROUNDS = 8
_PER_MINUTE = 60


class Person(Protocol):
    """What tells a person's time."""

    @property
    def phone(self) -> str | None:
        """The phone in E.164."""

    @property
    def fields(self) -> Mapping[str, str]:
        """The fields of the contact."""


def zones_of(person: Person, fallback: str | None) -> tuple[ZoneInfo, ...]:
    """Return the zones that a person may be in; see the table above."""
    own = zone_of(person.fields.get("time_zone", "").strip())
    if own is not None:
        return (own,)
    known = _zones_of_phone(person.phone) if person.phone else ()
    return known or (zone_of(fallback or "") or ZoneInfo("UTC"),)


def zones_key(zones: Sequence[ZoneInfo]) -> str:
    """Return zones as they are counted: their names, with `|` between."""
    return "|".join(zone.key for zone in zones)


def zones_in(key: str, fallback: str | None) -> tuple[ZoneInfo, ...]:
    """Return the zones that `zones_key` named; those of `fallback`, or UTC, if it names none."""
    found = tuple(zone for name in key.split("|") if name and (zone := zone_of(name)))
    return found or (zone_of(fallback or "") or ZoneInfo("UTC"),)


@lru_cache(maxsize=4096)
def _zones_of_phone(phone: str) -> tuple[ZoneInfo, ...]:
    # The table of zones has its own memory and time to load; most campaigns do without.
    from phonenumbers import NumberParseException, parse
    from phonenumbers.timezone import time_zones_for_number

    try:
        names = time_zones_for_number(parse(phone))
    except NumberParseException:
        return ()
    return tuple(zone for name in names if name != _UNKNOWN and (zone := zone_of(name)))


def due_ms(
    zones: Sequence[ZoneInfo],
    now_ms: int,
    *,
    launched_ms: int,
    send_at: str | None,
    quiet: Mapping[str, str] | None,
) -> int:
    """Return the earliest moment from `now_ms` on at which the message may leave.

    `send_at` is `HH:MM`, `quiet` `{"start", "end"}`; either may be None.
    """
    found = _right_in_all(zones, now_ms, launched_ms, send_at, quiet)
    return found if found is not None else _one(zones[0], now_ms, launched_ms, send_at, quiet)


def quiet_from_ms(zones: Sequence[ZoneInfo], now_ms: int, quiet: Mapping[str, str]) -> int:
    """Return when the next quiet hours begin in the first of the zones, after `now_ms`."""
    start = _minutes(quiet["start"])
    return min(_next(zone, now_ms + 1, start) for zone in zones)


def _right_in_all(
    zones: Sequence[ZoneInfo],
    now_ms: int,
    launched_ms: int,
    send_at: str | None,
    quiet: Mapping[str, str] | None,
) -> int | None:
    due = now_ms
    for _ in range(_ROUNDS):
        latest = max(_one(zone, due, launched_ms, send_at, quiet) for zone in zones)
        if latest == due:
            return due
        due = latest
    return None


def _one(
    zone: ZoneInfo,
    now_ms: int,
    launched_ms: int,
    send_at: str | None,
    quiet: Mapping[str, str] | None,
) -> int:
    due = now_ms
    if send_at is not None:
        due = max(due, _next(zone, launched_ms, _minutes(send_at)))
    if quiet is not None:
        start, end = _minutes(quiet["start"]), _minutes(quiet["end"])
        if _is_within(start, end)(_minute_of(zone, due)):
            due = _next(zone, due, end)
    return due


def _is_within(start: int, end: int) -> Callable[[int], bool]:
    """Return what tells whether a minute of the day is from `start` to before `end`."""
    if start < end:
        return lambda minute: start <= minute < end
    return lambda minute: minute >= start or minute < end


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * _PER_MINUTE + int(minutes)


def _minute_of(zone: ZoneInfo, at_ms: int) -> int:
    local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)
    return local.hour * _PER_MINUTE + local.minute


def _next(zone: ZoneInfo, from_ms: int, minute: int) -> int:
    """Return the first moment from `from_ms` on at which it is that minute of the day."""
    day = datetime.fromtimestamp(from_ms / 1000, UTC).astimezone(zone).date()
    at = time(minute // _PER_MINUTE, minute % _PER_MINUTE)
    for ahead in range(3):
        for found in moments_of(datetime.combine(day + timedelta(days=ahead), at), zone):
            if found >= from_ms:
                return found
    return from_ms
