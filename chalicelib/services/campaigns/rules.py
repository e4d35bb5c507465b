"""What a business has decided for all its campaigns: time zone, caps, and when one is stopped.

rule                   default  meaning
time_zone              none     of schedules that name none
failure_share_percent  20       a campaign pauses where more of its last 200 failed
frequency_cap          none     marketing messages that a contact gets at most in so many days
quiet_hours            none     nothing is sent then, in the recipient's own time
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.storage.tenants import get_tenant, set_campaign_rules

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
    """Return the rules of the business as they are now. 0.5 RRU."""
    kept: Mapping[str, Any] = get_tenant(ctx.tenant_id).campaign_rules or {}
    return CampaignRules(**kept)


def set_rules(ctx: TenantContext, rules: CampaignRules) -> None:
    """Replace the rules of the business. 1 WRU."""
    set_campaign_rules(ctx.tenant_id, asdict(rules))
