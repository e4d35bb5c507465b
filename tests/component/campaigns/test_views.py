"""A campaign as it is shown while it runs: how fast it is, and when it will be done."""

from __future__ import annotations

import pytest

from chalicelib.storage.campaigns import Campaigns
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import Bench, People


def test_pace_of_late_makes_the_expected_end(bench: Bench, people: People, api: ApiClient) -> None:
    """What two ticks saw leave is what is reckoned with, alone and in the list; an old tick not."""
    people(30)
    bench.launch_and_plan()
    campaign = bench.campaign()
    row = Campaigns(bench.ctx)
    row.update(
        campaign,
        type(campaign).pace.set({"at": bench.clock.now_ms(), "handed": 0, "per_s": 0.5}),
    )
    alone = api.get(f"/api/campaigns/{campaign.id}").body
    (listed,) = api.get("/api/campaigns").body["items"]
    assert alone["eta_s"] == pytest.approx(60, abs=2)
    assert listed["eta_s"] == 60
    assert listed["forecast"] is None
    assert alone["forecast"]["not_before"] < alone["forecast"]["expected_by"]
    bench.clock.advance(24 * 3600)
    (listed,) = api.get("/api/campaigns").body["items"]
    assert listed["eta_s"] is None


@pytest.mark.parametrize("what", ["waiting", "send_at", "canary"])
def test_list_promises_no_end_that_others_decide(
    bench: Bench, people: People, api: ApiClient, what: str
) -> None:
    """While it waits, or people's own time or the canary decides, the list names no end."""
    people(5)
    bench.launch_and_plan()
    campaign = bench.campaign()
    campaign.pace = {"at": bench.clock.now_ms(), "handed": 0, "per_s": 1}
    if what == "waiting":
        campaign.waiting = {"kind": "held", "since": bench.clock.now_ms(), "most": 0}
    elif what == "send_at":
        campaign.send_at = "10:00"
    else:
        campaign.canary = {"state": "open", "count": 1}
    campaign.save()
    (listed,) = api.get("/api/campaigns").body["items"]
    assert listed["eta_s"] is None
