"""Who gets what: members, skips and the values of variables."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from chalicelib.services.campaigns.audience import is_member, plan_recipient, read_line


@dataclass
class Person:
    """A contact as far as the audience looks at it."""

    id: str = "con_1"
    phone: str | None = "+5511961234567"
    bsuid: str | None = None
    name: str = "Ana"
    tags: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    opted_out_at: int | None = None
    marketing_opted_out_at: int | None = None


NAME = {"body.1": {"field": "name", "fallback": "friend"}}


def test_value_comes_from_the_contact() -> None:
    """A variable is filled from the contact's field."""
    assert plan_recipient(Person(), NAME, "msg_1").values == {"body.1": "Ana"}


@pytest.mark.parametrize("name", ["", "   "])
def test_fallback_fills_an_empty_field(name: str) -> None:
    """An empty or blank field takes the fallback."""
    assert plan_recipient(Person(name=name), NAME, "msg_1").values == {"body.1": "friend"}


def test_bsuid_only_contact_is_reached() -> None:
    """A person who hides the phone is written to by the business-scoped id."""
    person = Person(phone=None, bsuid="US.123")
    assert plan_recipient(person, {}, "msg_1").to == "US.123"


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
    planned = plan_recipient(person, variables, "msg_1")
    assert (planned.skip, planned.message_id) == (reason, "")


def test_who_stopped_marketing_gets_none() -> None:
    """A person who stopped marketing in WhatsApp is skipped by marketing, and by nothing else."""
    person = Person(marketing_opted_out_at=5)
    assert plan_recipient(person, NAME, "msg_1", is_marketing=True).skip == "opted_out"
    assert plan_recipient(person, NAME, "msg_1").skip is None


def test_tag_audience_takes_only_the_tagged() -> None:
    """The audience of a tag leaves everybody else out, without a skip."""
    audience = {"type": "tag", "tag": "vip"}
    assert is_member(Person(tags=["vip"]), audience)
    assert not is_member(Person(tags=["new"]), audience)


@pytest.mark.parametrize("person", [Person(), Person(opted_out_at=5), Person(name="नेहा 🌸")])
def test_line_round_trip(person: Person) -> None:
    """A recipient read back from its frozen line is the recipient that was frozen."""
    planned = plan_recipient(person, NAME, "msg_1")
    assert read_line(planned.line()) == planned
