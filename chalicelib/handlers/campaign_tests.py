"""The route that sends a campaign's message to a few people as a test."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.handlers.routing import routes
from chalicelib.schemas.campaign_tests import CampaignTest, TestOut
from chalicelib.services.campaigns import trials

api = routes(__name__, "campaigns")
blueprint = api.blueprint


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
