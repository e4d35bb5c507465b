"""The demo's report: what counts as reconciled, and what a person reads."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from demo.report import (
    NOT_SENT,
    TAKEN,
    Facts,
    disagreements,
    elapsed_s,
    rate_per_s,
    render,
    summary,
)
from demo.sandbox import Accepted
from demo.shapes import Recipient

_STATES = ("queued", "skipped", "claimed", *TAKEN, "failed", "unknown")


def _recipient(number: int, state: str, *, is_taken: bool) -> Recipient:
    has_row = state not in {"queued", "skipped"}
    return {
        "contact_id": f"con_{number}",
        "message_id": f"msg_{number}" if has_row else None,
        "state": state,
        "accepted_at": "2026-11-23T09:00:00.000Z" if is_taken and state != "unknown" else None,
    }


def _accepted(number: int, status: str) -> Accepted:
    return {
        "id": f"wamid.{number}",
        "wa_id": str(number),
        "callback_data": f"p1.cmp_1.ten_1.con_{number}.msg_{number}.sig",
        "status": status,
        "content": {},
    }


def _facts(people: list[tuple[str, bool]], **changes: Any) -> Facts:
    """Return facts that agree: for each person a state, and whether Meta took the message."""
    recipients = [_recipient(n, s, is_taken=taken) for n, (s, taken) in enumerate(people)]
    accepted = [
        _accepted(n, s if s in {"delivered", "failed", "read", "sent"} else "accepted")
        for n, (s, taken) in enumerate(people)
        if taken
    ]
    states = {state: sum(s == state for s, _ in people) for state in _STATES}
    report: dict[str, Any] = {
        "campaign_id": "cmp_1",
        "state": "completed",
        "audience": len(people),
        "states": states,
        "skipped": {"opted_out": states["skipped"]} if states["skipped"] else {},
        "failed": [{"code": 131026, "title": "Message undeliverable", "count": states["failed"]}],
        "answered": 0,
        "reconciled": True,
        "counter_drift": {},
        "launched_at": "2026-11-23T09:00:00.000Z",
        "sending_finished_at": "2026-11-23T09:00:10.000Z",
    }
    counts: dict[str, Any] = {
        "accepted": len(accepted),
        "unique_recipients": len(accepted),
        "duplicates": 0,
    }
    report |= changes.get("report", {})
    counts |= changes.get("counts", {})
    return Facts(
        report=report,  # type: ignore[arg-type]
        recipients=changes.get("recipients", recipients),
        counts=counts,  # type: ignore[arg-type]
        accepted=changes.get("accepted", accepted),
        completed_at="2026-11-23T09:00:30.000Z",
    )


_PEOPLE = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(TAKEN), st.just(value=True)),
        st.tuples(st.sampled_from(NOT_SENT), st.just(value=False)),
        st.tuples(st.sampled_from(("failed", "unknown")), st.booleans()),
    ),
    max_size=30,
)


@given(_PEOPLE)
def test_agreeing_sides_reconcile(people: list[tuple[str, bool]]) -> None:
    """Whatever became of each person, two sides that say the same of everybody are reconciled."""
    facts = _facts(people)
    assert disagreements(facts) == []
    assert summary(facts)["reconciled"] is True
    assert "everybody accounted for" in render(facts)[-1]


@given(_PEOPLE.filter(lambda people: any(taken for _, taken in people)), st.randoms())
def test_a_message_that_one_side_lacks_is_found(
    people: list[tuple[str, bool]], random: Any
) -> None:
    """A message that the sandbox took from somebody who is in no row never reconciles."""
    facts = _facts(people)
    victim = random.choice([n for n, (_, taken) in enumerate(people) if taken])
    rows = [r for r in facts.recipients if r["message_id"] != f"msg_{victim}"]
    assert disagreements(_facts(people, recipients=rows))


@pytest.mark.parametrize(
    ("people", "changes", "expected"),
    [
        ([("read", True)], {"report": {"audience": 2}}, "add up to 1, the audience is 2"),
        ([("read", True)], {"report": {"reconciled": False}}, "own recount"),
        ([("read", True)], {"counts": {"duplicates": 1}}, "had one already"),
        ([("read", True)], {"accepted": [], "counts": {"accepted": 0}},
         "the sandbox never took it"),
        ([("claimed", False)], {"accepted": [_accepted(0, "sent")], "counts": {"accepted": 1}},
         "is claimed in the ledger, but the sandbox took it"),
        ([("failed", False)], {"accepted": [_accepted(0, "read")], "counts": {"accepted": 1}},
         "it is read at the sandbox"),
        ([("sent", True)], {"recipients": [_recipient(0, "read", is_taken=True)]},
         "the report counts 1 sent, the rows of the recipients 0"),
        ([("sent", True)], {"counts": {"accepted": 2}}, "counts 2 messages and lists 1"),
    ],
)  # fmt: skip
def test_each_disagreement_is_said(
    people: list[tuple[str, bool]], changes: dict[str, Any], expected: str
) -> None:
    """Every way in which the two sides may differ is named, and the report says NOT reconciled."""
    facts = _facts(people, **changes)
    assert any(expected in line for line in disagreements(facts)), disagreements(facts)
    assert summary(facts)["reconciled"] is False
    assert "NOT reconciled:" in render(facts)


def test_the_same_person_twice_in_the_ledger_is_found() -> None:
    """Two rows of one contact are a fault even where each row agrees with the sandbox."""
    twice = [_recipient(0, "read", is_taken=True), _recipient(1, "read", is_taken=True)]
    twice[1]["contact_id"] = "con_0"
    facts = _facts([("read", True), ("read", True)], recipients=twice)
    assert disagreements(facts) == ["con_0 is 2 times in the ledger"]


def test_time_and_rate_come_from_the_ledger() -> None:
    """Elapsed is launch to completion; the rate counts from launch to the last message sent."""
    facts = _facts([("read", True)] * 50)
    assert (elapsed_s(facts), rate_per_s(facts)) == (30.0, 5.0)


def test_a_report_of_nothing_is_still_a_report() -> None:
    """A campaign that reached nobody has no rate and divides by no zero."""
    facts = _facts([], report={"launched_at": None, "sending_finished_at": None})
    assert (elapsed_s(facts), rate_per_s(facts)) == (0.0, 0.0)
    assert render(facts)[0].startswith("The campaign")
