"""Reads single values out of a delivery, whatever stands in their place. Only the standard library.

Everything is bounded: a signed body of 3 MB may hold any text anywhere, and a row of DynamoDB takes
400 KB, a message of SQS 256 KB.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

TEXT_CHARACTERS = 10_000  # WhatsApp's own longest text has 4,096
CONTENT_BYTES = 64_000
NAME_CHARACTERS = 256
_ID_CHARACTERS = 300  # wamids have about 60, user ids up to 131
_LATEST_S = 253_402_300_799  # the last second of the year 9999
_MEDIA = frozenset({"image", "video", "document", "audio", "sticker"})
_MEDIA_FIELDS = ("id", "mime_type", "sha256", "filename", "caption", "url")


def text(value: object) -> str:
    """Return `value` if it is text, "" otherwise; half of a surrogate pair becomes `?`.

    JSON may carry such a half, which no UTF-8 can hold, so that storing it would fail.
    """
    if not isinstance(value, str):
        return ""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def name(value: object) -> str:
    """Return a name, cut to what a list can show."""
    return text(value).strip()[:NAME_CHARACTERS]


def identifier(value: object) -> str:
    """Return one of Meta's ids as text, "" for what cannot be one. Some ids come as numbers."""
    if type(value) is int:
        value = str(value) if 0 < value < 1 << 128 else ""
    found = text(value)
    return found if len(found) <= _ID_CHARACTERS else ""


def phone(value: object) -> str | None:
    """Return a phone in `+` E.164, None for what is none; Meta writes them without the plus."""
    digits = text(value).removeprefix("+")
    is_phone = digits.isascii() and digits.isdecimal() and len(digits) <= 20
    return f"+{digits}" if is_phone else None


def milliseconds(value: object) -> int | None:
    """Return a time in seconds (Meta writes it as text or as a number) in milliseconds."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        value = int(value)
    if type(value) is int and 0 < value <= _LATEST_S:
        return value * 1000
    return None


def whole(value: object) -> int | None:
    """Return a whole number that a database can hold, None for anything else."""
    return value if type(value) is int and abs(value) < 1 << 63 else None


def member(value: object, key: str) -> Any:  # noqa: ANN401 - whatever Meta sent
    """Return a member of an object, None where there is no object or no such member."""
    return value.get(key) if isinstance(value, dict) else None


def objects(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list, [] for what is no list."""
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, dict)]


def items(value: object) -> Iterator[dict[str, Any] | None]:
    """Yield each item of a list, None for one that is no object."""
    for item in value if isinstance(value, list) else ():
        yield item if isinstance(item, dict) else None


def as_json(value: object) -> str | None:
    """Return `value` as compact JSON text, None for nothing or for what is too large to keep."""
    if value is None:
        return None
    try:
        found = json.dumps(value, separators=(",", ":"))
    except RecursionError:
        return None
    return found if len(found) <= CONTENT_BYTES else None


def detail(value: Mapping[str, Any], *known: str) -> dict[str, Any]:
    """Return what an event says beside its `known` members, {} if it is too large to keep."""
    found = {key: item for key, item in value.items() if key not in known}
    kept = as_json(found)
    # Through JSON once more, so that no half of a surrogate pair is in it.
    return {} if kept is None else json.loads(text(json.dumps(found, ensure_ascii=False)))


def error(errors: object) -> tuple[int | None, str | None, str | None]:
    """Return code, title and details of the first of Meta's errors."""
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return None, None, None
    words = text(first.get("title")) or text(first.get("message"))
    details = text(member(first.get("error_data"), "details"))
    return (
        whole(first.get("code")),
        words[:TEXT_CHARACTERS] or None,
        details[:TEXT_CHARACTERS] or None,
    )


def media(kind: str, part: object) -> dict[str, Any] | None:
    """Return what a message says of its file; None for a message without one."""
    if kind not in _MEDIA or not isinstance(part, dict) or not identifier(part.get("id")):
        return None
    found: dict[str, Any] = {
        key: value[:TEXT_CHARACTERS] for key in _MEDIA_FIELDS if (value := text(part.get(key)))
    }
    found["id"] = identifier(part.get("id"))
    found |= {key: True for key in ("voice", "animated") if part.get(key) is True}
    return found
