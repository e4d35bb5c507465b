"""Requests and responses of sign-up and sign-in."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from chalicelib.schemas.base import Name, RequestModel, ResponseModel

# RFC 5321's dot-string; SES takes neither quoted local parts nor ones beyond ASCII (SMTPUTF8).
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{1,62}[a-z0-9]")


_MAX_SENT = 1000


def _one_spelling(email: str) -> str:
    """Return an e-mail in the one spelling that accounts are found by, all of it ASCII.

    Compatible letters (full width, say) become the plain ones. Other letters that look like them
    cannot pass for them: in the local part they are refused, since no mail could be sent there, and
    a domain that has them is shown as what it is, `xn--…`.
    """
    if len(email) > _MAX_SENT:  # before NFKC, whose time grows by the square of odd texts
        raise ValueError("write an e-mail address, e.g. ada@example.com")
    email = unicodedata.normalize("NFKC", email).strip().lower()
    local, _, domain = email.rpartition("@")
    if local and not local.isascii():
        raise ValueError("use only letters of ASCII before the @; no mail can be sent to others")
    domain = _ascii_domain(domain)
    email = f"{local}@{domain}"
    is_whole = len(local) <= 64 and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain)
    if len(email) > 254 or not is_whole:
        raise ValueError("write an e-mail address, e.g. ada@example.com")
    return email


def _ascii_domain(domain: str) -> str:
    """Return a domain as DNS has it (IDNA 2008, UTS 46); "" for one that cannot be."""
    if domain.isascii():
        return domain
    import idna

    try:
        return idna.encode(domain, uts46=True, std3_rules=True).decode()
    except idna.IDNAError:
        return ""


Email = Annotated[
    str,
    AfterValidator(_one_spelling),
    Field(
        description="Case and surrounding spaces do not count.",
        json_schema_extra={"format": "email", "maxLength": 254},
    ),
]


# services/passwords.py holds the rules, in words for people; these are for the document.
NewPassword = Annotated[
    SecretStr,
    Field(
        description="10 characters to 72 bytes (a limit of bcrypt).",
        json_schema_extra={"minLength": 10, "maxLength": 72},
    ),
]
Code = Annotated[
    str,
    Field(
        min_length=6,
        max_length=20,
        description="Six digits of the authenticator app, or a recovery code.",
    ),
]
MailToken = Annotated[
    SecretStr, Field(min_length=20, max_length=100, description="What the mail's link carries.")
]


class RegisterRequest(RequestModel):
    """A new business and its owner."""

    business_name: Name
    name: Name
    email: Email
    password: NewPassword
    slug: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9](-?[a-z0-9]){2,39}$",
        description="Unique short name; made from `business_name` if it is not given.",
    )
    country: str = Field(
        default="US",
        pattern=r"^[A-Z]{2}$",
        description="ISO 3166 country that phone numbers without a + are read in.",
    )


class RegistrationOut(ResponseModel):
    """A sign-up that waits for the link in its mail to be followed."""

    email: str
    expires_in_s: int


class RegistrationConfirmation(RequestModel):
    """Proof that the mail of a sign-up arrived."""

    token: MailToken


class LoginRequest(RequestModel):
    """An e-mail and a password."""

    email: Email
    password: SecretStr
    code: Code | None = Field(
        default=None, repr=False, description="Of the second factor, where there is one."
    )


class PasswordChange(RequestModel):
    """The password that is, and the one that shall be."""

    current_password: SecretStr
    new_password: NewPassword


class LinkRequest(RequestModel):
    """A mail with a link."""

    purpose: Literal["reset", "verification"]
    email: Email


class PasswordReset(RequestModel):
    """Another password for whoever got the mail."""

    token: MailToken
    password: NewPassword


class EmailVerification(RequestModel):
    """Proof that a mail arrived."""

    token: MailToken


class InvitationAcceptance(RequestModel):
    """What an invited user adds to become a member."""

    token: MailToken
    name: Name
    password: NewPassword


class LogoutQuery(RequestModel):
    """How far to sign out."""

    everywhere: bool = Field(default=False, description="End the user's other sessions too.")


class SessionItem(ResponseModel):
    """A place where a user is signed in."""

    id: str
    is_current: bool
    created_at: str
    last_used_at: str
    user_agent: str | None
    source_ip: str | None


class SessionItems(ResponseModel):
    """The places where a user is signed in, newest first, 100 at most."""

    items: list[SessionItem]


class TotpBegin(RequestModel):
    """The password once more, since a second factor changes who can sign in."""

    password: SecretStr


class TotpSecret(ResponseModel):
    """What an authenticator app needs; shown this once."""

    secret: str = Field(repr=False)
    uri: str = Field(repr=False, description="otpauth:// address, to be shown as a QR code.")


class TotpChange(RequestModel):
    """A code of the app, and whether the second factor shall be on from now on."""

    is_enabled: bool
    code: Code = Field(repr=False)


class RecoveryCodes(ResponseModel):
    """Codes for the day when the phone is lost: each works once; shown this once."""

    is_enabled: bool
    recovery_codes: list[str] = Field(repr=False)


class UserOut(ResponseModel):
    """A member of a team, or somebody invited."""

    id: str
    name: str
    email: str
    role: str
    state: Literal["active", "invited"]
    is_email_verified: bool
    has_second_factor: bool


class Suspension(ResponseModel):
    """Since when a business is suspended, and why."""

    since: str
    reason: str


class TenantOut(ResponseModel):
    """A business on the platform."""

    id: str
    name: str
    country: str
    slug: str | None
    suspension: Suspension | None = Field(
        description="While it is there the business can read and export, but change nothing."
    )


class SessionOut(ResponseModel):
    """A signed-in session; the refresh token travels only in an HttpOnly cookie."""

    access_token: str = Field(repr=False)
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme of HTTP
    expires_in_s: int
    user: UserOut
    tenant: TenantOut


class MePatch(RequestModel):
    """What users change about themselves."""

    name: Name


class MeOut(ResponseModel):
    """Who the access token stands for, and what they may do."""

    user: UserOut
    tenant: TenantOut
    permissions: list[str]
    deletion_due_at: str | None = Field(
        description="When the business is going to be deleted; null where nobody has asked for it."
    )
