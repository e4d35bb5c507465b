"""The planner's own handler in this process, page after page, over 100,000 contacts as they are
kept: with a name, a phone, a tag and two fields. AWS is in memory at the wire: botocore serialises,
signs and parses, and the time that answering takes is taken off.

`ms_per_recipient` is the CPU of the whole process for a recipient, from the first page to the tick
that hands out the first chunks.
"""

from __future__ import annotations

import gc
import time

from bench.bar import Bar, Bench, Figures, say
from bench.cloud import stage
from bench.cloud.attach import at_calls, at_wire
from bench.cloud.services import Cloud
from bench.world import add_contacts, make_business
from chalicelib.core.clock import SYSTEM_CLOCK
from chalicelib.handlers.queues import plan
from chalicelib.services.campaigns import drafts
from chalicelib.storage.campaigns import Campaigns

CONTACTS = 100_000


def run() -> Figures:
    """Plan one campaign to everybody."""
    cloud = Cloud(stage.PREFIX, SYSTEM_CLOCK)
    with at_calls(cloud):
        business = make_business(SYSTEM_CLOCK)
        say(f"  writing {CONTACTS} contacts")
        add_contacts(business, CONTACTS, SYSTEM_CLOCK)
        campaign = business.draft(SYSTEM_CLOCK)
        drafts.launch(business.ctx, campaign.id)
    say("  planning")
    queue = cloud.queues["plan"]
    gc.collect()
    gc.freeze()  # the contacts are AWS's memory, not the planner's
    with at_wire(cloud) as wire:
        before = time.process_time()
        while not cloud.queues["send"].waiting:
            message = queue.take(1 << 62)
            assert message is not None
            record = {"messageId": str(message.serial), "body": message.body}
            assert plan.handler({"Records": [record]}, None) == {"batchItemFailures": []}
        spent_s = time.process_time() - before - wire.cpu_s
    with at_calls(cloud):
        planned = Campaigns(business.ctx).get(campaign.id).planned
    assert planned == CONTACTS, planned
    return {"ms_per_recipient": round(spent_s * 1000 / planned, 4)}


BENCH = Bench(
    "plan-cpu",
    "How much CPU does a recipient take to be planned?",
    (Bar("ms_per_recipient", "<=", 0.2),),
    run,
)
