"""The team: who is in it, who is invited, and who may do what.

Nobody gives, changes or removes what is above them: the permissions of a role, before and after,
must be among one's own. So an admin makes no owner, and cannot remove one.
"""

from __future__ import annotations

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, FieldError, Forbidden, Invalid
from chalicelib.core.ids import random_id
from chalicelib.core.permissions import PERMISSIONS, ROLES, may_give, permissions_of
from chalicelib.schemas.auth import UserOut
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.users import Role, RoleList, RolesWrite, UserInvite, UserList, UserPatch
from chalicelib.services import mail
from chalicelib.services.plans import limits_of
from chalicelib.services.rate_limits import Limit, spend
from chalicelib.storage.tenants import TenantRow, UserRow, find_owner, get_tenant, set_roles
from chalicelib.storage.users import Users

# Invitations are mails to strangers in the name of our domain.
INVITATIONS_PER_TENANT = Limit("invitations", attempts=50, window_s=86_400)


def page(ctx: TenantContext, query: PageQuery) -> UserList:
    """Return a page of the team, those invited included. One query."""
    found = Users(ctx.tenant_id).page(query.limit, query.cursor)
    return UserList(items=[user_out(row) for row in found.items], next_cursor=found.next_cursor)


def invite(ctx: TenantContext, body: UserInvite, clock: Clock = SYSTEM_CLOCK) -> UserOut:
    """Invite somebody by mail. 6 WRU, 2 RRU, one request.

    Does not tell whether the e-mail has an account elsewhere: the mail's reader learns that.
    Raises Conflict for one who is in the team, while the inviter's own e-mail is not verified, or
    for the plan's limit; Forbidden, Invalid, TooManyRequests.
    """
    inviter, tenant = Users(ctx.tenant_id).get(ctx.user_id), get_tenant(ctx.tenant_id)
    if inviter.email_verified_at is None:
        raise Conflict(
            "Verify your own e-mail first; ask for another mail if you have none.",
            code="email_not_verified",
        )
    _check_role(ctx, tenant, body.role)
    owner = find_owner("email", body.email)
    if owner is not None and owner.tenant_id == ctx.tenant_id:
        raise Conflict("This e-mail is in the team already.", code="already_member")
    spend(INVITATIONS_PER_TENANT, ctx.tenant_id, clock)
    row = UserRow(
        ctx.tenant_id,
        random_id("usr"),
        name="",
        email=body.email,
        role=body.role,
        created_at=clock.now_ms(),
    )
    # First, as in auth.register.
    mail.request("invitation", ctx.tenant_id, row.id, delay_s=mail.AFTER_WRITING_S)
    Users(ctx.tenant_id).invite(row, limits_of(tenant).users)
    return user_out(row)


def change(ctx: TenantContext, user_id: str, body: UserPatch) -> UserOut:
    """Give a user another role; it counts from their next refresh, in 15 minutes at most. 3 WRU.

    Raises NotFound, Forbidden, Invalid, Conflict `last_owner`.
    """
    users, tenant = Users(ctx.tenant_id), get_tenant(ctx.tenant_id)
    user = users.get(user_id)
    _check_may_touch(ctx, tenant, user)
    _check_role(ctx, tenant, body.role)
    users.set_role(user, body.role)
    return user_out(users.get(user_id))


def remove(ctx: TenantContext, user_id: str) -> None:
    """Remove a member, or take an invitation back; their sessions end. 4 to 6 WRU.

    An access token that was handed out is good for 15 minutes at most. Raises NotFound, Forbidden,
    Conflict `last_owner`.
    """
    users, tenant = Users(ctx.tenant_id), get_tenant(ctx.tenant_id)
    user = users.get(user_id)
    _check_may_touch(ctx, tenant, user)
    users.remove(user)


def roles(ctx: TenantContext) -> RoleList:
    """Return the built-in roles and the tenant's own. 0.5 RRU."""
    own = get_tenant(ctx.tenant_id).roles or {}
    built_in = [_role(name, held, is_built_in=True) for name, held in ROLES.items()]
    made = [_role(name, frozenset(held), is_built_in=False) for name, held in sorted(own.items())]
    return RoleList(items=[*built_in, *made])


def set_own_roles(ctx: TenantContext, body: RolesWrite) -> RoleList:
    """Replace the tenant's own roles. 1 WRU.

    Who has a role that is gone may nothing until they get another. Raises Invalid, Forbidden.
    """
    before = get_tenant(ctx.tenant_id).roles or {}
    wanted: dict[str, list[str]] = {}
    for index, role in enumerate(body.items):
        _check_own_role(index, role.name, frozenset(role.permissions), wanted)
        wanted[role.name] = sorted(set(role.permissions))
    touched = {
        permission
        for name in before.keys() | wanted.keys()
        if before.get(name) != wanted.get(name)
        for permission in (*before.get(name, ()), *wanted.get(name, ()))
    }
    if not may_give(ctx.permissions, frozenset(touched) & PERMISSIONS):
        raise Forbidden("A role cannot hold, nor lose, what you may not do yourself.")
    set_roles(ctx.tenant_id, wanted)
    return roles(ctx)


def user_out(user: UserRow) -> UserOut:
    """Return a user as the API shows them."""
    return UserOut(
        id=user.id,
        name=user.name,
        email=user.email,
        role=user.role,
        state="invited" if user.state == "invited" else "active",
        is_email_verified=user.email_verified_at is not None,
        has_second_factor=user.totp_secret is not None,
    )


def _role(name: str, held: frozenset[str], *, is_built_in: bool) -> Role:
    return Role(name=name, permissions=sorted(held & PERMISSIONS), is_built_in=is_built_in)


def _check_own_role(
    index: int, name: str, permissions: frozenset[str], before: dict[str, list[str]]
) -> None:
    unknown = sorted(permissions - PERMISSIONS)
    problem = None
    if name in ROLES:
        problem = ("name", f"{name} is a built-in role; choose another name")
    elif name in before:
        problem = ("name", f"{name} comes twice")
    elif unknown:
        problem = ("permissions", f"there is no permission {unknown[0]!r}")
    if problem is not None:
        field, words = f"items.{index}.{problem[0]}", problem[1]
        raise Invalid(
            f"{field}: {words}.", code="validation_failed", errors=(FieldError(field, words),)
        )


def _check_role(ctx: TenantContext, tenant: TenantRow, role: str) -> None:
    """Raise Invalid for a role that is not there, Forbidden for one above the caller."""
    known = set(ROLES) | set(tenant.roles or {})
    if role not in known:
        words = f"there is no role {role!r}; use one of {', '.join(sorted(known))}"
        raise Invalid(
            f"role: {words}.", code="validation_failed", errors=(FieldError("role", words),)
        )
    if not may_give(ctx.permissions, permissions_of(role, tenant.roles)):
        raise Forbidden(f"You cannot give the role {role!r}, which may do more than you.")


def _check_may_touch(ctx: TenantContext, tenant: TenantRow, user: UserRow) -> None:
    if not may_give(ctx.permissions, permissions_of(user.role, tenant.roles)):
        raise Forbidden(f"You cannot change a user who is {user.role}, for they may do more.")
