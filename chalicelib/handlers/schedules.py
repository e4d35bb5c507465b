"""Routes of campaigns that start by themselves."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.handlers.routing import routes
from chalicelib.schemas.campaigns import CampaignOut, CampaignSchedule
from chalicelib.services.campaigns import schedules

api = routes(__name__, "campaigns")
blueprint = api.blueprint

_SCHEDULE = "/api/campaigns/{campaign_id}/schedule"


@api.route("POST", _SCHEDULE, permission="campaigns:write", errors=(Conflict, Invalid))
def schedule_campaign(ctx: TenantContext, campaign_id: str, body: CampaignSchedule) -> CampaignOut:
    """Have a draft start by itself at a local time, or a scheduled campaign at another one."""
    return schedules.schedule(ctx, campaign_id, body)


@api.route("DELETE", _SCHEDULE, permission="campaigns:write", errors=(Conflict,))
def unschedule_campaign(ctx: TenantContext, campaign_id: str) -> CampaignOut:
    """Make a scheduled campaign a draft again."""
    return schedules.unschedule(ctx, campaign_id)
