"""What became of a campaign: its ledger with reasons, and what recounts have found."""

from __future__ import annotations

import time
from typing import cast

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, iso_or_none, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.schemas.campaign_states import CampaignState
from chalicelib.schemas.reports import (
    CounterDifference,
    Failure,
    FailureCount,
    RecountProgress,
    ReportOut,
    RetryOut,
    SkipCount,
)
from chalicelib.services.campaigns import ledger, reconciling
from chalicelib.services.campaigns.skips import explain_skip
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.recounts import Recounts
from chalicelib.whatsapp.codes import Explanation, explain

_DIFFERENCES = 20


def report(ctx: TenantContext, campaign_id: str, clock: Clock = SYSTEM_CLOCK) -> ReportOut:
    """Return the ledger by its counters, and what recounts have found. 1 RRU and two queries."""
    row = Campaigns(ctx).get(campaign_id)
    return _report(ctx, row, clock.now_ms())


def reconcile(ctx: TenantContext, campaign_id: str, clock: Clock = SYSTEM_CLOCK) -> ReportOut:
    """Recount the ledger from every recipient's row; a large one goes on in the background.

    Where the counters differ it takes some seconds more, for it is counted twice.
    A campaign that hangs because a message of its was lost goes on, too; see `reviving`. 0.5 RRU a
    recipient; `recounting` tells that it is not done yet.
    """
    from chalicelib.services.campaigns import reviving

    row = Campaigns(ctx).get(campaign_id)
    budget_ms = reconciling.ROUTE_BUDGET_MS
    reconciling.reconcile(ctx, row, clock, budget_ms=budget_ms, pause=time.sleep)
    reviving.revive(ctx, row, clock)
    return _report(ctx, Campaigns(ctx).get(campaign_id), clock.now_ms())


def _report(ctx: TenantContext, row: CampaignRow, now_ms: int) -> ReportOut:
    book = ledger.live(ctx, row)
    counted = row.recount or {}
    return ReportOut(
        campaign_id=row.id,
        state=cast("CampaignState", row.state),
        audience=book.audience,
        states=dict(book.states),
        skipped=dict(book.skipped),
        skips=[
            SkipCount(reason=reason, count=count, **explain_skip(reason)._asdict())
            for reason, count in sorted(book.skipped.items(), key=lambda pair: -pair[1])
        ],
        failed=[
            FailureCount(count=count, **failure_of(code, explain(code)).model_dump())
            for code, count in sorted(book.failed.items(), key=lambda pair: -pair[1])
        ],
        answered=book.answered,
        retries=[RetryOut(**{**one, "at": to_iso(one["at"])}) for one in row.retried or ()],
        reconciled=bool(counted.get("is_balanced")) and book.is_balanced,
        counter_drift=counted.get("drift", {}),
        differences=_differences(ctx, row.id),
        recounting=_progress(row) if reconciling.is_under_way(row, now_ms) else None,
        recounted_at=to_iso(counted["at"]) if counted else None,
        launched_at=iso_or_none(row.launched_at),
        sending_finished_at=iso_or_none(row.sending_finished_at),
    )


def failure_of(code: int | None, words: Explanation) -> Failure:
    """Return what is said of a message that failed, or may have; `code` is Meta's."""
    return Failure(
        code=code,
        title=words.title,
        cause=words.cause,
        whose=words.whose,
        done=words.done,
        next_step=words.next_step,
        is_retryable=words.is_retryable,
    )


def _differences(ctx: TenantContext, campaign_id: str) -> list[CounterDifference]:
    return [
        CounterDifference(
            at=to_iso(one.found_at),
            asked_by=one.asked_by,
            before=one.before,
            counted=one.counted,
            drift=one.drift,
        )
        for one in Recounts(ctx, campaign_id).differences(_DIFFERENCES)
    ]


def _progress(row: CampaignRow) -> RecountProgress | None:
    kept = row.recounting or {}
    return RecountProgress(
        started_at=to_iso(int(kept["started_at"])), parts_done=row.recount_part, parts=row.parts
    )
