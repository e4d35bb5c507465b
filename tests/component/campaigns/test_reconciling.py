"""Reconciling: what a recount corrects and keeps, and how it goes on through the queue."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.handlers.queues import plan
from chalicelib.services import statuses
from chalicelib.services.callback import MessageKey
from chalicelib.services.campaigns import dispatch, ledger, parts, reconciling, walking
from chalicelib.storage.campaigns import Campaigns
from chalicelib.storage.chunks import CLAIMED
from chalicelib.storage.messages import Messages
from chalicelib.storage.recounts import Recounts
from infra import reconcile as command
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import Bench, People, deliver, status


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have whoever waits between two counts wait no time."""
    monkeypatch.setattr(reconciling, "PAUSE_S", 0)


@pytest.fixture
def sent(bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Give a campaign to 25 people in three parts, of whom 23 have their message."""
    monkeypatch.setattr(walking, "PAGE_CONTACTS", 10)
    people(25, opted_out=2)
    bench.launch_and_plan()
    bench.work("plan")
    bench.work("plan")
    bench.run_to_end(rounds=1)
    deliver(bench, "delivered")
    assert bench.campaign().parts >= 3
    return bench


@pytest.fixture
def quiet(sent: Bench) -> Bench:
    """Give the campaign without the ticks that would recount it by themselves."""
    sent.take("plan")
    return sent


def no_time(_seconds: float) -> None:
    """Be what waits between two counts, without waiting."""


def spoil(bench: Bench, **deltas: int) -> None:
    """Make the live counters wrong."""
    Campaigns(bench.ctx).count(bench.campaign().id, deltas)


def differences(bench: Bench) -> list[dict[str, int]]:
    """Return what recounts have found, newest first."""
    rows = Recounts(bench.ctx, bench.campaign().id).differences(10)
    return [row.drift for row in rows]


@contextmanager
def portions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have each message of a recount count one part."""
    with monkeypatch.context() as patch:
        patch.setattr(reconciling, "BUDGET_MS", 0)
        patch.setattr(reconciling, "ROUTE_BUDGET_MS", 0)
        yield


def test_difference_is_corrected_once_and_kept(quiet: Bench, api: ApiClient) -> None:
    """The report tells who asked, what the counters were and what they should be; after it the live
    ledger is right, and another recount finds nothing.
    """
    campaign_id = quiet.campaign().id
    spoil(quiet, delivered=-3, sent=2)
    path = f"/api/campaigns/{campaign_id}/reconcile"
    first = api.acting_as(quiet.ctx).post(path).body
    report = api.acting_as(quiet.ctx).post(path).body
    assert first["counter_drift"] == {"delivered": 3, "sent": -2}
    assert report["counter_drift"] == {}
    assert report["states"] == first["states"]
    assert (report["states"]["delivered"], report["reconciled"]) == (23, True)
    assert report["recounting"] is None
    (kept,) = report["differences"]
    assert kept["asked_by"] == quiet.ctx.user_id
    assert kept["drift"] == {"delivered": 3, "sent": -2}
    assert (kept["before"]["delivered"], kept["counted"]["delivered"]) == (20, 23)
    listed = api.acting_as(quiet.ctx).get("/api/campaigns").body["items"]
    assert listed[0]["states"]["delivered"] == 23


def test_large_recount_goes_on_through_the_queue(
    quiet: Bench, api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part a message, each delivered twice: the same ledger as in one go, corrected once; the
    report shows the progress meanwhile.
    """
    whole = quiet.recount()
    spoil(quiet, delivered=4)
    with portions(monkeypatch):
        path = f"/api/campaigns/{quiet.campaign().id}"
        report = api.acting_as(quiet.ctx).post(f"{path}/reconcile").body
        assert report["recounting"]["parts_done"] == 1
        while quiet.work("plan", twice=True):
            pass
    campaign = quiet.campaign()
    assert campaign.recount_run is None
    assert (campaign.recount or {})["countries"] == whole.countries
    assert ledger.live(quiet.ctx, campaign).states == whole.states
    assert differences(quiet) == [{"delivered": -4}]


@pytest.mark.parametrize("fatal", ["advance", "send_recount", "finish"])
def test_recount_survives_deaths(quiet: Bench, monkeypatch: pytest.MonkeyPatch, fatal: str) -> None:
    """A worker that dies before or after its note, or at the end, is followed by one that ends with
    the same ledger, and corrects it once.
    """
    spoil(quiet, delivered=-1)
    with portions(monkeypatch):
        reconciling.reconcile(quiet.ctx, quiet.campaign())
        (record,) = quiet.take("plan")
        if fatal == "finish":
            # The count that first sees a difference does not end the recount; the next one does.
            with monkeypatch.context() as patch:
                patch.setattr(reconciling, "BUDGET_MS", 60_000)
                assert plan.handler({"Records": [record]}, None) == {"batchItemFailures": []}
            (record,) = quiet.take("plan")

        def dying(*_args: Any) -> bool:
            message = "the process is gone"
            raise ConnectionError(message)

        with monkeypatch.context() as patch:
            patch.setattr(dispatch if fatal == "send_recount" else Recounts, fatal, dying)
            if fatal == "finish":
                patch.setattr(reconciling, "BUDGET_MS", 60_000)
            assert plan.handler({"Records": [record]}, None)["batchItemFailures"]
        assert plan.handler({"Records": [record]}, None) == {"batchItemFailures": []}
        while quiet.work("plan"):
            pass
    assert quiet.campaign().recount_run is None
    assert ledger.live(quiet.ctx, quiet.campaign()).states["delivered"] == 23
    assert differences(quiet) == [{"delivered": 1}]


def test_newer_recount_ends_the_older(quiet: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two recounts under way the newer one is kept; the older one's message does nothing."""
    with portions(monkeypatch):
        reconciling.reconcile(quiet.ctx, quiet.campaign())
        older = quiet.take("plan")
        quiet.clock.advance(5)
        assert reconciling.reconcile(quiet.ctx, quiet.campaign()) is None
        newer = quiet.campaign().recount_run
        assert plan.handler({"Records": older}, None) == {"batchItemFailures": []}
        assert quiet.campaign().recount_run == newer
        while quiet.work("plan"):
            pass
    assert quiet.campaign().recount_run is None


def test_what_moves_is_not_corrected(quiet: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A counter that moves during the count leaves it to the next recount: no false difference."""
    count = ledger.part_outcomes

    def moving(*args: Any) -> Any:
        Campaigns(quiet.ctx).count(quiet.campaign().id, {"read": 1, "delivered": -1})
        return count(*args)

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "part_outcomes", moving)
        found = reconciling.reconcile(quiet.ctx, quiet.campaign(), pause=no_time)
    assert found is not None
    assert found["is_moving"]
    assert differences(quiet) == []
    assert quiet.campaign().corrections is None


def test_campaign_completes_by_a_recount_in_portions(
    sent: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A settling campaign whose recount does not fit into a tick completes all the same, once the
    queue has counted it; no second recount begins meanwhile.
    """
    with portions(monkeypatch):
        for _ in range(12):
            sent.clock.advance(40)
            sent.work("plan")
            if sent.campaign().state == "completed":
                break
    campaign = sent.campaign()
    assert campaign.state == "completed"
    assert (campaign.recount or {})["is_settled"]


def test_campaign_completes_when_time_is_up(bench: Bench, people: People) -> None:
    """With outcomes that never come, the recount after the time ends the campaign."""
    people(5)
    bench.launch_and_plan()
    bench.run_to_end(rounds=1)
    for _ in range(8):
        bench.clock.advance(40)
        bench.work("plan")
    assert bench.campaign().state == "completed"
    assert not (bench.campaign().recount or {})["is_settled"]


def test_command_compares_corrects_and_says_so(
    quiet: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    """--check writes nothing; without it the counters are corrected; the exit code tells whether
    they differed, and 2 a campaign that is not there.
    """
    arguments = [quiet.campaign().id, "--tenant", quiet.ctx.tenant_id]
    assert command.main([*arguments, "--check"]) == 0
    spoil(quiet, delivered=2)
    assert command.main([*arguments, "--check"]) == 1
    assert "differ: delivered -2" in capsys.readouterr().out
    assert quiet.campaign().recount is None
    assert command.main(arguments) == 1
    assert "corrected: delivered -2" in capsys.readouterr().out
    assert command.main(arguments) == 0
    assert "counters: agree" in capsys.readouterr().out
    (row,) = Recounts(quiet.ctx, quiet.campaign().id).differences(10)
    assert row.asked_by.startswith("operator:")
    assert command.main(["cmp_none", "--tenant", quiet.ctx.tenant_id]) == 2


def test_unbalanced_ledger_is_told(quiet: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command fails where states do not add up, even if no counter differs."""

    def unbalanced(*_args: Any) -> ledger.Ledger:
        states = dict.fromkeys(ledger.STATES, 0)
        return ledger.Ledger(5, {**states, "read": 4}, {}, {}, 0)

    monkeypatch.setattr(ledger, "recount", unbalanced)
    assert command.main([quiet.campaign().id, "--tenant", quiet.ctx.tenant_id, "--check"]) == 1


def test_row_that_a_dead_webhook_left_uncounted(quiet: Bench) -> None:
    """A row that moved while its counter did not is what a recount is for."""
    row = next(iter(quiet.contact_ids[5:]))
    (message,) = Messages(quiet.ctx).thread(row, 1, None).items
    Messages(quiet.ctx).raise_state(row, message.id, "read", {"read_at": 1})
    assert ledger.live(quiet.ctx, quiet.campaign()).states["read"] == 0
    assert reconciling.reconcile(quiet.ctx, quiet.campaign()) is None
    assert differences(quiet) == [], "it may be alive"
    assert quiet.work("plan") == 1
    assert ledger.live(quiet.ctx, quiet.campaign()).states["read"] == 1
    assert differences(quiet) == [{"delivered": -1, "read": 1}]


@pytest.mark.parametrize("way", ["route", "queue"])
def test_webhook_that_has_yet_to_count_is_no_difference(
    quiet: Bench, api: ApiClient, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """A recount between a webhook's row and its counter, which do not move meanwhile, corrects
    nothing, and once the webhook is done the counters are right.
    """
    campaign = quiet.campaign()
    one = parts.load(quiet.ctx, parts.launched(campaign.id), 0).recipients[0]
    key = MessageKey(quiet.ctx.tenant_id, one.contact_id, one.message_id, campaign.id)
    count, waiting = Campaigns.count, list[Any]()
    with monkeypatch.context() as patch:
        patch.setattr(Campaigns, "count", lambda *args: waiting.append(args))
        statuses.apply([status(quiet, key, "read")])

    def end(_seconds: float) -> None:
        while waiting:
            count(*waiting.pop())

    if way == "route":
        monkeypatch.setattr("time.sleep", end)
        path = f"/api/campaigns/{campaign.id}/reconcile"
        report = api.acting_as(quiet.ctx).post(path).body
        assert report["counter_drift"] == {}
    else:
        assert reconciling.reconcile(quiet.ctx, campaign) is None
        end(0)
        assert quiet.work("plan") == 1
    assert not waiting
    assert differences(quiet) == []
    assert quiet.campaign().corrections is None
    assert ledger.live(quiet.ctx, quiet.campaign()).states["read"] == 1


def test_difference_that_changes_from_count_to_count_is_none(
    quiet: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no two counts agree on is given up after a few, and told as of the moment."""
    ledger_of, seen = ledger.Tally.ledger, [0]

    def changing(self: ledger.Tally, before: Any) -> ledger.Ledger:
        seen[0] += 1
        return replace(ledger_of(self, before), drift={"read": seen[0]})

    monkeypatch.setattr(ledger.Tally, "ledger", changing)
    assert reconciling.reconcile(quiet.ctx, quiet.campaign()) is None
    counted = 1
    while quiet.work("plan"):
        counted += 1
    assert counted == reconciling._TRIES
    assert (quiet.campaign().recount or {})["is_moving"]
    assert (quiet.campaign().recount_run, differences(quiet)) == (None, [])


def test_sender_that_begins_between_chunk_and_rows_is_seen(
    quiet: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender that takes a chunk just as its part is counted has the recount say so: its rows are
    there, and its counters are not.
    """
    outcomes = ledger.part_outcomes

    def taken_meanwhile(*args: Any) -> Iterator[ledger.Outcome]:
        yield from outcomes(*args)
        chunk = quiet.chunks()[0]
        chunk.state, chunk.lease_until = CLAIMED, quiet.clock.now_ms() + 30_000
        chunk.save()

    monkeypatch.setattr(ledger, "part_outcomes", taken_meanwhile)
    spoil(quiet, delivered=-1)
    found = reconciling.reconcile(quiet.ctx, quiet.campaign(), pause=no_time)
    assert found is not None
    assert found["is_moving"]
    assert quiet.campaign().corrections is None


def test_check_tells_only_what_it_finds_twice(
    quiet: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row that moves between the two looks of --check leaves nothing to say, and no difference
    that would be of the moment only.
    """
    spoil(quiet, delivered=2)
    contact_id = quiet.contact_ids[5]
    (message,) = Messages(quiet.ctx).thread(contact_id, 1, None).items

    def meanwhile(_seconds: float) -> None:
        Messages(quiet.ctx).raise_state(contact_id, message.id, "read", {"read_at": 1})

    monkeypatch.setattr("time.sleep", meanwhile)
    assert command.main([quiet.campaign().id, "--tenant", quiet.ctx.tenant_id, "--check"]) == 1
    assert "ask again" in capsys.readouterr().out
