"""A campaign whose next message was lost, in the dead letters of a queue, is brought on again.

    state                         what is sent once more
    scheduled, its time past      the launch, as its schedule sends it
    planning, for the first time  the page that is next; all of it if no page is frozen yet
    planning, of a retry          the part that is next
    running, settling, cancelled  the tick
    else                          nothing: there is nothing to come

What was not lost after all is there twice then, which each of these messages stands.
"""

from __future__ import annotations

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.services.campaigns import dispatch, parts, planning
from chalicelib.services.campaigns.walking import plan_from_json
from chalicelib.storage.campaigns import CampaignRow

# EventBridge is precise to a minute, and what passes by itself is tried again for ten.
_LATE_MS = 15 * 60_000
_TICKING = frozenset({"running", "settling", "cancelled"})


def revive(ctx: TenantContext, row: CampaignRow, clock: Clock = SYSTEM_CLOCK) -> None:
    """Send once more what a campaign goes on by. One SQS request, in planning an S3 request."""
    if row.state == "scheduled":
        if row.schedule["at_ms"] + _LATE_MS < clock.now_ms():
            dispatch.send_launch(ctx, row.id, row.schedule_name or "", tries=0, delay_s=0)
        return
    if row.state in _TICKING or (row.state == "planning" and planning.is_planned(ctx, row)):
        dispatch.send_tick(ctx, row, row.tick, delay_s=0)
    elif row.state != "planning":
        return
    elif row.generation:
        dispatch.send_retry(ctx, row.id, row.generation, row.retry_parts)
    elif row.parts == 0:
        planning.start(ctx, row.id, plan_from_json(row.plan), delay_s=0)
    else:
        last = parts.load(ctx, parts.launched(row.id), row.parts - 1)
        dispatch.send_plan(ctx, row.id, row.parts, cursor=last.next_cursor)
