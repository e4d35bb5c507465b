"""The campaign's state machine: the table in the module's docstring is the code's."""

from __future__ import annotations

from typing import get_args

import pytest

from chalicelib.schemas.campaign_states import CampaignState, MessageState
from chalicelib.services.campaigns import ledger, lifecycle
from chalicelib.services.campaigns.lifecycle import TRANSITIONS, next_state


def test_docstring_has_every_transition() -> None:
    """Each action, where it starts and where it leads stand in the module's table."""
    table = lifecycle.__doc__ or ""
    for action, (before, after) in TRANSITIONS.items():
        row = next(line for line in table.splitlines() if line.split()[:1] == [action])
        assert ", ".join(before) in row
        assert after in row


@pytest.mark.parametrize("state", ["cancelled", "failed"])
def test_final_states_are_final(state: str) -> None:
    """Nothing leads out of a final state; a completed campaign can be retried."""
    assert all(next_state(state, action) is None for action in TRANSITIONS)


def test_ledger_has_the_states_that_the_api_names() -> None:
    """The engine's list, which a sender loads without pydantic, is the API's."""
    assert get_args(MessageState) == ledger.STATES
    assert {after for _, after in TRANSITIONS.values()} == set(get_args(CampaignState))
