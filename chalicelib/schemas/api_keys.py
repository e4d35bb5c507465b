"""Requests and responses about API keys."""

from __future__ import annotations

import ipaddress
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from chalicelib.schemas.base import Name, RequestModel, ResponseModel


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=True))
    except ValueError as error:
        message = f"write a network, e.g. 203.0.113.0/24 ({error})"
        raise ValueError(message) from None


Network = Annotated[str, StringConstraints(max_length=50), AfterValidator(_network)]


class ApiKeyCreate(RequestModel):
    """A key for a program."""

    name: Name
    scopes: list[Annotated[str, StringConstraints(max_length=60)]] = Field(
        min_length=1, max_length=60, description="`resource:action`, of what you may do yourself."
    )
    expires_at: AwareDatetime | None = Field(
        default=None, description="When the key ends; without it only by being removed."
    )
    networks: list[Network] = Field(
        default_factory=list,
        max_length=20,
        description="CIDR networks that it may be used from; none means any.",
    )

    def expiry_ms(self) -> int | None:
        """Return when the key ends, in milliseconds."""
        moment: datetime | None = self.expires_at
        return None if moment is None else int(moment.timestamp() * 1000)


class ApiKeyOut(ResponseModel):
    """A key without its secret."""

    id: str
    name: str
    scopes: list[str]
    networks: list[str]
    created_by: str
    created_at: str
    expires_at: str | None
    last_used_at: str | None = Field(description="To within a quarter of an hour.")


class ApiKeyMade(ApiKeyOut):
    """A new key; `key` is shown this once."""

    key: str = Field(repr=False)


class ApiKeyList(ResponseModel):
    """A page of keys."""

    items: list[ApiKeyOut]
    next_cursor: str | None
