"""When a campaign goes badly of late: by its counters and what was seen of them before."""

from __future__ import annotations

from hypothesis import given, strategies as st

from chalicelib.services.campaigns.watching import WINDOW, look, mark

_COUNTS = st.dictionaries(
    st.sampled_from(["accepted", "held", "sent", "delivered", "read", "failed", "unknown"]),
    st.integers(0, 500),
)


def test_few_say_nothing() -> None:
    """Below 200 there is no share to speak of, and nothing is noted as seen."""
    found = look({}, {"failed": 99, "unknown": 100, "code#131026": 99}, 20)
    assert (found.seen, found.objection) == ({}, None)


def test_most_common_reason_may_be_none() -> None:
    """Where most failures have no code, the words are of those, not of the few that have one."""
    found = look({}, {"failed": 200, "code#131026": 3}, 20)
    assert "100 % of the last 200" in (found.objection or "")
    assert "no code" in (found.objection or "")
    found = look({}, {"failed": 200, "code#131026": 120}, 20)
    assert "131026" in (found.objection or "")


def test_late_statuses_are_no_outage() -> None:
    """Few unclear ones among many that were taken say nothing, however late statuses are."""
    counters = {"accepted": 9_700, "unknown": 300}
    found = look({}, counters, 20)
    assert found.objection is None
    assert (found.seen["clear"], found.seen["unclear"]) == (9_700, 300)
    assert "known" not in found.seen


def test_outage_is_seen_after_much_went_well() -> None:
    """Only what is new counts: a day that went well does not hide that WhatsApp is down now."""
    before = look({}, {"accepted": 50_000, "unknown": 10}, 20).seen
    found = look(before, {"accepted": 50_050, "unknown": 170}, 20)
    assert "160 of the last 210" in (found.objection or "")


def test_answered_later_is_not_unclear() -> None:
    """A status settles what was unclear, so that it speaks for WhatsApp rather than against it."""
    before = look({}, {"unknown": 100, "accepted": 150}, 20).seen
    found = look(before, {"unknown": 0, "sent": 250, "accepted": 200}, 20)
    assert found.objection is None


@given(before=_COUNTS, more=_COUNTS, most=st.integers(1, 100))
def test_what_was_seen_is_not_held_against_twice(
    before: dict[str, int], more: dict[str, int], most: int
) -> None:
    """A look at what was just marked never objects, and objections come with what was seen."""
    counters = {name: before.get(name, 0) + more.get(name, 0) for name in {*before, *more}}
    assert look(mark(counters), counters, most).objection is None
    found = look(mark(before), counters, most)
    if found.objection is not None:
        assert look(found.seen, counters, most).objection is None
        assert sum(more.values()) >= WINDOW
