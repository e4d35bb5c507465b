"""A segment's filter as a function of a contact. Pure, and light, because the planner needs it.

type       holds for a contact whose …
tag        tags contain it
field      field compares so; a missing field is empty, and no number
country    country is one of them; by the phone or the user id where none is kept
language   language is one of them, or a dialect of one
opt_in     opt-out has not happened (`marketing`: nor the one from marketing alone)
last_seen  last message came within the days; `not_within` and `never` hold if none ever came
created    first day is within the days
all_of     every one of `of` holds
any_of     one of `of` holds
not        `of` does not hold
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from chalicelib.whatsapp.markets import country_of

DAY_MS = 86_400_000


class Person(Protocol):
    """What a filter looks at."""

    @property
    def name(self) -> str:
        """The name, or an empty text."""

    @property
    def tags(self) -> Sequence[str]:
        """The tags."""

    @property
    def fields(self) -> Mapping[str, str]:
        """The fields of the tenant's own."""

    @property
    def country(self) -> str | None:
        """The ISO country."""

    @property
    def phone(self) -> str | None:
        """The phone in E.164."""

    @property
    def bsuid(self) -> str | None:
        """Meta's business-scoped user id."""

    @property
    def language(self) -> str | None:
        """The language, e.g. pt_BR."""

    @property
    def opted_out_at(self) -> int | None:
        """When they asked for no more messages."""

    @property
    def marketing_opted_out_at(self) -> int | None:
        """When they asked for no more marketing."""

    @property
    def last_seen_at(self) -> int | None:
        """When they last wrote."""

    @property
    def created_at(self) -> int:
        """When they were added."""


Predicate = Callable[[Person], bool]


def compile_filter(node: Mapping[str, Any], now_ms: int) -> Predicate:
    """Return the function that tells whether a contact meets a filter of `schemas.segments`.

    Days count back from `now_ms`, so that every page of one audience sees the same moment. Pure;
    about 1 µs a condition.
    """
    return _COMPILERS[node["type"]](node, now_ms)


def _tag(node: Mapping[str, Any], _now_ms: int) -> Predicate:
    tag = node["tag"]
    return lambda person: tag in (person.tags or ())


def _field(node: Mapping[str, Any], _now_ms: int) -> Predicate:
    name, compare = node["field"], _COMPARISONS[node["op"]](str(node.get("value", "")))

    def holds(person: Person) -> bool:
        found = person.name if name == "name" else (person.fields or {}).get(name)
        return compare((found or "").strip())

    return holds


def _numeric(compare: Callable[[float, float], bool]) -> Callable[[str], Callable[[str], bool]]:
    def against(value: str) -> Callable[[str], bool]:
        limit = float(value)

        def holds(found: str) -> bool:
            try:
                return compare(float(found), limit)
            except ValueError:
                return False

        return holds

    return against


def _textual(compare: Callable[[str, str], bool]) -> Callable[[str], Callable[[str], bool]]:
    def against(value: str) -> Callable[[str], bool]:
        wanted = value.casefold()
        return lambda found: compare(found.casefold(), wanted)

    return against


_COMPARISONS: dict[str, Callable[[str], Callable[[str], bool]]] = {
    "is": _textual(lambda found, wanted: found == wanted),
    "is_not": _textual(lambda found, wanted: found != wanted),
    "contains": _textual(lambda found, wanted: wanted in found),
    "starts_with": _textual(lambda found, wanted: found.startswith(wanted)),
    "is_set": _textual(lambda found, _wanted: bool(found)),
    "gt": _numeric(lambda found, limit: found > limit),
    "gte": _numeric(lambda found, limit: found >= limit),
    "lt": _numeric(lambda found, limit: found < limit),
    "lte": _numeric(lambda found, limit: found <= limit),
}


def _country(node: Mapping[str, Any], _now_ms: int) -> Predicate:
    countries = frozenset(node["countries"])

    def holds(person: Person) -> bool:
        # Whoever wrote before anybody entered them is kept without a country.
        known = person.country or country_of(person.phone or person.bsuid or "")
        return known in countries

    return holds


def _language(node: Mapping[str, Any], _now_ms: int) -> Predicate:
    languages = frozenset(node["languages"])

    def holds(person: Person) -> bool:
        spoken = person.language or ""
        return spoken in languages or spoken.partition("_")[0] in languages

    return holds


def _opt_in(node: Mapping[str, Any], _now_ms: int) -> Predicate:
    if node.get("to", "marketing") == "all":
        return lambda person: person.opted_out_at is None
    return lambda person: person.opted_out_at is None and person.marketing_opted_out_at is None


def _last_seen(node: Mapping[str, Any], now_ms: int) -> Predicate:
    if node["op"] == "never":
        return lambda person: person.last_seen_at is None
    since_ms = now_ms - node["days"] * DAY_MS
    if node["op"] == "within":
        return lambda person: person.last_seen_at is not None and person.last_seen_at >= since_ms
    return lambda person: person.last_seen_at is None or person.last_seen_at < since_ms


def _created(node: Mapping[str, Any], now_ms: int) -> Predicate:
    since_ms = now_ms - node["days"] * DAY_MS
    if node["op"] == "within":
        return lambda person: person.created_at >= since_ms
    return lambda person: person.created_at < since_ms


def _all_of(node: Mapping[str, Any], now_ms: int) -> Predicate:
    parts = [compile_filter(child, now_ms) for child in node["of"]]
    return lambda person: all(part(person) for part in parts)


def _any_of(node: Mapping[str, Any], now_ms: int) -> Predicate:
    parts = [compile_filter(child, now_ms) for child in node["of"]]
    return lambda person: any(part(person) for part in parts)


def _not(node: Mapping[str, Any], now_ms: int) -> Predicate:
    part = compile_filter(node["of"], now_ms)
    return lambda person: not part(person)


_COMPILERS: dict[str, Callable[[Mapping[str, Any], int], Predicate]] = {
    "tag": _tag,
    "field": _field,
    "country": _country,
    "language": _language,
    "opt_in": _opt_in,
    "last_seen": _last_seen,
    "created": _created,
    "all_of": _all_of,
    "any_of": _any_of,
    "not": _not,
}
