"""Time as a dependency: whoever needs the time takes a Clock, so that tests can hold it still."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Milliseconds since the Unix epoch, UTC."""

    def now_ms(self) -> int:
        """Return the time in milliseconds."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Return the time in milliseconds."""
        return time.time_ns() // 1_000_000


SYSTEM_CLOCK = SystemClock()


def to_iso(ms: int) -> str:
    """Return `ms` as UTC ISO-8601 with milliseconds, e.g. `2026-11-23T09:00:00.000Z`."""
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def iso_or_none(ms: int | None) -> str | None:
    """Return `ms` as `to_iso` does, None for a moment that has not come."""
    return None if ms is None else to_iso(ms)
