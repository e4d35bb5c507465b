"""Sign-up and sign-in."""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.core.audit import note_actor
from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.core.permissions import OPERATE, ROLES, permissions_of
from chalicelib.core.tokens import ACCESS_TTL_S, Claims, issue_access_token
from chalicelib.schemas.auth import (
    InvitationAcceptance,
    LoginRequest,
    MeOut,
    PasswordChange,
    RegistrationConfirmation,
    SessionOut,
    Suspension,
    TenantOut,
)
from chalicelib.services import access, lockout, registration, second_factor, sessions
from chalicelib.services.operator_standing import is_operator
from chalicelib.services.passwords import is_password
from chalicelib.services.sessions import Origin, Session
from chalicelib.services.team import user_out
from chalicelib.storage.deletions import find_deletion
from chalicelib.storage.tenants import (
    TenantRow,
    UserRow,
    find_owner,
    get_tenant,
    get_user,
)
from chalicelib.storage.users import Users


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the caller gets: the body, and the refresh token for the cookie."""

    body: SessionOut
    refresh_token: str = field(repr=False)
    max_age_s: int


def confirm_registration(
    body: RegistrationConfirmation, origin: Origin, clock: Clock = SYSTEM_CLOCK
) -> SignedIn:
    """Make the business that a mail's link stands for and sign its owner in.

    See services/registration.py.
    """
    tenant, owner = registration.confirm(body, origin.source_ip, clock)
    lockout.know(owner.email, origin.source_ip, clock)
    return _begin(tenant, owner, origin, clock)


def login(request: LoginRequest, origin: Origin, clock: Clock = SYSTEM_CLOCK) -> SignedIn:
    """Sign in; the answer and its time are the same for a wrong e-mail and a wrong password.

    Attempts are counted before the password is looked at, and taken back when all is right: see
    services/lockout.py. Only after a right password is the second factor asked for. 9 WRU, 3.5 RRU.
    Raises Unauthenticated, TooManyRequests.
    """
    lockout.admit(request.email, origin.source_ip, clock)
    user = _find_user(request.email)
    right = is_password(
        request.password.get_secret_value(), None if user is None else user.password_hash
    )
    if user is None or not right:
        raise Unauthenticated("The e-mail or the password is wrong.", code="wrong_credentials")
    if user.totp_secret is not None and request.code is None:
        lockout.take_back(request.email, origin.source_ip, clock)
    second_factor.check(user, request.code, clock)
    lockout.welcome(request.email, origin.source_ip, clock)
    return _begin(get_tenant(user.tenant_id), user, origin, clock)


def change_password(
    ctx: TenantContext, body: PasswordChange, origin: Origin, clock: Clock = SYSTEM_CLOCK
) -> SignedIn:
    """Set another password; every session ends, and the caller gets a new one. 3 WRU."""
    user = access.change_password(ctx, body, clock)
    return _begin(get_tenant(user.tenant_id), user, origin, clock)


def accept_invitation(
    body: InvitationAcceptance, origin: Origin, clock: Clock = SYSTEM_CLOCK
) -> SignedIn:
    """Make an invited user a member and sign them in. See services/access.py."""
    user = access.accept_invitation(body, origin.source_ip, clock)
    lockout.know(user.email, origin.source_ip, clock)
    return _begin(get_tenant(user.tenant_id), user, origin, clock)


def refresh(token: str, clock: Clock = SYSTEM_CLOCK) -> SignedIn | None:
    """Return the session of a refresh token anew; None if it is over. See services/sessions.py.

    The role is read again, so a changed one counts from here; so is whether all sessions were
    ended, e.g. by another password. 2 RRU, and 1 WRU for a new token.
    """
    session = sessions.renew(token, clock)
    if session is None:
        return None
    try:
        user = get_user(session.tenant_id, session.user_id)
        tenant = get_tenant(session.tenant_id)
    except NotFound:
        sessions.end(session.refresh_token)
        return None
    if session.created_at < (user.sessions_since or 0):
        sessions.end(session.refresh_token)
        return None
    return _signed_in(session, tenant, user, clock.now_ms())


def logout(token: str, *, everywhere: bool = False, clock: Clock = SYSTEM_CLOCK) -> None:
    """End the session of a refresh token, if there is one; or all of its user's. 2 RRU, 2 WRU.

    A token that was replaced ends its own session only: whoever holds a copy of an old one cannot
    sign the user out everywhere.
    """
    session = sessions.renew(token, clock) if everywhere else None
    if session is not None:
        Users(session.tenant_id).change(session.user_id, UserRow.sessions_since.set(clock.now_ms()))
    sessions.end(token)


def me(ctx: TenantContext) -> MeOut:
    """Return who the access token stands for. 2 RRU. Raises Unauthenticated if they are gone."""
    try:
        user = get_user(ctx.tenant_id, ctx.user_id)
        tenant = get_tenant(ctx.tenant_id)
    except NotFound:
        raise Unauthenticated("This account is gone; sign in with another.") from None
    held = permissions_of(user.role, tenant.roles)
    deletion = find_deletion(ctx.tenant_id)
    due_at = None if deletion is None else deletion.due_at
    return MeOut(
        user=user_out(user),
        tenant=_tenant_out(tenant),
        permissions=sorted(held | {OPERATE} if is_operator(user) else held),
        deletion_due_at=None if due_at is None else to_iso(due_at),
    )


def _find_user(email: str) -> UserRow | None:
    owner = find_owner("email", email)
    if owner is None:
        return None
    try:
        return get_user(owner.tenant_id, owner.entity_id)
    except NotFound:
        return None


def _begin(tenant: TenantRow, user: UserRow, origin: Origin, clock: Clock) -> SignedIn:
    session = sessions.begin(tenant.id, user.id, clock, origin)
    return _signed_in(session, tenant, user, clock.now_ms())


def _signed_in(session: Session, tenant: TenantRow, user: UserRow, now_ms: int) -> SignedIn:
    note_actor(tenant.id, user.id, user.role)
    own = frozenset[str]() if user.role in ROLES else permissions_of(user.role, tenant.roles)
    claims = Claims(tenant.id, user.id, user.role, session.id, own)
    body = SessionOut(
        access_token=issue_access_token(claims, now_ms),
        expires_in_s=ACCESS_TTL_S,
        user=user_out(user),
        tenant=_tenant_out(tenant),
    )
    return SignedIn(body, session.refresh_token, session.max_age_s)


def _tenant_out(tenant: TenantRow) -> TenantOut:
    at_ms, reason = tenant.suspended_at, tenant.suspended_reason or ""
    return TenantOut(
        id=tenant.id,
        name=tenant.name,
        country=tenant.country,
        slug=tenant.slug,
        suspension=None if at_ms is None else Suspension(since=to_iso(at_ms), reason=reason),
    )
