"""Every code of Meta's own table is explained: nobody meets a failure without a next step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from chalicelib.whatsapp.codes import (
    NUMBER_CODES,
    SETUP_CODES,
    TEMPLATE_CODES,
    THROTTLE_CODES,
    TOKEN_CODES,
    UNSETTLED_CODES,
    explain,
    is_known,
)

TABLE = Path(__file__).parents[2] / "data" / "error_codes.md"


def _expand(cell: str) -> Iterator[int]:
    """Yield the codes of a cell: single ones, ranges, `2388091/93` and `1312xx`."""
    first = ""
    for part in re.split(r"[,/]", cell):
        text = part.strip()
        if "–" in text:
            low, high = text.split("–")
            yield from range(int(low), int(high) + 1)
        elif "x" in text:
            low = int(text.replace("x", "0"))
            yield from range(low, low + 10 ** text.count("x"))
        else:
            is_ending = len(text) < len(first) and "/" in cell and len(text) <= 2
            text = first[: -len(text)] + text if is_ending and len(first) > 3 else text
            first = text if not is_ending else first
            yield int(text)


def _codes() -> dict[int, str]:
    rows = [line.split("|") for line in TABLE.read_text().splitlines() if line.startswith("| ")]
    return {code: cells[5].strip() for cells in rows[1:] for code in _expand(cells[1].strip())}


CODES = _codes()


def test_table_is_read_whole() -> None:
    """Ranges, endings and single codes of the table are all there."""
    assert {0, 190, 200, 299, 131056, 131035, 131036, 131250, 138018, 141500} <= set(CODES)
    assert {2388040, 2388047, 2388072, 2388073, 2388091, 2388093, 2593109, 2494179} <= set(CODES)
    assert min(CODES) == 0
    assert len([code for code in CODES if code < 130000]) == 111


def test_no_code_of_the_table_is_unexplained() -> None:
    """Each has a title, a cause, whose matter it is, what Parley did, and a next step."""
    for code in CODES:
        told = explain(code)
        assert is_known(code), code
        assert "does not know" not in told.cause, code
        assert all((told.title, told.cause, told.whose, told.done, told.next_step)), code


def test_actions_are_those_of_the_table() -> None:
    """What stops a campaign by the table stops it, and what is safe to repeat is just that."""
    for code, action in CODES.items():
        stops = code in TOKEN_CODES | NUMBER_CODES | TEMPLATE_CODES
        if action[:1] in {"X", "T"} and "if" not in action and "/" not in action:
            assert stops or code in UNSETTLED_CODES, code
        if action in {"F", "C", "F + C"}:
            assert not stops, code
            assert code not in THROTTLE_CODES
    assert {4, 80007, 130429, 131056, 131057} == THROTTLE_CODES
    assert not SETUP_CODES & (TOKEN_CODES | NUMBER_CODES | TEMPLATE_CODES | THROTTLE_CODES)


def test_unknown_code_and_none() -> None:
    """A code nobody has explained says so; a failure without a code is open."""
    assert "does not know" in explain(999_999).cause
    assert "clear answer" in explain(None).cause
    assert "not sent again" in explain(None).done
