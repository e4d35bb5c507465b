"""Time as something that is handed in, so that a test or a virtual clock can own it."""

import asyncio
import time
from typing import Protocol


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


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Return seconds since 1970-01-01 UTC."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        await asyncio.sleep(seconds)

    async def wait(self, event: asyncio.Event, seconds: float | None) -> None:
        """Return when `event` is set or `seconds` have passed."""
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return
