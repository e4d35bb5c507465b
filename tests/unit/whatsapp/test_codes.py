"""Every code of Meta's own table is explained, and has the effects that the table asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from chalicelib.whatsapp.codes import (
    HOLDS_MS,
    MAINTENANCE,
    NUMBER_CODES,
    PERSON_CODES,
    RETRYABLE_CODES,
    SETUP_CODES,
    TEMPLATE_CODES,
    THROTTLE_CODES,
    TOKEN_CODES,
    UNCLEAR,
    UNSETTLED_CODES,
    explain,
    is_known,
    may_stop,
)
from chalicelib.whatsapp.errors import OutcomeUnknown, Retry, WhatsAppError, error_from_body
from sandbox.error_codes import KNOWN

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


class Row(NamedTuple):
    """What the table says of one code."""

    status: int
    retry: str
    action: str


def _rows() -> dict[int, Row]:
    """Return the table by code; a cell with as many values as there are codes has one for each."""
    found: dict[int, Row] = {}
    for line in TABLE.read_text().splitlines():
        if not line.startswith("| ") or line.startswith("| Code"):
            continue
        codes, statuses, _, retry, action = (cell.strip() for cell in line.split("|")[1:6])
        numbers = list(_expand(codes))
        known = [int(one) for one in re.findall(r"[45]\d\d", statuses)] or [400]
        for place, code in enumerate(numbers):
            found[code] = Row(known[min(place, len(known) - 1)], retry, action)
    return found


ROWS = _rows()
CODES = {code: row.action for code, row in ROWS.items()}
# What only calls answer that set something up, and what is said of inbound messages and calls.
NOT_OF_SENDS = ("—", "onboarding", "form error", "inbox")
OF_SENDS = {
    code: row
    for code, row in ROWS.items()
    if (row.action and not row.action.startswith(NOT_OF_SENDS)) or code == 133010
}


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


def _answered(code: int) -> WhatsAppError:
    """Return what Parley makes of an answer with this code and the table's HTTP status."""
    return error_from_body(ROWS[code].status, {"error": {"code": code, "message": "(#) x"}})


def _each(*actions: str) -> list[int]:
    """Return the codes of sends whose action begins with one of these."""
    return [code for code, row in OF_SENDS.items() if row.action.startswith(actions)]


def test_sends_have_all_their_codes() -> None:
    """Which codes a send can meet is read from the table: none of the actions is overlooked."""
    kinds = {row.action.split()[0].rstrip(",;") for row in OF_SENDS.values()}
    assert kinds == {"X", "B", "F", "C", "T", "T/F/X", "onboarding"}
    assert len(OF_SENDS) > 150


@pytest.mark.parametrize("code", [*_each("X", "T"), 133010])
def test_what_stops_stops(code: int) -> None:
    """X and T pause the campaign, whatever the HTTP status; and so does a status with the code."""
    if ROWS[code].action == "T/F/X":
        assert (may_stop(code), _answered(code).pauses) == (code != 131062, code != 131062)
        return
    if "if" in ROWS[code].action.split():  # X only for a file that all get: `stopping` decides
        assert (may_stop(code), _answered(code).pauses) == (True, False)
        return
    assert may_stop(code)
    assert _answered(code).pauses
    is_open = code in UNSETTLED_CODES and ROWS[code].status >= 500
    assert _answered(code).retry is (Retry.AMBIGUOUS if is_open else Retry.NEVER)


@pytest.mark.parametrize("code", _each("F", "C"))
def test_what_fails_one_message_fails_one(code: int) -> None:
    """F and C fail the message and nothing else; X of a few of them waits for others alike."""
    error = _answered(code)
    assert (error.retry, error.pauses) == (Retry.NEVER, False)
    assert may_stop(code) is ("X if" in ROWS[code].action)


