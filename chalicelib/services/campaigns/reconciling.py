"""Reconciling: the ledger is recounted from the rows, and where the counters differ they are set
right and the difference is kept.

A recount counts part after part for a while and hands the rest to the plan queue, with what it has
counted on the campaign: so no campaign is too large for a Lambda, and the memory is that of one
part. The portions are tied together by conditional writes: of two copies of a message one goes on,
after a death the message comes again and counts on from what was noted, and a newer recount ends an
older one.

    while it counted                           the counters
    nothing moved, they agree                  stay
    nothing moved, they differ                 stay: who has written a row may be about to count it;
                                               it is counted again when they are done, or dead
    the same, as the count before it           are corrected, and the difference is kept for good
    they moved, or a sender had a chunk        stay: the difference would be of the moment only; a
                                               settling campaign is counted again at once

It is counted four times at most. What nobody could say then is for the next recount.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.ids import ordered_id
from chalicelib.core.log import log
from chalicelib.services.campaigns import dispatch, ledger, parts
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.chunks import CLAIMED, Chunks
from chalicelib.storage.recounts import DifferenceRow, Recounts

# Well within the planner's timeout; a route has less, for API Gateway gives up at 29 s.
BUDGET_MS = 60_000
ROUTE_BUDGET_MS = 10_000
# The queue gives a message back after 30 minutes; a recount that was silent for longer is dead.
SILENT_MS = 3_600_000
# Between two counts where somebody waits: whoever is neither dead nor in trouble gets from a row to
# its counter in it. Elsewhere it is the time between ticks, by default as long as any webhook,
# sender or worker of the inbound queue may run.
PAUSE_S = 3.0
_TRIES = 4

Pause = Callable[[float], None]
Found = Mapping[str, Any]


def reconcile(
    ctx: TenantContext,
    row: CampaignRow,
    clock: Clock = SYSTEM_CLOCK,
    *,
    budget_ms: int | None = None,
    pause: Pause | None = None,
) -> Found | None:
    """Recount the ledger and correct the counters; return what was found, as the campaign keeps it.

    None where the queue goes on with it, after `budget_ms` or to count again, or where somebody
    began a newer one. With `pause`, which waits so many seconds, it is counted again here. What is
    kept names `ctx.user_id` as who asked. 0.5 RRU a recipient, an S3 request and a query a part;
    the same once more where the counters differ.
    """
    now_ms = clock.now_ms()
    run = ordered_id("rec", now_ms)
    if not Recounts(ctx, row.id).begin(row, run, _begun(ctx.user_id, now_ms)):
        return None
    return _count(ctx, row, run, clock, BUDGET_MS if budget_ms is None else budget_ms, pause)


def go_on(ctx: TenantContext, campaign_id: str, run: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Go on with a recount where it stands; quiet if it is over, or another counts now."""
    row = Campaigns(ctx).get(campaign_id)
    if row.recount_run == run:
        _count(ctx, row, run, clock, BUDGET_MS)


def is_under_way(row: CampaignRow, now_ms: int) -> bool:
    """Tell whether a recount is being made that is not dead."""
    kept = row.recounting
    return kept is not None and now_ms - int(kept["at"]) < SILENT_MS


def _begun(
    asked_by: str, now_ms: int, tries: int = 1, seen: Mapping[str, int] | None = None
) -> dict[str, Any]:
    return {
        "asked_by": asked_by,
        "started_at": now_ms,
        "at": now_ms,
        "tries": tries,
        "seen": seen,
        "is_moving": False,
        "tally": ledger.Tally().as_json(),
    }


