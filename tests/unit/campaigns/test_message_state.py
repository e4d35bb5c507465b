"""The join of message states: any order and any repetition end in the same state."""

from __future__ import annotations

from hypothesis import given, strategies as st

from chalicelib.storage.message_state import RANKS, join

STATES = st.sampled_from(sorted(RANKS))


@given(STATES, STATES)
def test_join_is_commutative_up_to_rank(left: str, right: str) -> None:
    """The order of two states does not matter to how far a message has come."""
    assert RANKS[join(left, right)] == RANKS[join(right, left)]


@given(STATES, STATES, STATES)
def test_join_is_associative(a: str, b: str, c: str) -> None:
    """Grouping does not matter."""
    assert RANKS[join(join(a, b), c)] == RANKS[join(a, join(b, c))]


@given(STATES)
def test_join_is_idempotent(state: str) -> None:
    """A repeated status changes nothing."""
    assert join(state, state) == state


def test_failed_beats_accepted_and_sent_only() -> None:
    """A late failure does not undo a delivery; a delivery undoes a failure."""
    assert join("accepted", "failed") == join("sent", "failed") == "failed"
    assert join("delivered", "failed") == "delivered"
    assert join("failed", "delivered") == "delivered"
