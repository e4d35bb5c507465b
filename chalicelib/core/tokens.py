"""Access tokens: short-lived JWTs, signed with one of the platform's keys (`kid` names it)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.config import settings
from chalicelib.core.errors import Unauthenticated
from chalicelib.core.secrets import platform_secrets

if TYPE_CHECKING:
    from jwt.types import Options

ACCESS_TTL_S = 900
_ALGORITHM = "HS256"
# The time is the clock's affair, not PyJWT's, which asks the machine.
_OPTIONS: Options = {
    "require": ["aud", "iss", "exp", "iat", "sub", "ten", "role", "sid"],
    "verify_exp": False,
    "verify_iat": False,
}


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid access token says."""

    tenant_id: str
    user_id: str
    role: str
    session_id: str
    # Of a role that the tenant made itself; what a built-in role may do is in the code.
    permissions: frozenset[str] = frozenset()


def _audience() -> str:
    return f"parley-{settings().stage}"


def issue_access_token(claims: Claims, now_ms: int) -> str:
    """Return a signed token for `claims` that ends after ACCESS_TTL_S."""
    import jwt

    now_s = now_ms // 1000
    payload: dict[str, Any] = {
        "sub": claims.user_id,
        "ten": claims.tenant_id,
        "role": claims.role,
        "sid": claims.session_id,
        "aud": _audience(),
        "iss": _audience(),  # who makes them also reads them: the API of this stage
        "iat": now_s,
        "exp": now_s + ACCESS_TTL_S,
    }
    if claims.permissions:
        payload["perm"] = sorted(claims.permissions)
    key = platform_secrets().signing.signing(now_ms)
    return jwt.encode(payload, key.secret, algorithm=_ALGORITHM, headers={"kid": key.kid})


def read_access_token(token: str, clock: Clock = SYSTEM_CLOCK) -> Claims:
    """Return the claims of `token`; raise Unauthenticated unless it is ours, valid and current.

    The key must be one that is good at the time, by the name that the token gives it.
    """
    # Here, for a public route reads no token, and a program sends its API key.
    import jwt

    try:
        kid = jwt.get_unverified_header(token).get("kid")
        key = platform_secrets().signing.good_key(kid, clock.now_ms())
        payload = jwt.decode(
            token,
            key.secret,
            algorithms=[_ALGORITHM],
            audience=_audience(),
            issuer=_audience(),
            options=_OPTIONS,
        )
    except (jwt.InvalidTokenError, KeyError):
        raise Unauthenticated("The access token is not valid; sign in again.") from None
    if payload["exp"] * 1000 <= clock.now_ms():
        raise Unauthenticated("The access token has expired; refresh it.", code="token_expired")
    return Claims(
        payload["ten"],
        payload["sub"],
        payload["role"],
        payload["sid"],
        frozenset(payload.get("perm", ())),
    )
