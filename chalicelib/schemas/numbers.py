"""Requests and responses of WhatsApp business numbers."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from chalicelib.schemas.base import RequestModel, ResponseModel

_VISIBLE_ASCII = re.compile(r"[!-~]+")


def _fits_a_header(token: SecretStr) -> SecretStr:
    """Refuse what cannot be a token: it would break the header that carries it."""
    if not _VISIBLE_ASCII.fullmatch(token.get_secret_value()):
        message = "an access token has no spaces, line breaks or letters beyond ASCII"
        raise ValueError(message)
    return token


class NumberConnect(RequestModel):
    """A number of a WhatsApp Business Account, and a token that may use it."""

    phone_number_id: str = Field(pattern=r"^\d{5,25}$")
    waba_id: str = Field(pattern=r"^\d{5,25}$")
    access_token: Annotated[
        SecretStr, Field(min_length=1, max_length=1000), AfterValidator(_fits_a_header)
    ]


class NumberOut(ResponseModel):
    """A connected number, as Meta described it when it was last asked."""

    id: str
    phone_number_id: str
    waba_id: str
    display_phone_number: str
    verified_name: str
    quality_rating: str
    throughput_level: str
    messages_per_s: int
    status: str
    connected_at: str


class NumberList(ResponseModel):
    """The numbers of a tenant."""

    items: list[NumberOut]
    next_cursor: str | None
