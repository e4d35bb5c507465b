"""A webhook delivery as events. Only the standard library: a POST may carry 1,000 statuses.

Every item of a delivery becomes one event. What Parley does not know (a new field or status) or
cannot read becomes `Unhandled`, so that it is counted and never drops its neighbours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.whatsapp.events import Event, Inbound, Status, TemplateStatus, Unhandled
from chalicelib.whatsapp.inbound_text import shown_text

STATUSES = frozenset({"sent", "delivered", "read", "played", "failed"})
_LATEST_S = 253_402_300_799  # the last second of the year 9999


class MalformedDelivery(ValueError):
    """The body is not a JSON object at all."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """All events of one POST, in its order; `kept` counts the Unhandled among them."""

    events: tuple[Event, ...]
    kept: int


def parse_delivery(raw: bytes) -> Delivery:
    """Return the events of a delivery whose signature was checked; about 6 µs a status.

    Raises MalformedDelivery only if the body is not a JSON object. One delivery may concern several
    accounts and numbers, hence several tenants.
    """
    try:
        payload = json.loads(raw)
    except (ValueError, RecursionError) as error:
        message = f"the body is not JSON: {error}"
        raise MalformedDelivery(message) from None
    if not isinstance(payload, dict):
        message = "the body is not a JSON object"
        raise MalformedDelivery(message)
    events = tuple(_read_entries(payload.get("entry")))
    return Delivery(events, sum(type(event) is Unhandled for event in events))


def _read_entries(entries: object) -> Iterator[Event]:
    for entry in entries if isinstance(entries, list) else ():
        changes = entry.get("changes") if isinstance(entry, dict) else None
        if not isinstance(changes, list):
            yield Unhandled("", "", "broken entry")
            continue
        for change in changes:
            if isinstance(change, dict):
                yield from _read_change(entry, change)
            else:
                yield Unhandled(_text(entry.get("id")), "", "broken change")


def _read_change(entry: dict[str, Any], change: dict[str, Any]) -> Iterator[Event]:
    waba_id, field = _text(entry.get("id")), _text(change.get("field"))
    value = change.get("value")
    if not isinstance(value, dict):
        yield Unhandled(waba_id, field, "broken value")
    elif field == "messages":
        yield from _read_messages(waba_id, field, value)
    elif field == "message_template_status_update" and "event" in value:
        yield _read_template(waba_id, field, value, entry.get("time"))
    else:
        yield Unhandled(waba_id, field, _text(value.get("event")) or field)


def _read_messages(waba_id: str, field: str, value: dict[str, Any]) -> Iterator[Event]:
    metadata = value.get("metadata")
    number_id = _text(metadata.get("phone_number_id")) if isinstance(metadata, dict) else ""
    is_empty = True
    for member in ("statuses", "messages", "errors", "user_actions"):
        items = value.get(member)
        for item in items if isinstance(items, list) else ():
            is_empty = False
            event: Event | None = None
            if isinstance(item, dict) and number_id:
                if member == "statuses":
                    event = _read_status(waba_id, field, number_id, item)
                elif member == "messages":
                    event = _read_inbound(waba_id, field, number_id, item, value)
                else:
                    event = Unhandled(waba_id, field, member)
            yield event or Unhandled(waba_id, field, f"broken {member}")
    if is_empty:
        yield Unhandled(waba_id, field, "empty")


def _read_status(
    waba_id: str, field: str, number_id: str, item: dict[str, Any]
) -> Status | Unhandled | None:
    status, message_id = _text(item.get("status")), _text(item.get("id"))
    at_ms = _milliseconds(item.get("timestamp"))
    if not status or not message_id or at_ms is None:
        return None
    if status not in STATUSES:
        return Unhandled(waba_id, field, f"status {status[:40]}")
    code = title = details = None
    errors = item.get("errors")
    if errors:
        code, title, details = _read_error(errors)
    pricing = item.get("pricing")
    return Status(
        number_id,
        message_id,
        status,
        at_ms,
        _text(item.get("recipient_id")) or None,
        _text(item.get("recipient_user_id")) or None,
        _text(item.get("biz_opaque_callback_data")) or None,
        code,
        title,
        details,
        pricing if isinstance(pricing, dict) else None,
    )


def _read_error(errors: object) -> tuple[int | None, str | None, str | None]:
    error = errors[0] if isinstance(errors, list) else None
    if not isinstance(error, dict):
        return None, None, None
    code, data = error.get("code"), error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    return (
        code if type(code) is int else None,
        _text(error.get("title")) or _text(error.get("message")) or None,
        _text(details) or None,
    )


def _read_inbound(
    waba_id: str, field: str, number_id: str, item: dict[str, Any], value: dict[str, Any]
) -> Inbound | Unhandled | None:
    message_id, at_ms = _text(item.get("id")), _milliseconds(item.get("timestamp"))
    if not message_id or at_ms is None:
        return None
    if item.get("group_id"):
        return Unhandled(waba_id, field, "group message")
    digits = _text(item.get("from")).removeprefix("+")
    user_id = _text(item.get("from_user_id"))
    if not (digits.isascii() and digits.isdecimal()):
        digits = ""
    if not digits and not user_id:
        return None
    context = item.get("context")
    kind = _text(item.get("type")) or "unknown"
    return Inbound(
        phone_number_id=number_id,
        message_id=message_id,
        from_phone=f"+{digits}" if digits else None,
        from_user_id=user_id or None,
        profile_name=_profile_name(value.get("contacts"), digits, user_id),
        at_ms=at_ms,
        type=kind,
        text=_text(shown_text(kind, item)),
        context_message_id=(_text(context.get("id")) or None)
        if isinstance(context, dict)
        else None,
        raw=item,
    )


def _profile_name(contacts: object, digits: str, user_id: str) -> str:
    """Return the name of the writer: by user id, else by phone, else of the only contact there is.

    The list is not aligned with the messages, and some phones (BR, MX, AR) differ from `wa_id`.
    """
    known = _objects(contacts)
    for key, wanted in (("user_id", user_id), ("wa_id", digits)):
        for contact in known:
            if wanted and contact.get(key) == wanted:
                return _contact_name(contact)
    return _contact_name(known[0]) if len(known) == 1 else ""


def _contact_name(contact: dict[str, Any]) -> str:
    profile = contact.get("profile")
    return _text(profile.get("name")) if isinstance(profile, dict) else ""


def _read_template(
    waba_id: str, field: str, value: dict[str, Any], time: object
) -> TemplateStatus | Unhandled:
    template_id = value.get("message_template_id")
    event = _text(value.get("event")).upper()
    if type(template_id) not in {int, str} or not template_id or not event:
        return Unhandled(waba_id, field, "broken value")
    return TemplateStatus(
        waba_id=waba_id,
        meta_template_id=_text(str(template_id)),
        name=_text(value.get("message_template_name")),
        language=_text(value.get("message_template_language")).replace("-", "_"),
        event=event,
        reason=_template_reason(value),
        at_ms=_milliseconds(time),
        category=_text(value.get("message_template_category")).upper() or None,
    )


def _template_reason(value: dict[str, Any]) -> str | None:
    """Return Meta's code of the reason and its words, as far as they are given."""
    reason = _text(value.get("reason"))
    parts = [] if reason == "NONE" else [reason]
    for member, names in (
        ("other_info", ("title", "description")),
        ("rejection_info", ("reason",)),
    ):
        found = value.get(member)
        if isinstance(found, dict):
            parts.extend(_text(found.get(name)) for name in names)
    return ": ".join(filter(None, parts)) or None


def _objects(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, dict)]


def _text(value: object) -> str:
    """Return `value` if it is text, "" otherwise; half of a surrogate pair becomes `?`.

    JSON may carry such a half, which no UTF-8 can hold, so that storing it would fail.
    """
    if not isinstance(value, str):
        return ""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def _milliseconds(value: object) -> int | None:
    """Return a time in seconds (Meta writes it as text or as a number) in milliseconds."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        value = int(value)
    if type(value) is int and 0 < value <= _LATEST_S:
        return value * 1000
    return None
