"""The rules of a business for all its campaigns, as the API takes and gives them."""

from __future__ import annotations

from dataclasses import asdict

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.schemas.campaign_rules import CampaignRulesBody, CampaignRulesOut
from chalicelib.services.campaigns.local_time import zone_of
from chalicelib.services.campaigns.rules import CampaignRules, own_rules, set_rules


def get(ctx: TenantContext) -> CampaignRulesOut:
    """Return the rules. 0.5 RRU."""
    return CampaignRulesOut.model_validate(asdict(own_rules(ctx)))


def replace(ctx: TenantContext, body: CampaignRulesBody) -> CampaignRulesOut:
    """Replace the rules; raise Invalid for a time zone that there is not. 1 WRU.

    Campaigns that are launched from now on keep the new frequency cap and quiet hours; the share of
    failures and the time zone count at once.
    """
    if body.time_zone is not None and zone_of(body.time_zone) is None:
        message = "There is no such time zone; give one like Europe/Berlin."
        raise Invalid(message, code="rules_invalid", errors=(FieldError("time_zone", message),))
    set_rules(ctx, CampaignRules(**body.model_dump()))
    return get(ctx)
