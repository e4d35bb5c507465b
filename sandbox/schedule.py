"""What is going to happen, in order of time: a heap, and a task that sleeps until it is due."""

import asyncio
import heapq
from collections.abc import Callable

from .clock import Clock
from .model import Event

# Waking for each of thousands of events a second costs more than the events: they are taken
# together.
_TICK_S = 0.01


class Schedule:
    """Future events. `add` is cheap and may be called from anywhere on the loop's thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Event]] = []
        self._serial = 0
        self._earlier = asyncio.Event()

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, event: Event) -> None:
        """Keep `event` until it is due; those of one instant happen in the order of adding."""
        self._serial += 1
        heapq.heappush(self._heap, (event.due, self._serial, event))
        if self._heap[0][2] is event:
            self._earlier.set()

    @property
    def next_due(self) -> float:
        """When the next event happens; infinity if none will."""
        return self._heap[0][0] if self._heap else float("inf")

    def pending(self) -> list[Event]:
        """Return what has not happened yet, earliest first."""
        return [event for _, _, event in sorted(self._heap, key=lambda entry: entry[:2])]

    def clear(self) -> None:
        """Forget all that has not happened yet."""
        self._heap.clear()

    def take_due(self) -> list[Event]:
        """Remove and return the events that are due now, earliest first."""
        now = self._clock.now()
        due = []
        while self._heap and self._heap[0][0] <= now:
            due.append(heapq.heappop(self._heap)[2])
        return due

    async def run(self, happen: Callable[[Event], None]) -> None:
        """Call `happen` with each event when it is due, for ever; end it by cancelling."""
        while True:
            self._earlier.clear()
            for event in self.take_due():
                happen(event)
            if self._heap:
                wait = max(self._heap[0][0] - self._clock.now(), _TICK_S)
                if wait > _TICK_S:
                    await self._clock.wait(self._earlier, wait)
                else:
                    await self._clock.sleep(wait)
            else:
                await self._clock.wait(self._earlier, None)
