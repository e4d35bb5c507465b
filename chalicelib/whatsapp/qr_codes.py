"""Calls about a number's QR codes and short links, which open a chat with a text to send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.whatsapp.graph import GraphRequest, node, read_items, text

MAX_MESSAGE_CHARS = 140
IMAGE_FORMATS = ("SVG", "PNG")
_EDGE = "message_qrdls"
_FIELDS = "code,prefilled_message,deep_link_url"


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code; `image_url` is a picture of it, which Meta serves for a while only."""

    code: str
    prefilled_message: str
    deep_link_url: str
    image_url: str | None


def create_qr_request(phone_number_id: str, message: str, image_format: str) -> GraphRequest:
    """Return the call that makes a QR code with a picture of it (SVG or PNG)."""
    body = {"prefilled_message": message, "generate_qr_image": image_format}
    return GraphRequest("POST", node(phone_number_id, _EDGE), json=body)


def list_qr_request(
    phone_number_id: str, image_format: str, limit: int, after: str | None = None
) -> GraphRequest:
    """Return the call for a page of a number's QR codes, each with a picture."""
    params = {
        "fields": f"{_FIELDS},qr_image_url.format({image_format})",
        "limit": str(limit),
    } | ({"after": after} if after else {})
    return GraphRequest("GET", node(phone_number_id, _EDGE), params=params)


def update_qr_request(phone_number_id: str, code: str, message: str) -> GraphRequest:
    """Return the call that changes the text behind a QR code that is printed already."""
    body = {"code": code, "prefilled_message": message}
    return GraphRequest("POST", node(phone_number_id, _EDGE), json=body)


def delete_qr_request(phone_number_id: str, code: str) -> GraphRequest:
    """Return the call that ends a QR code: whoever scans it finds nothing."""
    return GraphRequest("DELETE", node(phone_number_id, _EDGE, code))


def read_qr_code(answer: Mapping[str, Any]) -> QrCode:
    """Return the QR code in an answer."""
    return QrCode(
        text(answer, "code") or "",
        text(answer, "prefilled_message") or "",
        text(answer, "deep_link_url") or "",
        text(answer, "qr_image_url"),
    )


def read_qr_codes(answer: Mapping[str, Any]) -> tuple[QrCode, ...]:
    """Return the QR codes on a page."""
    return tuple(read_qr_code(item) for item in read_items(answer))
