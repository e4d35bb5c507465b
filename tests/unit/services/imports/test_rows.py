"""From the cells of a row to a person, or to the reason why there is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.services.imports.columns import read_columns
from chalicelib.services.imports.reading import Record
from chalicelib.services.imports.rows import Person, Refused, read_row

COLUMNS = read_columns(("phone", "name", "country", "language", "tags", "opted_out", "City"))
NAMED = read_columns(("phone", "first name", "last name"))


def row_of(**cells: str) -> Person | Refused:
    """Return what a row of the given cells is."""
    texts = [cells.get(column.target.removeprefix("fields."), "") for column in COLUMNS]
    return read_row(COLUMNS, Record(2, texts, 0), "GB")


def person(**cells: str) -> Person:
    """Return the person of a row that must be one."""
    found = row_of(**{"phone": "+447400123456", **cells})
    assert isinstance(found, Person)
    return found


def test_everything() -> None:
    """Each cell of a full row arrives where it belongs, trimmed and composed."""
    assert person(
        name="  Zoe\u0308  M\u00fcller\t",
        country="germany",
        language="pt-br",
        tags="VIP; spring |vip,",
        opted_out="2024-05-01",
        city="K\u00f6ln\nMitte",
    ) == Person(
        row=2,
        address="+447400123456",
        region="GB",
        country="DE",
        name="Zoë Müller",
        language="pt_BR",
        tags=frozenset({"vip", "spring"}),
        fields={"city": "Köln Mitte"},
        is_opted_out=True,
    )


def test_empty_cells() -> None:
    """A row of a phone alone leaves everything else open."""
    assert person() == Person(row=2, address="+447400123456", region="GB")
    short = read_row(COLUMNS, Record(2, ["07400 123456"], 0), "GB")
    assert short == Person(row=2, address="+447400123456", region="GB")


def test_emoji_stay_whole() -> None:
    """Joined emoji and joined letters of other scripts are not taken apart."""
    assert person(name="Ada 👩🏽‍🔬 می‌خواهم").name == "Ada 👩🏽‍🔬 می‌خواهم"


def test_first_and_last_name() -> None:
    """First and last name become the name."""
    found = read_row(NAMED, Record(2, ["+447400123456", "Ada", "Byron"], 0), None)
    assert isinstance(found, Person)
    assert found.name == "Ada Byron"


def test_language_that_is_no_code() -> None:
    """A language in words is kept as a field, not lost and not taken for a code."""
    assert person(language="Portuguese").language is None
    assert person(language="Portuguese").fields == {"language": "Portuguese"}


@pytest.mark.parametrize("text", ["yes", "TRUE", "1", "x", "sí", "2024-05-01", "abgemeldet"])
def test_opted_out(text: str) -> None:
    """Any word that does not clearly say no counts as an opt-out."""
    assert person(opted_out=text).is_opted_out


@pytest.mark.parametrize("text", ["", " ", "no", "False", "0", "Nein", "NÃO", "-", "subscribed"])
def test_not_opted_out(text: str) -> None:
    """A clear no, or nothing, is no opt-out."""
    assert not person(opted_out=text).is_opted_out


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"phone": ""}, "missing_phone"),
        ({"phone": "ask Bob"}, "not_a_number"),
        ({"phone": "07400 123456", "country": "Atlantis"}, "unknown_country"),
        ({"phone": "030 123456", "country": "DE"}, "landline"),
        ({"phone": "+447400123456", "name": "x" * 201}, "value_too_long"),
        ({"phone": "+447400123456", "city": "x" * 501}, "value_too_long"),
        ({"phone": "+447400123456", "tags": "x" * 51}, "value_too_long"),
        ({"phone": "+447400123456", "tags": ",".join(map(str, range(51)))}, "too_many_tags"),
    ],
)
def test_refusals(cells: dict[str, str], code: str) -> None:
    """A row that cannot be a contact has a code and words."""
    found = row_of(**cells)
    assert isinstance(found, Refused)
    assert found.code == code
    assert found.reason


def test_a_country_nobody_knows_does_not_matter_with_a_plus() -> None:
    """An unknown country is no obstacle to a number that says its own."""
    assert person(country="Atlantis").country is None


def test_too_many_cells() -> None:
    """A row wider than the header is refused, unless what is over is empty."""
    wide = Record(2, ["+447400123456", *[""] * 6, "", " "], 0)
    assert isinstance(read_row(COLUMNS, wide, "GB"), Person)
    wider = Record(2, ["+447400123456", *[""] * 6, "over"], 0)
    found = read_row(COLUMNS, wider, "GB")
    assert isinstance(found, Refused)
    assert found.code == "too_many_cells"


@settings(deadline=None)  # the first number of a country loads its rules
@given(st.lists(st.text(max_size=30), max_size=9))
def test_any_cells(cells: list[str]) -> None:
    """Any cells at all are a person or a refusal of that very row; nothing is raised."""
    found = read_row(COLUMNS, Record(7, cells, 0), None)
    assert found.row == 7
    assert isinstance(found, Person) or found.reason


WITH_IDS = read_columns(("phone", "BSUID", "name"))


def test_person_without_a_phone() -> None:
    """A row is known by its user id where it has no phone, and by both where it has both."""
    hidden = read_row(WITH_IDS, Record(2, ["", " US.71491208655302741918 ", "Ana"], 0), "GB")
    assert hidden == Person(row=2, address="US.71491208655302741918", region="US", name="Ana")
    assert not hidden.has_phone
    both = read_row(WITH_IDS, Record(2, ["+447400123456", "US.1", ""], 0), "GB")
    fields = {"bsuid": "US.1"}
    assert both == Person(row=2, address="+447400123456", alias="US.1", region="GB", fields=fields)
    odd = read_row(WITH_IDS, Record(2, ["+447400123456", "4711", ""], 0), "GB")
    fields = {"bsuid": "4711"}
    assert odd == Person(row=2, address="+447400123456", region="GB", fields=fields)


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (["", "", "Ana"], "missing_phone"),
        (["", "71491208655302741918", ""], "not_a_user_id"),
        (["", "US.ENT.1", ""], "not_a_user_id"),
        (["", f"US.{'1' * 129}", ""], "not_a_user_id"),
        (["ask Bob", "US.1", ""], "not_a_number"),
    ],
)
def test_what_is_no_user_id(cells: list[str], code: str) -> None:
    """Neither phone nor user id, an id of another shape, and a bad phone are told."""
    found = read_row(WITH_IDS, Record(2, cells, 0), "GB")
    assert isinstance(found, Refused)
    assert found.code == code
