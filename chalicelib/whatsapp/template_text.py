"""A template filled in: the components of a message, and what the recipient reads.

`template_shape` says how values are named. Pure, and light to import, because every sender needs
it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from chalicelib.whatsapp.template_shape import (
    MEDIA_FORMATS,
    VARIABLE,
    Block,
    TemplateShape,
    blocks,
    has_url_variable,
    is_number,
    is_otp,
    kind_of,
    media_variables,
    optional_variables,
    placeholders,
    shape_of,
    variables,
)

__all__ = [
    "TemplateShape",
    "clean_value",
    "fill",
    "media_variables",
    "optional_variables",
    "placeholders",
    "preview",
    "read_sections",
    "read_time_ms",
    "send_components",
    "shape_of",
    "variables",
]

_LINE_OR_TAB = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_MANY_SPACES = re.compile(r" {5,}")
_TIME_DIGITS = 15
_NO_TOKEN = "unused"  # noqa: S105 - what Meta takes for a flow without a token of its own

Json = dict[str, Any]


def send_components(shape: TemplateShape, values: Mapping[str, str]) -> list[Json]:
    """Return the `components` of a message that fills the template with `values`.

    Values are cleaned; WhatsApp refuses empty ones. Raises KeyError with a variable's name where a
    value is missing, and nothing else: a value that makes no sense is for WhatsApp to refuse.
    """
    components = _texts(shape, values, "")
    if shape.has_expiration:
        expiry = clean_value(values["offer.expires_at"])
        time_ms = read_time_ms(expiry)
        offer = {"expiration_time_ms": expiry if time_ms is None else time_ms}
        components.insert(
            1 if components and components[0]["type"] == "header" else 0,
            {
                "type": "limited_time_offer",
                "parameters": [{"type": "limited_time_offer", "limited_time_offer": offer}],
            },
        )
    if shape.cards:
        cards = [
            {
                "card_index": position,
                "components": [*_texts(card, values, prefix), *_buttons(card, values, prefix)],
            }
            for position, (prefix, card) in enumerate(list(blocks(shape))[1:])
        ]
        components.append({"type": "carousel", "cards": cards})
    return [*components, *_buttons(shape, values, "")]


def _texts(block: Block, values: Mapping[str, str], prefix: str) -> list[Json]:
    """Return the components of header and body."""
    components: list[Json] = []
    header = _header(block, values, prefix)
    if header:
        components.append({"type": "header", "parameters": header})
    names = placeholders(block.body)
    if names:
        parameters = [_parameter(name, values[f"{prefix}body.{name}"]) for name in names]
        components.append({"type": "body", "parameters": parameters})
    return components


def _header(block: Block, values: Mapping[str, str], prefix: str) -> list[Json]:
    form = block.header_format
    if form in MEDIA_FORMATS and form is not None:
        kind, source = form.lower(), clean_value(values[f"{prefix}header.media"])
        medium = {"link" if source.startswith(("https://", "http://")) else "id": source}
        filename = values.get(f"{prefix}header.filename")
        if form == "DOCUMENT" and filename:
            medium["filename"] = clean_value(filename)
        return [{"type": kind, kind: medium}]
    if form == "LOCATION":
        wanted = ("latitude", "longitude")
        place = {name: clean_value(values[f"{prefix}header.{name}"]) for name in wanted}
        for name in ("name", "address"):
            if values.get(f"{prefix}header.{name}"):
                place[name] = clean_value(values[f"{prefix}header.{name}"])
        return [{"type": "location", "location": place}]
    if form == "PRODUCT":
        product = {
            "product_retailer_id": clean_value(values[f"{prefix}header.product"]),
            "catalog_id": clean_value(values[f"{prefix}header.catalog_id"]),
        }
        return [{"type": "product", "product": product}]
    names = placeholders(block.header or "")
    return [_parameter(name, values[f"{prefix}header.{name}"]) for name in names]


def _parameter(name: str, value: str) -> Json:
    text = {"type": "text", "text": clean_value(value)}
    return text if is_number(name) else {**text, "parameter_name": name}


def _buttons(block: Block, values: Mapping[str, str], prefix: str) -> Iterator[Json]:
    for position, button in enumerate(block.buttons):
        found = _button(button, values, f"{prefix}button.{position}", prefix)
        if found is not None:
            sub_type, parameter = found
            yield {
                "type": "button",
                "sub_type": sub_type,
                "index": str(position),
                "parameters": [parameter],
            }


def _button(
    button: Mapping[str, Any], values: Mapping[str, str], name: str, prefix: str
) -> tuple[str, Json] | None:
    """Return the sub_type and the parameter of a button; None for one that takes nothing."""
    kind = kind_of(button)
    given = clean_value(values.get(name, ""))
    if is_otp(button):
        return "url", {"type": "text", "text": clean_value(values[f"{prefix}body.1"])}
    if has_url_variable(button):
        return "url", {"type": "text", "text": clean_value(values[name])}
    if kind == "COPY_CODE":
        return "copy_code", {"type": "coupon_code", "coupon_code": clean_value(values[name])}
    if kind == "MPM":
        return "mpm", _products(values[f"{name}.products"], given)
    return _optional(kind, given)


def _optional(kind: str, given: str) -> tuple[str, Json] | None:
    """Return what a button that needs no value gets, from the value if there is one."""
    if kind == "FLOW":
        return "flow", {"type": "action", "action": {"flow_token": given or _NO_TOKEN}}
    if given and kind == "CATALOG":
        return "CATALOG", {"type": "action", "action": {"thumbnail_product_retailer_id": given}}
    if given and kind in {"QUICK_REPLY", "VOICE_CALL"}:
        return kind.lower(), {"type": "payload", "payload": given}
    return None


def _products(listed: str, thumbnail: str) -> Json:
    sections = read_sections(listed)
    first = next((item["product_retailer_id"] for s in sections for item in s["product_items"]), "")
    action = {"thumbnail_product_retailer_id": thumbnail or first, "sections": sections}
    return {"type": "action", "action": action}


def read_sections(text: str) -> list[Json]:
    """Return the sections of a multi-product message from `Hats: sku1, sku2; Caps: sku3`.

    A title may be left out where there is one section only; what is empty is passed over.
    """
    sections: list[Json] = []
    for part in clean_value(text).split(";"):
        title, colon, listed = part.rpartition(":")
        found = [product.strip() for product in (listed if colon else part).split(",")]
        items = [{"product_retailer_id": product} for product in found if product]
        if items:
            head = {"title": title.strip()} if title.strip() else {}
            sections.append({**head, "product_items": items})
    return sections


def read_time_ms(text: str) -> int | None:
    """Return an ISO 8601 time, or milliseconds since 1970, as milliseconds; None if it is neither.

    A time without a zone is UTC.
    """
    if is_number(text) and len(text) <= _TIME_DIGITS:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def preview(shape: TemplateShape, values: Mapping[str, str]) -> str:
    """Return what the recipient reads, line by line; a missing value shows its gap."""
    lines = [
        fill(shape.header or "", "header", values),
        shape.offer,
        fill(shape.body, "body", values),
    ]
    lines += [fill(card.body, f"{prefix}body", values) for prefix, card in list(blocks(shape))[1:]]
    return "\n".join(line for line in (*lines, shape.footer) if line)


def fill(text: str, part: str, values: Mapping[str, str]) -> str:
    """Return `text` with the values of `part` (`header`, `body`, `card.0.body`) in their places.

    A value is never filled again, whatever it looks like; a variable without a value stays.
    """

    def value(match: re.Match[str]) -> str:
        given = values.get(f"{part}.{match[1]}")
        return match[0] if given is None else clean_value(given)

    return VARIABLE.sub(value, text)


def clean_value(text: str) -> str:
    """Return `text` as WhatsApp takes it in a variable: no line break, no tab, no 5 spaces."""
    return _MANY_SPACES.sub("    ", _LINE_OR_TAB.sub(" ", text)).strip()
