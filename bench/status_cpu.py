"""The webhook's own handler in this process, over messages of a campaign that were accepted: each
gets `sent`, `delivered` and `read`, once with one status a POST and once with 100 a POST. AWS is in
memory at the wire: botocore serialises, signs and parses, and the time that answering takes is
taken off.

`ms_single` and `ms_batch` are the CPU of the whole process, user and system, for a status: the
check of the signature, the reading, the join into the row, and the campaign's counters.
"""

from __future__ import annotations

import gc
import time

from bench.bar import Bar, Bench, Figures, say
from bench.cloud import stage
from bench.cloud.attach import at_calls, at_wire
from bench.cloud.services import Cloud
from bench.deliveries import Update, status_event
from bench.world import make_business
from chalicelib.core.clock import SYSTEM_CLOCK
from chalicelib.core.ids import ordered_id, random_id
from chalicelib.handlers import webhook
from chalicelib.services.callback import MessageKey, encode_callback
from chalicelib.storage.messages import Messages

SINGLE = 1_000
BATCHED = 5_000
_BATCH = 100
_STEPS = ("sent", "delivered", "read")


def run() -> Figures:
    """Deliver the statuses of both kinds of POST."""
    say(f"  {SINGLE * 3} POSTs of one status, {BATCHED * 3 // _BATCH} of {_BATCH}")
    _ms_per_status(200, _BATCH)  # clients, secrets and threads are made once in a process
    return {
        "ms_single": round(_ms_per_status(SINGLE, 1), 4),
        "ms_batch": round(_ms_per_status(BATCHED, _BATCH), 4),
    }


def _ms_per_status(messages: int, size: int) -> float:
    cloud = Cloud(stage.PREFIX, SYSTEM_CLOCK)
    number_id = random_id("num").removeprefix("num_")
    with at_calls(cloud):
        business = make_business(SYSTEM_CLOCK, phone_number_id=number_id)
        sent = [_accepted(business.ctx.tenant_id, n) for n in range(messages)]
        for key, wamid in sent:
            fields = {"wamid": wamid, "to": "+14152000000", "text": "Hello"}
            Messages(business.ctx).record_outgoing(
                key.contact_id, key.message_id, "accepted", fields
            )
        events = [
            status_event(
                [
                    Update(wamid, step, 1_800_000_000 + n, encode_callback(key))
                    for key, wamid in sent[first : first + size]
                ],
                number_id,
            )
            for n, step in enumerate(_STEPS)
            for first in range(0, messages, size)
        ]
    gc.collect()
    gc.freeze()  # the rows are AWS's memory, not the webhook's
    with at_wire(cloud) as wire:
        before = time.process_time()
        for event in events:
            assert webhook.handler(event, None)["statusCode"] == 200
        spent_s = time.process_time() - before - wire.cpu_s
    rows = cloud.dynamodb.tables[f"{stage.PREFIX}messages"].all()
    assert all(row["state"]["S"] == "read" for row in rows)
    return spent_s * 1000 / (messages * len(_STEPS))


def _accepted(tenant_id: str, n: int) -> tuple[MessageKey, str]:
    campaign_id = f"cmp_{'0' * 26}"
    key = MessageKey(
        tenant_id, random_id("con"), ordered_id("msg", 1_800_000_000_000 + n), campaign_id
    )
    return key, f"wamid.BENCH{n:012}"


BENCH = Bench(
    "status-cpu",
    "How much CPU does a status take in the webhook?",
    (Bar("ms_single", "<=", 1.5), Bar("ms_batch", "<=", 0.5)),
    run,
)
