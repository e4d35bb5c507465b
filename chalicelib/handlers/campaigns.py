"""Routes of campaigns: to draft them and to look at them."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.handlers.routing import routes
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.campaign_drafts import CampaignCreate, CampaignUpdate
from chalicelib.schemas.campaigns import CampaignList, CampaignOut
from chalicelib.services.campaigns import drafts, views

api = routes(__name__, "campaigns")
blueprint = api.blueprint


@api.route("GET", "/api/campaigns", permission="campaigns:read")
def list_campaigns(ctx: TenantContext, query: PageQuery) -> CampaignList:
    """List campaigns, newest first, with their live views."""
    return views.page(ctx, query)


@api.route(
    "POST",
    "/api/campaigns",
    status=201,
    permission="campaigns:write",
    takes_idempotency_key=True,
)
def create_campaign(ctx: TenantContext, body: CampaignCreate) -> CampaignOut:
    """Create a draft."""
    return drafts.create(ctx, body)


@api.route("GET", "/api/campaigns/{campaign_id}", permission="campaigns:read")
def get_campaign(ctx: TenantContext, campaign_id: str) -> CampaignOut:
    """Get a campaign with its live views."""
    return views.get(ctx, campaign_id)


@api.route(
    "PATCH",
    "/api/campaigns/{campaign_id}",
    permission="campaigns:write",
    errors=(Conflict, Invalid),
    before=views.get,
)
def update_campaign(ctx: TenantContext, campaign_id: str, body: CampaignUpdate) -> CampaignOut:
    """Change a draft."""
    return drafts.update(ctx, campaign_id, body)


@api.route(
    "DELETE",
    "/api/campaigns/{campaign_id}",
    status=204,
    permission="campaigns:write",
    errors=(Conflict,),
    before=views.get,
)
def delete_campaign(ctx: TenantContext, campaign_id: str) -> None:
    """Delete a draft."""
    drafts.delete(ctx, campaign_id)


@api.route(
    "POST", "/api/campaigns/{campaign_id}/duplicate", status=201, permission="campaigns:write"
)
def duplicate_campaign(ctx: TenantContext, campaign_id: str) -> CampaignOut:
    """Make a new draft that sends the same to the same audience."""
    return drafts.duplicate(ctx, campaign_id)
