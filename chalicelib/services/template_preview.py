"""A message from a template as its recipient sees it, for campaigns, forms and the inbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.clock import to_iso
from chalicelib.schemas.templates import PreviewButton, PreviewCard, PreviewHeader, TemplatePreview
from chalicelib.whatsapp.template_shape import Block, blocks, is_otp, kind_of
from chalicelib.whatsapp.template_text import (
    TemplateShape,
    clean_value,
    fill,
    read_time_ms,
    variables,
)

# What WhatsApp itself writes on buttons whose text is not the sender's.
_OWN_TEXTS = {
    "COPY_CODE": "Copy offer code",
    "OTP": "Copy code",
    "REQUEST_CONTACT_INFO": "Share phone number",
}
_LATEST_MS = 253_402_300_799_000  # the end of the year 9999


def preview_of(shape: TemplateShape, values: Mapping[str, str]) -> TemplatePreview:
    """Return the message with `values` in place; a variable without one stays as it is written."""
    cards = [(prefix, card) for prefix, card in blocks(shape) if prefix]
    return TemplatePreview(
        header=_header(shape, "", values),
        offer=shape.offer,
        offer_expires_at=_expiry(shape, values),
        body=fill(shape.body, "body", values),
        footer=shape.footer,
        buttons=_buttons(shape, "", values),
        cards=[
            PreviewCard(
                header=_header(card, prefix, values),
                body=fill(card.body, f"{prefix}body", values),
                buttons=_buttons(card, prefix, values),
            )
            for prefix, card in cards
        ],
        missing=[name for name in variables(shape) if not values.get(name, "").strip()],
    )


def _header(block: Block, prefix: str, values: Mapping[str, str]) -> PreviewHeader | None:
    if block.header_format is None:
        return None
    place = {
        name: values[f"{prefix}header.{name}"]
        for name in ("latitude", "longitude", "name", "address")
        if values.get(f"{prefix}header.{name}")
    }
    text = block.header
    return PreviewHeader(
        format=block.header_format,
        text=None if text is None else fill(text, f"{prefix}header", values),
        media=values.get(f"{prefix}header.media") or values.get(f"{prefix}header.product"),
        location=place if block.header_format == "LOCATION" and place else None,
    )


def _expiry(shape: TemplateShape, values: Mapping[str, str]) -> str | None:
    time_ms = read_time_ms(values.get("offer.expires_at", "").strip())
    is_shown = shape.has_expiration and time_ms is not None and 0 <= time_ms <= _LATEST_MS
    return to_iso(time_ms) if is_shown and time_ms is not None else None


def _buttons(block: Block, prefix: str, values: Mapping[str, str]) -> list[PreviewButton]:
    return [
        PreviewButton(
            type=kind_of(button),
            text=str(button.get("text") or _OWN_TEXTS.get(kind_of(button), "")),
            target=_target(button, values.get(f"{prefix}button.{position}"), prefix, values),
        )
        for position, button in enumerate(block.buttons)
    ]


def _target(
    button: Mapping[str, Any], value: str | None, prefix: str, values: Mapping[str, str]
) -> str | None:
    """Return where a button leads: an address, a number, a code, a flow; None for a reply."""
    kind = kind_of(button)
    if is_otp(button):
        return values.get(f"{prefix}body.1")
    if kind == "URL":
        url = str(button.get("url") or "")
        return url if value is None else url.replace("{{1}}", clean_value(value))
    if kind == "PHONE_NUMBER":
        return str(button.get("phone_number") or "")
    if kind == "FLOW":
        return str(button.get("flow_id") or button.get("flow_name") or "") or None
    return value if kind == "COPY_CODE" else None
