"""Calls about business phone numbers and the accounts that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.whatsapp.graph import GraphRequest, node

_FIELDS = "id,display_phone_number,verified_name,quality_rating,status,throughput"


@dataclass(frozen=True, slots=True)
class NumberFields:
    """What Meta says of a number, in Meta's own words."""

    phone_number_id: str
    display_phone_number: str
    verified_name: str
    quality_rating: str
    throughput_level: str
    status: str


def number_request(phone_number_id: str) -> GraphRequest:
    """Return the call for a number's fields."""
    return GraphRequest("GET", node(phone_number_id), params={"fields": _FIELDS})


def read_number(answer: Mapping[str, Any]) -> NumberFields:
    """Return the fields of a number; UNKNOWN for those that Meta does not give."""
    throughput = answer.get("throughput")
    level = throughput.get("level") if isinstance(throughput, Mapping) else None
    return NumberFields(
        phone_number_id=str(answer.get("id") or ""),
        display_phone_number=str(answer.get("display_phone_number") or ""),
        verified_name=str(answer.get("verified_name") or ""),
        quality_rating=str(answer.get("quality_rating") or "UNKNOWN"),
        throughput_level=str(level or "NOT_APPLICABLE"),
        status=str(answer.get("status") or "UNKNOWN"),
    )


def account_numbers_request(waba_id: str, after: str | None = None) -> GraphRequest:
    """Return the call for a page of the numbers that an account holds."""
    params = {"fields": "id", "limit": "100"} | ({"after": after} if after else {})
    return GraphRequest("GET", node(waba_id, "phone_numbers"), params=params)


def subscribe_request(waba_id: str) -> GraphRequest:
    """Return the call that has the account's webhooks sent to the token's app; may be repeated."""
    return GraphRequest("POST", node(waba_id, "subscribed_apps"))


def read_ids(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids on a page of a list."""
    return tuple(str(item["id"]) for item in read_items(answer) if item.get("id"))


def read_items(answer: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Return the objects on a page of a list."""
    items = answer.get("data")
    if not isinstance(items, list):
        return ()
    return tuple(item for item in items if isinstance(item, Mapping))


def read_next(answer: Mapping[str, Any]) -> str | None:
    """Return the cursor of the next page; None on the last one."""
    paging = answer.get("paging")
    if not isinstance(paging, Mapping) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, Mapping) else None
    return str(after) if after else None
