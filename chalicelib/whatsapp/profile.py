"""Calls about a number's business profile, which customers see in WhatsApp."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.whatsapp.graph import GraphRequest, node, read_items, text

_FIELDS = "about,address,description,email,profile_picture_url,websites,vertical"
# https://developers.facebook.com/documentation/business-messaging/whatsapp/business-profiles
VERTICALS = (
    *("ALCOHOL", "APPAREL", "AUTO", "BEAUTY", "EDU", "ENTERTAIN", "EVENT_PLAN", "FINANCE"),
    *("GOVT", "GROCERY", "HEALTH", "HOTEL", "MATRIMONY_SERVICE", "NONPROFIT", "ONLINE_GAMBLING"),
    *("OTC_DRUGS", "OTHER", "PHYSICAL_GAMBLING", "PROF_SERVICES", "RESTAURANT", "RETAIL"),
    *("TRAVEL", "UNDEFINED"),
)


@dataclass(frozen=True, slots=True)
class Profile:
    """A business profile as Meta has it; "" and () are what is not set."""

    about: str
    address: str
    description: str
    email: str
    vertical: str
    websites: tuple[str, ...]
    picture_url: str | None


def profile_request(phone_number_id: str) -> GraphRequest:
    """Return the call for a number's profile."""
    path = node(phone_number_id, "whatsapp_business_profile")
    return GraphRequest("GET", path, params={"fields": _FIELDS})


def update_profile_request(phone_number_id: str, changes: Mapping[str, Any]) -> GraphRequest:
    """Return the call that changes a profile; what `changes` does not name stands as it was.

    `profile_picture_handle` is the handle of a resumable upload.
    """
    path = node(phone_number_id, "whatsapp_business_profile")
    return GraphRequest("POST", path, json={"messaging_product": "whatsapp", **changes})


def read_profile(answer: Mapping[str, Any]) -> Profile:
    """Return the profile in an answer."""
    found: Mapping[str, Any] = next(iter(read_items(answer)), {})
    websites = found.get("websites")
    return Profile(
        about=text(found, "about") or "",
        address=text(found, "address") or "",
        description=text(found, "description") or "",
        email=text(found, "email") or "",
        vertical=text(found, "vertical") or "UNDEFINED",
        websites=tuple(str(url) for url in websites) if isinstance(websites, list) else (),
        picture_url=text(found, "profile_picture_url"),
    )
