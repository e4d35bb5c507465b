"""Creating and editing templates: Meta's constraints on a template as a whole.

Which components go together:

| template | components |
| --- | --- |
| ordinary | HEADER?, BODY, FOOTER?, BUTTONS? |
| authentication | BODY and FOOTER? without text, BUTTONS with one OTP button |
| limited-time offer (marketing) | HEADER?, LIMITED_TIME_OFFER, BODY of 600, BUTTONS, no FOOTER |
| carousel | BODY, CAROUSEL of 2 to 10 cards |
| call permission | BODY, FOOTER?, CALL_PERMISSION_REQUEST |

Errors are code 100 with Meta's subcode and a text for people (`error_user_msg`).
"""

import re
from typing import Any

from sandbox.errors import invalid
from sandbox.model import Json

from .languages import LANGUAGES
from .shape import as_list, as_object, one_of, text_member
from .template_create_buttons import check_buttons, check_otp
from .template_texts import check_body, check_footer, check_header, check_length, refuse

CATEGORIES = ("AUTHENTICATION", "MARKETING", "UTILITY")
FORMATS = ("POSITIONAL", "NAMED")
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_COMPONENTS = (
    "HEADER", "BODY", "FOOTER", "BUTTONS", "LIMITED_TIME_OFFER", "CAROUSEL",
    "CALL_PERMISSION_REQUEST",
)  # fmt: skip
_CARD_COMPONENTS = ("HEADER", "BODY", "BUTTONS")
MIN_CARDS, MAX_CARDS, MAX_CARD_BODY = 2, 10, 160
_MAX_BODY, _MAX_OFFER_BODY, _MAX_OFFER = 1024, 600, 16
_MAX_CARD_BUTTONS = 2
_TTL_S = {
    "AUTHENTICATION": (30, 900),
    "UTILITY": (30, 43_200),
    "MARKETING": (43_200, 2_592_000),
}


def check_name(name: str) -> str:
    """Return a template name that is allowed."""
    if not _NAME.fullmatch(name):
        raise invalid(
            "name", "must be at most 512 lower-case letters, digits and underscores (a-z, 0-9, _)."
        )
    return name


def check_language(language: str) -> str:
    """Return a language code that Meta knows, spelled exactly."""
    if language not in LANGUAGES:
        raise invalid("language", f"{language[:20]!r} is not a supported language code.")
    return language


def check_ttl(value: Any, category: str) -> int | None:  # noqa: ANN401 (whatever the caller gave)
    """Return `message_send_ttl_seconds` if the category allows it; -1 is 30 days."""
    if value is None:
        return None
    low, high = _TTL_S[category]
    if type(value) is not int or not (value == -1 or low <= value <= high):
        raise invalid(
            "message_send_ttl_seconds", f"must be -1 or from {low} to {high} for {category}."
        )
    return int(value)


def _by_kind(value: object, name: str, allowed: tuple[str, ...]) -> dict[str, Json]:
    """Return components by type, the types in upper case; raise for one given twice."""
    found: dict[str, Json] = {}
    for index, item in enumerate(as_list(value, name)):
        where = f"{name}[{index}]"
        part = as_object(item, where)
        kind = one_of(str(part.get("type", "")).upper(), allowed, f"{where}['type']")
        if kind in found:
            raise invalid(name, f"has {kind} more than once.")
        found[kind] = {**part, "type": kind}
    return found


def check_components(components: object, category: str, parameter_format: str) -> list[Json]:
    """Return the components, types in upper case, or raise for the first that breaks a rule."""
    found = _by_kind(components, "components", _COMPONENTS)
    if "BODY" not in found:
        raise refuse(2388043, "Body is missing", "components must include one of type BODY.")
    if category == "AUTHENTICATION":
        _check_authentication(found)
        return list(found.values())
    check_header(found.get("HEADER"), parameter_format, category)
    is_offer = "LIMITED_TIME_OFFER" in found
    check_body(found["BODY"], parameter_format, _MAX_OFFER_BODY if is_offer else _MAX_BODY)
    check_footer(found.get("FOOTER"))
    check_buttons(found.get("BUTTONS"), category)
    if is_offer:
        _check_offer(found, category)
    if "CAROUSEL" in found:
        _check_carousel(found, parameter_format, category)
    return list(found.values())


