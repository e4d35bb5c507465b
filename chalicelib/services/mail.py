"""Mails with a link: asked for on the queue, written and sent from there through SES.

The request that asks only puts a message on the queue, whoever the e-mail belongs to and whether
anybody does: so neither its answer nor its time tells. The token is made by the worker, and leaves
it in the mail alone. A message that is delivered twice sends two mails, whose links both work until
one is used.

    reset          1 hour      sets another password
    verification   24 hours    shows that the e-mail is its user's
    invitation     7 days      makes an invited user a member
    signup         24 hours    makes a business and its owner; who has an account is told that
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from chalicelib.core import aws
from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.config import SettingsError, settings
from chalicelib.core.context import TenantContext
from chalicelib.core.envelopes import UnknownEnvelope, write_envelope
from chalicelib.core.errors import NotFound
from chalicelib.core.ids import random_id
from chalicelib.core.log import log
from chalicelib.storage.mail_tokens import MailTokenRow, Purpose, keep_token, token_id
from chalicelib.storage.signups import find_signup
from chalicelib.storage.tenants import Owner, UserRow, find_owner, get_tenant, get_user

LIVES_S: dict[Purpose, int] = {
    "reset": 3600,
    "verification": 86_400,
    "invitation": 7 * 86_400,
    "signup": 86_400,
}
# How long a request that asked for a mail has to write the user: longer than it may run.
AFTER_WRITING_S = 30
_PATHS: dict[Purpose, str] = {
    "reset": "reset-password",
    "verification": "verify-email",
    "invitation": "join",
    "signup": "finish-registration",
}


def ask_for_link(purpose: Purpose, email: str) -> None:
    """Have a mail sent to the user of an e-mail, if there is one. 0.5 RRU, one request.

    Does the same work for an e-mail that nobody has, and does not tell.
    """
    owner = find_owner("email", email)
    # A stranger gets a tenant and a user that do not exist, and the worker finds nobody.
    found = owner or Owner(random_id("ten"), random_id("usr"))
    request(purpose, found.tenant_id, found.entity_id)


def request(purpose: Purpose, tenant_id: str, user_id: str, *, delay_s: int = 0) -> None:
    """Have a mail sent to a user after `delay_s`; durable on return. One request.

    Nothing is sent to a user who is not there by then, so it can be asked for before they are.
    """
    body = write_envelope("link", tenant_id, purpose=purpose, user_id=user_id)
    aws.send_messages(settings().mail_queue_url, [(body, tenant_id, delay_s)])


def send_link(ctx: TenantContext, envelope: Mapping[str, Any], clock: Clock = SYSTEM_CLOCK) -> None:
    """Make a token for a user and mail its link. 1 RRU, 1 WRU, one request.

    A mail that makes no sense any more (nobody there, verified already, joined already) is not
    sent. Raises SettingsError where MAIL_FROM or APP_URL is missing, and what SES raises: the queue
    delivers it again, and keeps what cannot be sent in its dead letters. So does UnknownEnvelope,
    for a purpose that only newer code can have asked for.
    """
    purpose: Purpose = envelope["purpose"]
    if purpose not in LIVES_S:
        message = f"no link has the purpose {purpose!r}"
        raise UnknownEnvelope(message)
    try:
        user = get_user(ctx.tenant_id, str(envelope["user_id"]))
        business = get_tenant(ctx.tenant_id).name
    except NotFound:
        return
    if not _makes_sense(purpose, user):
        return
    token = secrets.token_urlsafe(32)
    keep_token(
        MailTokenRow(
            token_id(token),
            purpose=purpose,
            tenant_id=user.tenant_id,
            user_id=user.id,
            about=subject_of(purpose, user),
            expires_at=clock.now_ms() // 1000 + LIVES_S[purpose],
        )
    )
    # In the fragment, which a browser sends to no server and no log.
    link = f"{_setting('APP_URL', settings().app_url)}/{_PATHS[purpose]}#token={token}"
    subject, text = _words(purpose, one_line(business), link)
    send(user.email, subject, text)
    log.info("a mail was sent", extra={"mail_purpose": purpose, "mail_user_id": user.id})


def request_signup(tenant_id: str, signup_id: str) -> None:
    """Have the mail of a sign-up sent, whoever's its e-mail is; durable on return. One request."""
    body = write_envelope("signup", tenant_id, signup_id=signup_id)
    aws.send_messages(settings().mail_queue_url, [(body, tenant_id, 0)])


