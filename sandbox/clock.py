"""Time as something that is handed in: real, faster than real, or moved by hand.

The sandbox knows one clock. `python -m sandbox` starts it at the machine's time, running at the
machine's speed; the control API may stop it, move it on, or give it another speed, so that a window
of 24 hours or a lifetime of 30 days passes in a moment.
"""

import asyncio
import heapq
import itertools
import time
from typing import Protocol

# How often the loop turns before what was woken is taken to have gone back to sleep.
_TURNS = 60
# Sleepers that gave up are swept out when the heap has doubled, not before it has this many.
_FEW = 64


class Clock(Protocol):
    """What the sandbox needs of time: seconds since the epoch (UTC), and two ways to wait."""

    def now(self) -> float:
        """Return seconds since 1970-01-01 UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of this clock."""
        ...

    async def wait(self, event: asyncio.Event, seconds: float | None) -> None:
        """Return when `event` is set or `seconds` have passed; None waits for the event alone."""
        ...


class VirtualClock:
    """A clock that starts `at` and runs at `factor` times real time; 0 stands still.

    Sleepers wake in the order of their times whether the clock runs or is moved. It never goes
    back. Not thread-safe: it belongs to one event loop.
    """

    def __init__(self, at: float, factor: float = 0.0) -> None:
        self._at, self._real, self._factor = at, time.time(), factor
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._serial = itertools.count()
        self._sweep_at = _FEW
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def factor(self) -> float:
        """How many of its seconds pass in a real one."""
        return self._factor

    def now(self) -> float:
        """Return seconds since 1970-01-01 UTC."""
        if not self._factor:
            return self._at
        return self._at + (time.time() - self._real) * self._factor

    async def sleep(self, seconds: float) -> None:
        """Return when the clock has moved on by `seconds`."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        await self._until(seconds)

    async def wait(self, event: asyncio.Event, seconds: float | None) -> None:
        """Return when `event` is set or the clock has moved on by `seconds`."""
        if seconds is None or event.is_set():
            await event.wait()
            return
        future = self._until(seconds)
        waiting = asyncio.ensure_future(event.wait())
        waiting.add_done_callback(lambda _: None if future.done() else future.set_result(None))
        try:
            await future
        finally:
            waiting.cancel()

    def set(self, *, at: float | None = None, factor: float | None = None) -> None:
        """Move the clock to `at` and run it at `factor` from now on; what is due wakes together.

        Raises ValueError for a time that has passed and for a negative factor.
        """
        now = self.now()
        if at is not None and at < now:
            raise ValueError(f"the clock shows {now:.3f} and does not go back to {at:.3f}")
        if factor is not None and not 0 <= factor <= 1_000_000:
            raise ValueError("factor must be from 0 (the clock stands still) to 1000000")
        self._at, self._real = (now if at is None else at), time.time()
        self._factor = self._factor if factor is None else factor
        self._ring()

    async def advance(self, seconds: float) -> None:
        """Move on by `seconds`, waking every sleeper at its own time and letting its work go on.

        A stopped clock stands still meanwhile: work done for a sleeper sees exactly its time.
        """
        end = self.now() + seconds
        await _settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            due = self._sleepers[0][0]
            if self._sleepers[0][2].done():
                heapq.heappop(self._sleepers)
                continue
            self.set(at=max(due, self.now()))
            await _settle()
        self.set(at=max(end, self.now()))
        await _settle()

    def _until(self, seconds: float) -> asyncio.Future[None]:
        """Return a future that is done when `seconds` have passed."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if len(self._sleepers) > self._sweep_at:
            self._sleepers = [entry for entry in self._sleepers if not entry[2].done()]
            heapq.heapify(self._sleepers)
            self._sweep_at = max(_FEW, 2 * len(self._sleepers))
        heapq.heappush(self._sleepers, (self.now() + seconds, next(self._serial), future))
        if self._factor and self._sleepers[0][2] is future:
            self._ring()
        return future

    def _ring(self) -> None:
        """Wake the sleepers whose time has come, and set the alarm for the next one."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        now = self.now()
        while self._sleepers and (self._sleepers[0][0] <= now or self._sleepers[0][2].done()):
            future = heapq.heappop(self._sleepers)[2]
            if not future.done():
                future.set_result(None)
        if self._factor and self._sleepers:
            wait = (self._sleepers[0][0] - now) / self._factor
            self._alarm = asyncio.get_running_loop().call_later(wait, self._ring)


class SystemClock(VirtualClock):
    """A clock that shows the machine's time until it is told otherwise."""

    def __init__(self) -> None:
        super().__init__(time.time(), 1.0)


async def _settle() -> None:
    """Let every task that can go on without time passing do so."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)
