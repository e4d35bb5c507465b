"""Routes of deleting the business: an owner asks for it, and can call it off for a while."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooManyRequests,
    Unauthenticated,
)
from chalicelib.handlers.routing import routes
from chalicelib.schemas.deletions import DeletionOut, TenantDeletion
from chalicelib.services.deletion import asking

api = routes(__name__, "tenants")
blueprint = api.blueprint

_PATH = "/api/tenants/deletion"


@api.route(
    "POST",
    _PATH,
    status=202,
    permission="tenant:write",
    errors=(Conflict, Forbidden, Invalid, TooManyRequests, Unauthenticated),
    keeps_body=False,
    while_suspended=True,
)
def delete_tenant(ctx: TenantContext, body: TenantDeletion) -> DeletionOut:
    """Delete the business with all that it has.

    An owner asks, with their password, a code where they have a second factor, and the name of the
    business. Until `due_at` nothing can be changed, no campaign sends, everything can be read and
    exported, and any owner can call it off. Then all of it is erased for good.
    """
    return asking.ask(ctx, body)


@api.route("GET", _PATH, permission="tenant:read", errors=(NotFound,))
def get_tenant_deletion(ctx: TenantContext) -> DeletionOut:
    """Get when the business is going to be deleted; 404 where nobody has asked for it."""
    return asking.get(ctx)


@api.route(
    "DELETE",
    _PATH,
    status=204,
    permission="tenant:write",
    errors=(Conflict, NotFound),
    while_suspended=True,
)
def keep_tenant(ctx: TenantContext) -> None:
    """Call the deletion of the business off. Campaigns that it stopped stay stopped."""
    asking.call_off(ctx)
