"""Routes of what a business has decided for all its campaigns."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Invalid
from chalicelib.handlers.routing import routes
from chalicelib.schemas.campaign_rules import CampaignRulesBody, CampaignRulesOut
from chalicelib.services import campaign_rules

api = routes(__name__, "campaigns")
blueprint = api.blueprint


@api.route("GET", "/api/campaign-rules", permission="campaigns:read")
def get_campaign_rules(ctx: TenantContext) -> CampaignRulesOut:
    """Get the rules that all campaigns of the business keep."""
    return campaign_rules.get(ctx)


@api.route("PUT", "/api/campaign-rules", permission="tenant:write", errors=(Invalid,))
def replace_campaign_rules(ctx: TenantContext, body: CampaignRulesBody) -> CampaignRulesOut:
    """Replace the rules that all campaigns of the business keep."""
    return campaign_rules.replace(ctx, body)
