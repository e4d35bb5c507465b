"""Routes of campaigns."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.handlers.routing import routes
from chalicelib.schemas.analytics import CampaignCosts
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.campaigns import (
    CampaignCreate,
    CampaignList,
    CampaignOut,
    CampaignRetry,
    CampaignTest,
    CampaignUpdate,
    DryRunOut,
    DryRunRecipients,
    TestOut,
)
from chalicelib.schemas.reports import RecipientList, RecipientsQuery, ReportOut
from chalicelib.services import spending
from chalicelib.services.campaigns import (
    drafts,
    lifecycle,
    recipients,
    rehearsals,
    reports,
    retrying,
    trials,
    views,
)

api = routes(__name__, "campaigns")
blueprint = api.blueprint


@api.route("GET", "/api/campaigns", permission="campaigns:read")
def list_campaigns(ctx: TenantContext, query: PageQuery) -> CampaignList:
    """List campaigns, newest first, with their live progress."""
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


@api.route(
    "POST",
    "/api/campaigns/{campaign_id}/dry-run",
    status=202,
    permission="campaigns:write",
    errors=(Conflict, Invalid),
)
def start_dry_run(ctx: TenantContext, campaign_id: str) -> DryRunOut:
    """Find out what a launch would do, without sending anything."""
    return rehearsals.start(ctx, campaign_id)


@api.route("GET", "/api/campaigns/{campaign_id}/dry-run", permission="campaigns:read")
def get_dry_run(ctx: TenantContext, campaign_id: str) -> DryRunOut:
    """Get what the newest dry run has found: who, why not, what it says, costs and takes."""
    return rehearsals.get(ctx, campaign_id)


@api.route(
    "GET",
    "/api/campaigns/{campaign_id}/dry-run/recipients",
    permission="campaigns:read",
    errors=(Conflict,),
)
def list_dry_run(ctx: TenantContext, campaign_id: str, query: PageQuery) -> DryRunRecipients:
    """List who would get what, and who is skipped and why."""
    return rehearsals.recipients(ctx, campaign_id, query)


@api.route("GET", "/api/campaigns/{campaign_id}", permission="campaigns:read")
def get_campaign(ctx: TenantContext, campaign_id: str) -> CampaignOut:
    """Get a campaign with its live progress."""
    return views.get(ctx, campaign_id)


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
    "/api/campaigns/{campaign_id}/test",
    permission="campaigns:write",
    errors=(Conflict, Invalid),
    takes_idempotency_key=True,
)
def test_campaign(ctx: TenantContext, campaign_id: str, body: CampaignTest) -> TestOut:
    """Send the campaign's message to up to five people, outside its ledger."""
    return trials.send(ctx, campaign_id, body)


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
