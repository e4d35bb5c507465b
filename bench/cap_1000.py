"""Virtual time: a campaign to 1,000,000 contacts from a number of 1,000 messages a second, sent by
three sender functions at once, while the inbox takes 100 messages a second. Everything that Parley
does for a recipient is done, one by one, by its own planner, tick, pacing and sender; nothing is
extrapolated. AWS is in memory and takes 5 ms a call, Meta takes 12 to 40 ms each way and counts in
a sliding second as the sandbox does, the inbox among it. The inbox's messages come every 10 ms,
each up to 50 ms late, are noted on the number ten times a second, and have come for half a minute
before the launch.

`used_share` is what the campaign sent over what was left of the limit, from the first to the last
tenth; `windows_over` the one-second windows with more than 1,000, counted by the refusals that Meta
makes of them and by the peak that it saw.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from unittest import mock

from bench.bar import Bar, Bench, Figures, say
from bench.cloud import stage
from bench.cloud.attach import at_calls
from bench.cloud.services import Cloud
from bench.crowd import Crowd, Sent
from bench.virtual_stack import Meta, Paces, consume
from bench.virtual_time import Kernel, in_virtual_time
from bench.world import Business, make_business
from chalicelib.handlers.queues import plan, send
from chalicelib.services.campaigns import drafts, handover, sending
from chalicelib.storage.pacing import note_inbox

RECIPIENTS = 1_000_000
LIMIT_PER_S = 1_000
SENDERS = 3
_INBOX_PER_S = 100
_INBOX_BEFORE_MS = 30_000.0
_AWS_S = 0.005


def run(recipients: int = RECIPIENTS) -> Figures:
    """Send the campaign in virtual time."""
    kernel = Kernel()
    cloud = Cloud(stage.PREFIX, kernel)
    meta = Meta(kernel, LIMIT_PER_S)
    tenths: list[tuple[int, float]] = []
    with simulated(kernel, cloud, meta):
        business = make_business(kernel, level="HIGH")
        sent = Sent()
        cloud.dynamodb.tables[f"{stage.PREFIX}messages"] = sent
        cloud.dynamodb.tables[f"{stage.PREFIX}contacts"] = Crowd(business.ctx.tenant_id, recipients)
        launch = partial(drafts.launch, business.ctx, business.draft(kernel).id)
        kernel.start(launch, _INBOX_BEFORE_MS)
        kernel.start(consume(kernel, cloud, "plan", plan.handler))
        for _ in range(SENDERS):
            kernel.start(consume(kernel, cloud, "send", send.handler))
        kernel.start(lambda: _inbox(kernel, meta, business))
        kernel.start(lambda: _watch(kernel, meta, business, recipients, tenths))
        kernel.run()
    number = business.number.phone_number_id
    assert len(sent.states) == meta.accepted[number] == recipients, "somebody was lost or twice"
    (first, first_ms), (last, last_ms) = tenths[0], tenths[-1]
    rate = (last - first) * 1000 / (last_ms - first_ms)
    return {
        "used_share": round(rate / (LIMIT_PER_S - _INBOX_PER_S), 4),
        "windows_over": meta.refused + max(0, meta.peaks[number] - LIMIT_PER_S),
        "peak_in_1s": meta.peaks[number],
        "rate_per_s": round(rate, 1),
        "virtual_minutes": round((meta.last_ms[number] - meta.first_ms[number]) / 60_000, 2),
    }


@contextmanager
def simulated(kernel: Kernel, cloud: Cloud, meta: Meta) -> Iterator[None]:
    """Let Parley run in this world, for the block."""
    paces = Paces()

    def sender() -> Meta:
        return meta

    with (
        in_virtual_time(kernel, _AWS_S),
        at_calls(cloud),
        mock.patch.object(sending, "pace_of", paces.of),
        mock.patch.object(handover, "sender_for_running_loop", sender),
    ):
        yield


def _inbox(kernel: Kernel, meta: Meta, business: Business) -> None:
    """Take the inbox's messages, in and out, and note them on the number ten times a second."""
    chance, serial, due_ms = random.Random(11), 0, kernel.now
    late: list[float] = []
    while True:
        for _ in range(_INBOX_PER_S // 10):
            late.append(due_ms + serial * 1000 / _INBOX_PER_S + chance.uniform(0, 50))
            serial += 1
        late.sort()
        end_ms = due_ms + serial * 1000 / _INBOX_PER_S
        arrived = 0
        while late and late[0] <= end_ms:
            kernel.sleep_until(late.pop(0))
            meta.note(business.number.phone_number_id)
            arrived += 1
        note_inbox(business.ctx, business.number.id, arrived, kernel.now_ms())


def _watch(
    kernel: Kernel, meta: Meta, business: Business, recipients: int, tenths: list[tuple[int, float]]
) -> None:
    """Note how far the campaign is at each tenth, and end the world with it."""
    number = business.number.phone_number_id
    while True:
        kernel.sleep(100)
        count = meta.accepted[number]
        if count >= recipients * (len(tenths) + 1) / 10 and len(tenths) < 9:
            tenths.append((count, kernel.now))
            say(f"  {count} sent after {(kernel.now - meta.first_ms[number]) / 1000:.0f} s")
        if count == recipients:
            kernel.sleep(2_000)  # what is in flight gets its row
            kernel.end()


BENCH = Bench(
    "cap-1000",
    "Does a campaign use what is left of 1,000 messages a second, by several senders, and no more?",
    (Bar("used_share", ">=", 0.95), Bar("windows_over", "==", 0)),
    run,
)
