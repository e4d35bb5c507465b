"""Routes by which a campaign is launched, paused, resumed, cancelled and tried again."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.handlers.routing import routes
from chalicelib.schemas.campaigns import CampaignOut, CampaignRetry
from chalicelib.services.campaigns import drafts, lifecycle, retrying, views

api = routes(__name__, "campaigns")
blueprint = api.blueprint


@api.route(
    "POST",
    "/api/campaigns/{campaign_id}/launch",
    permission="campaigns:write",
    errors=(Conflict,),
)
def launch_campaign(ctx: TenantContext, campaign_id: str) -> CampaignOut:
    """Launch a draft: its audience is frozen, then it is sent at the number's rate."""
    return drafts.launch(ctx, campaign_id)


@api.route(
    "POST",
    "/api/campaigns/{campaign_id}/pause",
    permission="campaigns:write",
    errors=(Conflict,),
)
def pause_campaign(ctx: TenantContext, campaign_id: str) -> CampaignOut:
    """Pause a running campaign; messages in flight end."""
    return views.view(ctx, lifecycle.pause(ctx, campaign_id))


@api.route(
    "POST",
    "/api/campaigns/{campaign_id}/resume",
    permission="campaigns:write",
    errors=(Conflict,),
)
def resume_campaign(ctx: TenantContext, campaign_id: str) -> CampaignOut:
    """Resume a paused campaign where it stopped."""
    return views.view(ctx, lifecycle.resume(ctx, campaign_id))


@api.route(
    "POST",
    "/api/campaigns/{campaign_id}/cancel",
    permission="campaigns:write",
    errors=(Conflict,),
)
def cancel_campaign(ctx: TenantContext, campaign_id: str) -> CampaignOut:
    """Cancel a campaign for good; whoever was not sent to is skipped."""
    return views.view(ctx, lifecycle.cancel(ctx, campaign_id))


@api.route(
    "POST",
    "/api/campaigns/{campaign_id}/retry",
    permission="campaigns:write",
    errors=(Conflict, Invalid),
)
def retry_campaign(ctx: TenantContext, campaign_id: str, body: CampaignRetry) -> CampaignOut:
    """Try those again who failed for a reason that may be gone; nobody else, and nobody twice."""
    row = retrying.begin(ctx, campaign_id, body.codes, include_unknown=body.include_unknown)
    return views.view(ctx, row)
