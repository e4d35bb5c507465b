"""Routes of dry runs: what a launch would do."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.handlers.routing import routes
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.dry_runs import DryRunOut, DryRunRecipients
from chalicelib.services.campaigns import rehearsals

api = routes(__name__, "campaigns")
blueprint = api.blueprint


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
