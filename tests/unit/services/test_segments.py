"""What a segment's filter means, and which filters are refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from chalicelib.schemas.segments import SegmentWrite
from chalicelib.services.filters import DAY_MS, compile_filter

NOW_MS = 1_800_000_000_000


@dataclass
class Person:
    """A contact as far as a filter looks at it."""

    name: str = "Ana Souza"
    tags: list[str] = field(default_factory=lambda: ["vip", "newsletter"])
    fields: dict[str, str] = field(default_factory=lambda: {"city": "São Paulo", "orders": "12"})
    phone: str | None = "+5511961234567"
    bsuid: str | None = None
    country: str | None = "BR"
    language: str | None = "pt_BR"
    opted_out_at: int | None = None
    marketing_opted_out_at: int | None = None
    last_seen_at: int | None = NOW_MS - 10 * DAY_MS
    created_at: int = NOW_MS - 100 * DAY_MS


STRANGER = Person(
    name="",
    phone=None,
    tags=[],
    fields={},
    country=None,
    language=None,
    opted_out_at=1,
    last_seen_at=None,
)


@pytest.mark.parametrize(
    ("condition", "ana", "stranger"),
    [
        ({"type": "tag", "tag": "VIP"}, True, False),
        ({"type": "field", "field": "city", "op": "is", "value": "são paulo"}, True, False),
        ({"type": "field", "field": "city", "op": "is_not", "value": "Rio"}, True, True),
        ({"type": "field", "field": "name", "op": "contains", "value": "souza"}, True, False),
        ({"type": "field", "field": "name", "op": "starts_with", "value": "ANA"}, True, False),
        ({"type": "field", "field": "city", "op": "is_set"}, True, False),
        ({"type": "field", "field": "orders", "op": "gt", "value": "11.5"}, True, False),
        ({"type": "field", "field": "orders", "op": "gte", "value": "12"}, True, False),
        ({"type": "field", "field": "orders", "op": "lt", "value": "12"}, False, False),
        ({"type": "field", "field": "city", "op": "lte", "value": "12"}, False, False),
        ({"type": "country", "countries": ["AR", "BR"]}, True, False),
        ({"type": "language", "languages": ["pt"]}, True, False),
        ({"type": "language", "languages": ["pt_PT"]}, False, False),
        ({"type": "opt_in"}, True, False),
        ({"type": "last_seen", "op": "within", "days": 10}, True, False),
        ({"type": "last_seen", "op": "within", "days": 9}, False, False),
        ({"type": "last_seen", "op": "not_within", "days": 9}, True, True),
        ({"type": "last_seen", "op": "never"}, False, True),
        ({"type": "created", "op": "not_within", "days": 99}, True, True),
        ({"type": "created", "op": "within", "days": 101}, True, True),
    ],
)
def test_each_condition(condition: dict[str, Any], ana: bool, stranger: bool) -> None:  # noqa: FBT001
    """Each condition holds for whom it should, and a contact without the value is no surprise."""
    saved = SegmentWrite.model_validate({"name": "s", "filter": condition}).filter.model_dump()
    holds = compile_filter(saved, NOW_MS)
    assert (holds(Person()), holds(STRANGER)) == (ana, stranger)


@pytest.mark.parametrize(
    ("person", "is_there"),
    [
        (Person(country=None), True),
        (Person(country=None, phone="+4915123456701"), False),
        (Person(country=None, phone=None, bsuid="BR.81491208655302741919"), True),
        (Person(country="PT"), False),
    ],
)
def test_country_of_who_wrote_first(person: Person, is_there: bool) -> None:  # noqa: FBT001
    """Nobody entered a country for who wrote by themselves: the phone or user id tells it."""
    holds = compile_filter({"type": "country", "countries": ["BR"]}, NOW_MS)
    assert holds(person) is is_there


def test_marketing_opt_out_counts_alone() -> None:
    """Who stopped marketing may still get other messages."""
    person = Person(marketing_opted_out_at=5)
    assert not compile_filter({"type": "opt_in", "to": "marketing"}, NOW_MS)(person)
    assert compile_filter({"type": "opt_in", "to": "all"}, NOW_MS)(person)


LEAVES = st.sampled_from(
    [
        {"type": "tag", "tag": "vip"},
        {"type": "tag", "tag": "nobody"},
        {"type": "country", "countries": ["BR"]},
        {"type": "last_seen", "op": "never", "days": None},
    ]
)


@given(parts=st.lists(LEAVES, min_size=1, max_size=4))
def test_de_morgan(parts: list[dict[str, Any]]) -> None:
    """Not all of them is any that is not: and, or and not mean what they mean in logic."""
    negated = [{"type": "not", "of": part} for part in parts]
    left = {"type": "not", "of": {"type": "all_of", "of": parts}}
    right = {"type": "any_of", "of": negated}
    for person in (Person(), STRANGER):
        assert compile_filter(left, NOW_MS)(person) == compile_filter(right, NOW_MS)(person)


def _nested(depth: int) -> dict[str, Any]:
    return {"type": "tag", "tag": "x"} if depth == 1 else {"type": "not", "of": _nested(depth - 1)}


@pytest.mark.parametrize(
    "bad",
    [
        {"type": "mood", "is": "good"},
        {"type": "field", "field": "City", "op": "is", "value": "x"},
        {"type": "field", "field": "city", "op": "is"},
        {"type": "field", "field": "city", "op": "is_set", "value": "x"},
        {"type": "field", "field": "orders", "op": "gt", "value": "many"},
        {"type": "country", "countries": ["Brazil"]},
        {"type": "last_seen", "op": "within"},
        {"type": "last_seen", "op": "never", "days": 3},
        {"type": "all_of", "of": []},
        {"type": "all_of", "of": [{"type": "tag", "tag": "x"}] * 51},
        {"type": "any_of", "of": [{"type": "all_of", "of": [{"type": "opt_in"}] * 30}] * 2},
        _nested(6),
        _nested(900),
    ],
)
def test_what_cannot_be_meant_is_refused(bad: dict[str, Any]) -> None:
    """A filter that is misspelt, lacks something, or is too large is refused when it is saved."""
    with pytest.raises(ValidationError):
        SegmentWrite.model_validate({"name": "s", "filter": bad})


def test_five_levels_are_taken() -> None:
    """The largest tree that is allowed is allowed."""
    SegmentWrite.model_validate({"name": "s", "filter": _nested(5)})
