"""The field `messages` of a delivery: statuses, what people wrote, errors, and user actions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from chalicelib.whatsapp.events import Event, Inbound, NumberError, Status, Unhandled, UserAction
from chalicelib.whatsapp.inbound_text import shown_text
from chalicelib.whatsapp.webhook_people import find_profile, shared_phone
from chalicelib.whatsapp.webhook_values import (
    CONTENT_BYTES,
    TEXT_CHARACTERS,
    as_json,
    error,
    identifier,
    media,
    member,
    milliseconds,
    objects,
    phone,
    text,
)

STATUSES = frozenset({"sent", "delivered", "read", "played", "failed"})
Value = dict[str, Any]
_TYPE_CHARACTERS = 40
# The member that names the message which a reaction, an edit or a revocation is about.
_ABOUT = {
    "reaction": "message_id",
    "edit": "original_message_id",
    "revoke": "original_message_id",
}


def number_id(value: Value) -> str:
    """Return Meta's id of the number that a value is about, "" if it names none."""
    return identifier(member(value.get("metadata"), "phone_number_id"))


def read_messages(waba_id: str, field: str, value: Value) -> Iterator[Event]:
    """Yield an event for each item of a value of the field `messages`."""
    number = number_id(value)
    is_empty = True
    for part, read in _READERS.items():
        found = value.get(part)
        for item in found if isinstance(found, list) else ():
            is_empty = False
            event: Event | None = None
            if number and isinstance(item, dict):
                event = read(waba_id, field, number, item, value)
            yield event or Unhandled(waba_id, field, f"broken {part}", item)
    if is_empty:
        yield Unhandled(waba_id, field, "empty", value)


def read_status(
    waba_id: str, field: str, number: str, item: Value, _value: Value
) -> Status | Unhandled | None:
    """Return the status of a message; None if it cannot be read."""
    status, message_id = text(item.get("status")), identifier(item.get("id"))
    at_ms = milliseconds(item.get("timestamp"))
    if not status or not message_id or at_ms is None:
        return None
    if status not in STATUSES:
        return Unhandled(waba_id, field, f"status {status[:_TYPE_CHARACTERS]}", item)
    code = title = details = None
    errors = item.get("errors")
    if errors:
        code, title, details = error(errors)
    pricing = item.get("pricing")
    return Status(
        number,
        message_id,
        status,
        at_ms,
        identifier(item.get("recipient_id")) or None,
        identifier(item.get("recipient_user_id")) or None,
        text(item.get("biz_opaque_callback_data")) or None,
        code,
        title,
        details,
        pricing if isinstance(pricing, dict) else None,
    )


def read_inbound(
    waba_id: str, field: str, number: str, item: Value, value: Value
) -> Inbound | Unhandled | None:
    """Return what a person wrote; None if it cannot be read or says in no way who wrote it."""
    message_id, at_ms = identifier(item.get("id")), milliseconds(item.get("timestamp"))
    if not message_id or at_ms is None:
        return None
    if item.get("group_id"):
        return Unhandled(waba_id, field, "group message", item)
    sender, user_id = phone(item.get("from")), identifier(item.get("from_user_id")) or None
    if sender is None and user_id is None:
        return None
    profile = find_profile(value.get("contacts"), sender, user_id)
    kind = message_type(item)
    code, title, details = error(item.get("errors"))
    return Inbound(
        phone_number_id=number,
        message_id=message_id,
        from_phone=sender,
        from_user_id=user_id,
        profile_name=profile.name,
        at_ms=at_ms,
        type=kind,
        text=text(shown_text(kind, item))[:TEXT_CHARACTERS],
        context_message_id=about(kind, item),
        raw=item,
        username=profile.username,
        from_parent_user_id=identifier(item.get("from_parent_user_id")) or profile.parent_user_id,
        shared_phone=shared_phone(kind, item),
        content=content(kind, item),
        media=media(kind, item.get(kind)),
        referral=as_json(item["referral"]) if isinstance(item.get("referral"), dict) else None,
        error_code=code,
        error=details or title,
    )


def message_type(item: Value) -> str:
    """Return the type of a message, `unknown` where Meta names none."""
    return text(item.get("type"))[:_TYPE_CHARACTERS] or "unknown"


def about(kind: str, item: Value) -> str | None:
    """Return the id of the message that a message quotes, reacts to, edits or takes back."""
    if kind in _ABOUT:
        return identifier(member(item.get(kind), _ABOUT[kind])) or None
    return identifier(member(item.get("context"), "id")) or None


def content(kind: str, item: Value) -> str | None:
    """Return the member that `kind` names as JSON text; cards lose their vCard if that is too long.

    A `system` message of a changed identity has its hash beside the member, which is kept with it.
    """
    part = item.get(kind)
    if kind == "system" and isinstance(part, dict) and isinstance(item.get("identity"), dict):
        part = {**part, "identity": item["identity"]}
    kept = as_json(part)
    if kept is None and kind == "contacts":
        kept = as_json([{k: v for k, v in card.items() if k != "vcard"} for card in objects(part)])
    if kept is None and part is not None:
        kept = f'{{"omitted":"over {CONTENT_BYTES} bytes"}}'
    return kept


def _read_error(
    waba_id: str, _field: str, number: str, item: Value, _value: Value
) -> NumberError | None:
    code, title, details = error([item])
    if code is None:
        return None
    return NumberError(waba_id, number, code, title or "", details)


def _read_action(
    _waba_id: str, _field: str, number: str, item: Value, _value: Value
) -> UserAction | None:
    action = text(item.get("action_type"))[:60]
    if not action:
        return None
    click_id = identifier(member(item.get(f"{action}_data"), "click_id")) or None
    return UserAction(number, action, milliseconds(item.get("timestamp")), click_id)


_READERS: dict[str, Callable[[str, str, str, Value, Value], Event | None]] = {
    "statuses": read_status,
    "messages": read_inbound,
    "errors": _read_error,
    "user_actions": _read_action,
}
