"""Deliveries as nobody should send them, from the samples and a seed.

Each holds, in an entry of its own, one valid status and one valid message among broken neighbours:
whatever else is wrong, these two must come through.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAYLOADS = Path(__file__).parents[1] / "payloads"
NUMBER_ID, WABA_ID = "300000000000001", "200000000000001"
# What json.dumps cannot write: an integer of 5,000 digits, and lists in lists.
_HUGE, _DEEP = "@@huge@@", "@@deep@@"
_DEPTH = 400
_NAMES = (
    *("id", "status", "timestamp", "type", "errors", "value", "field", "changes", "messages"),
    *("statuses", "contacts", "profile", "from", "from_user_id", "context", "text", "metadata"),
    *("image", "system", "edit", "reaction", "event", "message_template_id", "history", "calls"),
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A delivery, and the ids of the status and the message in it that are as they should be."""

    raw: bytes
    status_id: str
    message_id: str
    is_json: bool


def samples() -> list[Any]:
    """Return the samples, without the one that is only long."""
    return [
        json.loads(path.read_text())
        for path in sorted(PAYLOADS.glob("[a-z]*.json"))
        if "250" not in path.name
    ]


def mutants(
    count: int, seed: int, callback: Callable[[int], str] | None = None
) -> Iterator[Mutant]:
    """Yield `count` deliveries; the same seed gives the same ones.

    `callback` gives the valid status of each its `biz_opaque_callback_data`.
    """
    chance, known = random.Random(seed), samples()
    for serial in range(count):
        yield _mutant(chance, known, serial, callback and callback(serial))


def _mutant(chance: random.Random, known: list[Any], serial: int, callback: str | None) -> Mutant:
    payload = copy.deepcopy(chance.choice(known))
    for _ in range(chance.randint(1, 5)):
        _mutate(chance, payload)
    status_id, message_id = f"wamid.status.{serial}", f"wamid.message.{serial}"
    entries = payload.get("entry")
    if not isinstance(entries, list):
        entries = payload["entry"] = []
    valid = _valid_entry(chance, known, status_id, message_id, callback)
    entries.insert(chance.randint(0, len(entries)), valid)
    text = json.dumps(payload, ensure_ascii=chance.random() < 0.7)
    text = text.replace(f'"{_HUGE}"', "9" * 5_000)
    text = text.replace(f'"{_DEEP}"', "[" * _DEPTH + "]" * _DEPTH)
    raw = text.encode("utf-8", "surrogatepass") if chance.random() < 0.01 else _clean(text)
    if chance.random() < 0.02:
        return Mutant(_torn(chance, raw), status_id, message_id, is_json=False)
    return Mutant(raw, status_id, message_id, is_json=_is_utf8(raw))


def _clean(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _torn(chance: random.Random, raw: bytes) -> bytes:
    """Return bytes that are cut off, or of which one is another."""
    place = chance.randrange(len(raw))
    if chance.random() < 0.5:
        return raw[:place]
    return raw[:place] + bytes([chance.randrange(256)]) + raw[place + 1 :]


def _valid_entry(
    chance: random.Random, known: list[Any], status_id: str, message_id: str, callback: str | None
) -> dict[str, Any]:
    status: dict[str, Any] = {
        "id": status_id,
        "status": "delivered",
        "timestamp": "1794700004",
        "recipient_id": "15550111111",
    }
    if callback is not None:
        status["biz_opaque_callback_data"] = callback
    message = {
        "from": "15550111111",
        "id": message_id,
        "timestamp": "1794700005",
        "type": "text",
        "text": {"body": "still here"},
    }
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550100001", "phone_number_id": NUMBER_ID},
        "statuses": _among(chance, known, "statuses", status),
        "messages": _among(chance, known, "messages", message),
    }
    for extra in ("contacts", "errors", "user_actions"):
        if chance.random() < 0.3:
            value[extra] = _junk(chance)
    return {"id": WABA_ID, "changes": [{"field": "messages", "value": value}]}


def _among(chance: random.Random, known: list[Any], part: str, valid: Any) -> list[Any]:
    """Return a list with `valid` among mutated items of the samples."""
    neighbours: list[Any] = []
    for _ in range(chance.randint(0, 3)):
        found = [
            item
            for entry in chance.choice(known)["entry"]
            for change in entry["changes"]
            for item in change["value"].get(part, [])
        ]
        if found:
            holder = [copy.deepcopy(chance.choice(found))]
            _mutate(chance, holder)
            neighbours += holder
        else:
            neighbours.append(_junk(chance))
    neighbours.insert(chance.randint(0, len(neighbours)), valid)
    return neighbours


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every holder and key of a tree, without recursion: mutants nest deep."""
    waiting = [node]
    while waiting:
        holder = waiting.pop()
        keys: Any = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            yield holder, key
            if isinstance(holder[key], (dict, list)):
                waiting.append(holder[key])


def _mutate(chance: random.Random, payload: Any) -> None:
    places = list(_places(payload))
    if places:
        chance.choice(_MUTATIONS)(chance, *chance.choice(places))


def _replace(chance: random.Random, holder: Any, key: Any) -> None:
    holder[key] = _junk(chance)


def _remove(_chance: random.Random, holder: Any, key: Any) -> None:
    del holder[key]


def _repeat(chance: random.Random, holder: Any, key: Any) -> None:
    if isinstance(holder, list):
        holder.extend([holder[key]] * chance.randint(1, 20))
    else:
        holder[key] = [holder[key]] * chance.randint(0, 3)


def _rename(chance: random.Random, holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder[chance.choice(_NAMES)] = holder.pop(key)


def _add(chance: random.Random, holder: Any, _key: Any) -> None:
    if isinstance(holder, dict):
        holder[chance.choice(_NAMES)] = _junk(chance)
    else:
        holder.insert(chance.randint(0, len(holder)), _junk(chance))


def _retype(_chance: random.Random, holder: Any, key: Any) -> None:
    """Write a number as text, a text as a number, an object as a list."""
    value = holder[key]
    if isinstance(value, str):
        holder[key] = int(value) if value.isdecimal() and value.isascii() else [value]
    elif isinstance(value, dict):
        holder[key] = list(value.values())
    elif isinstance(value, list):
        holder[key] = {str(place): item for place, item in enumerate(value)}
    else:
        holder[key] = str(value)


_MUTATIONS: tuple[Callable[[random.Random, Any, Any], None], ...] = (
    *(_replace, _remove, _repeat, _rename, _add, _retype),
)


def _junk(chance: random.Random) -> Any:
    return chance.choice(_JUNK)(chance)


_JUNK: tuple[Callable[[random.Random], Any], ...] = (
    lambda _c: None,
    lambda c: c.random() < 0.5,
    lambda c: c.choice((0, -1, 1, 2**31, 2**53 + 1, 2**63, 2**64, 10**30, 1794700000)),
    lambda c: c.choice((0.5, -1e308, float("nan"), float("inf"))),
    lambda _c: _HUGE,
    lambda c: c.choice(("", " ", "0", "٣", "a" * 300, "é" * 20_000, "x" * 100_000, "\x00", "\n")),
    lambda c: c.choice(("A\ud83d", "\udfff", "\u202e", "😀" * 50, "https://x/?a=b", "US.1")),
    lambda c: c.choice(("text", "system", "edit", "revoke", "image", "contacts", "interactive")),
    lambda c: [_junk(c) for _ in range(c.randint(0, 3))] if c.random() < 0.5 else [],
    lambda c: {c.choice(_NAMES): _junk(c) for _ in range(c.randint(0, 3))},
    lambda _c: _DEEP,
)
