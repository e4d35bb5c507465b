"""Sign-up: a business comes to be when its owner has followed the link in a mail.

    asked       the wish is kept for a day, and a mail is asked for; nothing is looked up
    mailed      to an e-mail without an account: the link. To one that has: that it has one
    confirmed   tenant, owner, e-mail and slug are written in one transaction that uses the link up

So the answer to a sign-up, and its time, are the same whoever's the e-mail is: only its reader
learns whether it has an account. A business whose slug was taken meanwhile gets one of its own.
"""

from __future__ import annotations

import re
import unicodedata

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.errors import Conflict
from chalicelib.core.ids import random_id
from chalicelib.core.log import log
from chalicelib.schemas.auth import RegisterRequest, RegistrationConfirmation, RegistrationOut
from chalicelib.services import mail
from chalicelib.services.access import TOKENS_PER_ADDRESS, refuse_link
from chalicelib.services.passwords import hash_password
from chalicelib.services.phone_countries import check_country
from chalicelib.services.rate_limits import Limit, spend
from chalicelib.storage.mail_tokens import MailTokenRow, find_token
from chalicelib.storage.signups import LIVES_S, SignupRow, find_signup, keep_signup
from chalicelib.storage.tenants import TenantRow, UserRow, create_tenant, find_owner

# An office may sit behind one address, and a CDN in front of all, so an address's limit is wide.
SIGNUPS_PER_ADDRESS = Limit("signup-address", attempts=200, window_s=3600)
# Each is a mail to somebody who may not have asked for it.
SIGNUPS_PER_EMAIL = Limit("signup-email", attempts=5, window_s=3600)


def ask(request: RegisterRequest, source_ip: str, clock: Clock = SYSTEM_CLOCK) -> RegistrationOut:
    """Keep a sign-up and have its mail sent; the same for every e-mail. 3 WRU, one request.

    Raises Conflict for a slug that is taken, Invalid, TooManyRequests.
    """
    spend(SIGNUPS_PER_ADDRESS, source_ip, clock)
    check_country(request.country)
    hashed = hash_password(request.password.get_secret_value())
    if request.slug is not None and find_owner("slug", request.slug) is not None:
        raise Conflict(
            f"Another business is called {request.slug}; choose another slug.", code="slug_taken"
        )
    spend(SIGNUPS_PER_EMAIL, request.email, clock)
    row = SignupRow(
        random_id("sgn"),
        tenant_id=random_id("ten"),
        user_id=random_id("usr"),
        business_name=request.business_name,
        country=request.country,
        slug=request.slug,
        name=request.name,
        email=request.email,
        password_hash=hashed,
        expires_at=clock.now_ms() // 1000 + LIVES_S,
    )
    keep_signup(row)
    mail.request_signup(row.tenant_id, row.id)
    return RegistrationOut(email=request.email, expires_in_s=LIVES_S)


def confirm(
    body: RegistrationConfirmation, source_ip: str, clock: Clock = SYSTEM_CLOCK
) -> tuple[TenantRow, UserRow]:
    """Make the business and its owner that a mail's link stands for; return them. 16 WRU, 2 RRU.

    Raises Invalid `link_expired`, and Conflict `email_taken` if the e-mail got an account
    meanwhile.
    """
    spend(TOKENS_PER_ADDRESS, source_ip, clock)
    now_ms = clock.now_ms()
    token = find_token(body.token.get_secret_value(), "signup", now_ms)
    signup = None if token is None else find_signup(token.about or "", now_ms)
    if token is None or signup is None:
        refuse_link()
    wished = signup.slug or make_slug(signup.business_name, signup.tenant_id)
    try:
        made = _create(token, signup, wished, now_ms)
    except Conflict as conflict:
        if conflict.code == "link_used":
            refuse_link()
        if conflict.code != "slug_taken":
            raise
        own = make_slug(signup.business_name, signup.tenant_id)
        made = _create(token, signup, own, now_ms)
    log.info("tenant registered", extra={"registered_tenant_id": signup.tenant_id})
    return made


def _create(
    token: MailTokenRow, signup: SignupRow, slug: str, now_ms: int
) -> tuple[TenantRow, UserRow]:
    tenant = TenantRow(
        signup.tenant_id,
        name=signup.business_name,
        country=signup.country,
        created_at=now_ms,
        slug=slug,
    )
    owner = UserRow(
        signup.tenant_id,
        signup.user_id,
        name=signup.name,
        email=signup.email,
        role="owner",
        password_hash=signup.password_hash,
        created_at=now_ms,
        email_verified_at=now_ms,
    )
    create_tenant(tenant, owner, (token, MailTokenRow.id.exists()), (signup, SignupRow.id.exists()))
    return tenant, owner


def make_slug(name: str, tenant_id: str) -> str:
    """Return a slug made from a business's name, with enough of its id to be nobody else's."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = "-".join(re.findall(r"[a-z0-9]+", plain))[:29].strip("-")
    return f"{words or 'business'}-{tenant_id[-10:]}"
