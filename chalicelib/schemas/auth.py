"""Requests and responses of sign-up and sign-in."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from chalicelib.schemas.base import Name, RequestModel, ResponseModel

_EMAIL = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+")


def _one_spelling(email: str) -> str:
    """Return an e-mail in the one spelling that accounts are found by."""
    email = unicodedata.normalize("NFKC", email).strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise ValueError("write an e-mail address, e.g. ada@example.com")
    return email


Email = Annotated[
    str,
    AfterValidator(_one_spelling),
    Field(
        description="Case and surrounding spaces do not count.",
        json_schema_extra={"format": "email", "maxLength": 254},
    ),
]


class RegisterRequest(RequestModel):
    """A new business and its owner."""

    business_name: Name
    name: Name
    email: Email
    # services/passwords.py holds the rules, in words for people; these are for the document.
    password: SecretStr = Field(
        description="10 characters to 72 bytes (a limit of bcrypt).",
        json_schema_extra={"minLength": 10, "maxLength": 72},
    )
    country: str = Field(
        default="US",
        pattern=r"^[A-Z]{2}$",
        description="ISO 3166 country that phone numbers without a + are read in.",
    )


class LoginRequest(RequestModel):
    """An e-mail and a password."""

    email: Email
    password: SecretStr


class UserOut(ResponseModel):
    """A member of a team."""

    id: str
    name: str
    email: str
    role: str


class TenantOut(ResponseModel):
    """A business on the platform."""

    id: str
    name: str
    country: str


class SessionOut(ResponseModel):
    """A signed-in session; the refresh token travels only in an HttpOnly cookie."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme of HTTP
    expires_in_s: int
    user: UserOut
    tenant: TenantOut


class MeOut(ResponseModel):
    """Who the access token stands for, and what they may do."""

    user: UserOut
    tenant: TenantOut
    permissions: list[str]