@pytest.mark.parametrize("code", _each("B"))
def test_what_backs_off_is_tried_again_only_if_refused(code: int) -> None:
    """B is tried again by itself where Meta surely refused; a 5xx without that leaves it open."""
    error = _answered(code)
    is_open = ROWS[code].status >= 500 and code != 131057
    assert isinstance(error, OutcomeUnknown) is is_open
    assert (error.retry is Retry.SAFE) is not is_open
    assert not error.pauses
    assert code in RETRYABLE_CODES


def test_what_slows_slows() -> None:
    """S, and maintenance, hold the number; the pair limit is one recipient's and holds nobody."""
    slow = {code for code, row in OF_SENDS.items() if re.search(r"\bS\b", row.action)}
    assert slow | {80007, 2494100} == set(HOLDS_MS)
    assert 131056 not in HOLDS_MS


def test_what_marks_the_contact_marks_it() -> None:
    """C marks the contact, and no other code does."""
    marks = {code for code, row in OF_SENDS.items() if re.search(r"\bC\b", row.action)}
    assert marks == PERSON_CODES


# "no" of the table is: not by itself, and not while the cause is there. A person can mend these.
MENDABLE = {3, 10, 131005, *range(200, 300), 368, 131031, 131037, 131042, 131063, 131064}


@pytest.mark.parametrize("code", OF_SENDS)
def test_retry_is_offered_where_it_makes_sense(code: int) -> None:
    """Offered is what the table retries, now or after something; the rest only if it is mended."""
    retry = ROWS[code].retry
    of_this_one = {
        131047: False,  # with a template, which is another message
        131062: False,
        134100: False,
        133010: True,  # after registering
        134102: True,
    }
    expected = of_this_one.get(code, not retry.startswith("no") or code in MENDABLE)
    assert (code in RETRYABLE_CODES) is expected, retry
    assert explain(code).is_retryable is expected


@pytest.mark.parametrize("code", OF_SENDS)
def test_what_was_done_is_what_is_done(code: int) -> None:
    """The words for people say what the rules above do."""
    done = explain(code).done
    assert ("aused" in done or "pauses if" in done) is may_stop(code)
    assert (code in PERSON_CODES) is ("contact" in done)
    is_tried_again = code in THROTTLE_CODES or code == MAINTENANCE
    assert ("tries again by itself" in done) is is_tried_again


def test_lists_are_apart() -> None:
    """What is safe to repeat is just that, and what sets up stops nothing."""
    assert {4, 80007, 130429, 131056, 131057} == THROTTLE_CODES
    assert not SETUP_CODES & (TOKEN_CODES | NUMBER_CODES | TEMPLATE_CODES | THROTTLE_CODES)


@pytest.mark.parametrize("code", [*CODES, 999_999, None])
def test_what_failed_is_not_told_as_unclear(code: int | None) -> None:
    """Whoever reads of a code reads of a message that failed; what is open has words of its own."""
    told = explain(code)
    assert "may or may not" not in told.cause
    assert "open" not in told.done
    assert "Wait for the status" not in told.next_step


def test_unknown_code_none_and_unclear() -> None:
    """A code nobody has explained says so, and so does a failure without one; unclear is open."""
    assert "does not know" in explain(999_999).cause
    assert "no code" in explain(None).cause
    assert "not sent again" in explain(None).done
    assert "may or may not" in UNCLEAR.cause
    assert UNCLEAR.done.startswith("Left it open")
    assert not UNCLEAR.is_retryable


def test_sandbox_can_fail_with_what_sends_can() -> None:
    """Each code of sends is one of the sandbox's, with the table's HTTP status; of a range, one."""
    missing = {code for code in OF_SENDS if code not in KNOWN}
    assert missing - {0} < {*range(200, 300), *range(131200, 131300)}
    assert {200, 131215} <= KNOWN.keys()
    assert {code: KNOWN[code].status for code in KNOWN} == {
        code: ROWS[code].status for code in KNOWN
    }
