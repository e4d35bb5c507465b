"""The payloads of POST /{phone_number_id}/messages that Parley sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def text_message(to: str, body: str, callback_data: str) -> dict[str, Any]:
    """Return a free-form text (≤ 4096 characters); Meta delivers it only in the 24 h window.

    `to` is a phone (`+` and E.164) or a business-scoped user id (`US.…`); `callback_data` (≤ 512)
    comes back in every status of the message.
    """
    return _envelope(to, callback_data) | {
        "type": "text",
        "text": {"body": body, "preview_url": False},
    }


def template_message(
    to: str,
    name: str,
    language: str,
    components: Sequence[Mapping[str, Any]],
    callback_data: str,
) -> dict[str, Any]:
    """Return a message from an approved template; `components` come from `send_components`."""
    template: dict[str, Any] = {"name": name, "language": {"code": language}}
    if components:
        template["components"] = list(components)
    return _envelope(to, callback_data) | {"type": "template", "template": template}


def _envelope(to: str, callback_data: str) -> dict[str, Any]:
    """Return what every message has. Without `+` Meta would put our own country code in front."""
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to" if to.startswith("+") else "recipient": to,
        "biz_opaque_callback_data": callback_data,
    }
