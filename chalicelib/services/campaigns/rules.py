"""What a business has decided for all its campaigns: time zone, caps, and when one is stopped.

rule                   default  meaning
time_zone              none     of schedules that name none; none is that of the business
failure_share_percent  20       a campaign pauses where more of its last 200 failed
frequency_cap          none     marketing messages that a contact gets at most in so many days
quiet_hours            none     nothing is sent then, in the recipient's own time
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.storage.tenants import TenantRow, get_tenant, set_campaign_rules

FAILURE_SHARE_PERCENT = 20


@dataclass(frozen=True, slots=True)
class CampaignRules:
    """The rules of one business.

    `frequency_cap` is `{"messages", "days"}`, `quiet_hours` `{"start", "end"}` as `HH:MM`.
    """

    time_zone: str | None = None
    failure_share_percent: int = FAILURE_SHARE_PERCENT
    frequency_cap: Mapping[str, int] | None = None
    quiet_hours: Mapping[str, str] | None = None


def rules_of(ctx: TenantContext) -> CampaignRules:
    """Return the rules that hold for the business now. 0.5 RRU."""
    tenant = get_tenant(ctx.tenant_id)
    rules = _kept(tenant)
    return rules if rules.time_zone is not None else replace(rules, time_zone=tenant.time_zone)


def own_rules(ctx: TenantContext) -> CampaignRules:
    """Return the rules as they were set: without a time zone where that of the business holds.

    0.5 RRU.
    """
    return _kept(get_tenant(ctx.tenant_id))


def _kept(tenant: TenantRow) -> CampaignRules:
    kept: Mapping[str, Any] = tenant.campaign_rules or {}
    return CampaignRules(**kept)


def set_rules(ctx: TenantContext, rules: CampaignRules) -> None:
    """Replace the rules of the business. 1 WRU."""
    set_campaign_rules(ctx.tenant_id, asdict(rules))
