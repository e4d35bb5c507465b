"""What the operator of the platform may do: see businesses, set their plans, suspend and resume.

An operator is a user whom a command made one (`python -m infra.operators grant`), and only while
they have a second factor. They see nothing of a business's customers, messages or tokens, and what
they do to a business stands in its own audit trail as well as in theirs.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.ids import is_id
from chalicelib.core.log import log
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.tenants import (
    LimitsOut,
    PlanName,
    TenantList,
    TenantListItem,
    TenantOverview,
    TenantPlanPatch,
    TenantSuspend,
)
from chalicelib.services.plans import LIMITS, limits_of, plan_of
from chalicelib.services.tenants import details, suspension_of, usage_view, write
from chalicelib.storage.base import Change
from chalicelib.storage.tenants import (
    TenantRow,
    change_tenant,
    check_tenant,
    list_tenants,
)


def page(query: PageQuery) -> TenantList:
    """Return a page of all businesses, the newest first. One query, 0.5 RRU each."""
    found = list_tenants(query.limit, query.cursor)
    return TenantList(
        items=[
            TenantListItem(
                id=row.id,
                name=row.name,
                slug=row.slug,
                country=row.country,
                plan=cast("PlanName", plan_of(row)),
                suspension=suspension_of(row),
                created_at=to_iso(int(row.created_at)),
            )
            for row in found.items
        ],
        next_cursor=found.next_cursor,
    )


def get(_ctx: TenantContext, tenant_id: str, clock: Clock = SYSTEM_CLOCK) -> TenantOverview:
    """Return a business, its plan and what it uses of it; raise NotFound. 1.5 RRU."""
    return _overview(_find(tenant_id), clock.now_ms())


def change_plan(
    tenant_id: str, body: TenantPlanPatch, if_match: str | None, clock: Clock = SYSTEM_CLOCK
) -> TenantOverview:
    """Give a business another plan, or exceptions from it; they count at once. 1 WRU, 1.5 RRU.

    What the business has beyond a lower limit stays; it can only not grow. Raises NotFound,
    PreconditionFailed.
    """
    row = _find(tenant_id)
    changes: list[Change] = []
    if body.plan is not None:
        changes.append(TenantRow.plan.set(body.plan))
    if body.limits is not None:
        kept = dict(row.limits or {})
        for name in body.limits.model_fields_set:
            value = getattr(body.limits, name)
            if value is None:
                kept.pop(name, None)
            else:
                kept[name] = value
        changes.append(TenantRow.limits.set(kept))
        # The exceptions are written whole, so only over those that were read.
        if_match = if_match or f'"{row.version or 0}"'
    return _overview(write(row.id, changes, if_match), clock.now_ms())


def suspend(
    ctx: TenantContext, tenant_id: str, body: TenantSuspend, clock: Clock = SYSTEM_CLOCK
) -> TenantOverview:
    """Suspend a business; see services/suspension.py for what that means. 1 WRU, 1.5 RRU.

    Again it is Conflict `already_suspended`; so is suspending one's own business.
    """
    row = _find(tenant_id)
    if tenant_id == ctx.tenant_id:
        raise Conflict("This is your own business; another operator has to do it.")
    changed = change_tenant(
        row.id,
        TenantRow.suspended_at.set(clock.now_ms()),
        TenantRow.suspended_reason.set(body.reason),
        TenantRow.suspended_by.set(ctx.user_id),
        only_if=TenantRow.suspended_at.does_not_exist(),
    )
    if changed is None:
        raise Conflict("The business is suspended already.", code="already_suspended")
    log.warning("a business was suspended", extra={"suspended_tenant_id": row.id})
    return _overview(changed, clock.now_ms())


def resume(tenant_id: str, clock: Clock = SYSTEM_CLOCK) -> TenantOverview:
    """Lift a suspension; campaigns that it paused wait for a person. 1 WRU, 1.5 RRU.

    Raises NotFound, Conflict `not_suspended`.
    """
    row = _find(tenant_id)
    changed = change_tenant(
        row.id,
        TenantRow.suspended_at.remove(),
        TenantRow.suspended_reason.remove(),
        TenantRow.suspended_by.remove(),
        only_if=TenantRow.suspended_at.exists(),
    )
    if changed is None:
        raise Conflict("The business is not suspended.", code="not_suspended")
    log.info("a business was resumed", extra={"resumed_tenant_id": row.id})
    return _overview(changed, clock.now_ms())


def _find(tenant_id: str) -> TenantRow:
    row = check_tenant(tenant_id) if is_id("ten", tenant_id) else None
    if row is None:
        raise NotFound("There is no such business.")
    return row


def _overview(row: TenantRow, now_ms: int) -> TenantOverview:
    own = row.limits or {}
    return TenantOverview(
        tenant=details(row),
        limits=LimitsOut(**asdict(limits_of(row))),
        exceptions={name: value for name, value in own.items() if name in LIMITS},
        usage=usage_view(row, now_ms),
    )
