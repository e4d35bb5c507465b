"""Says how often somebody may try something, e.g. a password.

A window is fixed: it begins at a multiple of its length, so its counter's key needs no reading and
one unconditional write counts an attempt, however many arrive at once. Around a border a caller
may thus get twice the limit in one window's time, which these limits bear.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.errors import TooManyRequests
from chalicelib.storage import rate_limits as storage


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `attempts` in `window_s` seconds, for each subject apart."""

    name: str
    attempts: int
    window_s: int

    def key(self, subject: str, now_s: int) -> str:
        """Return the counter's key; the subject (an e-mail, an address) is in it as a hash only."""
        digest = hashlib.sha256(subject.encode()).hexdigest()[:32]
        return f"{self.name}#{digest}#{now_s // self.window_s}"


def spend(limit: Limit, subject: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Count an attempt of `subject`; raise TooManyRequests if that is one too many. 1 WRU."""
    now_s = clock.now_ms() // 1000
    window_end_s = (now_s // limit.window_s + 1) * limit.window_s
    # An hour more, so that the counter is there for the whole of its window on any clock.
    if storage.count_attempt(limit.key(subject, now_s), window_end_s + 3600) > limit.attempts:
        wait_s = window_end_s - now_s
        raise TooManyRequests(
            f"Too many attempts; try again in {in_words(wait_s)}.", retry_after_s=wait_s
        )


def forgive(limit: Limit, subject: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Take back an attempt that turned out well. 1 WRU."""
    storage.forgive_attempt(limit.key(subject, clock.now_ms() // 1000))


def in_words(seconds: int) -> str:
    """Return a time to wait as people say it."""
    if seconds < 90:
        return f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes"
