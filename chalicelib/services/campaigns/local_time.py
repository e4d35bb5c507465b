"""A local time of a time zone as a moment, where clocks are put forward and back too. Pure.

the local time                     the moment
exists once                        that one
is skipped (clocks go forward)     later by what was skipped: 02:30 becomes 03:30
comes twice (clocks go back)       the first of the two
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# What a machine may have among its zones and that is none: its own, and ones with leap seconds.
_NO_PLACES = ("Factory", "localtime", "posix", "right/")


@dataclass(frozen=True, slots=True)
class Moment:
    """A local time as it really comes: `local` is what the clocks show, `note` what is odd."""

    at_ms: int
    local: datetime
    note: str | None = None


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo | None:
    """Return the time zone of the IANA database with this name, None if there is none.

    Kept, also that there is none: to look for one takes longer than all else that is done for a
    recipient.
    """
    if name.startswith(_NO_PLACES):
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def moment_of(local: datetime, zone: ZoneInfo) -> Moment:
    """Return when `local`, a time without a zone, comes in `zone`; see the table above.

    To the millisecond: what is finer is cut off.
    """
    local = local.replace(microsecond=local.microsecond // 1000 * 1000)
    first = local.replace(tzinfo=zone, fold=0)
    second = local.replace(tzinfo=zone, fold=1)
    at_ms = round(first.timestamp() * 1000)
    shown = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).replace(tzinfo=None, fold=0)
    if shown != local:
        note = (
            f"{local:%H:%M} does not exist on {local:%Y-%m-%d} in {zone.key}, where clocks are put "
            f"forward; it starts at {shown:%H:%M}."
        )
        return Moment(at_ms, shown, note)
    if first.utcoffset() != second.utcoffset():
        note = (
            f"{local:%H:%M} comes twice on {local:%Y-%m-%d} in {zone.key}, where clocks are put "
            "back; it starts the first time."
        )
        return Moment(at_ms, shown, note)
    return Moment(at_ms, shown)


def moments_of(local: datetime, zone: ZoneInfo) -> tuple[int, ...]:
    """Return each moment in ms at which clocks show `local`: two where they are put back, the
    later by what is skipped where they are put forward.
    """
    first, second = (
        round(local.replace(tzinfo=zone, fold=fold).timestamp() * 1000) for fold in (0, 1)
    )
    # In an hour that is skipped the second comes before the first: it shows an earlier time.
    return (first, second) if second > first else (first,)