def send_signup(
    ctx: TenantContext, envelope: Mapping[str, Any], clock: Clock = SYSTEM_CLOCK
) -> None:
    """Mail the link of a sign-up, or that the e-mail has an account. 2 RRU, 1 WRU, one request.

    Raises as `send_link` does.
    """
    now_ms = clock.now_ms()
    signup = find_signup(str(envelope["signup_id"]), now_ms)
    if signup is None or signup.tenant_id != ctx.tenant_id:
        return
    app = _setting("APP_URL", settings().app_url)
    if find_owner("email", signup.email) is not None:
        send(signup.email, *_words_to_a_known_one(f"{app}/login"))
        log.info("a sign-up of somebody who has an account")
        return
    token = secrets.token_urlsafe(32)
    keep_token(
        MailTokenRow(
            token_id(token),
            purpose="signup",
            tenant_id=signup.tenant_id,
            user_id=signup.user_id,
            about=signup.id,
            expires_at=signup.expires_at,
        )
    )
    link = f"{app}/{_PATHS['signup']}#token={token}"
    send(signup.email, *_words("signup", one_line(signup.business_name), link))
    log.info("a mail was sent", extra={"mail_purpose": "signup"})


def _words_to_a_known_one(link: str) -> tuple[str, str]:
    """Return subject and text of the mail to somebody who signs up and has an account."""
    return (
        "You already have a Parley account",
        f"""Somebody, probably you, signed up for Parley with this e-mail, which has an account.

Sign in here; the page also helps if you have forgotten the password:
{link}

If it was not you, do nothing: nothing was changed.
""",
    )


def subject_of(purpose: Purpose, user: UserRow) -> str | None:
    """Return what a link of a user is about; once this has changed, the link is worth nothing."""
    if purpose == "reset":
        return hashlib.sha256((user.password_hash or "").encode()).hexdigest()
    return user.email


def _makes_sense(purpose: Purpose, user: UserRow) -> bool:
    if purpose == "invitation":
        return user.state == "invited"
    is_done = purpose == "verification" and user.email_verified_at is not None
    return user.state == "active" and not is_done


def _words(purpose: Purpose, business: str, link: str) -> tuple[str, str]:
    """Return subject and text of a mail."""
    if purpose == "reset":
        subject = "Set a new Parley password"
        text = f"""Somebody, probably you, asked to set a new password for this e-mail.

Set it here within an hour; the link works once:
{link}

If it was not you, do nothing: your password stays as it is.
"""
    elif purpose == "verification":
        subject = "Confirm your e-mail for Parley"
        text = f"""Confirm that this e-mail is yours. The link works for 24 hours:
{link}

If you have no Parley account, do nothing.
"""
    elif purpose == "signup":
        subject = "Finish your sign-up for Parley"
        text = f"""Finish signing up {business} here. The link works once, for 24 hours:
{link}

If you have not signed up for Parley, do nothing: no account is made.
"""
    else:
        subject = f"Join {business} on Parley"
        text = f"""{business} invites you to its team on Parley.

Join here within 7 days; the link works once:
{link}

If you do not know them, do nothing.
"""
    return subject, text


def send(to: str, subject: str, text: str) -> None:
    """Send one mail; raise SettingsError where MAIL_FROM is missing. One request."""
    aws.client("sesv2").send_email(
        FromEmailAddress=_setting("MAIL_FROM", settings().mail_from),
        Destination={"ToAddresses": [to]},
        Content={
            "Simple": {
                "Subject": {"Data": subject, "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": text, "Charset": "UTF-8"},
                    "Html": {"Data": as_html(text), "Charset": "UTF-8"},
                },
            }
        },
    )


def as_html(text: str) -> str:
    """Return a mail's text as HTML: paragraphs, and each line that is an address as a link.

    Nothing of a name that somebody chose is taken for markup. No picture and nothing from
    elsewhere, so that no reader is told of and no client has to ask.
    """
    import html

    paragraphs = []
    for paragraph in text.strip().split("\n\n"):
        lines = [html.escape(line) for line in paragraph.splitlines()]
        paragraphs.append("<br>".join(_link(line) for line in lines))
    body = "".join(f'<p style="margin:0 0 16px">{one}</p>' for one in paragraphs)
    return (
        '<!doctype html><html lang="en"><body style="margin:0;padding:24px;color:#15201f;'
        'font:16px/1.5 system-ui,sans-serif"><div style="max-width:34em">'
        '<p style="margin:0 0 24px;font-weight:700;font-size:20px">Parley</p>'
        f"{body}</div></body></html>"
    )


def _link(line: str) -> str:
    if not line.startswith(("https://", "http://")) or " " in line:
        return line
    return f'<a href="{line}" style="color:#00615e;word-break:break-all">{line}</a>'


def _setting(name: str, value: str) -> str:
    if not value:
        message = f"{name} is not set, so no mail can be sent; see the template's parameters"
        raise SettingsError(message)
    return value


def one_line(text: str) -> str:
    """Return a name as it may stand in a header: without line breaks and control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
