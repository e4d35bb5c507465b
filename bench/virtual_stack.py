"""Parley in virtual time: its own handlers fed from queues, and a Meta that counts.

Real are the planner, the tick, the pacing, the sender and all that they call; AWS is the Cloud in
memory in place of botocore's calls, and Meta stands in place of the HTTP client. Each sender is a
process of its own as in Lambda: it has its own event loop and its own pace.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.cloud.services import Cloud
from bench.virtual_time import Kernel
from chalicelib.services.campaigns.pace import Pace
from chalicelib.whatsapp.errors import error_from_body
from chalicelib.whatsapp.message_sender import Accepted
from sandbox.rules.limits import SlidingSecond

VISIBILITY_MS = 360_000
MOST_RECEIVES = 5
_POLL_MS = 50.0
_PICK_UP_MS = 20.0
_ONE_WAY_MS = (12.0, 40.0)

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@dataclass
class Meta:
    """Takes messages with a number's limit, counted as the sandbox counts it."""

    kernel: Kernel
    limit_per_s: int
    windows: dict[str, SlidingSecond] = field(default_factory=dict)
    peaks: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    accepted: Counter[str] = field(default_factory=Counter)
    first_ms: dict[str, float] = field(default_factory=dict)
    last_ms: dict[str, float] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    def note(self, number: str) -> None:
        """Count a message of the inbox: it cannot be refused."""
        window = self.windows.setdefault(number, SlidingSecond())
        self._see(number, window.note(self.kernel.now / 1000))

    def _see(self, number: str, count: int) -> None:
        self.peaks[number] = max(self.peaks[number], count)

    async def send(self, number: str, _token: str, payload: Mapping[str, Any]) -> Accepted:
        """Take a message, or refuse it with 130429, as Meta does after the way to it."""
        assert payload["biz_opaque_callback_data"]
        await asyncio.sleep(self.chance.uniform(*_ONE_WAY_MS) / 1000)
        now_s = self.kernel.now / 1000
        window = self.windows.setdefault(number, SlidingSecond())
        is_allowed = window.allows(now_s, self.limit_per_s)
        if is_allowed:
            self._see(number, window.note(now_s))
            self.accepted[number] += 1
            self.first_ms.setdefault(number, self.kernel.now)
            self.last_ms[number] = self.kernel.now
        else:
            self.refused += 1
        await asyncio.sleep(self.chance.uniform(*_ONE_WAY_MS) / 1000)
        if not is_allowed:
            body = {"error": {"code": 130429, "message": "(#130429) Rate limit hit"}}
            raise error_from_body(400, body)
        return Accepted(f"wamid.{number}.{self.accepted[number]}", None, is_held=False)


class Paces:
    """The paces of as many processes as there are threads."""

    def __init__(self) -> None:
        self._own = threading.local()

    def of(self, number_id: str, rate_per_s: int) -> Pace:
        """Return the pace of a number in the calling thread's process."""
        known: dict[str, Pace] = self._own.__dict__.setdefault("paces", {})
        pace = known.get(number_id)
        if pace is None or pace.rate_per_s != rate_per_s:
            pace = known[number_id] = Pace(rate_per_s)
        return pace


def consume(kernel: Kernel, cloud: Cloud, name: str, handler: Handler) -> Callable[[], None]:
    """Return the work of one invocation after another of a queue's consumer."""
    queue = cloud.queues[name]

    def work() -> None:
        while True:
            message = queue.take(kernel.now_ms())
            if message is None:
                kernel.sleep(_POLL_MS)
                continue
            kernel.sleep(_PICK_UP_MS)
            record = {"messageId": f"{name}-{message.serial}", "body": message.body}
            if handler({"Records": [record]}, None)["batchItemFailures"]:
                queue.again(message, kernel.now_ms() + VISIBILITY_MS, most=MOST_RECEIVES)

    return work


def envelope(body: str) -> dict[str, Any]:
    """Return what a queue's message says."""
    content: dict[str, Any] = json.loads(body)
    return content
