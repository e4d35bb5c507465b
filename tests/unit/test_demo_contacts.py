"""The demo's contacts have the size, the spread and the dirt that the demo promises."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import cache

from chalicelib.services.imports.reading import find_encoding, read_layout, read_records
from chalicelib.services.imports.rows import Person, Refused, read_row
from demo.make_contacts import CONTACTS_CSV, HEADER, make_rows, render


@cache
def rows() -> list[Person | Refused]:
    """Return every row of the file as the import reads it, for a business in the United States."""
    body = CONTACTS_CSV.read_bytes()
    layout = read_layout(body, find_encoding([body]))
    records = read_records([body[layout.offset :]], layout)
    return [read_row(layout.columns, r, "US") for r in records if not r.is_blank]


def people() -> list[Person]:
    """Return the rows that are people."""
    return [row for row in rows() if isinstance(row, Person)]


def test_size_and_spread() -> None:
    """At least 1,000 different mobile numbers of at least 40 countries, in 1,100 rows or more."""
    assert len(rows()) >= 1_100
    assert len({person.address for person in people()}) >= 1_000
    assert len({person.region for person in people()}) >= 40


def test_dirt() -> None:
    """Duplicates, refusals of every kind, gaps, opt-outs, many scripts, quotes and a BOM."""
    body = CONTACTS_CSV.read_bytes()
    count = Counter(person.address for person in people())
    codes = Counter(row.code for row in rows() if isinstance(row, Refused))
    names = [person.name for person in people()]
    opted_out = {person.address for person in people() if person.is_opted_out}
    assert body.startswith(b"\xef\xbb\xbf")
    assert sum(count.values()) - len(count) >= 40
    assert set(codes) == {
        "missing_phone",
        "not_a_number",
        "too_short",
        "too_long",
        "impossible_for_country",
        "unknown_country",
        "landline",
        "not_mobile",
    }
    assert names.count("") >= 15
    assert 0.01 < len(opted_out) / len(count) < 0.04
    for script in ("ARABIC", "DEVANAGARI", "CJK", "HEBREW", "GREEK", "CYRILLIC", "THAI"):
        assert any(script in unicodedata.name(c, "") for name in names for c in name), script
    text = body.decode("utf-8-sig")
    assert not unicodedata.is_normalized("NFC", text)
    assert '""' in text
    assert "🌸" in text
    assert "\n" in text.replace("\r\n", "")


def test_repeatable() -> None:
    """The same seed gives the same rows, another seed others."""
    assert make_rows(7) == make_rows(7)
    assert make_rows(7) != make_rows(8)
    first = render(make_rows(7)).decode("utf-8-sig").splitlines()[0]
    assert first == ",".join(HEADER)
