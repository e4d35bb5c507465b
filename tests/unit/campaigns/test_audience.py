"""Who gets what: members, skips and the values of variables."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from chalicelib.services.campaigns.audience import (
    Member,
    Recipient,
    Rules,
    Variables,
    plan_recipient,
    read_line,
    suppression,
)


@dataclass
class Person:
    """A contact as far as the audience looks at it."""

    id: str = "con_1"
    phone: str | None = "+5511961234567"
    bsuid: str | None = None
    name: str = "Ana"
    tags: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    country: str | None = None
    language: str | None = None
    opted_out_at: int | None = None
    marketing_opted_out_at: int | None = None
    cooling_until: int | None = None
    undeliverable_at: int | None = None
    barred_code: int | None = None
    merged_into: str | None = None
    last_seen_at: int | None = None
    created_at: int = 0
    marketing_sent: tuple[str, ...] = ()


NAME = {"body.1": {"field": "name", "fallback": "friend"}}
RULES = Rules("UTILITY", "+15550100001", 1000)
CODE = Rules("AUTHENTICATION", "+15550100001", 1000, is_one_time_code=True)
MARKETING = Rules("MARKETING", "+15550100001", 1000)


def planned(person: Person, variables: Variables) -> Recipient:
    """Return what the person gets."""
    return plan_recipient(Member(person.id, person), variables, RULES, "msg_1")


def test_value_comes_from_the_contact() -> None:
    """A variable is filled from the contact's field."""
    assert planned(Person(), NAME).values == {"body.1": "Ana"}


@pytest.mark.parametrize("name", ["", "   "])
def test_fallback_fills_an_empty_field(name: str) -> None:
    """An empty or blank field takes the fallback."""
    assert planned(Person(name=name), NAME).values == {"body.1": "friend"}


def test_bsuid_only_contact_is_reached() -> None:
    """A person who hides the phone is written to by the business-scoped id."""
    person = Person(phone=None, bsuid="US.123")
    assert planned(person, {}).to == "US.123"


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        (Person(opted_out_at=1), "opted_out"),
        (Person(phone=None), "no_address"),
        (Person(), "missing_variable"),
        (Person(phone=None, opted_out_at=1), "opted_out"),
    ],
)
def test_skips_have_a_reason(person: Person, reason: str) -> None:
    """Whoever gets nothing is skipped with the reason, and gets no message id."""
    variables = {"body.1": {"field": "city", "fallback": None}}
    found = planned(person, variables)
    assert (found.skip, found.message_id) == (reason, "")


@pytest.mark.parametrize(
    ("person", "rules", "reason"),
    [
        (Person(marketing_opted_out_at=1), MARKETING, "marketing_opted_out"),
        (Person(marketing_opted_out_at=1), RULES, None),
        (Person(cooling_until=1001), MARKETING, "cooling"),
        (Person(cooling_until=1000), MARKETING, None),
        (Person(cooling_until=1001), RULES, None),
        (Person(phone="+15550100001"), RULES, "own_number"),
        (Person(undeliverable_at=1), RULES, "undeliverable"),
        (Person(barred_code=130403), RULES, "blocked"),
        (Person(merged_into="con_2", phone=None), RULES, "merged"),
        (Person(barred_code=130497), RULES, "country_not_allowed"),
        (Person(barred_code=131021), RULES, "own_number"),
        (Person(barred_code=137000), RULES, "identity_changed"),
        (Person(barred_code=137000, opted_out_at=1), RULES, "opted_out"),
        (Person(phone=None, bsuid="US.1"), CODE, "needs_phone"),
        (Person(phone=None, bsuid="US.1"), MARKETING, None),
    ],
)
def test_suppression_by_rule(person: Person, rules: Rules, reason: str | None) -> None:
    """What suppresses marketing does not suppress the rest, and a code needs a phone."""
    assert suppression(person, rules) == reason


def test_column_goes_before_field_and_fallback() -> None:
    """A list's own value is taken first, then the contact's, then the fallback."""
    source = {"body.1": {"column": "Code", "field": "city", "fallback": "NONE"}}
    person = Person(fields={"city": "Rio"})
    for row, expected in (({"Code": " A1 "}, "A1"), ({"Code": " "}, "Rio"), ({}, "Rio")):
        member = Member(person.id, person, row)
        assert plan_recipient(member, source, RULES, "m").values == {"body.1": expected}
    member = Member("con_1", Person(), {})
    assert plan_recipient(member, source, RULES, "m").values == {"body.1": "NONE"}


def test_deleted_contact_of_a_list_is_accounted_for() -> None:
    """Who was in a list and is no longer a contact is skipped with a reason, not forgotten."""
    assert plan_recipient(Member("con_9", None), {}, RULES, "m").skip == "contact_deleted"


@pytest.mark.parametrize("person", [Person(), Person(opted_out_at=5), Person(name="नेहा 🌸")])
def test_line_round_trip(person: Person) -> None:
    """A recipient read back from its frozen line is the recipient that was frozen."""
    found = planned(person, NAME)
    assert read_line(found.line()) == found
