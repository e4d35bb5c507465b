"""Planning that fails time and again: it ends where a person sees it, with what to do."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.handlers.queues import plan
from chalicelib.handlers.queues.envelope import DELIVERIES
from chalicelib.services.campaigns import (
    dispatch,
    drafts,
    ledger,
    lifecycle,
    rehearsals,
    retrying,
    ticking,
    walking,
)
from chalicelib.storage.audience import page_of
from chalicelib.storage.usage import CAMPAIGNS, used
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import Bench, People, counts
from tests.component.campaigns.test_audiences import CSV, do_import
from tests.component.campaigns.test_retries import RETRYABLE, check, ended, report
from tests.component.campaigns.test_reviving import complete, reconcile
from tests.component.campaigns.test_schedules import later, made, wait_for


def deliver(records: list[dict[str, Any]], time: int) -> bool:
    """Deliver messages for the so-manieth time; tell whether they were done."""
    of_sqs = {"receiptHandle": "gone", "attributes": {"ApproximateReceiveCount": str(time)}}
    answer = plan.handler({"Records": [{**one, **of_sqs} for one in records]}, None)
    return not answer["batchItemFailures"]


def fail_each_time(records: list[dict[str, Any]]) -> None:
    """Deliver messages as often as the queue does; they end in the dead letters."""
    for time in range(1, DELIVERIES + 1):
        assert not deliver(records, time)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the contacts of the second page and later ones not be readable."""
    monkeypatch.setattr(walking, "PAGE_CONTACTS", 3)

    def reads(ctx: Any, limit: int, after: str | None) -> Any:
        if after is not None:
            raise OSError
        return page_of(ctx, limit, after)

    monkeypatch.setattr(walking, "page_of", reads)


def test_page_that_always_fails_ends_the_launch(
    bench: Bench, people: People, broken: None, api: ApiClient
) -> None:
    """The campaign fails and says what to do; nobody is sent to, everybody planned is accounted
    for, and the plan has room for another campaign.
    """
    people(7)
    drafts.launch(bench.ctx, bench.draft().id)
    bench.work("plan")
    fail_each_time(bench.take("plan"))
    row = bench.campaign()
    assert row.state == "failed"
    assert "Page 2" in (row.state_reason or "")
    assert "duplicate the campaign" in (row.state_reason or "")
    book = ledger.live(bench.ctx, row)
    assert (book.audience, book.skipped, book.states["queued"]) == (3, {"campaign_failed": 3}, 0)
    assert bench.recount().skipped == book.skipped
    assert (bench.work("plan"), bench.work("send")) == (0, 0)
    assert used(bench.ctx.tenant_id, CAMPAIGNS) == 0
    report_of = api.get(f"/api/campaigns/{row.id}/report")
    assert report_of.status == 200, report_of.text
    assert "failed" in str(report_of.body["skipped"]).casefold()


