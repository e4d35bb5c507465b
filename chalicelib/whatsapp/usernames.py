"""Calls about a number's username, by which customers find it without knowing the phone number.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.whatsapp.errors import Refused, WhatsAppError
from chalicelib.whatsapp.graph import GraphRequest, node, read_items, text

USERNAME_CODES = frozenset(range(147001, 147006))


@dataclass(frozen=True, slots=True)
class Username:
    """A number's username and Meta's word on it: `approved` or `reserved`; None where none is."""

    username: str | None
    status: str | None


def username_request(phone_number_id: str) -> GraphRequest:
    """Return the call for a number's username."""
    return GraphRequest("GET", node(phone_number_id, "username"))


def suggestions_request(phone_number_id: str) -> GraphRequest:
    """Return the call for the usernames that Meta keeps free for the business."""
    return GraphRequest("GET", node(phone_number_id, "username_suggestions"))


def set_username_request(phone_number_id: str, username: str) -> GraphRequest:
    """Return the call that takes a username, or changes it."""
    return GraphRequest("POST", node(phone_number_id, "username"), json={"username": username})


def delete_username_request(phone_number_id: str) -> GraphRequest:
    """Return the call that gives the username up."""
    return GraphRequest("DELETE", node(phone_number_id, "username"))


def read_username(answer: Mapping[str, Any]) -> Username:
    """Return the username in an answer, without a leading `@`."""
    name = text(answer, "username")
    status = text(answer, "status")
    return Username(name.removeprefix("@") if name else None, status.lower() if status else None)


def read_suggestions(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the suggested usernames; Meta lists them as objects or as texts of such an object."""
    found: list[str] = []
    for item in read_items(answer):
        names = item.get("username_suggestions")
        if isinstance(names, list):
            found += [str(name).removeprefix("@") for name in names]
        elif (name := text(item, "username")) is not None:
            found.append(name.removeprefix("@"))
    return tuple(found)


def is_username_refused(error: WhatsAppError) -> bool:
    """Tell whether Meta refused the name itself, which another name can put right."""
    return isinstance(error, Refused) and error.code in USERNAME_CODES
