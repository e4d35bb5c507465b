"""Rows as CSV that a spreadsheet reads as text: RFC 4180, UTF-8 with a mark, nothing executed.

Excel and its like take a cell that begins with one of a few characters for a formula, also when it
came from a customer's name (OWASP, "CSV Injection"). Such a cell gets an apostrophe before it, the
sign for text in spreadsheets; so does a phone, whose plus Excel would otherwise drop.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# With it, Excel reads the file as UTF-8.
BYTE_ORDER_MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def as_text(value: str) -> str:
    """Return a cell that no spreadsheet takes for a formula, and that reads the same.

    >>> as_text("=1+1"), as_text("'=1+1"), as_text("'tis")
    ("'=1+1", "''=1+1", "'tis")
    """
    return f"'{value}" if _is_marked(value) else value


def from_text(cell: str) -> str:
    """Return a cell as it was before `as_text`, also where a person wrote the sign for text."""
    return cell[1:] if cell.startswith("'") and _is_marked(cell) else cell


def _is_marked(text: str) -> bool:
    """Tell whether a text is a formula, or is one behind signs for text."""
    return text.lstrip("'").startswith(_FORMULA)


def encode_rows(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as lines of CSV, each ended by CRLF."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([as_text(value) for value in row])
    return text.getvalue().encode()


def encode_head(titles: Sequence[str]) -> bytes:
    """Return how a file begins: the mark, then the titles of its columns."""
    return BYTE_ORDER_MARK.encode() + encode_rows([titles])
