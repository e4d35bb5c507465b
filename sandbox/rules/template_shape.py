"""What a template asks for: the variables of its header, body and buttons, its cards, its offer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.model import Json, Template

VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
MEDIA_FORMATS = ("IMAGE", "VIDEO", "DOCUMENT")


@dataclass(frozen=True)
class Shape:
    """The parts of a template, or of one card, that a send must fill in."""

    header_format: str
    header_text: str
    header_variables: tuple[str, ...]
    body_text: str
    body_variables: tuple[str, ...]
    buttons: tuple[Json, ...]
    cards: tuple["Shape", ...] = ()
    offer_expires: bool = False


def variables(text: str) -> tuple[str, ...]:
    """Return the distinct variables of a text, in the order of first use."""
    return tuple(dict.fromkeys(VARIABLE.findall(text)))


def hydrate(text: str, values: dict[str, str]) -> str:
    """Return `text` with its variables replaced; those without a value stay as written."""
    return VARIABLE.sub(lambda m: values.get(m[1], m[0]), text)


def shape_of(template: Template) -> Shape:
    """Return the shape of a template."""
    return _shape(template.components)


def _shape(components: Sequence[Json]) -> Shape:
    """Return the shape of a list of components."""
    parts = {str(part.get("type", "")).upper(): part for part in reversed(components)}
    header, body = parts.get("HEADER", {}), parts.get("BODY", {})
    header_text, body_text = str(header.get("text", "")), str(body.get("text", ""))
    cards = parts.get("CAROUSEL", {}).get("cards", ())
    offer = parts.get("LIMITED_TIME_OFFER", {}).get("limited_time_offer", {})
    return Shape(
        header_format=str(header.get("format", "")).upper(),
        header_text=header_text,
        header_variables=variables(header_text),
        body_text=body_text,
        body_variables=variables(body_text),
        buttons=tuple(parts.get("BUTTONS", {}).get("buttons", ())),
        cards=tuple(_shape(card.get("components", ())) for card in cards),
        offer_expires=bool(offer.get("has_expiration")),
    )


def component(template: Template, kind: str) -> Json:
    """Return the template's component of a type, an empty object if it has none."""
    for part in template.components:
        if str(part.get("type", "")).upper() == kind:
            return part
    return {}
