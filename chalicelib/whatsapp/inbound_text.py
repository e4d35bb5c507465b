"""What an inbox shows for an inbound message of any type, in one line of text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def shown_text(kind: str, message: Mapping[str, Any]) -> str:
    """Return the words of the message, else what it is in brackets, e.g. `[image]`; never empty."""
    part = message.get(kind)
    read = _READERS.get(kind)
    text = read(part) if read is not None and isinstance(part, Mapping) else ""
    if not text and kind == "contacts":
        text = _contacts(part)
    return text or f"[{kind.replace('_', ' ')[:40]}]"


def _member(*names: str) -> Callable[[Mapping[str, Any]], str]:
    """Return a reader of the first of these members that has text."""

    def read(part: Mapping[str, Any]) -> str:
        for name in names:
            value = part.get(name)
            if isinstance(value, str) and value.strip():
                return value
        return ""

    return read


def _document(part: Mapping[str, Any]) -> str:
    name = _member("filename")(part)
    return _member("caption")(part) or (f"[document] {name}" if name else "")


def _audio(part: Mapping[str, Any]) -> str:
    return "[voice message]" if part.get("voice") is True else ""


def _location(part: Mapping[str, Any]) -> str:
    place = _member("name", "address")(part)
    where = [part.get("latitude"), part.get("longitude")]
    if not place and all(type(one) in {int, float, str} for one in where):
        place = f"{where[0]}, {where[1]}"[:60]
    return f"[location] {place}" if place else ""


def _reaction(part: Mapping[str, Any]) -> str:
    return _member("emoji")(part) or "[reaction removed]"


def _interactive(part: Mapping[str, Any]) -> str:
    for name, members in (
        ("button_reply", ("title", "id")),
        ("list_reply", ("title", "id")),
        ("nfm_reply", ("body", "name")),
        ("call_permission_reply", ("response",)),
    ):
        reply = part.get(name)
        if isinstance(reply, Mapping):
            return _member(*members)(reply)
    return ""


def _edit(part: Mapping[str, Any]) -> str:
    edited = part.get("message")
    if not isinstance(edited, Mapping) or not isinstance(edited.get("type"), str):
        return ""
    kind = edited["type"]
    # One level only: an edit of an edit would let a delivery nest without end.
    return f"[edited] {shown_text(kind, edited)}" if kind != "edit" else ""


def _contacts(part: object) -> str:
    names = []
    for card in part if isinstance(part, list) else ():
        name = card.get("name") if isinstance(card, Mapping) else None
        if isinstance(name, Mapping):
            names.append(_member("formatted_name", "first_name")(name))
    shown = ", ".join(filter(None, names[:3]))
    return f"[contacts] {shown}" if shown else ""


_READERS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "text": _member("body"),
    "image": _member("caption"),
    "video": _member("caption"),
    "document": _document,
    "audio": _audio,
    "button": _member("text", "payload"),
    "interactive": _interactive,
    "location": _location,
    "order": lambda part: f"[order] {_member('text')(part)}".strip(),
    "reaction": _reaction,
    "system": _member("body"),
    "edit": _edit,
    "revoke": lambda _part: "[deleted message]",
}
