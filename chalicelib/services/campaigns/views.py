"""A campaign as the API shows it: its live progress, and when it will be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, iso_or_none, to_iso
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.campaign_states import CampaignState
from chalicelib.schemas.campaigns import (
    CampaignList,
    CampaignOut,
    ForecastOut,
    ScheduleOut,
)
from chalicelib.services.campaigns import ledger
from chalicelib.services.campaigns.canary import is_canary
from chalicelib.storage.campaigns import CampaignRow, Campaigns

if TYPE_CHECKING:
    from chalicelib.services.campaigns.forecast import Forecast

_SENDING = frozenset({"accepted", "held", "sent", "delivered", "read"})
_FRESH_TICKS = 3


def get(ctx: TenantContext, campaign_id: str, clock: Clock = SYSTEM_CLOCK) -> CampaignOut:
    """Return a campaign with its live progress; costs as `view`."""
    return view(ctx, Campaigns(ctx).get(campaign_id), clock)


def page(ctx: TenantContext, query: PageQuery, clock: Clock = SYSTEM_CLOCK) -> CampaignList:
    """Return a page of campaigns, newest first, without forecasts.

    One query, and a request for 12 campaigns.
    """
    found = Campaigns(ctx).page(query.limit, query.cursor)
    counters = Campaigns(ctx).counters_of([row.id for row in found.items])
    return CampaignList(
        items=[
            _out(row, ledger.by_counters(row, counters[row.id]), None, clock.now_ms())
            for row in found.items
        ],
        next_cursor=found.next_cursor,
    )


def view(ctx: TenantContext, row: CampaignRow, clock: Clock = SYSTEM_CLOCK) -> CampaignOut:
    """Return a campaign as the API shows it. One request; 15 RRU more while it is running."""
    book = ledger.live(ctx, row)
    return _out(row, book, _forecast(ctx, row, book, clock.now_ms()), clock.now_ms())


def forecast_out(found: Forecast | None) -> ForecastOut | None:
    """Return a forecast as the API gives it."""
    if found is None:
        return None
    return ForecastOut(
        not_before=to_iso(found.earliest_ms),
        expected_by=iso_or_none(found.latest_ms),
        waits=list(found.waits),
    )


def _forecast(
    ctx: TenantContext, row: CampaignRow, book: ledger.Ledger, now_ms: int
) -> Forecast | None:
    if row.state != "running":
        return None
    from chalicelib.services.campaigns.outlook import forecast_of_running

    return forecast_of_running(ctx, row, book, _pace(row, now_ms), now_ms)


def _pace(row: CampaignRow, now_ms: int) -> float | None:
    """Return how many messages left in a second of late; None if that is not known, or nothing."""
    kept: Mapping[str, Any] = row.pace or {}
    old_ms = now_ms - kept.get("at", 0)
    is_fresh = old_ms < _FRESH_TICKS * settings().settle_interval_s * 1000
    return kept.get("per_s") or None if is_fresh else None


def _out(row: CampaignRow, book: ledger.Ledger, found: Forecast | None, now_ms: int) -> CampaignOut:
    handed = sum(count for state, count in book.states.items() if state in _SENDING)
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
        rate_per_s=_rate(row, handed + book.states["failed"], now_ms),
        eta_s=_eta_s(row, book, found, now_ms),
        forecast=forecast_out(found),
    )


def _eta_s(
    row: CampaignRow, book: ledger.Ledger, found: Forecast | None, now_ms: int
) -> int | None:
    """Return the seconds to the expected end; without a forecast, as in lists, by the pace alone.

    None where that says nothing: while the campaign waits, or people's own times decide.
    """
    if found is not None:
        return None if found.latest_ms is None else max(0, round((found.latest_ms - now_ms) / 1000))
    pace = _pace(row, now_ms) if row.state == "running" else None
    is_plain = row.waiting is None and row.send_at is None and not is_canary(row)
    if pace is None or not is_plain or (row.plan or {}).get("quiet_hours") is not None:
        return None
    return round((book.states["queued"] + book.states["claimed"]) / pace)


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


def _rate(row: CampaignRow, handed: int, now_ms: int) -> float | None:
    """Return messages handed to Meta a second, from the first to the last (or to now)."""
    if row.first_sent_at is None or handed == 0:
        return None
    if row.generation:
        return None  # the first message left long before the ones that are sent now
    end_ms = row.sending_finished_at or now_ms
    return round(handed * 1000 / max(1000, int(end_ms) - row.first_sent_at), 1)
