"""Routes of the team and its roles."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, NotFound, TooManyRequests
from chalicelib.handlers.routing import routes
from chalicelib.schemas.auth import UserOut
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.users import RoleList, RolesWrite, UserInvite, UserList, UserPatch
from chalicelib.services import team

api = routes(__name__, "users")
blueprint = api.blueprint


@api.route("GET", "/api/users", permission="users:read")
def list_users(ctx: TenantContext, query: PageQuery) -> UserList:
    """List the team, those who are invited included."""
    return team.page(ctx, query)


@api.route(
    "POST",
    "/api/users",
    status=201,
    permission="users:write",
    errors=(Conflict, TooManyRequests),
)
def invite_user(ctx: TenantContext, body: UserInvite) -> UserOut:
    """Invite somebody to the team by mail; the link is good for 7 days."""
    return team.invite(ctx, body)


@api.route("PATCH", "/api/users/{user_id}", permission="users:write", errors=(Conflict, NotFound))
def update_user(ctx: TenantContext, user_id: str, body: UserPatch) -> UserOut:
    """Give a member another role; the last owner stays one."""
    return team.change(ctx, user_id, body)


@api.route(
    "DELETE",
    "/api/users/{user_id}",
    status=204,
    permission="users:write",
    errors=(Conflict, NotFound),
)
def remove_user(ctx: TenantContext, user_id: str) -> None:
    """Remove a member, or take an invitation back; the last owner stays."""
    team.remove(ctx, user_id)


@api.route("GET", "/api/roles", permission="users:read")
def list_roles(ctx: TenantContext) -> RoleList:
    """List the roles that can be given, and what each may do."""
    return team.roles(ctx)


@api.route("PUT", "/api/roles", permission="users:write")
def replace_roles(ctx: TenantContext, body: RolesWrite) -> RoleList:
    """Replace the roles that the business made itself.

    Who has one that is gone may do nothing until they get another.
    """
    return team.set_own_roles(ctx, body)
