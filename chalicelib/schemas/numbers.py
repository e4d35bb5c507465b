"""Requests and responses of WhatsApp business numbers."""

from __future__ import annotations

from pydantic import Field, SecretStr

from chalicelib.schemas.base import RequestModel, ResponseModel


class NumberConnect(RequestModel):
    """A number of a WhatsApp Business Account, and a token that may use it."""

    phone_number_id: str = Field(pattern=r"^\d{5,25}$")
    waba_id: str = Field(pattern=r"^\d{5,25}$")
    access_token: SecretStr = Field(min_length=1, max_length=1000)


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
