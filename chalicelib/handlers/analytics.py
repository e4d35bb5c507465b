"""Routes about what messages cost."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.handlers.routing import routes
from chalicelib.schemas.analytics import (
    CostReport,
    CostsQuery,
    EstimateRequest,
    RatesOut,
    RatesQuery,
)
from chalicelib.schemas.costs import CostOut
from chalicelib.services import account_costs

api = routes(__name__, "analytics")
blueprint = api.blueprint


@api.route("GET", "/api/analytics/rates", permission="analytics:read")
def get_rates(ctx: TenantContext, query: RatesQuery) -> RatesOut:  # noqa: ARG001 - signed in, no more
    """Get Meta's list rates that are in force on a day."""
    return account_costs.rates(query)


@api.route("POST", "/api/analytics/estimate", permission="analytics:read", is_audited=False)
def estimate_cost(ctx: TenantContext, body: EstimateRequest) -> CostOut:  # noqa: ARG001 - as above
    """Estimate what messages to people of some countries cost, if all of them are delivered."""
    return account_costs.estimate(body)


@api.route("GET", "/api/analytics/costs", permission="analytics:read", errors=(Invalid, NotFound))
def get_costs(ctx: TenantContext, query: CostsQuery) -> CostReport:
    """Get what an account's delivered messages cost, beside Meta's own figures."""
    return account_costs.account_costs(ctx, query)
