"""Graph's `fields` with arguments: `id,analytics.start(1).end(2).phone_numbers(["1555"])`."""

import json
import re
from typing import Any

from sandbox.errors import GraphError, invalid, required

_ARGUMENT = re.compile(r"\.([a-z_]+)\(([^()]*)\)")


def split_fields(text: str) -> list[str]:
    """Return the fields of a list; commas in brackets and parentheses do not part them."""
    found, depth, current = [], 0, ""
    for character in text:
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        if character == "," and depth == 0:
            found.append(current)
            current = ""
        else:
            current += character
    return [name.strip() for name in (*found, current) if name.strip()]


def arguments_of(field: str) -> tuple[str, dict[str, str]]:
    """Return a field's name and its arguments, as text; raise Graph's error for another shape."""
    name, dot, _ = field.partition(".")
    rest = field[len(name) :]
    found = _ARGUMENT.findall(rest)
    if dot and "".join(f".{key}({value})" for key, value in found) != rest:
        raise GraphError(f"(#2500) Syntax error in the field {name[:60]!r}", code=2500)
    return name, dict(found)


def whole(arguments: dict[str, str], key: str) -> int:
    """Return an argument that must be a whole number."""
    text = arguments.get(key, "").strip("\"'")
    if not text:
        raise required(key)
    if not text.isdigit():
        raise invalid(key, "must be a Unix timestamp in seconds.")
    return int(text)


def words(arguments: dict[str, str], key: str) -> list[str]:
    """Return an argument that is a list of texts, `["A","B"]` or `A,B`; empty if absent."""
    text = arguments.get(key, "").strip()
    if not text:
        return []
    if not text.startswith("["):
        return [word.strip().strip("\"'") for word in text.split(",") if word.strip()]
    try:
        found: Any = json.loads(text.replace("'", '"'))
    except ValueError:
        found = [word.strip().strip("\"'") for word in text.strip("[]").split(",") if word.strip()]
    return [str(word) for word in found]