def test_page_that_is_mended_in_time_goes_on(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until its last delivery a message is tried, and what it does then counts."""
    people(2)
    drafts.launch(bench.ctx, bench.draft().id)
    records = bench.take("plan")
    with monkeypatch.context() as patch:
        patch.setattr(walking, "page_of", None)
        assert not deliver(records, DELIVERIES - 2)
    assert deliver(records, DELIVERIES - 1)
    assert bench.campaign().state == "running"
    assert not deliver(records, DELIVERIES), "a copy that comes late"
    assert bench.campaign().state == "running"


def test_copy_that_is_behind_ends_nothing(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planning is at the second page: the first page's message has no say any more."""
    monkeypatch.setattr(walking, "PAGE_CONTACTS", 3)
    people(7)
    drafts.launch(bench.ctx, bench.draft().id)
    records = bench.take("plan")
    assert deliver(records, 1)
    assert not deliver(records, DELIVERIES)
    assert bench.campaign().state == "planning"


def test_lists_that_cannot_be_gathered_end_the_launch(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that takes the worker with it each time fails the campaign as well."""
    import_id = do_import(bench, CSV)
    monkeypatch.setattr("chalicelib.services.campaigns.gathering.gather", None)
    drafts.launch(bench.ctx, bench.draft({"type": "import", "import_id": import_id}).id)
    fail_each_time(bench.take("plan"))
    assert bench.campaign().state == "failed"


@pytest.mark.parametrize("kind", ["all", "import"])
def test_dry_run_that_always_fails_says_so(
    bench: Bench, people: People, broken: None, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """It is not running for ever: it failed, with the way out; the next one counts."""
    people(7)
    audience = {"type": "all"}
    if kind == "import":
        audience = {"type": "import", "import_id": do_import(bench, CSV)}
        monkeypatch.setattr("chalicelib.services.campaigns.gathering.gather", None)
    row = bench.draft(audience)
    rehearsals.start(bench.ctx, row.id)
    if kind == "all":
        bench.work("plan")
    fail_each_time(bench.take("plan"))
    told = rehearsals.get(bench.ctx, row.id)
    assert told.state == "failed"
    assert "new dry run" in (told.reason or "")
    assert rehearsals.start(bench.ctx, row.id).state == "running"


def test_retry_that_always_fails_says_so_and_can_go_on(
    bench: Bench, people: People, api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most have had the message, so it does not fail: it waits for a person, and a recount has it
    go on; who is tried again gets one message more.
    """
    people(3)
    first = ended(bench)
    report(bench, first[0], "failed", RETRYABLE)
    retrying.begin(bench.ctx, bench.campaign().id)
    with monkeypatch.context() as patch:
        patch.setattr(retrying, "seal", None)
        fail_each_time(bench.take("plan"))
    row = bench.campaign()
    assert row.state == "planning"
    assert "recount to go on" in (row.state_reason or "")
    reconcile(api, bench)
    bench.work("plan")
    bench.work("plan")
    bench.work("send")
    assert bench.campaign().state_reason is None
    assert check(bench).states["accepted"] == 3
    assert counts(bench.meta, row.id)["accepted"] == 4


def test_sending_that_cannot_begin_ends_the_launch(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last page is planned and its message dies each time after: that too is no silence."""
    people(2)
    drafts.launch(bench.ctx, bench.draft().id)
    records = bench.take("plan")
    with monkeypatch.context() as patch:
        patch.setattr(dispatch, "send_tick", None)
        fail_each_time(records)
    row = bench.campaign()
    assert (row.state, ledger.live(bench.ctx, row).skipped) == ("failed", {"campaign_failed": 2})


def test_tick_that_always_fails_pauses_and_resuming_goes_on(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A running campaign that nobody looks after would hang: it pauses with the reason, and whoever
    resumes it has everybody get one message.
    """
    people(3)
    drafts.launch(bench.ctx, bench.draft().id)
    bench.work("plan")
    with monkeypatch.context() as patch:
        patch.setattr("chalicelib.services.campaigns.protection.goes_on", None)
        fail_each_time(bench.take("plan"))
    row = bench.campaign()
    assert row.state == "paused"
    assert "resume it to go on" in (row.state_reason or "")
    lifecycle.resume(bench.ctx, row.id)
    bench.work("plan")
    complete(bench, 3)


def test_tick_that_cannot_complete_says_so(
    bench: Bench, people: People, api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A settling campaign cannot pause: it says what to do, and a recount has it complete."""
    people(3)
    ended(bench)
    with monkeypatch.context() as patch:
        patch.setattr(ticking, "_settle", None)
        fail_each_time(bench.take("plan"))
    row = bench.campaign()
    assert row.state == "settling"
    assert "recount it" in (row.state_reason or "")
    reconcile(api, bench)
    complete(bench, 3)
    assert bench.campaign().state_reason is None


def test_schedule_that_always_fails_is_a_draft_again(
    bench: Bench, api: ApiClient, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time has passed and nothing was sent: the draft says so, and can be launched."""
    people(1)
    path = f"/api/campaigns/{bench.draft().id}/schedule"
    assert api.post(path, json={"at": later(), "time_zone": "UTC"}).status == 200
    (schedule,) = made()
    wait_for(bench, schedule)
    records = [{"messageId": "m", "body": schedule["Target"]["Input"]}]
    with monkeypatch.context() as patch:
        patch.setattr(drafts, "launch_row", None)
        fail_each_time(records)
    row = bench.campaign()
    assert (row.state, row.schedule) == ("draft", None)
    assert "Launch or schedule it again" in (row.state_reason or "")
    assert drafts.launch(bench.ctx, row.id).state == "planning"
