"""How many requests an address, a user or key, and a tenant may make in a minute.

A shared counter is written for a process's first request of a subject, then for 1, 2, 4 … more at a
time: each write reserves the next ones, which this process then spends without asking. So a busy
caller costs a few writes a minute, none that was refused costs any, and no window ever lets more
through than its limit. Up to half of a subject's limit may stay reserved and unused.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from functools import cache

from chalicelib.core.address import network_of
from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.limits import Standing
from chalicelib.core.log import log
from chalicelib.storage import rate_limits as storage
from chalicelib.storage.base import as_unavailable

WINDOW_S = 60
# Of a limit, the most that one write reserves: many processes may each hold as much.
_LARGEST_SHARE = 50
# Subjects that a process remembers; beyond that it forgets those of past windows.
_REMEMBERED = 10_000


@dataclass(slots=True)
class _Meter:
    """What this process knows of a subject in one window."""

    window: int
    reserved: int = 0
    next_block: int = 1
    total: int = 0


@dataclass(slots=True)
class _Meters:
    """The meters of this process."""

    of: dict[str, _Meter] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


@cache
def _meters() -> _Meters:
    return _Meters()


class RequestLimits:
    """The `Limiter` of every route."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock

    def of_address(self, address: str) -> Standing | None:
        """Count a request of somebody who is not signed in. 1 WRU at most."""
        return self._count("address", network_of(address), settings().requests_per_address)

    def of_actor(self, ctx: TenantContext) -> Standing | None:
        """Count a request of a user or key, and of their tenant. 2 WRU at most."""
        own = self._count("actor", f"{ctx.tenant_id}#{ctx.user_id}", settings().requests_per_user)
        if own is not None and own.remaining < 0:
            return own
        all_of_them = self._count("tenant", ctx.tenant_id, settings().requests_per_tenant)
        found = [standing for standing in (own, all_of_them) if standing is not None]
        return min(found, key=lambda standing: standing.remaining, default=None)

    def _count(self, kind: str, subject: str, limit: int) -> Standing | None:
        if limit == 0:
            return None
        now_s = self._clock.now_ms() // 1000
        window, reset_s = now_s // WINDOW_S, WINDOW_S - now_s % WINDOW_S
        digest = hashlib.sha256(subject.encode()).hexdigest()[:32]
        try:
            remaining = _spend(f"requests-{kind}#{digest}", window, limit)
        except Exception as error:
            if as_unavailable(error) is None:
                raise
            log.warning("requests are not being counted", extra={"error": type(error).__name__})
            return None
        return Standing(limit, WINDOW_S, remaining, reset_s)


def _spend(key: str, window: int, limit: int) -> int:
    """Spend one request; return how many are left, -1 if there was none."""
    meters = _meters()
    with meters.lock:
        meter = meters.of.get(key)
        if meter is None or meter.window != window:
            if len(meters.of) >= _REMEMBERED:
                meters.of = {k: m for k, m in meters.of.items() if m.window == window}
            meter = meters.of[key] = _Meter(window)
        if meter.reserved == 0:
            if meter.total >= limit:
                return -1
            block = meter.next_block
            # An hour more, so that the counter is there for the whole of its window on any clock.
            expires_at = (window + 1) * WINDOW_S + 3600
            meter.total = storage.count_attempt(f"{key}#{window}", expires_at, block)
            meter.next_block = max(1, min(block * 2, limit // _LARGEST_SHARE))
            meter.reserved = max(0, min(block, block - (meter.total - limit)))
            if meter.reserved == 0:
                return -1
        meter.reserved -= 1
        return max(limit - meter.total, 0) + meter.reserved
