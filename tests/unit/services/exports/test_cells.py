"""Cells of an export: no spreadsheet executes one, and none loses a character."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, strategies as st

from chalicelib.services.exports.cells import as_text, encode_head, encode_rows, from_text

_ATTACKS = ("=1+1", "+49151", "-2", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")', "＝1")
_CELLS = st.one_of(st.text(max_size=20), st.sampled_from(_ATTACKS))


def read(body: bytes) -> list[list[str]]:
    """Return the rows of a CSV as a strict reader sees them."""
    return list(csv.reader(io.StringIO(body.decode(), newline=""), strict=True))


@pytest.mark.parametrize("attack", _ATTACKS)
def test_formula_is_text(attack: str) -> None:
    """Each beginning that starts a formula is marked as text."""
    assert as_text(attack) == f"'{attack}"


@given(rows=st.lists(st.lists(_CELLS, min_size=2, max_size=4), min_size=1, max_size=6))
def test_every_cell_comes_back(rows: list[list[str]]) -> None:
    """Whatever stands in a cell (quotes, commas, line ends, formulas, emoji), a reader gets the
    same number of rows and cells, none of them a formula, and the mark taken off is what was there.
    """
    found = read(encode_rows(rows))
    assert len(found) == len(rows)
    for cells, row in zip(found, rows, strict=True):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
        assert cells == [as_text(value) for value in row]
    assert [from_text(as_text(value)) for value in rows[0] if value[:1] != "'"] == [
        value for value in rows[0] if value[:1] != "'"
    ]


def test_file_begins_with_the_mark_and_the_titles() -> None:
    """Excel reads the file as UTF-8 by its first three bytes; the titles follow."""
    assert encode_head(["Name", "Größe"]) == b"\xef\xbb\xbfName,Gr\xc3\xb6\xc3\x9fe\r\n"
