"""Checks on the shape of a request's values, each raising Graph's error naming the parameter."""

from typing import Any

from sandbox.errors import invalid, known, required
from sandbox.model import Json


def member(owner: Json, key: str, name: str) -> Any:  # noqa: ANN401 (JSON has no narrower type)
    """Return `owner[key]`, or raise for `name` if it is absent, null or an empty text."""
    value = owner.get(key)
    if value is None or value == "":
        raise required(name)
    return value


def as_object(value: object, name: str) -> Json:
    """Return `value` if it is a JSON object."""
    if not isinstance(value, dict):
        raise invalid(name, "must be a JSON object.")
    return value


def as_list(value: object, name: str) -> list[Any]:
    """Return `value` if it is a JSON array."""
    if not isinstance(value, list):
        raise invalid(name, "must be an array.")
    return value


def as_text(value: object, name: str, limit: int = 0) -> str:
    """Return `value` if it is a text of at most `limit` characters (0: any length)."""
    if not isinstance(value, str):
        raise invalid(name, "must be a string.")
    if limit and len(value) > limit:
        raise invalid(name, f"must be at most {limit} characters long.")
    return value


def text_member(owner: Json, key: str, name: str, limit: int = 0) -> str:
    """Return a required text member."""
    return as_text(member(owner, key, name), name, limit)


def optional_text(owner: Json, key: str, name: str, limit: int = 0) -> str:
    """Return a text member, or an empty text if it is absent."""
    value = owner.get(key)
    return "" if value is None else as_text(value, name, limit)


def one_of(value: object, allowed: tuple[str, ...], name: str) -> str:
    """Return `value` if it is one of `allowed`."""
    if not isinstance(value, str) or value not in allowed:
        raise invalid(name, f"must be one of {{{', '.join(allowed)}}} - got {str(value)[:60]!r}.")
    return value


def within(text: str, low: int, high: int, what: str) -> str:
    """Return `text` if its length is in range, else raise 131009 as Meta does for labels."""
    if not low <= len(text) <= high:
        raise known(131009, f"{what} length invalid. Min length: {low}, Max length: {high}")
    return text
