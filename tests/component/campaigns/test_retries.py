"""Retries: who failed for a reason that may be gone is tried again; nobody else, nobody twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.core.errors import Conflict
from chalicelib.handlers.queues import plan
from chalicelib.schemas.campaigns import CampaignRetry
from chalicelib.services import statuses
from chalicelib.services.callback import MessageKey
from chalicelib.services.campaigns import drafts, ledger, lifecycle, parts, reports, retrying
from chalicelib.storage.campaigns import Campaigns
from chalicelib.storage.daily_stats import DailyCharges
from chalicelib.storage.messages import Messages
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import Bench, People, counts, status

RETRYABLE, FINAL = 131049, 131026


def outcomes(bench: Bench) -> list[ledger.Outcome]:
    """Return where everybody is."""
    return list(ledger.outcomes(bench.ctx, bench.campaign(), bench.clock.now_ms()))


def report(
    bench: Bench,
    one: ledger.Outcome,
    state: str,
    code: int | None = None,
    pricing: dict[str, str] | None = None,
) -> None:
    """Have Meta report a status of the message that stands for a recipient now."""
    key = MessageKey(
        bench.ctx.tenant_id,
        one.recipient.contact_id,
        one.recipient.message_id,
        bench.campaign().id,
    )
    statuses.apply([replace(status(bench, key, state), error_code=code, pricing=pricing)])


def ended(bench: Bench) -> list[ledger.Outcome]:
    """Send to everybody and let the sending end; return where they are."""
    bench.launch_and_plan()
    bench.work("send")
    bench.clock.advance(5)
    bench.work("plan")
    assert bench.campaign().state == "settling"
    return outcomes(bench)


def check(bench: Bench) -> ledger.Ledger:
    """Return the recount, which adds up and finds that the counters were right."""
    book = bench.recount()
    assert book.is_balanced
    assert book.drift == {}
    return book


def test_retry_reaches_only_who_failed_for_now(
    bench: Bench, people: People, api: ApiClient
) -> None:
    """One of three failures can be overcome: one message more, and the ledger adds up all along."""
    people(10)
    first = ended(bench)
    report(bench, first[0], "failed", RETRYABLE)
    report(bench, first[1], "failed", FINAL)
    for one in first[2:]:
        report(bench, one, "delivered")
    answer = api.post(f"/api/campaigns/{bench.campaign().id}/retry", json={})
    assert answer.status == 200
    assert (answer.body["state"], answer.body["retries"]) == ("planning", 1)
    bench.work("plan")
    assert check(bench).states["queued"] == 1
    bench.work("plan")
    bench.work("send")
    book = check(bench)
    assert (book.audience, book.states["accepted"], book.states["failed"]) == (10, 1, 1)
    assert counts(bench.meta, bench.campaign().id)["accepted"] == 11
    now = outcomes(bench)
    assert [one.recipient.contact_id for one in now] == [o.recipient.contact_id for o in first]
    report(bench, now[0], "delivered")
    assert check(bench).states["delivered"] == 9
    bench.run_to_end()
    assert bench.campaign().state == "completed"


@pytest.mark.parametrize("before", [{"failed": 90, "code#131026": 90}, {"unknown": 200}])
def test_what_went_badly_before_is_not_held_against_a_retry(
    bench: Bench, people: People, before: dict[str, int]
) -> None:
    """The rules on failures and on unclear answers count from the retry on: it is not paused for
    what a person has seen before asking for it.
    """
    people(3)
    first = ended(bench)
    report(bench, first[0], "failed", RETRYABLE)
    Campaigns(bench.ctx).count(bench.campaign().id, {"delivered": 150, **before})
    retrying.begin(bench.ctx, bench.campaign().id)
    bench.work("plan")
    bench.work("plan")
    bench.clock.advance(40)
    bench.work("plan")
    assert bench.campaign().state == "running"
    watch = bench.campaign().watch
    assert watch["failed"] == before.get("failed", 0)


def test_late_word_of_the_first_message_counts_no_more(bench: Bench, people: People) -> None:
    """Once a retry has taken somebody, the old message's status moves neither row nor counters."""
    people(3)
    first = ended(bench)
    report(bench, first[0], "failed", RETRYABLE)
    retrying.begin(bench.ctx, bench.campaign().id)
    bench.work("plan")
    report(bench, first[0], "delivered")
    row = Messages(bench.ctx).get(first[0].recipient.contact_id, first[0].recipient.message_id)
    assert (row.state, row.delivered_at is not None) == ("failed", True)
    assert check(bench).states["queued"] == 1


