"""When the last message of a campaign leaves: not before, and not after if all goes on as it does.

what is reckoned with         earliest                        latest
the number's rate             its full rate                   the pace of late, or 70 % of the rate
send-at and quiet hours       by each recipient's own zone    the same
the messaging limit           what was used is free soonest   … as late as possible: a day on
the messages of the plan      what the last day (UTC) has     the same
                              left over, from its midnight
a canary that decides itself  after its time                  after three times that
a canary, a hold: a person    as if decided at once           nobody can tell: None
or Meta decides

People are told apart by the zones they may be in, counted when the audience was frozen. Of a
campaign that is under way those are left who are due last. Pure; a few milliseconds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from chalicelib.services.campaigns.due_times import due_ms, quiet_from_ms, zones_in

DAY_MS = 86_400_000
SURE_SHARE = 0.7
_STEPS = 500
_LONGEST_WAITS = 3

# Zones, and how many are left there: a share of a message where serving is cut short.
Group = tuple[tuple[ZoneInfo, ...], float]


@dataclass(frozen=True, slots=True)
class Course:
    """What is still to be sent, and by which rules; `zones` is as `due_times.zones_key` names them.

    `used` and `limit` are of Meta's messaging limit, `used_today` and `per_day` of the business's
    plan; None where there is none. `canary_ms` is how long the canary takes yet, at least and at
    most; None at most where a person decides.
    """

    left: int
    now_ms: int
    launched_ms: int
    zones: Mapping[str, int]
    fallback_zone: str | None
    send_at: str | None
    quiet: Mapping[str, str] | None
    full_per_s: float
    pace_per_s: float | None = None
    limit: int | None = None
    used: int = 0
    per_day: int | None = None
    used_today: int = 0
    canary_ms: tuple[int, int | None] = (0, 0)
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the last message leaves; `latest_ms` is None where nobody can tell. `waits` says why."""

    earliest_ms: int
    latest_ms: int | None
    waits: tuple[str, ...]


def forecast(course: Course) -> Forecast | None:
    """Return when the last message leaves, None if all have left."""
    if course.left <= 0:
        return None
    pace = course.pace_per_s or course.full_per_s * SURE_SHARE
    least, most = _limit_days(course)
    canary_least, canary_most = course.canary_ms
    earliest = _end_ms(course, course.full_per_s, canary_least)
    earliest_ms = max(
        (earliest or course.now_ms) + least * DAY_MS,
        _midnight_ms(course) or 0,
        _last_day_ms(course, course.full_per_s) or 0,
    )
    latest_ms = None
    if canary_most is not None and not course.is_held:
        per_s = min(pace, course.full_per_s)
        latest, last_day = _end_ms(course, per_s, canary_most), _last_day_ms(course, per_s)
        if latest is not None and last_day is not None:
            latest_ms = max(latest + most * DAY_MS, last_day, earliest_ms)
    return Forecast(earliest_ms, latest_ms, tuple(_waits(course, most)))


def _limit_days(course: Course) -> tuple[int, int]:
    """Return how many days the messaging limit takes at least and at most.

    It counts people in any 24 hours, and when those who were counted drop out is not known here:
    at least as if at once, at most a day from now. Whoever wrote lately is not counted by Meta.
    """
    if course.limit is None:
        return 0, 0
    beyond = course.left - max(0, course.limit - course.used)
    if beyond <= 0:
        return 0, 0
    limit = max(1, course.limit)
    return max(0, math.ceil((beyond - course.used) / limit)), math.ceil(beyond / limit)


def _waits(course: Course, limit_days: int) -> list[str]:
    said: list[str] = []
    if course.is_held:
        said.append("Meta holds messages of the template back; when it lets them go is its matter.")
    if course.canary_ms[1] is None:
        said.append("After the canary a person decides whether it goes on.")
    elif course.canary_ms[1]:
        said.append("After the canary it goes on by itself, if enough of it arrives.")
    if course.send_at is not None:
        said.append(f"Each recipient gets it at {course.send_at} of their own time.")
    if course.quiet is not None:
        said.append(
            f"Nothing is sent from {course.quiet['start']} to {course.quiet['end']} of the "
            "recipient's own time."
        )
    if limit_days:
        said.append(
            f"Meta lets the business write to {course.limit} people first within 24 hours, of whom "
            f"{course.used} are used up."
        )
    if _midnight_ms(course) != 0:
        said.append(
            f"The plan allows {course.per_day} messages a day, of which {course.used_today} are "
            "used today."
        )
    return said


