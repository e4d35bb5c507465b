"""A message of people's cards, in Meta's own JSON shape, with Meta's limits."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_serializer, model_validator

from chalicelib.schemas.base import RequestModel
from chalicelib.schemas.fields import refuse
from chalicelib.schemas.message_base import ReplyingMessage

MAX_CONTACTS = 257


class ContactName(RequestModel):
    """A person's name: as a whole, and at least one part of it."""

    formatted_name: str = Field(min_length=1, max_length=512)
    first_name: str | None = Field(default=None, max_length=256)
    last_name: str | None = Field(default=None, max_length=256)
    middle_name: str | None = Field(default=None, max_length=256)
    prefix: str | None = Field(default=None, max_length=256)
    suffix: str | None = Field(default=None, max_length=256)

    @model_validator(mode="after")
    def _has_a_part(self) -> Self:
        parts = (self.first_name, self.last_name, self.middle_name, self.prefix, self.suffix)
        if not any(parts):
            refuse("besides formatted_name one part of the name is needed", "first_name")
        return self


class ContactPhone(RequestModel):
    """A phone of a card; with `wa_id` the recipient may write to it at once."""

    phone: str | None = Field(default=None, min_length=1, max_length=64)
    wa_id: str | None = Field(default=None, pattern=r"^[0-9]{4,20}$")
    type: str | None = Field(default=None, max_length=32)


class ContactEmail(RequestModel):
    """An e-mail address of a card."""

    email: str = Field(min_length=3, max_length=320)
    type: str | None = Field(default=None, max_length=32)


class ContactUrl(RequestModel):
    """A web address of a card."""

    url: str = Field(min_length=1, max_length=2000)
    type: str | None = Field(default=None, max_length=32)


class ContactAddress(RequestModel):
    """A postal address of a card."""

    street: str | None = Field(default=None, max_length=512)
    city: str | None = Field(default=None, max_length=256)
    state: str | None = Field(default=None, max_length=256)
    zip: str | None = Field(default=None, max_length=32)
    country: str | None = Field(default=None, max_length=256)
    country_code: str | None = Field(default=None, pattern=r"^[A-Za-z]{2}$")
    type: str | None = Field(default=None, max_length=32)


class ContactOrg(RequestModel):
    """Where the person of a card works."""

    company: str | None = Field(default=None, max_length=256)
    department: str | None = Field(default=None, max_length=256)
    title: str | None = Field(default=None, max_length=256)


def _day(text: object) -> object:
    """Return the day that a text is, which strict validation takes for none outside plain JSON."""
    if not isinstance(text, str):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = "write the day as YYYY-MM-DD, e.g. 1990-11-26"
        raise ValueError(message) from None


class ContactCard(RequestModel):
    """A person's card."""

    name: ContactName
    phones: list[ContactPhone] | None = Field(default=None, max_length=50)
    emails: list[ContactEmail] | None = Field(default=None, max_length=50)
    addresses: list[ContactAddress] | None = Field(default=None, max_length=50)
    urls: list[ContactUrl] | None = Field(default=None, max_length=50)
    org: ContactOrg | None = None
    birthday: Annotated[date, BeforeValidator(_day)] | None = Field(
        default=None, description="As YYYY-MM-DD."
    )

    @field_serializer("birthday")
    def _iso(self, value: date | None) -> str | None:
        return None if value is None else value.isoformat()


class ContactsMessage(ReplyingMessage):
    """People's cards."""

    type: Literal["contacts"]
    contacts: list[ContactCard] = Field(min_length=1, max_length=MAX_CONTACTS)
