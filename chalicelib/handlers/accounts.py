"""The routes of WhatsApp Business Accounts."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid, NotFound, Unavailable, Upstream
from chalicelib.handlers.routing import routes
from chalicelib.schemas.accounts import (
    AccountDetailOut,
    AccountList,
    AccountSyncOut,
    NumberCreate,
)
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.numbers import NumberSetupOut
from chalicelib.services import accounts

api = routes(__name__, "accounts")
blueprint = api.blueprint

_META = (NotFound, Conflict, Invalid, Upstream, Unavailable)


@api.route("GET", "/api/accounts", permission="numbers:read", errors=(Invalid,))
def list_accounts(ctx: TenantContext, query: PageQuery) -> AccountList:
    """List the WhatsApp Business Accounts that numbers are connected of."""
    return accounts.list_accounts(ctx, query.limit, query.cursor)


@api.route("GET", "/api/accounts/{waba_id}", permission="numbers:read", errors=(NotFound,))
def get_account(ctx: TenantContext, waba_id: str) -> AccountDetailOut:
    """Get an account with its numbers, and what Meta reported of it in words.

    Meta is asked at most once a minute.
    """
    return accounts.get_account(ctx, waba_id)


@api.route(
    "DELETE", "/api/accounts/{waba_id}", status=204, permission="numbers:write", errors=_META
)
def disconnect_account(ctx: TenantContext, waba_id: str) -> None:
    """Give up an account that has no connected number; its last number takes it along otherwise."""
    accounts.disconnect(ctx, waba_id)


@api.route("POST", "/api/accounts/{waba_id}/sync", permission="numbers:write", errors=_META)
def sync_account(ctx: TenantContext, waba_id: str) -> AccountSyncOut:
    """Have an account's webhooks sent to Parley again, and connect the numbers it now holds."""
    return accounts.sync(ctx, waba_id)


@api.route(
    "POST",
    "/api/accounts/{waba_id}/numbers",
    status=201,
    permission="numbers:write",
    errors=_META,
)
def create_number(ctx: TenantContext, waba_id: str, body: NumberCreate) -> NumberSetupOut:
    """Add a phone number to an account; verify it next, with a code that Meta sends."""
    return accounts.create_number(ctx, waba_id, body)
