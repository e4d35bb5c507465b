"""When a campaign will be done: a forecast from what it, its number and its business tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.services.allowance import TIERS, portfolio_of
from chalicelib.services.campaigns import permits
from chalicelib.services.campaigns.forecast import Course, Forecast, canary_ms, forecast
from chalicelib.services.campaigns.ledger import Ledger
from chalicelib.services.campaigns.pace import HEADROOM
from chalicelib.services.campaigns.walking import Plan, plan_from_json
from chalicelib.storage.accounts import Accounts
from chalicelib.storage.allowance import started_in_24h
from chalicelib.storage.campaigns import CampaignRow
from chalicelib.storage.numbers import NumberRow, Numbers, messages_per_s
from chalicelib.storage.usage import messages_today


def forecast_of_launch(
    ctx: TenantContext, row: CampaignRow, plan: Plan, number: NumberRow, now_ms: int
) -> Forecast | None:
    """Return when a draft would be done that is launched now, by what its dry run found.

    13 RRU where there is a messaging limit.
    """
    found: Mapping[str, Any] = row.dry_run
    return forecast(
        Course(
            left=int(found["planned"]),
            now_ms=now_ms,
            launched_ms=now_ms,
            zones=found.get("zones", {}),
            canary_ms=canary_ms(row.canary_percent, row.canary_wait_s, None, now_ms),
            **_rules(ctx, row, plan, number, now_ms),
        )
    )


def forecast_of_running(
    ctx: TenantContext, row: CampaignRow, book: Ledger, pace_per_s: float | None, now_ms: int
) -> Forecast | None:
    """Return when a running campaign will be done, at the pace it has had of late.

    15 RRU where there is a messaging limit.
    """
    number, plan = Numbers(ctx).get(row.number_id), plan_from_json(row.plan)
    return forecast(
        Course(
            left=book.states["queued"] + book.states["claimed"],
            now_ms=now_ms,
            launched_ms=row.launched_at or row.created_at,
            zones=row.zones or {},
            pace_per_s=pace_per_s,
            canary_ms=canary_ms(row.canary_percent, row.canary_wait_s, row.canary, now_ms),
            is_held=row.waiting is not None and row.waiting["kind"] == "held",
            **_rules(ctx, row, plan, number, now_ms),
        )
    )


def _rules(
    ctx: TenantContext, row: CampaignRow, plan: Plan, number: NumberRow, now_ms: int
) -> dict[str, Any]:
    """Return the members of a Course that the rules of the campaign and the number make."""
    limit, used = TIERS.get(number.messaging_limit or ""), 0
    if limit is not None:
        used = started_in_24h(portfolio_of(Accounts(ctx).get(number.waba_id)), now_ms)
    per_day = permits.permit_of(ctx).messages_per_day
    return {
        "per_day": per_day,
        "used_today": 0 if per_day is None else messages_today(ctx.tenant_id, now_ms),
        "fallback_zone": plan.time_zone,
        "send_at": row.send_at,
        "quiet": plan.quiet_hours,
        "full_per_s": messages_per_s(number) * HEADROOM,
        "limit": limit,
        "used": used,
    }
