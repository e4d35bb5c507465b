"""Who wrote, as far as a delivery tells: phones, user ids, names and usernames of its contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chalicelib.whatsapp.webhook_values import identifier, member, name, objects, phone, text


@dataclass(frozen=True, slots=True)
class Profile:
    """What WhatsApp shows of a person; "" and None where it is hidden or not given."""

    name: str = ""
    username: str | None = None
    parent_user_id: str | None = None


_UNKNOWN = Profile()


def find_profile(contacts: object, phone_number: str | None, user_id: str | None) -> Profile:
    """Return the profile of a person: by user id, else by phone, else of the only contact there is.

    The list is not aligned with the messages, and some phones (BR, MX, AR) differ from `wa_id`.
    """
    known = objects(contacts)
    digits = (phone_number or "").removeprefix("+")
    for key, wanted in (("user_id", user_id), ("wa_id", digits)):
        for contact in known:
            if wanted and contact.get(key) == wanted:
                return _profile(contact)
    return _profile(known[0]) if len(known) == 1 else _UNKNOWN


def _profile(contact: dict[str, Any]) -> Profile:
    profile = contact.get("profile")
    username = text(member(profile, "username")).strip().removeprefix("@")
    return Profile(
        name(member(profile, "name")),
        name(username) or None,
        identifier(contact.get("parent_user_id")) or None,
    )


def shared_phone(kind: str, message: dict[str, Any]) -> str | None:
    """Return the phone that a person gave when a business asked for it (`request_contact_info`).

    Meta's page shows `origin` once beside `type` and once inside the card: both are taken. A card
    that somebody else's phone may stand on, without that origin, gives none.
    """
    if kind != "contacts":
        return None
    cards = objects(message.get("contacts"))
    if len(cards) != 1:
        return None
    if "contact_request" not in {text(message.get("origin")), text(cards[0].get("origin"))}:
        return None
    for entry in objects(cards[0].get("phones")):
        found = phone(entry.get("wa_id"))
        if found is not None:
            return found
    return None
