"""Routes of sign-up, sign-in and sessions."""

from __future__ import annotations

from chalicelib.core.config import settings
from chalicelib.core.context import PublicContext, TenantContext
from chalicelib.core.contract import Reply, RequestView
from chalicelib.core.errors import Conflict, Forbidden, NotFound, TooManyRequests, Unauthenticated
from chalicelib.core.headers import is_of_own_page
from chalicelib.handlers.routing import routes
from chalicelib.schemas.auth import (
    EmailVerification,
    InvitationAcceptance,
    LinkRequest,
    LoginRequest,
    LogoutQuery,
    MeOut,
    MePatch,
    PasswordChange,
    PasswordReset,
    RecoveryCodes,
    RegisterRequest,
    RegistrationConfirmation,
    RegistrationOut,
    SessionItems,
    SessionOut,
    TotpBegin,
    TotpChange,
    TotpSecret,
    UserOut,
)
from chalicelib.services import access, auth, registration, second_factor
from chalicelib.services.sessions import Origin

api = routes(__name__, "auth")
blueprint = api.blueprint

COOKIE = "parley_refresh"


@api.route("POST", "/api/auth/register", status=202, errors=(Conflict, TooManyRequests))
def register(ctx: PublicContext, body: RegisterRequest) -> RegistrationOut:
    """Sign a business up: its owner gets a mail, whose link makes it.

    The answer is the same whether the e-mail has an account or not; the mail to one that has says
    so.
    """
    return registration.ask(body, ctx.source_ip)


@api.route("POST", "/api/auth/register/confirm", status=201, errors=(Conflict, TooManyRequests))
def confirm_registration(
    ctx: PublicContext, body: RegistrationConfirmation, request: RequestView
) -> Reply[SessionOut]:
    """Make the business that a mail's link stands for, and sign its owner in.

    The refresh token comes in the HttpOnly cookie `parley_refresh`, which only `/api/auth` sees.
    """
    return _with_cookie(auth.confirm_registration(body, _origin(ctx.source_ip, request)))


@api.route("POST", "/api/auth/login", errors=(Unauthenticated, TooManyRequests))
def login(ctx: PublicContext, body: LoginRequest, request: RequestView) -> Reply[SessionOut]:
    """Sign in with an e-mail and a password, and a code where there is a second factor.

    `second_factor_required` asks for the same again with a `code`. Wrong attempts are slowed down.
    """
    return _with_cookie(auth.login(body, _origin(ctx.source_ip, request)))


@api.route(
    "POST",
    "/api/auth/refresh",
    other_statuses={204: "Nobody is signed in; the cookie is cleared."},
    errors=(Forbidden,),
    is_audited=False,  # every open page does it every quarter of an hour
)
def refresh_session(ctx: PublicContext, request: RequestView) -> Reply[SessionOut | None]:  # noqa: ARG001
    """Get a new access token for the refresh cookie.

    Each refresh replaces the cookie. A replaced cookie is good for ten seconds more, for requests
    sent at the same time; presented later it ends the session, for it can only be a copy.
    """
    _check_page(request)
    token = request.cookies.get(COOKIE, "")
    found = auth.refresh(token) if token else None
    if found is None:
        return Reply(None, _cleared() if token else {}, status=204)
    return Reply(found.body, _with_cookie(found).headers)


@api.route("POST", "/api/auth/logout", status=204, errors=(Forbidden,))
def logout(ctx: PublicContext, query: LogoutQuery, request: RequestView) -> Reply[None]:  # noqa: ARG001
    """Sign out: end the session of the refresh cookie, and clear the cookie.

    With `everywhere` all sessions of the user end. An access token that was handed out stays good
    until it expires, 15 minutes at most.
    """
    _check_page(request)
    auth.logout(request.cookies.get(COOKIE, ""), everywhere=query.everywhere)
    return Reply(None, _cleared())


@api.route("GET", "/api/auth/sessions")
def list_sessions(ctx: TenantContext) -> SessionItems:
    """List where you are signed in."""
    return access.sessions_of(ctx)


@api.route(
    "DELETE",
    "/api/auth/sessions/{session_id}",
    status=204,
    errors=(NotFound,),
    while_suspended=True,
)
def end_session(ctx: TenantContext, session_id: str) -> None:
    """Sign out of one of the places where you are signed in."""
    access.end_session(ctx, session_id)


@api.route("POST", "/api/auth/password", errors=(TooManyRequests,), while_suspended=True)
def change_password(
    ctx: TenantContext, body: PasswordChange, request: RequestView
) -> Reply[SessionOut]:
    """Change your password; you are signed out everywhere else."""
    return _with_cookie(auth.change_password(ctx, body, _origin(request.source_ip, request)))


@api.route("POST", "/api/auth/links", status=204, errors=(TooManyRequests,))
def ask_for_link(ctx: PublicContext, body: LinkRequest) -> None:
    """Have a link mailed, to reset a password or to verify an e-mail.

    The answer is the same whether the e-mail has an account or not.
    """
    access.ask_for_link(body, ctx.source_ip)


@api.route("POST", "/api/auth/password/reset", status=204, errors=(TooManyRequests,))
def reset_password(ctx: PublicContext, body: PasswordReset) -> None:
    """Set another password with the token of a mail; every session ends.

    The token is good for an hour, and once.
    """
    access.reset_password(body, ctx.source_ip)


@api.route("POST", "/api/auth/verify-email", status=204, errors=(TooManyRequests,))
def verify_email(ctx: PublicContext, body: EmailVerification) -> None:
    """Show with the token of a mail that an e-mail is yours."""
    access.verify_email(body, ctx.source_ip)


@api.route("POST", "/api/auth/join", status=201, errors=(Conflict, TooManyRequests))
def accept_invitation(
    ctx: PublicContext, body: InvitationAcceptance, request: RequestView
) -> Reply[SessionOut]:
    """Join the team that a mail invited you to, and sign in."""
    return _with_cookie(auth.accept_invitation(body, _origin(ctx.source_ip, request)))


@api.route("POST", "/api/auth/totp", errors=(Conflict, TooManyRequests), while_suspended=True)
def begin_totp(ctx: TenantContext, body: TotpBegin) -> TotpSecret:
    """Begin a second factor: get the secret for an authenticator app.

    It counts once a code has confirmed it.
    """
    return second_factor.begin(ctx, body)


@api.route("PUT", "/api/auth/totp", errors=(Conflict, TooManyRequests), while_suspended=True)
def change_totp(ctx: TenantContext, body: TotpChange) -> RecoveryCodes:
    """Switch the second factor on or off with a code of the authenticator app.

    Switching it on answers ten recovery codes, which are shown this once.
    """
    return second_factor.change(ctx, body)


@api.route("GET", "/api/auth/me")
def get_me(ctx: TenantContext) -> MeOut:
    """Tell who is signed in, and what they may do."""
    return auth.me(ctx)


@api.route("PATCH", "/api/auth/me", errors=(NotFound,), before=access.own)
def update_me(ctx: TenantContext, body: MePatch) -> UserOut:
    """Change your own name."""
    return access.rename(ctx, body)


def _check_page(request: RequestView) -> None:
    """Raise Forbidden for a request with the cookie that a page of another site has sent."""
    own = {*settings().web_origins, settings().app_url}
    if not is_of_own_page(request.headers, own):
        raise Forbidden("A page of another site cannot do this.", code="foreign_page")


def _origin(source_ip: str, request: RequestView) -> Origin:
    return Origin(source_ip, request.headers.get("user-agent", ""))


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
