"""Calls about the people whom a number has blocked.

Meta blocks only who wrote in the last 24 hours, and answers 400 with 139100 when it took some of
the list and not all: the same lists are then inside the error's answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.whatsapp.graph import GraphRequest, node, read_items, text

PARTIAL_FAILURE = 139100
_PRODUCT = {"messaging_product": "whatsapp"}


@dataclass(frozen=True, slots=True)
class BlockedUser:
    """Somebody on the block list: a phone without `+`, a BSUID, or both."""

    wa_id: str | None
    user_id: str | None


@dataclass(frozen=True, slots=True)
class UserOutcome:
    """What came of one user of a request; `error` is Meta's words, None where it was done."""

    input: str
    wa_id: str | None
    user_id: str | None
    error: str | None


def change_request(
    phone_number_id: str, users: Sequence[Mapping[str, str]], *, block: bool
) -> GraphRequest:
    """Return the call that blocks or unblocks; each user is {"user": phone} or {"user_id": …}."""
    body = {**_PRODUCT, "block_users": [dict(user) for user in users]}
    method = "POST" if block else "DELETE"
    return GraphRequest(method, node(phone_number_id, "block_users"), json=body)


def list_request(phone_number_id: str, limit: int, after: str | None) -> GraphRequest:
    """Return the call for a page of the block list."""
    params = {"limit": str(limit)} | ({"after": after} if after else {})
    return GraphRequest("GET", node(phone_number_id, "block_users"), params=params)


def read_list(answer: Mapping[str, Any]) -> tuple[BlockedUser, ...]:
    """Return the people on a page of the block list."""
    return tuple(
        BlockedUser(text(item, "wa_id"), text(item, "user_id")) for item in read_items(answer)
    )


def read_outcomes(answer: Mapping[str, Any]) -> tuple[UserOutcome, ...]:
    """Return what came of each user, from an answer or from the body of a partial failure."""
    found = answer.get("block_users")
    lists: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    return tuple(
        _outcome(item, failed=name == "failed_users")
        for name in ("added_users", "removed_users", "failed_users")
        if isinstance(listed := lists.get(name), list)
        for item in listed
        if isinstance(item, Mapping)
    )


def _outcome(item: Mapping[str, Any], *, failed: bool) -> UserOutcome:
    error: str | None = None
    if failed:
        errors = item.get("errors")
        first = errors[0] if isinstance(errors, list) and errors else {}
        facts: Mapping[str, Any] = first if isinstance(first, Mapping) else {}
        inner = facts.get("error_data")
        details = text(inner, "details") if isinstance(inner, Mapping) else None
        error = details or text(facts, "message") or "WhatsApp gave no reason."
    wa_id, user_id = text(item, "wa_id"), text(item, "user_id")
    return UserOutcome(
        text(item, "input") or text(item, "user") or wa_id or user_id or "", wa_id, user_id, error
    )
