"""What a business may have: the plans, and where its operator made an exception.

    plan       contacts   messages a day  users  numbers  API keys  campaigns at once
    starter        1,000           1,000      3        1         2                  1
    growth        50,000          50,000     25        5        10                  5
    business   1,000,000       1,000,000    250       50       100                 50
    unlimited         no limit anywhere

Messages are those of campaigns, and templates that are sent one by one; answers within a customer's
24 hours are never counted. A customer who writes in becomes a contact whatever the limit says.
Limits count where something grows: what there is already stays when a limit is lowered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.storage.tenants import TenantRow, get_tenant


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of each thing; None is no limit."""

    contacts: int | None = None
    messages_per_day: int | None = None
    users: int | None = None
    numbers: int | None = None
    api_keys: int | None = None
    campaigns: int | None = None


PLANS: dict[str, Limits] = {
    "starter": Limits(1_000, 1_000, 3, 1, 2, 1),
    "growth": Limits(50_000, 50_000, 25, 5, 10, 5),
    "business": Limits(1_000_000, 1_000_000, 250, 50, 100, 50),
    "unlimited": Limits(),
}
LIMITS = tuple(one.name for one in fields(Limits))


def plan_of(tenant: TenantRow) -> str:
    """Return the name of a tenant's plan; the deployment's default where it has none (any more)."""
    return tenant.plan if tenant.plan in PLANS else settings().default_plan


def limits_of(tenant: TenantRow) -> Limits:
    """Return what a tenant may have: its plan, with its operator's exceptions."""
    own: Mapping[str, int] = tenant.limits or {}
    kept = {name: value for name, value in own.items() if name in LIMITS}
    return Limits(**{**asdict(PLANS[plan_of(tenant)]), **kept})


def limit(ctx: TenantContext, name: str) -> int | None:
    """Return one limit of the tenant as it is now, None for none. 0.5 RRU."""
    found: int | None = getattr(limits_of(get_tenant(ctx.tenant_id)), name)
    return found
