"""The payloads of POST /{phone_number_id}/messages and /marketing_messages.

Standard library only: every sender pays for it. What a message may contain is checked in
`schemas.messages`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

MAX_CALLBACK_CHARACTERS = 512
ProductPolicy = Literal["CLOUD_API_FALLBACK", "STRICT"]


@dataclass(frozen=True, slots=True)
class SendOptions:
    """What a message may say besides whom it goes to and what it holds.

    `context_wamid` is the message that it answers; `identity_key_hash` has Meta refuse it (137000)
    if the recipient's identity is another by now; `category` and `ttl_seconds` are Direct Send's.
    """

    context_wamid: str | None = None
    identity_key_hash: str | None = None
    category: str | None = None
    ttl_seconds: int | None = None


_PLAIN = SendOptions()


def text_message(to: str, body: str, callback_data: str) -> dict[str, Any]:
    """Return a free-form text (≤ 4096 characters); Meta delivers it only in the 24 h window.

    `to` is a phone (`+` and E.164) or a business-scoped user id (`US.…`); `callback_data` (≤ 512)
    comes back in every status of the message.
    """
    return content_message(to, "text", {"body": body, "preview_url": False}, callback_data)


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
    return content_message(to, "template", template, callback_data)


def content_message(
    to: str, kind: str, content: object, callback_data: str, options: SendOptions = _PLAIN
) -> dict[str, Any]:
    """Return a message of any type; `content` is the member that `kind` names, as Meta takes it.

    Without `+` Meta would put our own country code in front of a phone.
    """
    payload: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to" if to.startswith("+") else "recipient": to,
        "biz_opaque_callback_data": callback_data,
        "type": kind,
        kind: content,
    }
    if options is not _PLAIN:
        _add_options(payload, options)
    return payload


def _add_options(payload: dict[str, Any], options: SendOptions) -> None:
    if options.context_wamid is not None:
        payload["context"] = {"message_id": options.context_wamid}
    given = {
        "recipient_identity_key_hash": options.identity_key_hash,
        "category": options.category,
        "ttl_seconds": options.ttl_seconds,
    }
    payload |= {name: value for name, value in given.items() if value is not None}


def to_group(payload: Mapping[str, Any], group_id: str) -> dict[str, Any]:
    """Return a message that goes to a group instead of to one person."""
    rest = {name: value for name, value in payload.items() if name not in {"to", "recipient"}}
    return rest | {"recipient_type": "group", "to": group_id}


def marketing_message(
    payload: Mapping[str, Any],
    product_policy: ProductPolicy | None = None,
    *,
    is_activity_shared: bool | None = None,
) -> dict[str, Any]:
    """Return a message from a marketing template as the Marketing Messages API takes it.

    STRICT keeps Meta from falling back to the Cloud API; the template must be a marketing one, or
    Meta refuses it (131055, 134100).
    """
    extended = dict(payload)
    if product_policy is not None:
        extended["product_policy"] = product_policy
    if is_activity_shared is not None:
        extended["message_activity_sharing"] = is_activity_shared
    return extended


def read_receipt(wamid: str, *, is_typing: bool = False) -> dict[str, Any]:
    """Return what marks an inbound message (≤ 30 days old) and those before it as read.

    With `is_typing` the customer sees that somebody writes, until the answer or for 25 s.
    """
    payload: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": wamid,
    }
    return payload | ({"typing_indicator": {"type": "text"}} if is_typing else {})
