"""A recount's partial sums: the same however the recipients are portioned out."""

from __future__ import annotations

import json

from hypothesis import given, strategies as st

from chalicelib.services.campaigns.audience import Recipient
from chalicelib.services.campaigns.ledger import (
    STATES,
    Outcome,
    Tally,
    by_counters,
    tally_from_json,
)
from chalicelib.storage.campaigns import CampaignRow

_PRICING = '{"category": "marketing", "type": "regular", "billable": true}'
_OUTCOMES = st.builds(
    lambda state, to, reason, code, has_row, is_answered, priced: Outcome(
        Recipient("con_1", to, "msg_1", {}, "opted_out" if reason == "opted_out" else None),
        state,
        reason,
        code if state == "failed" else None,
        has_row=has_row,
        is_answered=is_answered,
        pricing=_PRICING if priced else None,
    ),
    st.sampled_from(STATES),
    st.sampled_from(["+4915112345678", "+14155550100", "DE.123", ""]),
    st.sampled_from([None, "opted_out", "cooling"]),
    st.sampled_from([None, 131026, 131049]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@given(outcomes=st.lists(_OUTCOMES, max_size=40), cuts=st.sets(st.integers(0, 40)))
def test_portions_add_up_to_the_whole(outcomes: list[Outcome], cuts: set[int]) -> None:
    """Kept as JSON between any two recipients, the sums end as if counted in one go; backwards too,
    and the states always add up to the audience.
    """
    whole = Tally()
    for outcome in outcomes:
        whole.add(outcome)
    portioned = Tally()
    for number, outcome in enumerate(reversed(outcomes)):
        if number in cuts:
            portioned = tally_from_json(json.loads(json.dumps(portioned.as_json())))
        portioned.add(outcome)
    assert portioned.ledger({}) == whole.ledger({})
    assert whole.ledger({}).is_balanced
    assert whole.ledger({}).audience == len(outcomes)


def test_a_status_that_is_counted_first_makes_no_state_negative() -> None:
    """Delivered before the sender has counted its sends: they are still counted as queued."""
    row = CampaignRow("ten_1", "cmp_1", state="running", planned=100, skipped={"opted_out": 4})
    book = by_counters(row, {"accepted": -7, "delivered": 20, "sent": 3})
    assert book.is_balanced
    assert (book.states["accepted"], book.states["queued"], book.audience) == (0, 77, 104)
