"""Routes of sign-up, sign-in and sessions."""

from __future__ import annotations

from chalicelib.core.config import settings
from chalicelib.core.context import PublicContext, TenantContext
from chalicelib.core.contract import Reply, RequestView
from chalicelib.core.errors import Conflict, TooManyRequests, Unauthenticated
from chalicelib.handlers.routing import routes
from chalicelib.schemas.auth import LoginRequest, MeOut, RegisterRequest, SessionOut
from chalicelib.services import auth

api = routes(__name__, "auth")
blueprint = api.blueprint

COOKIE = "parley_refresh"


@api.route("POST", "/api/auth/register", status=201, errors=(Conflict, TooManyRequests))
def register(ctx: PublicContext, body: RegisterRequest) -> Reply[SessionOut]:
    """Register a business and sign its owner in.

    The refresh token comes in the HttpOnly cookie `parley_refresh`, which only `/api/auth` sees.
    """
    return _with_cookie(auth.register(body, ctx.source_ip))


@api.route("POST", "/api/auth/login", errors=(Unauthenticated, TooManyRequests))
def login(ctx: PublicContext, body: LoginRequest) -> Reply[SessionOut]:
    """Sign in with an e-mail and a password."""
    return _with_cookie(auth.login(body, ctx.source_ip))


@api.route(
    "POST",
    "/api/auth/refresh",
    other_statuses={204: "Nobody is signed in; the cookie is cleared."},
    is_audited=False,  # every open page does it every quarter of an hour
)
def refresh_session(ctx: PublicContext, request: RequestView) -> Reply[SessionOut | None]:  # noqa: ARG001
    """Get a new access token for the refresh cookie.

    Each refresh replaces the cookie. A replaced cookie is good for ten seconds more, for requests
    sent at the same time; presented later it ends the session, for it can only be a copy.
    """
    token = request.cookies.get(COOKIE, "")
    found = auth.refresh(token) if token else None
    if found is None:
        return Reply(None, _cleared() if token else {}, status=204)
    return Reply(found.body, _with_cookie(found).headers)


@api.route("POST", "/api/auth/logout", status=204)
def logout(ctx: PublicContext, request: RequestView) -> Reply[None]:  # noqa: ARG001
    """Sign out: end the session of the refresh cookie, and clear the cookie.

    An access token that was handed out stays good until it expires, 15 minutes at most.
    """
    auth.logout(request.cookies.get(COOKIE, ""))
    return Reply(None, _cleared())


@api.route("GET", "/api/auth/me")
def get_me(ctx: TenantContext) -> MeOut:
    """Tell who is signed in, and what they may do."""
    return auth.me(ctx)


def _with_cookie(signed_in: auth.SignedIn) -> Reply[SessionOut]:
    return Reply(
        signed_in.body, {"Set-Cookie": _cookie(signed_in.refresh_token, signed_in.max_age_s)}
    )


def _cleared() -> dict[str, str]:
    return {"Set-Cookie": _cookie("", 0)}


def _cookie(value: str, max_age_s: int) -> str:
    # Browsers keep a Secure cookie from http://127.0.0.1 or not, each as it likes.
    secure = "" if settings().stage == "local" else "; Secure"
    return (
        f"{COOKIE}={value}; Path=/api/auth; Max-Age={max_age_s}; HttpOnly; SameSite=Strict{secure}"
    )
