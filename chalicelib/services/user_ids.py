"""Business-scoped user ids (BSUIDs): by them a person is written to whose phone WhatsApp hides."""

from __future__ import annotations

import re
from dataclasses import dataclass

# https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
_USER_ID = re.compile(r"([A-Z]{2})\.([A-Za-z0-9]{1,128})")


@dataclass(frozen=True, slots=True)
class UserId:
    """A user id, and the ISO country that it begins with."""

    value: str
    country: str


def read_user_id(text: str) -> UserId | None:
    """Return the user id that `text` is, without space around it; None for anything else.

    One of linked portfolios (`US.ENT.…`) names the person to several businesses and is none: what
    people write comes under the business's own.
    """
    found = _USER_ID.fullmatch(text.strip())
    return None if found is None else UserId(found[0], found[1])


def shape_of_user_id(text: str) -> str:
    """Return why `text` is no user id, and what one looks like, as the end of a sentence."""
    return f"{text[:40]!r} is no WhatsApp user id; one looks like US.13491208655302741918"