def test_who_was_delivered_meanwhile_is_not_tried(bench: Bench, people: People) -> None:
    """A delivery between the decision to retry and the seal leaves nothing to send."""
    people(3)
    first = ended(bench)
    report(bench, first[0], "failed", RETRYABLE)
    retrying.begin(bench.ctx, bench.campaign().id)
    report(bench, first[0], "delivered")
    bench.work("plan")
    bench.work("plan")
    assert bench.work("send") == 0
    book = bench.recount()
    assert (book.is_balanced, book.states["delivered"]) == (True, 1)


def test_unknown_needs_a_persons_word(bench: Bench, people: People) -> None:
    """Whose fate is unknown is tried again only if the request says so, and who asked is kept.

    Not at once, for WhatsApp may still tell. The first message's late words move nothing in the
    ledger: not its arrival, nor its failure.
    """
    people(2)
    ended(bench)
    one = outcomes(bench)[0]
    messages = Messages(bench.ctx)
    row = messages.get(one.recipient.contact_id, one.recipient.message_id)
    row.state, row.rank = "unknown", 1
    row.save()
    Campaigns(bench.ctx).count(bench.campaign().id, {"accepted": -1, "unknown": 1})
    with pytest.raises(Conflict, match="Nobody"):
        retrying.begin(bench.ctx, bench.campaign().id)
    with pytest.raises(Conflict, match="may still tell"):
        retrying.begin(bench.ctx, bench.campaign().id, include_unknown=True)
    bench.clock.advance(30)
    retrying.begin(bench.ctx, bench.campaign().id, include_unknown=True)
    bench.work("plan")
    bench.work("plan")
    bench.work("send")
    assert check(bench).states["accepted"] == 2
    assert counts(bench.meta, bench.campaign().id)["accepted"] == 3
    (asked,) = reports.report(bench.ctx, bench.campaign().id).retries
    assert (asked.by, asked.include_unknown) == (bench.ctx.user_id, True)
    before = check(bench)
    for state in ("sent", "read", "failed", "delivered"):
        report(bench, one, state, 131000 if state == "failed" else None)
        assert check(bench) == before
    row = messages.get(one.recipient.contact_id, one.recipient.message_id)
    assert (row.state, row.read_at is not None, row.delivered_at is not None) == (
        "unknown",
        True,
        True,
    )


@pytest.mark.parametrize("arrives", [False, True])
def test_sealed_message_is_charged_if_it_arrives(
    bench: Bench, people: People, *, arrives: bool
) -> None:
    """Meta charges what it delivers, also a message whose place another has taken: once."""
    people(1)
    first = ended(bench)
    report(bench, first[0], "failed", RETRYABLE)
    retrying.begin(bench.ctx, bench.campaign().id)
    bench.work("plan")
    for state in ("sent", "delivered", "read") if arrives else ("sent",):
        for _ in range(2):
            report(bench, first[0], state, pricing={"category": "utility", "type": "regular"})
    today = datetime.fromtimestamp(bench.clock.now_ms() / 1000, UTC).date()
    charged = [n for _, n in DailyCharges(bench.ctx).between(today, today)]
    assert charged == ([1] if arrives else [])


def test_refused_for_a_rate_is_tried_again_by_itself(bench: Bench, people: People) -> None:
    """What a status says was too fast is sent again without a person, twice at most; the rest of
    the failures waits for one.
    """
    people(5)
    first = ended(bench)
    for one, code in zip(first, (130429, 131057, 131056, RETRYABLE, FINAL), strict=True):
        report(bench, one, "failed", code)
    for again in (1, 2):
        bench.run_to_end(3)
        assert bench.campaign().generation == again
        book = check(bench)
        assert (book.states["accepted"], book.states["failed"]) == (3, 2)
        for one in [one for one in outcomes(bench) if one.state == "accepted"]:
            report(bench, one, "failed", 130429)
    bench.run_to_end(4)
    assert (bench.campaign().state, bench.campaign().generation) == ("completed", 2)
    assert check(bench).states["failed"] == 5
    assert [one.by for one in reports.report(bench.ctx, bench.campaign().id).retries] == [
        "system",
        "system",
    ]
    assert counts(bench.meta, bench.campaign().id)["accepted"] == 11


