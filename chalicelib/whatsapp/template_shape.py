"""What a template is made of, as far as sending it goes, and the names of the values it needs.

A value is named by where it stands:

    header.1  header.order_id      a variable of a text header
    header.media                   the file of a media header: a media id of Meta, or an https link
    header.latitude  .longitude    the place of a location header (.name and .address if wanted)
    header.product  .catalog_id    the product of a product header
    body.1  body.first_name        a variable of the body; the code of an authentication template
    offer.expires_at               when a limited-time offer ends, in ISO 8601
    button.0                       what button 0 takes: the rest of its URL, the coupon code
    button.0.products              what a multi-product button shows: `Hats: sku1, sku2; Caps: sku3`
    card.0.header.media …          the same, of the first card of a carousel

A button may also take what it can do without, again as `button.0`: the payload of a quick reply or
of a call, the token of a flow, the product on the picture of a catalogue. Pure, and light to
import, because every sender needs it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
MEDIA_FORMATS = frozenset({"IMAGE", "VIDEO", "DOCUMENT", "GIF"})
# Meta shows the OTP button of an existing template as a link of its own.
_OTP_URL = "https://www.whatsapp.com/otp/"
_OTP_BODY = "*{{1}}* is your verification code."
_OTP_ADVICE = " For your security, do not share this code."
_TAKES_IF_GIVEN = frozenset({"QUICK_REPLY", "FLOW", "CATALOG", "MPM", "VOICE_CALL"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Header, body and buttons: of the message itself, or of a card of a carousel.

    `header` is the text of a text header, None of any other; `header_format` is TEXT, IMAGE …,
    None without a header.
    """

    header_format: str | None = None
    header: str | None = None
    body: str = ""
    buttons: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateShape(Block):
    """The parts of a template that matter for sending.

    `offer` is the text of a limited-time offer, `has_expiration` whether it tells when it ends.
    """

    name: str
    language: str
    footer: str | None = None
    offer: str | None = None
    has_expiration: bool = False
    cards: tuple[Block, ...] = ()


def shape_of(name: str, language: str, components: Iterable[Mapping[str, Any]]) -> TemplateShape:
    """Return the shape of Meta's `components`; what Meta adds one day is passed over."""
    parts = _by_type(components)
    block = _block(parts)
    footer, offer = parts.get("FOOTER", {}), _mapping(parts.get("LIMITED_TIME_OFFER"))
    details = _mapping(offer.get("limited_time_offer"))
    minutes = footer.get("code_expiration_minutes")
    expires = f"This code expires in {minutes} minutes." if minutes else None
    return TemplateShape(
        name=name,
        language=language,
        header_format=block.header_format,
        header=block.header,
        body=block.body,
        buttons=block.buttons,
        footer=str(footer["text"]) if footer.get("text") else expires,
        offer=str(details["text"]) if "text" in details else None,
        has_expiration=bool(details.get("has_expiration")),
        cards=tuple(
            _block(_by_type(card.get("components") or ()))
            for card in parts.get("CAROUSEL", {}).get("cards") or ()
        ),
    )


def _by_type(components: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {str(part.get("type", "")).upper(): part for part in components}


def _block(parts: Mapping[str, Mapping[str, Any]]) -> Block:
    header, body = parts.get("HEADER"), parts.get("BODY", {})
    header_format = None if header is None else str(header.get("format") or "TEXT").upper()
    buttons = tuple(dict(button) for button in parts.get("BUTTONS", {}).get("buttons") or ())
    text = str(body.get("text") or "")
    if not text and any(is_otp(button) for button in buttons):
        text = _OTP_BODY + (_OTP_ADVICE if body.get("add_security_recommendation") else "")
    return Block(
        header_format=header_format,
        header=str((header or {}).get("text") or "") if header_format == "TEXT" else None,
        body=text,
        buttons=buttons,
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def kind_of(button: Mapping[str, Any]) -> str:
    """Return Meta's type of a button, in capitals."""
    return str(button.get("type", "")).upper()


def is_otp(button: Mapping[str, Any]) -> bool:
    """Tell whether the button takes the one-time code of an authentication template."""
    return kind_of(button) == "OTP" or str(button.get("url", "")).startswith(_OTP_URL)


def placeholders(text: str) -> tuple[str, ...]:
    """Return the distinct variables of `text`, numbers in their order, names as they appear."""
    found = tuple(dict.fromkeys(VARIABLE.findall(text)))
    return tuple(sorted(found, key=int)) if all(map(is_number, found)) else found


def is_number(text: str) -> bool:
    """Tell whether a variable is one of a numbered template."""
    return text.isascii() and text.isdecimal()


def blocks(shape: TemplateShape) -> Iterator[tuple[str, Block]]:
    """Give the message itself and each card, with what the names of their values begin with."""
    yield "", shape
    for position, card in enumerate(shape.cards):
        yield f"card.{position}.", card


def variables(shape: TemplateShape) -> tuple[str, ...]:
    """Return the names of the values that a send needs, e.g. `("header.1", "button.0")`."""
    names = [f"{prefix}{name}" for prefix, block in blocks(shape) for name in _needed(block)]
    return (*names, *(("offer.expires_at",) if shape.has_expiration else ()))


def optional_variables(shape: TemplateShape) -> tuple[str, ...]:
    """Return the names of the values that a send may have besides."""
    return tuple(f"{prefix}{name}" for prefix, block in blocks(shape) for name in _welcome(block))


def media_variables(shape: TemplateShape) -> tuple[str, ...]:
    """Return the names of the values that are files."""
    return tuple(
        f"{prefix}header.media"
        for prefix, block in blocks(shape)
        if block.header_format in MEDIA_FORMATS
    )


def _needed(block: Block) -> Iterator[str]:
    if block.header_format in MEDIA_FORMATS:
        yield "header.media"
    elif block.header_format == "LOCATION":
        yield from ("header.latitude", "header.longitude")
    elif block.header_format == "PRODUCT":
        yield from ("header.product", "header.catalog_id")
    else:
        yield from (f"header.{name}" for name in placeholders(block.header or ""))
    yield from (f"body.{name}" for name in placeholders(block.body))
    for position, button in enumerate(block.buttons):
        kind = kind_of(button)
        if kind == "MPM":
            yield f"button.{position}.products"
        elif kind == "COPY_CODE" or has_url_variable(button):
            yield f"button.{position}"


def _welcome(block: Block) -> Iterator[str]:
    if block.header_format == "DOCUMENT":
        yield "header.filename"
    elif block.header_format == "LOCATION":
        yield from ("header.name", "header.address")
    for position, button in enumerate(block.buttons):
        if kind_of(button) in _TAKES_IF_GIVEN:
            yield f"button.{position}"


def has_url_variable(button: Mapping[str, Any]) -> bool:
    """Tell whether a button is a link that a value ends; the code of an OTP is the body's."""
    is_link = kind_of(button) == "URL" and not is_otp(button)
    return is_link and bool(placeholders(str(button.get("url", ""))))
