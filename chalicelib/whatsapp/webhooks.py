"""A webhook delivery as events. Only the standard library: a POST may carry 1,000 statuses.

Every item of a delivery becomes one event. What Parley does not know (a new field or status) or
cannot read becomes `Unhandled`, so that it is counted and never drops its neighbours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.whatsapp import webhook_accounts, webhook_numbers, webhook_templates
from chalicelib.whatsapp.events import Event, Unhandled
from chalicelib.whatsapp.webhook_messages import STATUSES, read_messages
from chalicelib.whatsapp.webhook_values import identifier, milliseconds, text

__all__ = ["STATUSES", "Delivery", "MalformedDelivery", "parse_delivery"]

_FIELD_CHARACTERS = 60
_INTEGER_DIGITS = 40  # Meta's ids have up to 20; Python refuses to read more than 4,300


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
    payload = _read_object(raw)
    if payload is None:
        whole = raw.decode("utf-8", "replace")
        return Delivery((Unhandled("", "", "nested too deep", whole),), 1)
    events = tuple(_read_entries(payload.get("entry")))
    return Delivery(events, sum(type(event) is Unhandled for event in events))


def _read_object(raw: bytes) -> dict[str, Any] | None:
    """Return the body, or None for an object that nests deeper than Python can read."""
    try:
        payload = _read_json(raw)
    except RecursionError:
        if raw.lstrip()[:1] == b"{":
            return None
        payload = None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        message = f"the body is not JSON: {error}"
        raise MalformedDelivery(message) from None
    if not isinstance(payload, dict):
        message = "the body is not a JSON object"
        raise MalformedDelivery(message)
    return payload


def _read_json(raw: bytes) -> object:
    """Read a body; an integer that is longer than Python takes becomes text."""
    try:
        return json.loads(raw, parse_constant=_no_number)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError:
        return json.loads(raw, parse_constant=_no_number, parse_int=_short_integer)


def _short_integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _INTEGER_DIGITS else digits


def _no_number(_name: str) -> None:
    """Read NaN and Infinity, which Python takes and no database does, as nothing."""


def _read_entries(entries: object) -> Iterator[Event]:
    for entry in entries if isinstance(entries, list) else ():
        changes = entry.get("changes") if isinstance(entry, dict) else None
        if not isinstance(changes, list):
            yield Unhandled("", "", "broken entry", entry)
            continue
        for change in changes:
            if isinstance(change, dict):
                yield from _read_change(entry, change)
            else:
                yield Unhandled(identifier(entry.get("id")), "", "broken change", change)


def _read_change(entry: dict[str, Any], change: dict[str, Any]) -> Iterator[Event]:
    waba_id, field = identifier(entry.get("id")), text(change.get("field"))[:_FIELD_CHARACTERS]
    value = change.get("value")
    if not isinstance(value, dict):
        yield Unhandled(waba_id, field, "broken value", change)
    elif field == "messages":
        yield from read_messages(waba_id, field, value)
    elif field in webhook_numbers.FIELDS:
        at_ms = milliseconds(entry.get("time"))
        yield from webhook_numbers.read_number(waba_id, field, value, at_ms)
    else:
        yield _read_report(waba_id, field, value, milliseconds(entry.get("time"))) or Unhandled(
            waba_id, field, "broken value", change
        )


def _read_report(
    waba_id: str, field: str, value: dict[str, Any], at_ms: int | None
) -> Event | None:
    if field in webhook_templates.FIELDS:
        return webhook_templates.read_template(waba_id, value, at_ms)
    if field in webhook_accounts.READERS:
        return webhook_accounts.read_account(waba_id, field, value, at_ms)
    return Unhandled(waba_id, field, text(value.get("event"))[:80] or field, value)