def test_the_unknown_may_be_tried_alone(bench: Bench, people: People) -> None:
    """A request without a code takes those whose fate is unknown; who failed stays as they are."""
    people(2)
    failed, unknown = ended(bench)
    report(bench, failed, "failed", RETRYABLE)
    row = Messages(bench.ctx).get(unknown.recipient.contact_id, unknown.recipient.message_id)
    row.state, row.rank = "unknown", 1
    row.save()
    Campaigns(bench.ctx).count(bench.campaign().id, {"accepted": -1, "unknown": 1})
    bench.clock.advance(30)
    wish = CampaignRetry.model_validate({"codes": [], "include_unknown": True})
    row_id = bench.campaign().id
    retrying.begin(bench.ctx, row_id, wish.codes, include_unknown=wish.include_unknown)
    for queue in ("plan", "plan", "send"):
        bench.work(queue)
    book = check(bench)
    assert (book.states["failed"], book.states["accepted"]) == (1, 1)


def test_codes_that_make_no_sense_are_refused(bench: Bench, people: People) -> None:
    """A retry of a code that would fail again, or of a running campaign, says why not."""
    people(2)
    first = ended(bench)
    report(bench, first[0], "failed", FINAL)
    with pytest.raises(Conflict, match="131026"):
        retrying.begin(bench.ctx, bench.campaign().id, [FINAL])
    with pytest.raises(Conflict, match="Nobody"):
        retrying.begin(bench.ctx, bench.campaign().id)
    other = drafts.duplicate(bench.ctx, bench.campaign().id)
    with pytest.raises(Conflict, match="draft"):
        retrying.begin(bench.ctx, other.id)


def test_every_step_may_come_twice_or_die(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A death after sealing and before freezing, and copies of all messages, lose nobody."""
    people(4)
    first = ended(bench)
    for one in first:
        report(bench, one, "failed", RETRYABLE)
    retrying.begin(bench.ctx, bench.campaign().id)
    records = bench.take("plan")

    def dies(*_args: Any) -> Any:
        message = "the process is gone"
        raise ConnectionError(message)

    with monkeypatch.context() as patch:
        patch.setattr(parts, "freeze", dies)
        plan.handler({"Records": records}, None)
    for _ in range(2):
        plan.handler({"Records": records}, None)
    bench.work("plan", twice=True)
    bench.work("send", twice=True)
    assert bench.recount().states["accepted"] == 4
    seen = counts(bench.meta, bench.campaign().id)
    assert seen["accepted"] == 8


def test_cancelled_retry_adds_up(bench: Bench, people: People) -> None:
    """Cancelled after the retry was planned, those who were to be tried again are skipped."""
    people(3)
    first = ended(bench)
    for one in first:
        report(bench, one, "failed", RETRYABLE)
    retrying.begin(bench.ctx, bench.campaign().id)
    bench.work("plan")
    lifecycle.cancel(bench.ctx, bench.campaign().id)
    bench.work("send")
    book = check(bench)
    assert book.skipped == {"cancelled": 3}


def test_second_retry_and_report(bench: Bench, people: People) -> None:
    """A retry that fails again can be tried again; the report says which codes can be."""
    people(2)
    ended(bench)
    for _ in range(2):
        report(bench, outcomes(bench)[0], "failed", RETRYABLE)
        (failure,) = reports.report(bench.ctx, bench.campaign().id).failed
        assert (failure.code, failure.is_retryable) == (RETRYABLE, True)
        assert failure.next_step
        retrying.begin(bench.ctx, bench.campaign().id)
        bench.work("plan")
        bench.work("plan")
        bench.work("send")
        bench.clock.advance(5)
        bench.work("plan")
    assert bench.campaign().generation == 2
    assert check(bench).states["accepted"] == 2
