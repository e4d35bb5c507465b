"""The sender's own handler in this process, chunk after chunk, over 5,000 messages of a number with
1,000 messages a second. Meta is a process of its own on the loopback that answers after 30 ms. AWS
is in memory at the wire: botocore serialises, signs and parses, and the time that answering takes
is taken off.

`ms_per_message` is the CPU of the whole process, user and system, for a message, with everything a
chunk needs. `ms_at_80_per_s` is the same for a number of 80 a second, whose process sleeps and
wakes between messages and has fewer rows to write in a request. The profile is of another, short
run at 1,000 a second under cProfile, which makes everything slower: it tells where the time goes,
not how much it is.
"""

from __future__ import annotations

import asyncio
import cProfile
import gc
import io
import os
import pstats
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.bar import Bar, Bench, Figures, note, say
from bench.cloud import stage
from bench.cloud.attach import at_calls, at_wire
from bench.cloud.services import Cloud
from bench.world import add_contacts, make_business
from chalicelib.core.clock import SYSTEM_CLOCK
from chalicelib.core.config import settings
from chalicelib.handlers.queues import plan, send
from chalicelib.services.campaigns import drafts
from chalicelib.whatsapp.message_sender import sender_for_running_loop

MESSAGES = 5_000
_PROFILED = 2_000
_LINES = 25


def run() -> Figures:
    """Send, and send again with a profile."""
    say(f"  {MESSAGES} messages at 1,000 a second")
    with _meta() as port:
        os.environ["GRAPH_URL"] = f"http://127.0.0.1:{port}"
        settings.cache_clear()
        high = _ms_per_message(MESSAGES, "HIGH")
        say(f"  at 1,000 a second: {high:.3f} ms a message; now 80 a second, which takes a minute")
        standard = _ms_per_message(MESSAGES, "STANDARD")
        _profile()
        _close()
    return {"ms_per_message": round(high, 4), "ms_at_80_per_s": round(standard, 4)}


def _close() -> None:
    async def close() -> None:
        await sender_for_running_loop().aclose()

    send._thread.loop.run_until_complete(close())


def _profile() -> None:
    profile = cProfile.Profile()
    _ms_per_message(_PROFILED, "HIGH", profile)
    text = io.StringIO()
    stats = pstats.Stats(profile, stream=text).strip_dirs()
    stats.sort_stats("tottime").print_stats(_LINES)
    note("\n".join(line.rstrip() for line in text.getvalue().strip().splitlines()))


def _ms_per_message(messages: int, level: str, profile: cProfile.Profile | None = None) -> float:
    """Return the milliseconds of CPU that a message takes of this process."""
    cloud = Cloud(stage.PREFIX, SYSTEM_CLOCK)
    with at_calls(cloud):
        business = make_business(SYSTEM_CLOCK, level=level)
        add_contacts(business, messages + 100, SYSTEM_CLOCK)
        drafts.launch(business.ctx, business.draft(SYSTEM_CLOCK).id)
        _work(cloud, "plan", plan.handler)
    records = _take(cloud, "send")
    with at_wire(cloud) as wire:
        _send(records[:1])  # connections, clients and secrets are made once in a process
        gc.collect()
        gc.freeze()  # what is in memory of AWS is the bench's, and not for the sender to go through
        wire.cpu_s, begun = 0.0, len(_rows(cloud))
        before = time.process_time()
        if profile is not None:
            profile.enable()
        _send(records[1:])
        if profile is not None:
            profile.disable()
        spent_s = time.process_time() - before - wire.cpu_s
    sent = len(_rows(cloud)) - begun
    assert sent >= messages - 500, sent
    return spent_s * 1000 / sent


def _rows(cloud: Cloud) -> list[object]:
    return list(cloud.dynamodb.tables[f"{stage.PREFIX}messages"].all())


def _send(records: list[dict[str, str]]) -> None:
    for record in records:
        assert send.handler({"Records": [record]}, None) == {"batchItemFailures": []}


def _work(cloud: Cloud, name: str, handler: object) -> None:
    """Give the planner its pages until nothing but ticks is left."""
    for _ in range(1 + MESSAGES // 100):
        for record in _take(cloud, name):
            assert callable(handler)
            assert handler({"Records": [record]}, None) == {"batchItemFailures": []}
        if cloud.queues["send"].waiting:
            return


def _take(cloud: Cloud, name: str) -> list[dict[str, str]]:
    queue, taken = cloud.queues[name], []
    while (message := queue.take(1 << 62)) is not None:
        taken.append({"messageId": str(message.serial), "body": message.body})
    return taken


@contextmanager
def _meta() -> Iterator[int]:
    command = [sys.executable, "-m", "bench.meta_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            asyncio.set_event_loop(None)
            server.terminate()


BENCH = Bench(
    "send-cpu",
    "How much CPU does a message take of the process that sends it?",
    (Bar("ms_per_message", "<=", 0.8),),
    run,
)
