"""The engine from launch to a completed ledger, with deaths and copies on the way."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core import aws as aws_clients
from chalicelib.core.errors import Conflict
from chalicelib.handlers.queues import plan, send
from chalicelib.services import statuses
from chalicelib.services.callback import MessageKey
from chalicelib.services.campaigns import dispatch, drafts, lifecycle, recording, views
from chalicelib.storage.chunks import ChunkRow, Chunks, Lease
from chalicelib.storage.contact_marks import ContactMarks
from chalicelib.storage.contacts import Contacts
from chalicelib.storage.messages import Messages
from chalicelib.storage.numbers import Numbers
from chalicelib.storage.outgoing import record_together
from chalicelib.storage.pacing import reserve_slot
from chalicelib.whatsapp.events import Status
from chalicelib.whatsapp.message_sender import Accepted, MessageSender
from tests.component.campaigns.conftest import (
    Bench,
    People,
    counts,
    deliver,
    elsewhere,
    set_faults,
    status,
)


def test_who_stops_marketing_after_planning_gets_none(bench: Bench, people: People) -> None:
    """Who stops marketing in WhatsApp gets none: before planning is skipped, after it held back."""
    ids = people(4)
    bench.template.category = "MARKETING"
    bench.template.save()
    ContactMarks(bench.ctx).set_marketing(ids[0], 5, 5, is_stopped=True)
    bench.launch_and_plan()
    ContactMarks(bench.ctx).set_marketing(ids[1], 5, 5, is_stopped=True)
    bench.work("send")
    book = bench.recount()
    assert (book.states["accepted"], book.skipped) == (2, {"marketing_opted_out": 2})


def test_whole_campaign_reaches_everybody_once(bench: Bench, people: People) -> None:
    """Everybody who may be written to is accepted once; the opted-out are skipped, with why."""
    people(55, opted_out=5)
    bench.launch_and_plan()
    bench.run_to_end(rounds=1)
    book = bench.recount()
    assert book.is_balanced
    assert (book.states["accepted"], book.skipped) == (50, {"opted_out": 5})
    seen = counts(bench.meta, bench.campaign().id)
    assert (seen["accepted"], seen["unique_recipients"], seen["duplicates"]) == (50, 50, 0)


def test_every_queue_message_may_come_twice(bench: Bench, people: People) -> None:
    """Copies of plan pages, ticks and chunks change nothing."""
    people(60)
    drafts.launch(bench.ctx, bench.draft().id)
    bench.work("plan", twice=True)
    bench.work("plan", twice=True)
    bench.work("send", twice=True)
    book = bench.recount()
    assert (book.audience, book.states["accepted"]) == (60, 60)
    assert counts(bench.meta, bench.campaign().id)["duplicates"] == 0


def test_campaign_completes_when_statuses_are_in(bench: Bench, people: People) -> None:
    """With every outcome known the campaign settles, recounts and completes."""
    people(12)
    bench.launch_and_plan()
    bench.work("send")
    for state in ("sent", "delivered"):
        deliver(bench, state)
    bench.run_to_end()
    campaign = bench.campaign()
    assert campaign.state == "completed"
    assert campaign.recount is not None
    assert campaign.recount["is_balanced"]
    assert views.get(bench.ctx, campaign.id).states["delivered"] == 12


def test_sender_that_dies_sends_nobody_twice(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A death after Meta's answer leaves `unknown`; the others are sent; nobody is sent twice."""
    people(40)
    bench.launch_and_plan()
    writes = iter(range(1000))

    def dying(*args: Any) -> Any:
        if next(writes) >= 1:
            message = "the process is gone"
            raise ConnectionError(message)
        return record_together(*args)

    records = bench.take("send")
    with monkeypatch.context() as patch:
        patch.setattr(recording, "record_together", dying)
        assert send.handler({"Records": records}, None)["batchItemFailures"]
    bench.clock.advance(31)
    bench.work("plan")
    bench.run_to_end()
    book = bench.recount()
    assert book.is_balanced
    assert book.audience == 40
    assert 0 < book.states["unknown"] <= 40
    seen = counts(bench.meta, bench.campaign().id)
    assert seen["duplicates"] == 0
    assert seen["accepted"] <= book.states["accepted"] + book.states["unknown"]
    deliver(bench, "delivered")
    assert bench.recount().states["delivered"] == 40


