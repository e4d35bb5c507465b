"""Recognition of columns by the names that people give them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from chalicelib.core.errors import Invalid
from chalicelib.services.imports.columns import MAX_COLUMNS, read_columns, slug


def targets(*header: str) -> list[str]:
    """Return what the columns of `header` are."""
    return [column.target for column in read_columns(header)]


PHONE_TITLES = (
    "phone; Phone Number; MOBILE; Número; whatsapp; Telefon; Teléfono; celular; Handy; Téléphone; "
    "cell_phone; Phone-No.; رقم الهاتف; फोन; 电话"
)


@pytest.mark.parametrize("title", PHONE_TITLES.split(";"))
def test_phone_in_many_languages(title: str) -> None:
    """A phone column is found under its names in several languages and spellings."""
    assert targets("x", title) == ["fields.x", "phone"]


def test_the_most_certain_phone_wins() -> None:
    """With several phone columns WhatsApp beats mobile beats phone; the others become fields."""
    assert targets("Phone", "Mobile", "WhatsApp") == ["fields.phone", "fields.mobile", "phone"]
    assert targets("Phone", "Mobile") == ["fields.phone", "phone"]


def test_meanings_and_fields() -> None:
    """Known columns get their meaning, others become fields under a slug, nameless ones nothing."""
    header = ("tel", "Vorname", "Nachname", "Land", "Sprache", "Tags", "Opt-out", "Order ID", "")
    assert targets(*header) == [
        "phone",
        "first_name",
        "last_name",
        "country",
        "language",
        "tags",
        "opted_out",
        "fields.order_id",
        "",
    ]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (("name", "email"), "no_phone_column"),
        (("+447400123456", "Ada"), "no_phone_column"),
        (("phone", "name", "Name"), "duplicate_columns"),
        (("phone", "Phone"), "duplicate_columns"),
        (("phone", "Order ID", "order-id"), "duplicate_columns"),
        (("phone", "nombre", "name"), "duplicate_columns"),
        (("phone", *(f"c{i}" for i in range(MAX_COLUMNS))), "too_many_columns"),
        (("phone", "x" * 101), "field_too_long"),
    ],
)
def test_refusals(header: tuple[str, ...], code: str) -> None:
    """A header that cannot be used is refused with its code."""
    with pytest.raises(Invalid) as caught:
        read_columns(header)
    assert caught.value.code == code


def test_no_phone_column_says_what_to_do() -> None:
    """The refusal lists the columns found and the names that are understood."""
    with pytest.raises(Invalid, match=r"'e-mail'.*'mobile'"):
        read_columns(("name", "e-mail"))


@given(st.text(max_size=120))
def test_any_slug(title: str) -> None:
    """Any title gives a key that a contact's fields accept."""
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,39}", slug(title, 7))


def test_user_ids_stand_in_for_phones() -> None:
    """A file without phones may have user ids; a plain "user id" is the business's own."""
    assert [c.target for c in read_columns(("Name", "BSUID"))] == ["name", "bsuid"]
    assert [c.target for c in read_columns(("WhatsApp user ID", "phone"))] == ["bsuid", "phone"]
    with pytest.raises(Invalid) as caught:
        read_columns(("user id", "name"))
    assert caught.value.code == "no_phone_column"
