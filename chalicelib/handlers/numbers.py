"""The routes of WhatsApp business numbers."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid, NotFound, Unavailable, Upstream
from chalicelib.handlers.routing import routes
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.numbers import NumberConnect, NumberList, NumberOut
from chalicelib.services import numbers

api = routes(__name__, "numbers")
blueprint = api.blueprint


@api.route(
    "POST",
    "/api/numbers",
    status=201,
    permission="numbers:write",
    errors=(Conflict, Invalid, Upstream, Unavailable),
)
def connect_number(ctx: TenantContext, body: NumberConnect) -> NumberOut:
    """Connect a number of WhatsApp, or renew its access token.

    Asks Meta for the number with the token, and has the account's webhooks sent to Parley. The
    token is kept encrypted and never shown again.
    """
    return numbers.connect(ctx, body)


@api.route("GET", "/api/numbers", permission="numbers:read", errors=(Invalid,))
def list_numbers(ctx: TenantContext, query: PageQuery) -> NumberList:
    """List the connected numbers, the first connected first."""
    return numbers.list_numbers(ctx, query.limit, query.cursor)


@api.route("GET", "/api/numbers/{number_id}", permission="numbers:read", errors=(NotFound,))
def get_number(ctx: TenantContext, number_id: str) -> NumberOut:
    """Get a connected number."""
    return numbers.get_number(ctx, number_id)
