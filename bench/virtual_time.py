"""Virtual time for real code: threads of which one runs at a time, while the clock jumps from one
thing that is due to the next.

A thread that sleeps gives way to the one that wakes first. An asyncio loop made here sleeps in
virtual time, and what it hands to threads (`asyncio.to_thread`) runs at once and is done a moment
later. Nothing here depends on how fast the machine is, so a run repeats exactly.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import selectors
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest import mock

from chalicelib.core.clock import SystemClock

START_MS = 1_800_000_000_000
_LEAST_MS = 0.001


class Ended(BaseException):
    """Raised in a thread when the simulation is over."""


class Kernel:
    """The clock, and whose turn it is. `now` is milliseconds since the simulation began."""

    def __init__(self) -> None:
        self.now = 0.0
        self._serial = itertools.count()
        self._asleep: list[tuple[float, int, threading.Semaphore]] = []
        self._own = threading.local()
        self._threads: list[threading.Thread] = []
        self._is_over = False
        self._failure: BaseException | None = None
        self._main = threading.Semaphore(0)

    def now_ms(self) -> int:
        """Return the time as a Clock does."""
        return START_MS + int(self.now)

    def start(self, work: Callable[[], object], at_ms: float = 0.0) -> None:
        """Let `work` run in a thread of its own, from `at_ms` on."""
        baton = threading.Semaphore(0)

        def body() -> None:
            self._own.baton = baton
            baton.acquire()
            try:
                if not self._is_over:
                    work()
            except Ended:
                pass
            except BaseException as error:  # noqa: BLE001 - told to whoever waits for the run
                self._failure, self._is_over = error, True
            self._next()

        thread = threading.Thread(target=body, daemon=True)
        heapq.heappush(self._asleep, (max(at_ms, self.now), next(self._serial), baton))
        self._threads.append(thread)
        thread.start()

    def sleep(self, ms: float) -> None:
        """Sleep in the calling thread of the simulation."""
        self.sleep_until(self.now + max(ms, _LEAST_MS))

    def sleep_until(self, due_ms: float) -> None:
        """Sleep until a moment; raises Ended when the simulation is over."""
        if self._is_over:
            raise Ended
        if not self._asleep or self._asleep[0][0] > due_ms:
            self.now = max(self.now, due_ms)  # nobody else is due before: no need to change
            return
        baton = self._own.baton
        heapq.heappush(self._asleep, (due_ms, next(self._serial), baton))
        self._next()
        baton.acquire()
        if self._is_over:
            raise Ended

    def _next(self) -> None:
        """Give the turn to the thread that is due first, or to whoever called `run`."""
        if not self._asleep:
            self._main.release()
            return
        due_ms, _, baton = heapq.heappop(self._asleep)
        self.now = max(self.now, due_ms)
        baton.release()

    def end(self) -> None:
        """Have every thread end at its next sleep."""
        self._is_over = True

    def run(self) -> None:
        """Run until every thread has ended; raises what a thread raised."""
        self._next()
        self._main.acquire()
        for thread in self._threads:
            thread.join()
        if self._failure is not None:
            raise self._failure


class _Selector(selectors.DefaultSelector):
    """A selector whose waiting is in virtual time; only the loop's own pipe is ever ready."""

    kernel: Kernel

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if found or timeout == 0:
            return found
        assert timeout is not None, "the loop waits for something that no virtual time brings"
        self.kernel.sleep(timeout * 1000)
        return super().select(0)


class _AtOnce(ThreadPoolExecutor):
    """Runs what it is given at once, and has the result a moment later."""

    def __init__(self, loop: asyncio.AbstractEventLoop, after_s: float) -> None:
        super().__init__(1)
        self._loop, self._after_s = loop, after_s

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            result = work(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - it is the future's to raise
            self._loop.call_later(self._after_s, future.set_exception, error)
        else:
            self._loop.call_later(self._after_s, future.set_result, result)
        return future


def new_loop(kernel: Kernel, after_s: float) -> asyncio.AbstractEventLoop:
    """Return an event loop in virtual time, whose threads take `after_s` for whatever they do."""
    selector = _Selector()
    selector.kernel = kernel
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: kernel.now / 1000  # type: ignore[method-assign]
    loop.set_default_executor(_AtOnce(loop, after_s))
    loop.set_exception_handler(lambda _loop, _context: None)  # deaths are what some worlds are for
    return loop


@contextmanager
def in_virtual_time(kernel: Kernel, after_s: float) -> Iterator[None]:
    """Have the system's clock and every new event loop follow `kernel`, for the block."""

    def now_ms(_clock: SystemClock) -> int:
        return kernel.now_ms()

    with (
        mock.patch.object(SystemClock, "now_ms", now_ms),
        mock.patch.object(asyncio, "new_event_loop", partial(new_loop, kernel, after_s)),
    ):
        yield
