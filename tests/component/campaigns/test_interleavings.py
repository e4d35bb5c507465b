"""Whatever people, schedules, queues and Meta do in whatever order, also while a sender is at work:
the ledger adds up after each step, no message goes out twice, and in the end nobody is left out.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chalicelib.core.errors import AppError
from chalicelib.handlers.queues import inbound, plan, send
from chalicelib.schemas.campaigns import CampaignSchedule
from chalicelib.services import statuses
from chalicelib.services.callback import decode_callback
from chalicelib.services.campaigns import (
    dispatch,
    drafts,
    ledger,
    lifecycle,
    retrying,
    schedules,
    sending,
    walking,
)
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.message_state import SEALED
from chalicelib.storage.messages import MessageRow
from chalicelib.whatsapp.message_sender import Accepted, MessageSender
from tests.component import cloud
from tests.component.campaigns.conftest import (
    Bench,
    ShiftedClock,
    add_people,
    close_loop,
    make_bench,
    set_faults,
    status,
)
from tests.component.campaigns.test_retries import outcomes, report
from tests.component.conftest import make_tenant
from tests.component.graph.server import GraphServer

PEOPLE, OPTED_OUT = 13, 1
CODES = (131049, 131026, 131048)
HANDLERS = {"plan": plan.handler, "send": send.handler, "inbound": inbound.handler}
QUEUES = st.sampled_from(sorted(HANDLERS))
ACCIDENTS: tuple[dict[str, float], ...] = (
    {},
    {"error_after_accept": 0.4},
    {"gateway_before_accept": 0.4},
    {"hold": 0.3},
    *({"fail_sync": 0.4, "fail_code": code} for code in (131026, 131057, 131048, 131042)),
)
LEASE_S = sending.LEASE_MS // 1000 + 1
OVER = frozenset({"draft", "scheduled", "completed", "cancelled", "failed"})
Record = dict[str, Any]


def elsewhere(act: Callable[[], None]) -> None:
    """Act as another process does: with an event loop and connections of its own."""
    try:
        act()
    finally:
        close_loop()


class Crowd(RuleBasedStateMachine):
    """Everybody who acts on a campaign; what is not allowed just now is refused, and that is all.

    A queue's messages are held back, to be delivered in any order, late, and more than once.
    """

    meta: GraphServer
    clock: ShiftedClock
    meanwhile: ClassVar[list[Callable[[], None]]] = []  # done before a sender hears Meta's answer

    @initialize(canary=st.sampled_from([None, 40]), is_sent=st.booleans())
    def begin(self, canary: int | None, is_sent: bool) -> None:  # noqa: FBT001
        """Draft a campaign; half of the ways begin after its launch."""
        cloud.empty()
        self.meta.http.post("/sandbox/reset", json={"everything": True}).raise_for_status()
        self.clock.shift_ms = 0
        self.meanwhile.clear()
        self.bench: Bench = make_bench(make_tenant("Acme"), self.meta, self.clock)
        add_people(self.bench, PEOPLE, opted_out=OPTED_OUT)
        self.id = self.bench.draft().id
        self.fired: list[str] = []
        self.held: dict[str, list[Record]] = {queue: [] for queue in HANDLERS}
        self.may_repeat_unknown = False
        if canary is not None:
            row = self.campaign()
            self.store().update(row, CampaignRow.canary_percent.set(canary))
        if is_sent:
            self.launch()
            for queue in ("plan", "plan", "plan", "plan", "send"):
                self.deliver_all(queue)

    def store(self) -> Campaigns:
        """Return the campaigns of the tenant."""
        return Campaigns(self.bench.ctx)

    def campaign(self) -> CampaignRow:
        """Return the campaign as it is now."""
        return self.bench.campaign()

    def _try(self, act: Callable[..., object], **options: Any) -> None:
        with suppress(AppError):
            act(self.bench.ctx, self.id, **options)

    def _take(self, queue: str) -> None:
        self.held[queue] += self.bench.take(queue)

    def _handle(self, queue: str, record: Record, *, again: bool = False) -> None:
        """Deliver a message; one that fails, or is delivered `again`, is there still."""
        answer = HANDLERS[queue]({"Records": [record]}, None)
        if again or answer["batchItemFailures"]:
            self.held[queue].append(record)

    def _taken(self) -> list[str]:
        """Return the keys of the campaign's messages that Meta has taken, each time it did."""
        answer = self.meta.http.get("/sandbox/messages", params={"limit": 1000})
        keys = [one["callback_data"] for one in answer.json()["items"]]
        return [key for key in keys if key.startswith(f"p1.{self.id}.")]

    @rule()
    def launch(self) -> None:
        """A person launches it."""
        self._try(drafts.launch)

    @rule(days=st.integers(1, 9))
    def schedule(self, days: int) -> None:
        """A person schedules it; what EventBridge would send is kept to fire any time."""
        at = f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%M}"
        self._try(schedules.schedule, wish=CampaignSchedule(at=at, time_zone="UTC"))
        name = self.campaign().schedule_name
        if name is not None:
            self.fired.append(dispatch.launch_body(self.bench.ctx, self.id, name))

    @rule()
    def unschedule(self) -> None:
        """A person takes the schedule back."""
        self._try(schedules.unschedule)

    @precondition(lambda self: self.fired)
    @rule(data=st.data())
    def fire(self, data: st.DataObject) -> None:
        """Any schedule that ever was made fires."""
        body = data.draw(st.sampled_from(self.fired))
        plan.handler({"Records": [{"messageId": "m", "body": body}]}, None)

    @rule()
    def pause(self) -> None:
        """A person pauses it."""
        self._try(lifecycle.pause)

    @rule()
    def resume(self) -> None:
        """A person resumes it."""
        self._try(lifecycle.resume)

    @rule()
    def cancel(self) -> None:
        """A person cancels it, once it is on its way."""
        if self.campaign().parts:
            self._try(lifecycle.cancel)

    @rule(unknown=st.booleans())
    def retry(self, unknown: bool) -> None:  # noqa: FBT001
        """A person has those tried again who failed, and maybe those of whom nobody knows."""
        self.may_repeat_unknown |= unknown
        self._try(retrying.begin, include_unknown=unknown)

    @rule(accident=st.sampled_from(ACCIDENTS))
    def befall(self, accident: dict[str, float]) -> None:
        """From now on Meta has accidents of a kind, or none."""
        set_faults(self.meta, **accident)

    @rule(queue=QUEUES, data=st.data(), again=st.booleans())
    def deliver(self, queue: str, data: st.DataObject, again: bool) -> None:  # noqa: FBT001
        """SQS delivers any of a queue's messages, and some of them once more, whenever."""
        self._take(queue)
        if not self.held[queue]:
            return
        at = data.draw(st.integers(0, len(self.held[queue]) - 1))
        self._handle(queue, self.held[queue].pop(at), again=again)

    @rule(
        data=st.data(),
        what=st.sampled_from(["pause", "pause, resume", "cancel", "copy", "late copy", "told"]),
    )
    def deliver_meanwhile(self, data: st.DataObject, what: str) -> None:
        """A chunk is delivered, and others act before its sender hears Meta's first answer."""
        self._take("send")
        if not self.held["send"]:
            return
        at = data.draw(st.integers(0, len(self.held["send"]) - 1))
        record = self.held["send"].pop(at)

        def act() -> None:
            for word in what.split(", "):
                if word in {"pause", "resume", "cancel"}:
                    self._try(getattr(lifecycle, word))
            if what == "late copy":
                self.clock.advance(LEASE_S)
            if what.endswith("copy"):
                self._handle("send", record, again=True)
            if what == "told":
                keys = [key for text in self._taken() if (key := decode_callback(text))]
                statuses.apply([status(self.bench, key, "delivered") for key in keys])

        self.meanwhile.append(act)
        self._handle("send", record)
        self.meanwhile.clear()

    @rule(queue=QUEUES)
    def deliver_all(self, queue: str) -> None:
        """SQS delivers everything there is, the oldest first."""
        self._take(queue)
        records, self.held[queue] = self.held[queue], []
        for record in records:
            self._handle(queue, record)

    @rule(data=st.data())
    def reports(self, data: st.DataObject) -> None:
        """Meta reports on some of those who were sent to, of any of their messages."""
        for one in outcomes(self.bench):
            state = data.draw(st.sampled_from([None, "sent", "delivered", "failed"]))
            if one.has_row and state is not None:
                code = data.draw(st.sampled_from(CODES)) if state == "failed" else None
                report(self.bench, one, state, code)

    @rule(seconds=st.integers(1, 45))
    def wait(self, seconds: int) -> None:
        """Time goes by: leases end, and so do waits."""
        self.clock.advance(seconds)

    @invariant()
    def the_ledger_adds_up(self) -> None:
        """Everybody is in one state, by the rows and by the counters."""
        campaign = self.campaign()
        if campaign.state in {"draft", "scheduled", "planning"}:
            return
        everybody = PEOPLE if campaign.parts else 0
        book, live = self.bench.recount(), ledger.live(self.bench.ctx, campaign)
        assert book.is_balanced
        assert book.audience == live.audience == everybody
        assert sum(live.states.values()) == everybody
        assert json.dumps(dict(book.drift)) == "{}"

    @invariant()
    def nobody_gets_a_message_twice(self) -> None:
        """Meta took each message once, and its row says that it may have; a person got another one
        only where a retry has sealed the first, whose fate nobody knew only if a person said so.
        """
        taken = Counter(key for text in self._taken() if (key := decode_callback(text)))
        rows = {row.id: row for row in MessageRow.scan()}
        assert all(times == 1 for times in taken.values())
        assert all(rows[key.message_id].state != "skipped" for key in taken)
        proven = {row.id for row in rows.values() if row.accepted_at is not None}
        assert proven <= {key.message_id for key in taken}
        standing = Counter(key.contact_id for key in taken if rows[key.message_id].rank != SEALED)
        assert all(times == 1 for times in standing.values())
        sealed = Counter(row.state for row in rows.values() if row.rank == SEALED)
        assert set(sealed) <= ({"failed", "unknown"} if self.may_repeat_unknown else {"failed"})
        assert len({row.contact_key for row in rows.values()}) <= PEOPLE - OPTED_OUT

    def teardown(self) -> None:
        """In the end, with no more accidents, the campaign comes to its end, and nobody is left."""
        if not hasattr(self, "held"):
            return
        set_faults(self.meta)
        for _ in range(40):
            campaign = self.campaign()
            if campaign.state in OVER:
                break
            if campaign.state == "paused":
                self._try(lifecycle.resume)
            for queue in ("send", "inbound", "plan"):
                self.deliver_all(queue)
            self.clock.advance(40)
        assert campaign.state in OVER
        if campaign.state == "completed":
            book = self.bench.recount()
            assert (book.states["queued"], book.states["claimed"]) == (0, 0)


def test_ledger_adds_up_in_any_order(
    meta: GraphServer, shifted: ShiftedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 12 ways of 25 steps each, none breaks the ledger's sum, sends twice, or gets stuck."""
    monkeypatch.setattr(walking, "PAGE_CONTACTS", 12)
    monkeypatch.setattr(sending, "WAVES_A_SECOND", 40)  # a page is of three waves
    send_really = MessageSender.send

    async def overtaken(sender: MessageSender, *call: Any) -> Accepted:
        try:
            return await send_really(sender, *call)
        finally:
            if Crowd.meanwhile:
                await asyncio.to_thread(elsewhere, Crowd.meanwhile.pop())

    monkeypatch.setattr(MessageSender, "send", overtaken)

    class Acted(Crowd):
        pass

    Acted.meta, Acted.clock = meta, shifted
    run_state_machine_as_test(
        Acted,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