def test_sender_that_stood_still_sends_nobody_whom_another_took(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender stands still for longer than its lease with the first of six waves at Meta; another
    one takes the chunk to its end. Awake again, the first sends nobody but whom it had marked.
    """
    people(60)
    bench.launch_and_plan()
    records = bench.take("send")
    send_really, others = MessageSender.send, [records]

    def take_over() -> None:
        bench.clock.advance(31)
        assert send.handler({"Records": others.pop()}, None) == {"batchItemFailures": []}

    async def standing(sender: MessageSender, *call: Any) -> Accepted:
        try:
            return await send_really(sender, *call)
        finally:
            if others:
                elsewhere(take_over)

    with monkeypatch.context() as patch:
        patch.setattr(MessageSender, "send", standing)
        assert send.handler({"Records": records}, None) == {"batchItemFailures": []}
    seen = counts(bench.meta, bench.campaign().id)
    assert (seen["accepted"], seen["duplicates"]) == (60, 0)
    book = bench.recount()
    assert book.states["accepted"] == 60
    assert (book.drift, [chunk.state for chunk in bench.chunks()]) == ({}, ["done"])


def test_waiting_for_a_slot_unmarks_only_what_it_marked(bench: Bench, people: People) -> None:
    """A sender that finds the number busy for long gives back what it marked itself; who was begun
    by a dead sender stays begun, and is never sent again.
    """
    people(40)
    bench.launch_and_plan()
    (chunk,) = bench.chunks()
    chunks = Chunks(bench.ctx, bench.campaign().id)
    dead = Lease("dead", 1)
    claimed = chunks.claim(chunk.chunk_id, dead, bench.clock.now_ms())
    assert claimed is not None
    chunks.begin(claimed, [0, 1, 2], dead, bench.clock.now_ms())
    bench.clock.advance(31)
    reserve_slot(bench.ctx, bench.number.id, 60_000, bench.clock.now_ms())
    bench.work("send")
    (chunk,) = bench.chunks()
    assert (chunk.marks, chunk.state) == ("xxx" + "." * 37, "queued")
    assert counts(bench.meta, bench.campaign().id)["accepted"] == 0
    bench.clock.advance(60)
    bench.run_to_end(rounds=2)
    book = bench.recount()
    assert (book.states["accepted"], book.states["unknown"]) == (37, 3)
    assert counts(bench.meta, bench.campaign().id)["accepted"] == 37


def test_status_before_our_own_write_stands(bench: Bench, people: People) -> None:
    """A delivery reported before the send's answer is stored is not undone by the answer."""
    (contact_id,) = people(1)
    bench.launch_and_plan()
    deliver(bench, "delivered")
    bench.work("send")
    book = bench.recount()
    assert (book.states["delivered"], book.states["accepted"]) == (1, 0)
    row = Messages(bench.ctx).thread(contact_id, 5, None).items[0]
    assert row.text == "Hi Person 0, your order is ready."
    assert row.accepted_at is not None
    assert views.get(bench.ctx, bench.campaign().id).states == book.states


def test_opt_out_after_planning_is_honoured(bench: Bench, people: People) -> None:
    """Who opts out between planning and sending gets nothing, and the ledger says why."""
    ids = people(10)
    bench.launch_and_plan()
    Contacts(bench.ctx).update(ids[3], {"opted_out_at": 1}, bench.clock.now_ms())
    Contacts(bench.ctx).delete(ids[4])
    bench.work("send")
    book = bench.recount()
    assert book.skipped == {"opted_out": 1, "contact_deleted": 1}
    assert book.states["accepted"] == 8
    live = views.get(bench.ctx, bench.campaign().id)
    assert (live.states["skipped"], live.states["queued"]) == (2, 0)


def test_pause_holds_and_resume_goes_on(bench: Bench, people: People) -> None:
    """While paused nothing is sent; resumed, everybody gets the message once."""
    people(20)
    bench.launch_and_plan()
    campaign_id = bench.campaign().id
    lifecycle.pause(bench.ctx, campaign_id)
    bench.work("send")
    assert bench.recount().states["queued"] == 20
    lifecycle.resume(bench.ctx, campaign_id)
    bench.work("plan")
    bench.run_to_end(rounds=2)
    assert bench.recount().states["accepted"] == 20


def test_resume_that_dies_half_way_can_be_repeated(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A death between the resume's tick and its write leaves a paused campaign, not a stuck one."""
    people(10)
    bench.launch_and_plan()
    campaign_id = bench.campaign().id
    lifecycle.pause(bench.ctx, campaign_id)
    bench.work("send")
    bench.work("plan")

    def dying(*_args: object, **_named: object) -> None:
        message = "the process is gone"
        raise ConnectionError(message)

    with monkeypatch.context() as patch:
        patch.setattr(lifecycle, "change_state", dying)
        with pytest.raises(ConnectionError):
            lifecycle.resume(bench.ctx, campaign_id)
    early = bench.take("plan")
    assert plan.handler({"Records": early}, None)["batchItemFailures"]
    assert bench.campaign().state == "paused"
    lifecycle.resume(bench.ctx, campaign_id)
    assert plan.handler({"Records": early}, None) == {"batchItemFailures": []}
    bench.work("plan")
    bench.run_to_end(rounds=2)
    assert bench.recount().states["accepted"] == 10


def test_cancel_skips_who_was_not_begun(bench: Bench, people: People) -> None:
    """A cancelled campaign sends nothing more, and its ledger still adds up, live and recounted."""
    people(15)
    bench.launch_and_plan()
    campaign_id = bench.campaign().id
    lifecycle.cancel(bench.ctx, campaign_id)
    bench.work("send")
    bench.work("plan")
    book = bench.recount()
    assert book.skipped == {"cancelled": 15}
    assert views.get(bench.ctx, campaign_id).states["skipped"] == 15
    assert counts(bench.meta, campaign_id)["accepted"] == 0


def test_refused_token_pauses_and_loses_nobody(bench: Bench, people: People) -> None:
    """A refused token pauses the campaign with the reason; with a new one all are sent."""
    people(10)
    bench.launch_and_plan()
    good = bench.number.token_ciphertext
    bench.number.update(
        actions=[
            type(bench.number).token_ciphertext.set(
                aws_clients.encrypt(bench.ctx.tenant_id, "wrong")
            )
        ]
    )
    bench.work("send")
    campaign = bench.campaign()
    assert campaign.state == "paused"
    assert campaign.state_reason
    assert Numbers(bench.ctx).get(bench.number.id).token_error
    assert bench.recount().states["queued"] == 10
    bench.number.update(actions=[type(bench.number).token_ciphertext.set(good)])
    lifecycle.resume(bench.ctx, campaign.id)
    bench.work("plan")
    bench.run_to_end(rounds=2)
    assert bench.recount().states["accepted"] == 10
    assert bench.campaign().state_reason is None


def test_chunk_that_ends_marks_few_more(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused for all in its first wave, a chunk leaves its other waves unmarked: a death then
    leaves few in doubt.
    """
    people(80)
    bench.launch_and_plan()
    begin, marked = Chunks.begin, set[int]()

    def noted(chunks: Chunks, row: ChunkRow, wave: list[int], *lease: Any) -> None:
        marked.update(wave)
        begin(chunks, row, wave, *lease)

    monkeypatch.setattr(Chunks, "begin", noted)
    set_faults(bench.meta, fail_sync=1, fail_code=131042)
    bench.work("send")
    assert len(marked) <= 30
    assert bench.recount().states["queued"] == 80
    (chunk,) = bench.chunks()
    assert (chunk.state, chunk.marks) == ("queued", "." * 80)


def test_cancelling_that_dies_leaves_what_closes_the_campaign(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A paused campaign has no tick: a death as it is cancelled leaves one, or leaves it paused."""
    people(10)
    bench.launch_and_plan()
    campaign_id = bench.campaign().id
    lifecycle.pause(bench.ctx, campaign_id)
    bench.work("send")
    bench.work("plan")

    def dying(*_args: object, **_named: object) -> None:
        message = "the process is gone"
        raise ConnectionError(message)

    for place, name in ((dispatch, "send_tick"), (lifecycle, "change_state")):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, dying)
            with pytest.raises(ConnectionError):
                lifecycle.cancel(bench.ctx, campaign_id)
        assert bench.campaign().state == "paused"
    bench.work("plan")
    lifecycle.cancel(bench.ctx, campaign_id)
    bench.work("plan")
    assert (bench.campaign().recount or {})["is_balanced"]


def test_number_that_was_disconnected_pauses_with_a_reason(bench: Bench, people: People) -> None:
    """A campaign resumed after its number went pauses and says so; nobody is begun or lost."""
    people(10)
    bench.launch_and_plan()
    Numbers(bench.ctx).disconnect(bench.number, bench.clock.now_ms(), is_last=True)
    bench.work("send")
    campaign = bench.campaign()
    assert (campaign.state, bench.recount().states["queued"]) == ("paused", 10)
    assert "connect it again" in (campaign.state_reason or "")
    assert counts(bench.meta, campaign.id)["accepted"] == 0


def test_failing_meta_leaves_a_name_for_everybody(bench: Bench, people: People) -> None:
    """With refusals, throttling and 5xx before and after accepting, the ledger agrees with Meta."""
    people(60)
    set_faults(bench.meta, fail_sync=0.1, error_before_accept=0.1, error_after_accept=0.1)
    bench.launch_and_plan()
    bench.run_to_end(rounds=3)
    book = bench.recount()
    assert book.is_balanced
    assert book.states["failed"] > 0
    assert book.states["unknown"] > 0
    seen = counts(bench.meta, bench.campaign().id)
    assert seen["duplicates"] == 0
    accepted = book.states["accepted"]
    assert accepted <= seen["accepted"] <= accepted + book.states["unknown"]


def test_empty_audience_fails_with_a_reason(bench: Bench) -> None:
    """A campaign to nobody says so instead of completing."""
    drafts.launch(bench.ctx, bench.draft().id)
    bench.work("plan")
    campaign = bench.campaign()
    assert (campaign.state, bool(campaign.state_reason)) == ("failed", True)


def test_launch_twice_is_refused(bench: Bench, people: People) -> None:
    """Of two launches one is told that the campaign is no draft any more."""
    people(1)
    campaign = bench.draft()
    drafts.launch(bench.ctx, campaign.id)
    with pytest.raises(Conflict):
        drafts.launch(bench.ctx, campaign.id)


def test_forged_status_moves_nothing(bench: Bench, people: People) -> None:
    """A status whose key was not signed by us, or is another tenant's, changes no row."""
    people(1)
    bench.launch_and_plan()
    key = MessageKey("ten_" + "0" * 26, bench.contact_ids[0], "msg_" + "0" * 26, None)
    foreign = status(bench, key, "delivered")
    forged = Status(
        **{
            name: getattr(foreign, name)
            for name in foreign.__dataclass_fields__
            if name != "callback_data"
        },
        callback_data="p1.-.ten_x.con_x.msg_x.AAAAAAAAAAAAAAAA",
    )
    count = statuses.apply([foreign, forged])
    assert (count.changed, count.unmatched) == (0, 2)