def _count(
    ctx: TenantContext,
    row: CampaignRow,
    run: str,
    clock: Clock,
    budget_ms: int,
    pause: Pause | None = None,
) -> Found | None:
    until_ms = clock.now_ms() + budget_ms
    kept = dict(row.recounting or {})
    tally = ledger.tally_from_json(kept["tally"])
    following = _count_parts(ctx, row, kept, tally, clock, until_ms)
    if following is not None:
        kept |= {"tally": tally.as_json(), "at": clock.now_ms()}
        if Recounts(ctx, row.id).advance(row, run, following, kept):
            dispatch.send_recount(ctx, row.id, run)
        return None
    is_moving, drift = _is_moving(ctx, row, kept), dict(tally.ledger(kept["before"]).drift)
    if not is_moving and drift in ({}, kept.get("seen")):
        return _finish(ctx, row, run, tally, kept, clock.now_ms())
    if kept["tries"] >= _TRIES or (is_moving and row.state != "settling"):
        return _finish(ctx, row, run, tally, kept | {"is_moving": True}, clock.now_ms())
    seen = kept.get("seen") if is_moving else drift
    again = _begun(kept["asked_by"], clock.now_ms(), kept["tries"] + 1, seen)
    is_later = pause is None and not is_moving
    if is_later:
        # First: one that comes though the write below was never made counts on from what is noted.
        delay_s = min(settings().settle_interval_s, dispatch.MAX_DELAY_S)
        dispatch.send_recount(ctx, row.id, run, delay_s=delay_s)
    if not Recounts(ctx, row.id).repeat(row, run, again) or is_later:
        return None
    if pause is not None and not is_moving:
        pause(PAUSE_S)
    return _count(ctx, row, run, clock, max(0, until_ms - clock.now_ms()), pause)


def _count_parts(
    ctx: TenantContext,
    row: CampaignRow,
    kept: dict[str, Any],
    tally: ledger.Tally,
    clock: Clock,
    until_ms: int,
) -> int | None:
    """Count part after part, one at least; return where to go on, None where all are counted."""
    if row.recount_part == 0:
        kept["before"] = _counters(ctx, row)
    for number in range(row.recount_part, row.parts):
        now_ms = clock.now_ms()
        if number > row.recount_part and now_ms >= until_ms:
            return number
        for outcome in ledger.part_outcomes(ctx, row, number, now_ms):
            tally.add(outcome)
        if _is_being_sent(ctx, row, number, now_ms):
            kept["is_moving"] = True
    return None


def _is_being_sent(ctx: TenantContext, row: CampaignRow, number: int, now_ms: int) -> bool:
    """Tell whether a sender has a chunk of a part, whose rows it counts when it is done.

    Asked after the rows were read: who is done by then has moved the counters. A query for the part
    and for each retry of it.
    """
    return any(
        chunk.state == CLAIMED and chunk.lease_until > now_ms
        for generation in range(row.generation + 1)
        for chunk in Chunks(ctx, row.id).of_part(parts.part_of(number, generation, row.parts))
    )


def _is_moving(ctx: TenantContext, row: CampaignRow, kept: Mapping[str, Any]) -> bool:
    """Tell whether rows may have changed while they were counted. 1 RRU a shard."""
    return bool(kept["is_moving"]) or kept["before"] != _counters(ctx, row)


def _counters(ctx: TenantContext, row: CampaignRow) -> dict[str, int]:
    return dict(ledger.corrected(row, Campaigns(ctx).counters(row.id)))


def _finish(
    ctx: TenantContext,
    row: CampaignRow,
    run: str,
    tally: ledger.Tally,
    kept: Mapping[str, Any],
    now_ms: int,
) -> Found | None:
    recounts = Recounts(ctx, row.id)
    book = tally.ledger(kept["before"])
    drift = {} if kept["is_moving"] else dict(book.drift)
    found = {
        "at": now_ms,
        "started_at": kept["started_at"],
        "asked_by": kept["asked_by"],
        "drift": drift,
        "is_moving": kept["is_moving"],
        "is_balanced": book.is_balanced,
        "is_settled": book.is_settled,
        "charges": dict(book.charges),
        "countries": dict(book.countries),
    }
    if not drift:
        return found if recounts.finish(row, run, found) else None
    log.warning("counters differed", extra={"campaign_id": row.id, "counters": len(drift)})
    total = Counter(row.corrections or {})
    for name, count in drift.items():
        total[name] += count
    difference = DifferenceRow(
        found_at=now_ms,
        asked_by=kept["asked_by"],
        before=kept["before"],
        counted=dict(tally.counted),
        drift=drift,
    )
    return found if recounts.finish(row, run, found, total, difference) else None
