"""The way out for webhooks: what is due is batched per URL, posted, and retried until it is
answered 200.

Nothing is lost while the process runs: an update is in the queue, then in `deliveries`, and leaves
that only on a 200. Both are saved with the world. One task owns the queue; one task per delivery
owns it.
"""

import asyncio
import heapq
from collections import deque
from dataclasses import dataclass, field

import httpx

from sandbox.clock import Clock
from sandbox.model import Delivery, Update
from sandbox.settings import Behaviour
from sandbox.world import World

from .payloads import envelope
from .subscriptions import url_for
from .wire import encode, signature

_LOG_LENGTH = 500
_OK = "200"
_HEADERS = {"Content-Type": "application/json", "User-Agent": "facebookexternalua"}


@dataclass
class Outbox:
    """Pending webhooks of a world. `run` must be running for anything to leave."""

    world: World
    clock: Clock
    client: httpx.AsyncClient
    behaviour: Behaviour
    deliveries: dict[int, Delivery] = field(default_factory=dict)
    log: deque[Delivery] = field(default_factory=lambda: deque(maxlen=_LOG_LENGTH))
    _queue: list[tuple[float, int, Update]] = field(default_factory=list)
    _serial: int = 0
    _posting: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _slot_free: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[bool]] = field(default_factory=set)

    @property
    def next_due(self) -> float:
        """When the next update is due; infinity if none waits."""
        return self._queue[0][0] if self._queue else float("inf")

    @property
    def pending(self) -> int:
        """How many updates wait in the queue or in deliveries not answered 200 yet."""
        return len(self._queue) + sum(d.updates for d in self.deliveries.values())

    def queued(self) -> list[Update]:
        """Return the updates that are in no delivery yet."""
        return [update for _, _, update in sorted(self._queue, key=lambda entry: entry[:2])]

    def put(self, update: Update) -> None:
        """Send `update` when it is due; it shares a POST with others that are due by then."""
        self._serial += 1
        heapq.heappush(self._queue, (update.due, self._serial, update))
        self._changed.set()

    def forget(self) -> None:
        """Drop everything that waits; POSTs in flight end on their own."""
        self._queue.clear()
        self.deliveries.clear()
        self.log.clear()

    async def run(self) -> None:
        """Post what becomes due, for ever; end it by cancelling."""
        for delivery in list(self.deliveries.values()):
            self._start(delivery)
        try:
            while True:
                self._changed.clear()
                wait = self._queue[0][0] - self.clock.now() if self._queue else None
                if wait is None or wait > 0:
                    await self.clock.wait(self._changed, wait)
                    continue
                await self.clock.sleep(self.behaviour.linger_s)
                await self._room()
                self.post_due()
        finally:
            for task in self._tasks:
                task.cancel()

    async def _room(self) -> None:
        """Return when fewer POSTs than allowed are in flight, so that what waits is batched
        meanwhile.
        """
        while self._posting >= int(self.behaviour.concurrency):
            self._slot_free.clear()
            await self._slot_free.wait()

    def post_due(self) -> None:
        """Make deliveries of all updates that are due and start them."""
        for delivery in self.take_due():
            self._start(delivery)

    def take_due(self) -> list[Delivery]:
        """Return new deliveries of all updates that are due."""
        now, updates = self.clock.now(), []
        while self._queue and self._queue[0][0] <= now:
            updates.append(heapq.heappop(self._queue)[2])
        return self.deliveries_of(updates)

    def deliveries_of(self, updates: list[Update]) -> list[Delivery]:
        """Return new deliveries of `updates`, by URL and of at most `batch` updates each.

        Each is on record until it is answered 200. What nobody is subscribed to is only counted.
        """
        by_url: dict[str, list[Update]] = {}
        for update in updates:
            by_url.setdefault(url_for(self.world, update), []).append(update)
        unheard = by_url.pop("", [])
        if unheard:
            self.world.counters["webhooks_without_subscriber"] += len(unheard)
        size, made = int(self.behaviour.batch), []
        for url, due in by_url.items():
            for start in range(0, len(due), size):
                batch = due[start : start + size]
                body = encode(envelope(self.world, batch, mix=bool(self.behaviour.mix)))
                delivery = Delivery(self.world.serial("delivery"), url, body, len(batch))
                self.deliveries[delivery.id] = delivery
                made.append(delivery)
        return made

    async def post_now(self, update: Update) -> None:
        """Post one update alone and return after its first attempt, whatever the answer."""
        for delivery in self.deliveries_of([update]):
            if not await self._attempt(delivery):
                self._start(delivery)

    async def quiet(self) -> None:
        """Return when no POST is in flight; what failed or is due later still waits."""
        while self._posting:
            self._slot_free.clear()
            await self._slot_free.wait()
            await asyncio.sleep(0)

    def repeat(self, delivery: Delivery) -> int:
        """Post the bytes of an earlier delivery once more; return the id of the new one."""
        again = Delivery(self.world.serial("delivery"), delivery.url, delivery.body, 1)
        self.deliveries[again.id] = again
        self._start(again)
        return again.id

    def _start(self, delivery: Delivery) -> None:
        """Post `delivery` in a task of its own until it is answered 200."""
        task = asyncio.create_task(self._until_accepted(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def given_up(self, delivery: Delivery) -> bool:
        """Tell whether a delivery has been tried for `retry_for_s`: then it is lost and counted."""
        tried = self.clock.now() - delivery.first_at
        if not delivery.attempts or tried <= self.behaviour.retry_for_s:
            return False
        if self.deliveries.pop(delivery.id, None) is not None:
            self.world.counters["webhooks_given_up"] += delivery.updates
        return True

    async def _until_accepted(self, delivery: Delivery) -> bool:
        """Attempt `delivery`, with growing pauses, until it is answered 200 or forgotten."""
        while self.deliveries.get(delivery.id) is delivery:
            if delivery.attempts:
                await self.clock.sleep(self.pause_s(delivery))
                if self.given_up(delivery):
                    break
            await self._room()
            if await self._attempt(delivery):
                return True
        return False

    def pause_s(self, delivery: Delivery) -> float:
        """Return how long to wait before the next attempt: twice as long each time."""
        doubled = float(1 << min(max(delivery.attempts - 1, 0), 16))
        pause = self.behaviour.retry_s * doubled
        return min(pause, self.behaviour.retry_cap_s)

    def begin(self, delivery: Delivery) -> tuple[bytes, str]:
        """Note an attempt; return the bytes to post and their signature."""
        delivery.last_at = self.clock.now()
        delivery.first_at = delivery.first_at or delivery.last_at
        delivery.attempts += 1
        self.world.counters["webhook_posts"] += 1
        self.world.counters["webhook_retries"] += delivery.attempts > 1
        if delivery.attempts == 1:
            self.log.append(delivery)
        body = delivery.body.encode()
        return body, signature(self.world.app.secret, body)

    def conclude(self, delivery: Delivery, status: str) -> bool:
        """Note how an attempt ended; tell whether it is done: only 200 is success, as for Meta."""
        delivery.status = status
        if status != _OK:
            return False
        if self.deliveries.get(delivery.id) is delivery:
            del self.deliveries[delivery.id]
        return True

    async def _attempt(self, delivery: Delivery) -> bool:
        """Post `delivery` once; tell whether it was answered with 200."""
        body, signed = self.begin(delivery)
        headers = {**_HEADERS, "X-Hub-Signature-256": signed}
        self._posting += 1
        try:
            answer = await self.client.post(
                delivery.url,
                content=body,
                headers=headers,
                timeout=self.behaviour.webhook_timeout_s,
            )
            status = str(answer.status_code)
        except httpx.HTTPError as error:
            status = type(error).__name__
        finally:
            self._posting -= 1
            self._slot_free.set()
        return self.conclude(delivery, status)
