"""Routes of what came of a campaign: its ledger, its recipients, its costs."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Invalid
from chalicelib.handlers.routing import routes
from chalicelib.schemas.costs import CampaignCosts
from chalicelib.schemas.reports import RecipientList, RecipientsQuery, ReportOut
from chalicelib.services import spending
from chalicelib.services.campaigns import recipients, reports

api = routes(__name__, "campaigns")
blueprint = api.blueprint


@api.route("GET", "/api/campaigns/{campaign_id}/report", permission="campaigns:read")
def get_report(ctx: TenantContext, campaign_id: str) -> ReportOut:
    """Get the ledger: every recipient in exactly one state, with the reasons."""
    return reports.report(ctx, campaign_id)


@api.route("GET", "/api/campaigns/{campaign_id}/costs", permission="campaigns:read")
def get_campaign_costs(ctx: TenantContext, campaign_id: str) -> CampaignCosts:
    """Get what the campaign may cost and has cost, by market and category."""
    return spending.campaign_costs(ctx, campaign_id)


@api.route("POST", "/api/campaigns/{campaign_id}/reconcile", permission="campaigns:write")
def reconcile_campaign(ctx: TenantContext, campaign_id: str) -> ReportOut:
    """Recount the ledger from every recipient's row and correct the live counters.

    A large campaign is counted on in the background: its report then tells `recounting`.
    """
    return reports.reconcile(ctx, campaign_id)


@api.route(
    "GET",
    "/api/campaigns/{campaign_id}/recipients",
    permission="campaigns:read",
    errors=(Invalid,),
)
def list_recipients(ctx: TenantContext, campaign_id: str, query: RecipientsQuery) -> RecipientList:
    """List what became of each recipient."""
    return recipients.page(ctx, campaign_id, query)
