"""Reading of files: encodings, delimiters, quotes, and the byte at which each record ends."""

from __future__ import annotations

import codecs
import csv
import io

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.core.errors import Invalid
from chalicelib.services.imports.reading import (
    Layout,
    Record,
    count_rows,
    find_encoding,
    read_layout,
    read_records,
)

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


def read(body: bytes) -> tuple[Layout, list[Record]]:
    """Return how `body` is read, and its rows with content."""
    layout = read_layout(body, find_encoding([body]))
    records = read_records([body[layout.offset :]], layout)
    return layout, [record for record in records if not record.is_blank]


def cells(body: bytes) -> list[list[str]]:
    """Return the cells of the rows of `body`."""
    return [record.cells for record in read(body)[1]]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-be+bom", "utf-16-le+bom"]
)
def test_encodings(encoding: str) -> None:
    """UTF-8 with and without BOM, UTF-16 with its mark and Windows-1252 are all understood."""
    text = "phone,name\r\n+447400123456,Zoë Müller\r\n"
    if encoding.endswith("+bom"):
        plain = encoding.removesuffix("+bom")
        bom = codecs.BOM_UTF16_BE if plain.endswith("be") else codecs.BOM_UTF16_LE
        body = bom + text.encode(plain)
    else:
        body = text.encode(encoding)
    assert cells(body) == [["+447400123456", "Zoë Müller"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(delimiter: str, end: str) -> None:
    """Every usual delimiter and line end is found out, quoted ones left alone."""
    rows = [["phone", "name"], ["+447400123456", 'Ada, "the"; first'], ["+447400123457", "B\nC"]]
    out = io.StringIO()
    # All are quoted because with an end of "\r" the writer would leave a "\n" bare.
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    layout, records = read(out.getvalue().encode())
    assert layout.delimiter == delimiter
    assert [record.cells for record in records] == rows[1:]
    assert [record.row for record in records] == [2, 3]


def test_one_column() -> None:
    """A file of phones alone needs no delimiter."""
    assert cells(b"phone\n+447400123456\n") == [["+447400123456"]]


def test_header_with_commas_in_a_semicolon_file() -> None:
    """The delimiter that makes a phone column appear beats one that makes more columns."""
    layout, _ = read(b"name, first, second, third;phone\nAda;+447400123456\n")
    assert layout.delimiter == ";"


def test_excel_hint_blank_lines_and_row_numbers() -> None:
    """Excel's `sep=` line is obeyed, blank rows are skipped, and rows count as in a spreadsheet."""
    layout, records = read(b'sep=;\r\nphone;note\r\n\r\n1;"a\r\nb"\r\n;\r\n2;c\r\n')
    assert layout.delimiter == ";"
    assert [(record.row, record.cells[0]) for record in records] == [(4, "1"), (6, "2")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_file"),
        (b" \r\n\n", "empty_file"),
        (codecs.BOM_UTF8, "empty_file"),
        (codecs.BOM_UTF16_LE, "empty_file"),
        (b",,\n,\n", "empty_file"),
        (b"PK\x03\x04rest of a workbook", "not_text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "not_text"),
        (b"%PDF-1.7", "not_text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "not_text"),
        (b"phone\n+4474001\x0023456\n", "not_text"),
        (b"phone,name\n1,\x81\n", "not_text"),
        (b"name,email\nAda,a@b.c\n", "no_phone_column"),
        (b"phone,name\n", "no_rows"),
        (b"phone,name\n,\n \n", "no_rows"),
        (b'phone,name\n1,"Ada\n2,Bob\n', "broken_row"),
        (b"phone,name\n1," + b"x" * 10_001 + b"\n", "field_too_long"),
        (b'phone,name\n1,"' + b"x,\n" * 60_000, "field_too_long"),
        (codecs.BOM_UTF16_LE + "phone\n1\n".encode("utf-16-le") + b"\x00", "broken_row"),
        (codecs.BOM_UTF16_LE + "phone\n".encode("utf-16-le") + b"\x00\xd8\x00\xd8", "broken_row"),
    ],
)
def test_refusals(body: bytes, code: str) -> None:
    """What cannot be read is refused with the code that says why."""

    def read_all() -> None:
        layout = read_layout(body, find_encoding([body]))
        count_rows([body[layout.offset :]], layout)

    with pytest.raises(Invalid) as caught:
        read_all()
    assert caught.value.code == code
    assert len(caught.value.detail) > 20


def test_workbook_is_named() -> None:
    """Whoever sends a workbook is told so, and what to do."""
    with pytest.raises(Invalid, match=r"Excel workbook.*Save it as CSV"):
        find_encoding([b"PK\x03\x04"])


def test_encoding_over_pieces() -> None:
    """A character cut between two pieces does not make a file Windows-1252."""
    body = "phone,name\n1,Zoë".encode()
    cut = body.index(b"\xc3") + 1
    assert find_encoding([body[:cut], body[cut:]]) == "utf-8"
    assert find_encoding([body[:cut]], is_whole=False) == "utf-8"
    assert find_encoding([body[:cut]]) == "cp1252"


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=12),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
    size=st.integers(1, 40),
)
def test_any_slice_goes_on_where_the_last_ended(
    rows: list[list[str]], encoding: str, end: str, size: int
) -> None:
    """Reading on from any record's end, in pieces of any size, gives exactly the rest."""
    out = io.StringIO()
    csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([["phone", "x"], *rows])
    body = out.getvalue().encode(encoding)
    layout = read_layout(body, find_encoding([body]))
    pieces = [body[i : i + size] for i in range(layout.offset, len(body), size)]
    records = list(read_records(pieces, layout))
    assert [record.cells for record in records] == rows
    for index, record in enumerate(records):
        rest = Layout(layout.encoding, layout.delimiter, layout.columns, record.end, record.row + 1)
        again = list(read_records([body[record.end :]], rest))
        assert again == records[index + 1 :]
