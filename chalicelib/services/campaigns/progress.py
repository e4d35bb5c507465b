"""A campaign as the API shows it, with its live progress."""

from __future__ import annotations

from typing import cast

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, iso_or_none, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.campaign_states import CampaignState
from chalicelib.schemas.campaigns import CampaignList, CampaignOut, ScheduleOut
from chalicelib.services.campaigns import ledger
from chalicelib.storage.campaigns import CampaignRow, Campaigns

_SENDING = frozenset({"accepted", "held", "sent", "delivered", "read"})


def get(ctx: TenantContext, campaign_id: str) -> CampaignOut:
    """Return a campaign with its live progress. 1 RRU and one query."""
    return view(ctx, Campaigns(ctx).get(campaign_id))


def page(ctx: TenantContext, query: PageQuery) -> CampaignList:
    """Return a page of campaigns, newest first. One query, and a request for 12 campaigns."""
    found = Campaigns(ctx).page(query.limit, query.cursor)
    counters = Campaigns(ctx).counters_of([row.id for row in found.items])
    return CampaignList(
        items=[_view(row, ledger.by_counters(row, counters[row.id])) for row in found.items],
        next_cursor=found.next_cursor,
    )


def view(ctx: TenantContext, row: CampaignRow, clock: Clock = SYSTEM_CLOCK) -> CampaignOut:
    """Return a campaign as the API shows it. One request."""
    return _view(row, ledger.live(ctx, row), clock)


def _view(row: CampaignRow, book: ledger.Ledger, clock: Clock = SYSTEM_CLOCK) -> CampaignOut:
    handed = sum(count for state, count in book.states.items() if state in _SENDING)
    rate = _rate(row, handed + book.states["failed"], clock)
    waiting = book.states["queued"] + book.states["claimed"]
    is_sending = row.state == "running" and rate is not None and rate > 0
    return CampaignOut(
        id=row.id,
        name=row.name,
        state=cast(CampaignState, row.state),
        state_reason=row.state_reason,
        number_id=row.number_id,
        template_id=row.template_id,
        audience=book.audience,
        audience_of=row.audience_filter,
        variables=row.variables,
        has_dry_run=row.dry_run is not None and row.dry_run_id is not None,
        states=dict(book.states),
        answered=book.answered,
        schedule=_schedule(row),
        send_at=row.send_at,
        canary_percent=row.canary_percent,
        canary_wait_s=row.canary_wait_s,
        retries=row.generation,
        created_at=to_iso(row.created_at),
        launched_at=iso_or_none(row.launched_at),
        completed_at=iso_or_none(row.completed_at),
        rate_per_s=rate,
        eta_s=round(waiting / rate) if is_sending and rate else None,
    )


def _schedule(row: CampaignRow) -> ScheduleOut | None:
    kept = row.schedule
    if kept is None or row.state != "scheduled":
        return None
    return ScheduleOut(
        at=kept["at"],
        time_zone=kept["time_zone"],
        starts_at=to_iso(kept["at_ms"]),
        note=kept["note"],
    )


def _rate(row: CampaignRow, handed: int, clock: Clock) -> float | None:
    """Return messages handed to Meta a second, from the first to the last (or to now)."""
    if row.first_sent_at is None or handed == 0:
        return None
    if row.generation:
        return None  # the first message left long before the ones that are sent now
    end_ms = row.sending_finished_at or clock.now_ms()
    return round(handed * 1000 / max(1000, int(end_ms) - row.first_sent_at), 1)
