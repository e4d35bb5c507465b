"""When the next message of a number may leave this process.

Meta counts a number's messages in a sliding second and refuses what is over (130429). Two things
keep a sender below that, however unsteady the machines and the network are:

    spacing   messages leave at even intervals, one by one or, where there are very many, in small
              groups, for a wake-up costs more CPU than a message; who is late does not hurry
    window    those not answered yet and those answered within the last second are together at most
              what Meta allows: an answer comes after Meta has counted, so Meta cannot count more

Slots (storage.pacing) share a number out between processes; this paces one process, all of whose
threads share it. What the inbox sends and receives counts at Meta too, and comes off first. Times
are milliseconds of one clock.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

from chalicelib.storage.pacing import Slot

HEADROOM = 0.965  # of what the inbox leaves is for campaigns; the rest is slack
_WINDOW_SHARE = 0.985
_WINDOW_MS = 1000.0
_HURRY = 1.005  # within a slot, so that a start that is a little late is made good by its end
_SLIP_MS = 5.0  # a sleep ends late by so much; only that little may be caught up
_CLOCK_STEP_MS = 1  # a moment of a clock that counts whole milliseconds may be so much later
_GROUPS_PER_S = 100  # a group is ahead of its time by all but one of it, which the slack must hold
_LARGEST_GROUP = 8
_POLL_MS = 4.0
_CLOCK_WENT_BACK_MS = 10_000
_LEAST_SHARE = 0.1
_KEPT_SLOTS = 32
_OVERRUN_MS = 250  # into a slot of this process, whose pace still holds
_SLACK_MS = 20  # into somebody else's
_LEAST_MS = 5_000
_HANDED = ("accepted", "held", "sent", "delivered", "read", "failed", "unknown")


class Pace:
    """The pace of one number in this process; safe to share between threads."""

    def __init__(self, rate_per_s: int) -> None:
        self.rate_per_s = rate_per_s
        self._window = math.ceil(rate_per_s * _WINDOW_SHARE)
        self._group = min(_LARGEST_GROUP, max(1, rate_per_s // _GROUPS_PER_S))
        self.inbox_per_s = 0.0
        self._starts: deque[int] = deque(maxlen=_KEPT_SLOTS)
        self._left_of_group = 0
        self._next_ms = 0.0
        self._held_ms = 0.0
        self._in_flight = 0
        self._answered: deque[float] = deque()
        self._quickest_ms = math.inf
        self._lock = threading.Lock()

    def take(self, now_ms: float) -> float:
        """Return 0 and count a message as leaving, or how long to wait before asking again."""
        with self._lock:
            if self._next_ms > now_ms + _CLOCK_WENT_BACK_MS:
                self._next_ms = now_ms
                self._answered.clear()
            if not self._left_of_group and self._next_ms - now_ms >= _CLOCK_STEP_MS:
                return self._next_ms - now_ms
            wait_ms = self._window_wait(now_ms)
            if wait_ms > 0:
                return wait_ms
            if not self._left_of_group:
                interval_ms = self._group * 1000 / (self.campaign_per_s * _HURRY)
                self._next_ms = max(self._next_ms, now_ms - _SLIP_MS) + interval_ms
                self._left_of_group = self._group
            self._left_of_group -= 1
            self._in_flight += 1
            return 0.0

    def _window_wait(self, now_ms: float) -> float:
        # An answer takes a while to come back and the next message a while to arrive: together at
        # least the quickest round trip, by which Meta's second is further on than ours.
        spent_ms = _WINDOW_MS - (0 if math.isinf(self._quickest_ms) else 0.8 * self._quickest_ms)
        while self._answered and self._answered[0] <= now_ms - spent_ms:
            self._answered.popleft()
        if self._in_flight + len(self._answered) < self._window:
            return 0.0
        if not self._answered:
            return _POLL_MS
        return max(self._answered[0] + spent_ms - now_ms, 0.1)

    def answered(self, left_ms: float, now_ms: float) -> None:
        """Note that a message that left at `left_ms` is answered, or given up."""
        with self._lock:
            self._in_flight -= 1
            self._answered.append(now_ms)
            # The least of late: a network's quickest way may change.
            self._quickest_ms = min(now_ms - left_ms, self._quickest_ms * 1.01)

    def hold(self, until_ms: float) -> bool:
        """Let nothing leave before `until_ms`, for Meta said that the number is too fast.

        Tells whether this is news: of many refusals at once only the first is.
        """
        with self._lock:
            is_news = self._held_ms < until_ms - _WINDOW_MS / 2
            self._held_ms = max(self._held_ms, until_ms)
            self._next_ms = max(self._next_ms, until_ms)
            self._left_of_group = 0
            return is_news

    def note_slot(self, slot: Slot) -> None:
        """Note a slot that this process has, and what it says of the inbox."""
        with self._lock:
            self.inbox_per_s = slot.inbox_per_s
            self._starts.append(slot.start_ms)

    def is_over(self, slot: Slot, now_ms: float) -> bool:
        """Tell whether it is too late to use a slot: what comes after it is another process's."""
        is_ours = slot.end_ms in self._starts
        return now_ms > slot.end_ms + (_OVERRUN_MS if is_ours else _SLACK_MS)

    @property
    def campaign_per_s(self) -> float:
        """How many messages a second are left for campaigns."""
        left = (self.rate_per_s - self.inbox_per_s) * HEADROOM
        return max(left, self.rate_per_s * _LEAST_SHARE)

    def duration_ms(self, count: int) -> int:
        """Return how long `count` messages of a campaign have the number."""
        return math.ceil(count * 1000 / self.campaign_per_s)


_PACES: dict[str, Pace] = {}
_PACES_LOCK = threading.Lock()


def pace_of(number_id: str, rate_per_s: int) -> Pace:
    """Return this process's pace of a number, made anew when Meta changed the number's rate."""
    with _PACES_LOCK:
        pace = _PACES.get(number_id)
        if pace is None or pace.rate_per_s != rate_per_s:
            pace = _PACES[number_id] = Pace(rate_per_s)
        return pace


def forget_all() -> None:
    """Forget every pace, for tests whose clock begins anew."""
    with _PACES_LOCK:
        _PACES.clear()


def pace_of_late(
    kept: Mapping[str, Any] | None, launched_ms: int, counters: Mapping[str, int], now_ms: int
) -> dict[str, float | int] | None:
    """Return what a tick keeps of how many were handed over since the last; None if it is too soon.

    `kept` is what this returned then: `{"at", "handed", "per_s"}`.
    """
    handed = sum(counters.get(state, 0) for state in _HANDED)
    before = kept or {"at": launched_ms, "handed": 0}
    passed_ms = now_ms - before["at"]
    if passed_ms < _LEAST_MS:
        return None
    per_s = max(0.0, (handed - before["handed"]) * 1000 / passed_ms)
    return {"at": now_ms, "handed": handed, "per_s": round(per_s, 1)}
