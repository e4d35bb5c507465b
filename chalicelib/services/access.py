"""How users keep hold of their accounts: passwords, links by mail, and where they are signed in."""

from __future__ import annotations

from typing import NoReturn

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Invalid, NotFound, Unauthenticated
from chalicelib.schemas.auth import (
    EmailVerification,
    InvitationAcceptance,
    LinkRequest,
    MePatch,
    PasswordChange,
    PasswordReset,
    SessionItem,
    SessionItems,
    UserOut,
)
from chalicelib.services import lockout, mail
from chalicelib.services.passwords import hash_password, is_password
from chalicelib.services.rate_limits import Limit, spend
from chalicelib.services.team import user_out
from chalicelib.storage import sessions as session_storage
from chalicelib.storage.mail_tokens import MailTokenRow, Purpose, find_token, use_token
from chalicelib.storage.tenants import UserRow, get_user
from chalicelib.storage.users import Users, join

LINKS_PER_ADDRESS = Limit("link-address", attempts=60, window_s=3600)
LINKS_PER_EMAIL = Limit("link-email", attempts=5, window_s=3600)
TOKENS_PER_ADDRESS = Limit("token-address", attempts=100, window_s=3600)
PASSWORDS_PER_USER = Limit("password-user", attempts=10, window_s=900)


def sessions_of(ctx: TenantContext, clock: Clock = SYSTEM_CLOCK) -> SessionItems:
    """Return where the user is signed in. 0.5 RRU and one query."""
    user = get_user(ctx.tenant_id, ctx.user_id)
    now_s = clock.now_ms() // 1000
    rows = session_storage.sessions_of(user.id, user.sessions_since or 0)
    return SessionItems(
        items=[
            SessionItem(
                id=row.id,
                is_current=row.id == ctx.session_id,
                created_at=to_iso(int(row.created_at)),
                last_used_at=to_iso(int(row.rotated_at) or int(row.created_at)),
                user_agent=row.user_agent,
                source_ip=row.source_ip,
            )
            for row in rows
            if int(row.expires_at) > now_s
        ]
    )


def own(ctx: TenantContext) -> UserOut:
    """Return the user themselves. 0.5 RRU."""
    return user_out(get_user(ctx.tenant_id, ctx.user_id))


def rename(ctx: TenantContext, body: MePatch) -> UserOut:
    """Give the user another name, and return them. 1 WRU. Raises NotFound if they are gone."""
    if not Users(ctx.tenant_id).change(ctx.user_id, UserRow.name.set(body.name)):
        raise NotFound("This account is gone; sign in with another.")
    return own(ctx)


def end_session(ctx: TenantContext, session_id: str) -> None:
    """End one session of the user; raise NotFound for one that is not theirs. 1 WRU."""
    if not session_storage.end_session_of(ctx.user_id, session_id):
        raise NotFound("There is no such session.")


def change_password(
    ctx: TenantContext, body: PasswordChange, clock: Clock = SYSTEM_CLOCK
) -> UserRow:
    """Set another password and end all sessions; return the user as they are then. 2 WRU.

    Raises Unauthenticated for a wrong present password, Invalid, TooManyRequests.
    """
    user = get_user(ctx.tenant_id, ctx.user_id)
    spend(PASSWORDS_PER_USER, user.id, clock)
    if not is_password(body.current_password.get_secret_value(), user.password_hash):
        raise Unauthenticated("The present password is wrong.", code="wrong_credentials")
    hashed = hash_password(body.new_password.get_secret_value(), "new_password")
    done = Users(ctx.tenant_id).change(
        user.id,
        UserRow.password_hash.set(hashed),
        UserRow.sessions_since.set(clock.now_ms()),
        only_if=UserRow.password_hash == user.password_hash,
    )
    if not done:
        raise Unauthenticated("The password was changed just now.", code="wrong_credentials")
    return get_user(ctx.tenant_id, ctx.user_id)


def ask_for_link(body: LinkRequest, source_ip: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Have a link mailed to an e-mail, if it has an account; nothing tells whether it has.

    Raises TooManyRequests, whoever's the e-mail is.
    """
    spend(LINKS_PER_ADDRESS, source_ip, clock)
    spend(LINKS_PER_EMAIL, f"{body.purpose}|{body.email}", clock)
    mail.ask_for_link(body.purpose, body.email)


def reset_password(body: PasswordReset, source_ip: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Set another password by a mailed token, and end all sessions; a second factor stays. 7 WRU.

    The mail proves the e-mail, so it counts as verified, and the address as its user's. Raises
    Invalid `link_expired` or for the password, which leaves the token as it is.
    """
    row, user = _find(body.token.get_secret_value(), "reset", source_ip, clock)
    now_ms = clock.now_ms()
    used = use_token(
        row,
        user,
        UserRow.password_hash.set(hash_password(body.password.get_secret_value())),
        UserRow.sessions_since.set(now_ms),
        UserRow.email_verified_at.set(user.email_verified_at or now_ms),
    )
    if not used:
        refuse_link()
    lockout.welcome(user.email, source_ip, clock)


def verify_email(body: EmailVerification, source_ip: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Note that a user's e-mail is theirs. 5 WRU. Raises Invalid `link_expired`."""
    row, user = _find(body.token.get_secret_value(), "verification", source_ip, clock)
    if not use_token(row, user, UserRow.email_verified_at.set(clock.now_ms())):
        refuse_link()


def accept_invitation(
    body: InvitationAcceptance, source_ip: str, clock: Clock = SYSTEM_CLOCK
) -> UserRow:
    """Make an invited user a member, and return them. 8 to 10 WRU.

    Tenant, e-mail and role are the invitation's. Raises Invalid, or Conflict for an e-mail that has
    an account; only whoever got the mail can learn that.
    """
    row, user = _find(body.token.get_secret_value(), "invitation", source_ip, clock)
    hashed = hash_password(body.password.get_secret_value())
    join(user, body.name, hashed, clock.now_ms(), row.id)
    return get_user(user.tenant_id, user.id)


def _find(
    token: str, purpose: Purpose, source_ip: str, clock: Clock
) -> tuple[MailTokenRow, UserRow]:
    """Return what a token stands for and its user; raise Invalid `link_expired`."""
    spend(TOKENS_PER_ADDRESS, source_ip, clock)
    row = find_token(token, purpose, clock.now_ms())
    if row is None:
        refuse_link()
    try:
        user = get_user(row.tenant_id, row.user_id)
    except NotFound:
        refuse_link()
    wanted = "invited" if purpose == "invitation" else "active"
    if user.state != wanted or row.about != mail.subject_of(purpose, user):
        refuse_link()
    return row, user


def refuse_link() -> NoReturn:
    """Raise Invalid `link_expired`: what is wrong with a mail's link is not told."""
    raise Invalid("This link has expired or was used; ask for a new one.", code="link_expired")
