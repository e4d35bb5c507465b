"""What a campaign may cost and has cost, and how a cost is shown."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.schemas.costs import CampaignCosts, CostLineOut, CostOut
from chalicelib.services import costs
from chalicelib.services.charges import named_charges
from chalicelib.storage.accounts import Accounts
from chalicelib.storage.campaigns import Campaigns
from chalicelib.storage.numbers import Numbers

DEFAULT_CURRENCY = "USD"


def campaign_costs(
    ctx: TenantContext, campaign_id: str, clock: Clock = SYSTEM_CLOCK
) -> CampaignCosts:
    """Return what a campaign may cost and has cost, by its last recount; raise NotFound.

    A running campaign has none yet: both are null. 3 RRU, at most 2 S3 requests.
    """
    row = Campaigns(ctx).get(campaign_id)
    if row.recount is None or "charges" not in row.recount or row.launched_at is None:
        return CampaignCosts(estimate=None, actual=None, recounted_at=None)
    currency = currency_of(ctx, Numbers(ctx).get(row.number_id).waba_id)
    card = costs.card_on(currency, row.launched_at, clock.now_ms())
    category = (row.plan or {}).get("category", "MARKETING")
    day = datetime.fromtimestamp(row.launched_at / 1000, UTC).date()
    expected = costs.estimate(card, currency, category, row.recount["countries"], row.launched_at)
    spent = costs.actual(card, currency, named_charges(row.recount["charges"], day))
    return CampaignCosts(
        estimate=cost_out(expected), actual=cost_out(spent), recounted_at=to_iso(row.recount["at"])
    )


def currency_of(ctx: TenantContext, waba_id: str, *, must_exist: bool = False) -> str:
    """Return the currency that an account is charged in; raise NotFound if it must exist. 1 RRU."""
    try:
        return Accounts(ctx).get(waba_id).currency or DEFAULT_CURRENCY
    except NotFound:
        if must_exist:
            raise
        return DEFAULT_CURRENCY


def cost_out(cost: costs.Cost) -> CostOut:
    """Return a cost as the API shows it."""
    return CostOut(
        currency=cost.currency,
        rates_from=cost.rates_from,
        is_sample=cost.is_sample,
        total_micros=cost.total_micros,
        unpriced=cost.unpriced,
        lines=[
            CostLineOut(
                market=line.market,
                category=line.category,
                messages=line.messages,
                charged=line.charged,
                rate_micros=line.rate_micros,
                cost_micros=line.cost_micros,
            )
            for line in cost.lines
        ],
    )
