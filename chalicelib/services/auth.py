"""Sign-up and sign-in."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.core.audit import note_actor
from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import FieldError, Invalid, NotFound, Unauthenticated
from chalicelib.core.ids import random_id
from chalicelib.core.log import log
from chalicelib.core.permissions import ROLES
from chalicelib.core.tokens import ACCESS_TTL_S, Claims, issue_access_token
from chalicelib.schemas.auth import (
    LoginRequest,
    MeOut,
    RegisterRequest,
    SessionOut,
    TenantOut,
    UserOut,
)
from chalicelib.services import sessions
from chalicelib.services.passwords import hash_password, is_password
from chalicelib.services.rate_limits import Limit, forgive, spend
from chalicelib.services.sessions import Session
from chalicelib.storage.tenants import (
    TenantRow,
    UserRow,
    create_tenant,
    find_owner,
    get_tenant,
    get_user,
)

# An office may sit behind one address, and a CDN in front of all, so an address's limit is wide.
LOGINS_PER_EMAIL = Limit("login-email", attempts=10, window_s=900)
LOGINS_PER_ADDRESS = Limit("login-address", attempts=100, window_s=900)
SIGNUPS_PER_ADDRESS = Limit("signup-address", attempts=200, window_s=3600)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the caller gets: the body, and the refresh token for the cookie."""

    body: SessionOut
    refresh_token: str
    max_age_s: int


def register(request: RegisterRequest, source_ip: str, clock: Clock = SYSTEM_CLOCK) -> SignedIn:
    """Create a tenant and its owner, and sign the owner in. 8 WRU.

    Raises Conflict for an e-mail that has an account, Invalid, TooManyRequests.
    """
    spend(SIGNUPS_PER_ADDRESS, source_ip, clock)
    _check_country(request.country)
    now_ms = clock.now_ms()
    tenant = TenantRow(
        random_id("ten"), name=request.business_name, country=request.country, created_at=now_ms
    )
    owner = UserRow(
        tenant.id,
        random_id("usr"),
        name=request.name,
        email=request.email,
        role="owner",
        password_hash=hash_password(request.password.get_secret_value()),
        created_at=now_ms,
    )
    create_tenant(tenant, owner)
    log.info("tenant registered", extra={"registered_tenant_id": tenant.id})
    return _signed_in(sessions.begin(tenant.id, owner.id, clock), tenant, owner, now_ms)


def login(request: LoginRequest, source_ip: str, clock: Clock = SYSTEM_CLOCK) -> SignedIn:
    """Sign in; the answer and its time are the same for a wrong e-mail and a wrong password.

    Attempts are counted before the password is looked at, and taken back when it is right.
    5 WRU, 1.5 RRU. Raises Unauthenticated, TooManyRequests.
    """
    spend(LOGINS_PER_ADDRESS, source_ip, clock)
    spend(LOGINS_PER_EMAIL, request.email, clock)
    user = _find_user(request.email)
    right = is_password(
        request.password.get_secret_value(), None if user is None else user.password_hash
    )
    if user is None or not right:
        raise Unauthenticated("The e-mail or the password is wrong.", code="wrong_credentials")
    forgive(LOGINS_PER_ADDRESS, source_ip, clock)
    forgive(LOGINS_PER_EMAIL, request.email, clock)
    tenant = get_tenant(user.tenant_id)
    return _signed_in(sessions.begin(tenant.id, user.id, clock), tenant, user, clock.now_ms())


def refresh(token: str, clock: Clock = SYSTEM_CLOCK) -> SignedIn | None:
    """Return the session of a refresh token anew; None if it is over. See services/sessions.py.

    The role is read again, so a changed one counts from here. 2 RRU, and 1 WRU for a new token.
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
    return _signed_in(session, tenant, user, clock.now_ms())


def logout(token: str) -> None:
    """End the session of a refresh token, if there is one. 1 RRU, 1 WRU."""
    sessions.end(token)


def me(ctx: TenantContext) -> MeOut:
    """Return who the access token stands for. 1 RRU. Raises Unauthenticated if they are gone."""
    try:
        user = get_user(ctx.tenant_id, ctx.user_id)
        tenant = get_tenant(ctx.tenant_id)
    except NotFound:
        raise Unauthenticated("This account is gone; sign in with another.") from None
    return MeOut(
        user=_user_out(user),
        tenant=_tenant_out(tenant),
        permissions=sorted(ROLES.get(user.role, frozenset())),
    )


def _check_country(country: str) -> None:
    from phonenumbers import SUPPORTED_REGIONS

    if country not in SUPPORTED_REGIONS:
        raise Invalid(
            f"country: {country} is no country with phone numbers.",
            code="validation_failed",
            errors=(FieldError("country", "use an ISO 3166 code, e.g. US"),),
        )


def _find_user(email: str) -> UserRow | None:
    owner = find_owner("email", email)
    if owner is None:
        return None
    try:
        return get_user(owner.tenant_id, owner.entity_id)
    except NotFound:
        return None


def _signed_in(session: Session, tenant: TenantRow, user: UserRow, now_ms: int) -> SignedIn:
    note_actor(tenant.id, user.id, user.role)
    claims = Claims(tenant.id, user.id, user.role, session.id)
    body = SessionOut(
        access_token=issue_access_token(claims, now_ms),
        expires_in_s=ACCESS_TTL_S,
        user=_user_out(user),
        tenant=_tenant_out(tenant),
    )
    return SignedIn(body, session.refresh_token, session.max_age_s)


def _user_out(user: UserRow) -> UserOut:
    return UserOut(id=user.id, name=user.name, email=user.email, role=user.role)


def _tenant_out(tenant: TenantRow) -> TenantOut:
    return TenantOut(id=tenant.id, name=tenant.name, country=tenant.country)
