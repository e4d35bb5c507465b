"""Requests and responses of sign-up and sign-in."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, StringConstraints

from chalicelib.schemas.base import Name, RequestModel, ResponseModel


def _one_spelling(value: object) -> object:
    """Return an e-mail in the one spelling that accounts are found by."""
    return unicodedata.normalize("NFKC", value).strip().lower() if isinstance(value, str) else value


Email = Annotated[
    str,
    StringConstraints(
        max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+$"
    ),
    BeforeValidator(_one_spelling),
    Field(
        description="Case and surrounding spaces do not count.",
        json_schema_extra={"format": "email"},
    ),
]


class RegisterRequest(RequestModel):
    """A new business and its owner."""

    business_name: Name
    name: Name
    email: Email
    password: SecretStr = Field(
        min_length=10, max_length=72, description="10 characters to 72 bytes (a limit of bcrypt)."
    )
    country: str = Field(
        default="US",
        pattern=r"^[A-Z]{2}$",
        description="ISO country that phone numbers without a + are read in.",
    )


class LoginRequest(RequestModel):
    """An e-mail and a password."""

    email: Email
    password: SecretStr = Field(max_length=200)


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
