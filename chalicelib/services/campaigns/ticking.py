"""The tick: a look at a campaign every now and then, which keeps it going and ends it.

    state      what a tick does
    planning   once everybody is planned, goes on to running: whoever planned the last may have died
    running    hands out the chunks that are due next, and those whose sender or message was lost,
               unless the campaign has to wait or to pause (protection);
               when every chunk is done, goes on to settling
    settling   tries again whom Meta refused for a rate only (retrying); when every outcome is
               known, or time is up: recounts, and completes
    cancelled  has dead senders' chunks looked after, recounts, and ends
    else       ends; resuming begins a new chain

A tick sends its successor before it notes that it is done. Should it be delivered twice, both send
the same number, and of the copies only the first to note its number goes on. Should it die between
the two, its successor finds that and goes on in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Unavailable
from chalicelib.services.campaigns import (
    dispatch,
    ledger,
    lifecycle,
    planning,
    protection,
    reconciling,
    retrying,
)
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.chunks import CLAIMED, DONE, ChunkRow, Chunks
from chalicelib.storage.numbers import Numbers, messages_per_s

GRACE_MS = 30_000
LEAD_S = 2  # a chunk is with its sender so long before its turn, however the queue dallies


def tick(ctx: TenantContext, campaign_id: str, number: int, clock: Clock = SYSTEM_CLOCK) -> None:
    """Look at the campaign. One read of its chunks; 1 WRU and 0.1 SQS requests a chunk sent out.

    Raises Unavailable for a number that is not written yet: SQS delivers the tick again.
    """
    campaigns = Campaigns(ctx)
    row = campaigns.get(campaign_id)
    if number < row.tick or (number > row.tick and not _succeeds(campaigns, row, number)):
        return
    interval_s = settings().settle_interval_s
    if row.state == "planning" and not _begins(ctx, row):
        dispatch.send_tick(ctx, row, number, delay_s=min(interval_s, dispatch.MAX_DELAY_S))
        return
    match row.state:
        case "running":
            _keep_going(ctx, row, interval_s, clock)
        case "settling":
            _settle(ctx, row, clock)
        case "cancelled":
            _close(ctx, row, interval_s, clock)
        case _:
            return
    if row.state in {"running", "settling"}:
        dispatch.send_tick(ctx, row, number + 1, delay_s=min(interval_s, dispatch.MAX_DELAY_S))
        campaigns.advance_tick(row, number)


def _succeeds(campaigns: Campaigns, row: CampaignRow, number: int) -> bool:
    """Tell whether a tick goes on in the place of the one before it, which died; then note that."""
    if row.state in {"running", "settling"} and number == row.tick + 1:
        campaigns.advance_tick(row, row.tick)
        return row.tick == number
    if row.state == "paused":
        raise Unavailable("The resuming that sent this tick is not written yet.")
    return False  # it is over, or a retry begins a chain of its own


def _begins(ctx: TenantContext, row: CampaignRow) -> bool:
    """Have the campaign run if everybody is planned; False if that is not so yet."""
    if not planning.is_planned(ctx, row):
        return False
    lifecycle.begin_sending(ctx, row)
    return row.state != "planning"


def _keep_going(ctx: TenantContext, row: CampaignRow, interval_s: int, clock: Clock) -> None:
    chunks = list(Chunks(ctx, row.id).all())
    if all(chunk.state == DONE for chunk in chunks):
        finished_ms = max((chunk.finished_at for chunk in chunks), default=clock.now_ms())
        lifecycle.apply(
            ctx,
            row,
            "settle",
            CampaignRow.settling_at.set(clock.now_ms()),
            CampaignRow.sending_finished_at.set(finished_ms),
        )
        return
    chunks = protection.goes_on(ctx, row, chunks, clock)
    if row.state != "running" or not chunks:
        return
    rate_per_s = messages_per_s(Numbers(ctx).get(row.number_id))
    horizon_s = min(2 * interval_s + 5, dispatch.MAX_DELAY_S)
    _hand_out(ctx, row, chunks, rate_per_s * horizon_s, rate_per_s, clock)


def _hand_out(
    ctx: TenantContext,
    row: CampaignRow,
    chunks: list[ChunkRow],
    budget: int,
    rate_per_s: int,
    clock: Clock,
) -> None:
    """Put chunks on the queue until `budget` messages are on their way; none is there twice.

    The note that a chunk is on the queue comes first: a chunk whose message was never sent is
    handed out again when its note runs out.
    """
    now_ms = clock.now_ms()
    ahead = sum(c.size for c in chunks if c.state != DONE and c.dispatched_until > now_ms)
    due: list[tuple[str, int, int | None]] = []
    for chunk in chunks:
        if ahead >= budget:
            break
        if not is_due(chunk, now_ms):
            continue
        delay_s = max(0, ahead // rate_per_s - LEAD_S)
        Chunks(ctx, row.id).note_dispatch(chunk, now_ms + delay_s * 1000 + GRACE_MS)
        due.append((chunk.chunk_id, delay_s, None))
        ahead += chunk.size
    dispatch.send_chunks(ctx, row.id, due)


def is_due(chunk: ChunkRow, now_ms: int) -> bool:
    """Tell whether a chunk needs a message on the queue: nobody has it and none is on its way."""
    if chunk.state == DONE or max(chunk.dispatched_until, chunk.due_at) > now_ms:
        return False
    return bool(chunk.state != CLAIMED or chunk.lease_until < now_ms)


def _settle(ctx: TenantContext, row: CampaignRow, clock: Clock) -> None:
    """Complete the campaign when a recount finds nothing open, or time is up.

    The first look is always a recount: a sender that died leaves its chunk's counts behind.
    """
    if retrying.begin_by_itself(ctx, row, clock):
        return
    since_ms = row.settling_at or clock.now_ms()
    over_ms = since_ms + settings().settle_timeout_s * 1000
    counted = row.recount
    if counted is None or not _is_final(counted, since_ms, over_ms):
        is_first = counted is None or counted.get("started_at", 0) < since_ms
        is_over = clock.now_ms() > over_ms
        if reconciling.is_under_way(row, clock.now_ms()):
            return
        if not (is_first or is_over or ledger.live(ctx, row).is_settled):
            return
        counted = reconciling.reconcile(ctx, row, clock)
    if counted is not None and _is_final(counted, since_ms, over_ms):
        lifecycle.apply(ctx, row, "complete", CampaignRow.completed_at.set(clock.now_ms()))


def _is_final(counted: Mapping[str, Any], since_ms: int, over_ms: int) -> bool:
    """Tell whether a recount that began at or after `since_ms` ends the settling."""
    started_ms = counted.get("started_at", 0)
    is_settled = bool(counted.get("is_settled"))
    return started_ms >= since_ms and (is_settled or started_ms > over_ms)


def _close(ctx: TenantContext, row: CampaignRow, interval_s: int, clock: Clock) -> None:
    chunks = list(Chunks(ctx, row.id).all())
    now_ms = clock.now_ms()
    orphans = [c for c in chunks if c.state == CLAIMED]
    if orphans:
        dead: list[tuple[str, int, int | None]] = [
            (c.chunk_id, 0, None) for c in orphans if c.lease_until < now_ms
        ]
        dispatch.send_chunks(ctx, row.id, dead)
        dispatch.send_tick(ctx, row, row.tick + 1, delay_s=interval_s)
        Campaigns(ctx).advance_tick(row, row.tick)
        return
    reconciling.reconcile(ctx, row, clock)