def _check_authentication(found: dict[str, Json]) -> None:
    """Check a one-time-password template: fixed body, an OTP button, nothing else of one's own."""
    if set(found) - {"BODY", "FOOTER", "BUTTONS"} or found["BODY"].get("text"):
        raise refuse(
            2388042,
            "Authentication template",
            "An AUTHENTICATION template has no header, no text and no media of its own.",
        )
    footer = found.get("FOOTER", {})
    minutes = footer.get("code_expiration_minutes")
    if minutes is not None and not (type(minutes) is int and 1 <= minutes <= 90):
        raise invalid("code_expiration_minutes", "must be from 1 to 90.")
    check_otp(found.get("BUTTONS"))
    advice = " For your security, do not share this code."
    is_advised = bool(found["BODY"].get("add_security_recommendation"))
    found["BODY"]["text"] = f"*{{{{1}}}}* is your verification code.{advice if is_advised else ''}"
    if minutes is not None:
        footer["text"] = f"This code expires in {minutes} minutes."


def _check_offer(found: dict[str, Json], category: str) -> None:
    """Check a limited-time offer: marketing, no footer, a text of 16, coupon before link."""
    if category != "MARKETING":
        raise refuse(2388042, "Limited-time offer", "A limited-time offer is for MARKETING.")
    name = "components['LIMITED_TIME_OFFER']['limited_time_offer']"
    offer = as_object(found["LIMITED_TIME_OFFER"].get("limited_time_offer"), name)
    check_length(text_member(offer, "text", f"{name}['text']"), _MAX_OFFER, "The offer's text")
    if "FOOTER" in found:
        raise refuse(2388042, "Limited-time offer", "A limited-time offer has no footer.")
    if found.get("HEADER", {}).get("format", "IMAGE") not in ("IMAGE", "VIDEO"):
        raise refuse(2388047, "Header format", "A limited-time offer's header is IMAGE or VIDEO.")
    kinds = [button["type"] for button in found.get("BUTTONS", {}).get("buttons", [])]
    if kinds not in (["URL"], ["COPY_CODE", "URL"]):
        raise refuse(
            2388061, "Buttons order", "A limited-time offer has COPY_CODE (if any), then URL."
        )


def _check_carousel(found: dict[str, Json], parameter_format: str, category: str) -> None:
    """Check a carousel: 2 to 10 cards of the same components, nothing else but the body."""
    if set(found) != {"BODY", "CAROUSEL"}:
        raise refuse(2388042, "Carousel", "A carousel template has a BODY and a CAROUSEL alone.")
    cards = as_list(found["CAROUSEL"].get("cards"), "components['CAROUSEL']['cards']")
    if not MIN_CARDS <= len(cards) <= MAX_CARDS:
        raise refuse(2388042, "Carousel", f"A carousel has from {MIN_CARDS} to {MAX_CARDS} cards.")
    shapes = set()
    checked = []
    for index, card in enumerate(cards):
        name = f"components['CAROUSEL']['cards'][{index}]"
        parts = _by_kind(as_object(card, name).get("components"), name, _CARD_COMPONENTS)
        shapes.add(_check_card(parts, name, parameter_format, category))
        checked.append({"components": list(parts.values())})
    if len(shapes) > 1:
        raise refuse(
            2388042, "Carousel", "All cards must have the same components, header and buttons."
        )
    found["CAROUSEL"]["cards"] = checked


def _check_card(
    parts: dict[str, Json], name: str, parameter_format: str, category: str
) -> tuple[str, ...]:
    """Check one card; return its shape, which all cards must share."""
    header = parts.get("HEADER")
    if header is None or str(header.get("format", "")).upper() not in ("IMAGE", "VIDEO", "PRODUCT"):
        raise refuse(2388047, "Header format", f"{name} needs a header: IMAGE, VIDEO or PRODUCT.")
    check_header(header, parameter_format, category)
    if "BODY" in parts:
        check_body(parts["BODY"], parameter_format, MAX_CARD_BODY)
    check_buttons(parts.get("BUTTONS"), category)
    buttons = parts.get("BUTTONS", {}).get("buttons", [])
    if not 1 <= len(buttons) <= _MAX_CARD_BUTTONS:
        raise refuse(2388060, "Too many buttons", "A card has one or two buttons.")
    return (*sorted(parts), header["format"], *(button["type"] for button in buttons))