def _last_day_ms(course: Course, per_s: float) -> int | None:
    """Return when those have left whom the plan does not allow before the last of its days, at this
    rate: 0 if it allows all today, None if that is not seen.
    """
    midnight_ms = _midnight_ms(course)
    if not midnight_ms or not course.per_day:
        return midnight_ms
    beyond = course.left - max(0, course.per_day - course.used_today)
    left = (beyond - 1) % course.per_day + 1
    return _end_ms(replace(course, left=left, now_ms=midnight_ms), per_s, 0)


def _midnight_ms(course: Course) -> int | None:
    """Return from when on the plan allows the last of the messages: 0 today, None for never."""
    if course.per_day is None:
        return 0
    beyond = course.left - max(0, course.per_day - course.used_today)
    if beyond <= 0:
        return 0
    if course.per_day == 0:
        return None
    today_ms = course.now_ms - course.now_ms % DAY_MS
    return today_ms + math.ceil(beyond / course.per_day) * DAY_MS


def _end_ms(course: Course, per_s: float, delay_ms: int) -> int | None:
    """Return when the last of those who are left goes out at this rate; None if that is not seen.

    All who are due are served together until the next becomes due, or the first falls quiet.
    """
    now_ms = course.now_ms + delay_ms
    left = _left(course)
    for _ in range(_STEPS):
        if not left:
            return now_ms
        dues = [_due(course, zones, now_ms) for zones, _ in left]
        ready = [place for place, due in enumerate(dues) if due <= now_ms]
        if not ready:
            now_ms = min(dues)
            continue
        events = [due for due in dues if due > now_ms]
        if course.quiet is not None:
            events += [quiet_from_ms(left[place][0], now_ms, course.quiet) for place in ready]
        count = sum(left[place][1] for place in ready)
        end_ms = now_ms + math.ceil(count * 1000 / per_s)
        next_ms = min(events, default=end_ms)
        if end_ms <= next_ms:
            left = [one for place, one in enumerate(left) if place not in ready]
            now_ms = end_ms
        else:
            share = 1 - (next_ms - now_ms) / (end_ms - now_ms)
            for place in ready:
                left[place] = (left[place][0], left[place][1] * share)
            now_ms = next_ms
    return None


def _due(course: Course, zones: Sequence[ZoneInfo], now_ms: int) -> int:
    return due_ms(
        zones,
        now_ms,
        launched_ms=course.launched_ms,
        send_at=course.send_at,
        quiet=course.quiet,
    )


def _left(course: Course) -> list[Group]:
    """Return who is left by their zones, zones that are due together made one."""
    if course.send_at is None and course.quiet is None:
        return [((ZoneInfo("UTC"),), course.left)]
    groups: dict[tuple[int, int], Group] = {}
    known = course.zones or {"": course.left}
    for key, count in known.items():
        zones = zones_in(key, course.fallback_zone)
        first_ms = _due(course, zones, course.launched_ms)
        quiet = course.quiet
        until_ms = 0 if quiet is None else quiet_from_ms(zones, first_ms, quiet)
        before = groups.get((first_ms, until_ms))
        groups[first_ms, until_ms] = (zones, count + (0 if before is None else before[1]))
    left: float = course.left
    found: list[Group] = []
    for _, (zones, together) in sorted(groups.items(), key=lambda one: -one[0][0]):
        taken = min(together, left)
        left -= taken
        if taken:
            found.append((zones, taken))
    if left and found:
        found[0] = (found[0][0], found[0][1] + left)
    return found


def canary_ms(
    percent: int | None, wait_s: int | None, kept: Mapping[str, object] | None, now_ms: int
) -> tuple[int, int | None]:
    """Return how long a canary takes yet, at least and at most (None: a person decides)."""
    if not percent or (kept is not None and kept["state"] == "passed"):
        return 0, 0
    if wait_s is None:
        return 0, None
    since = kept.get("since") if kept is not None else None
    gone_ms = now_ms - since if isinstance(since, int) else 0
    return max(0, wait_s * 1000 - gone_ms), max(0, _LONGEST_WAITS * wait_s * 1000 - gone_ms)
