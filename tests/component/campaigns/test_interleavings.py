"""Whatever people, schedules, queues and Meta do in whatever order, also while a sender is at work:
the ledger adds up after each step, no message goes out twice, and in the end nobody is left out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings, strategies as st
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
from chalicelib.storage.numbers import NumberRow
from chalicelib.whatsapp.message_sender import Accepted, MessageSender
from tests.component import cloud
from tests.component.campaigns.conftest import (
    Bench,
    ShiftedClock,
    add_people,
    elsewhere,
    make_bench,
    set_faults,
    status,
)
from tests.component.campaigns.test_retries import outcomes, report
from tests.component.conftest import make_tenant
from tests.component.graph.server import GraphServer

PEOPLE, OPTED_OUT = 13, 1
TOLD = (
    None,
    ("sent", None),
    ("delivered", None),
    ("delivered", None),
    *(("failed", code) for code in (131049, 131026, 131048, 130429)),
)
HANDLERS = {"plan": plan.handler, "send": send.handler, "inbound": inbound.handler}
QUEUES = st.sampled_from(sorted(HANDLERS))
PLACES = st.integers(0, 99)  # which of those that there are: how many differs from run to run
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


class Crowd(RuleBasedStateMachine):
    """Everybody who acts on a campaign that runs; what is not allowed just now is refused, and that
    is all.

    A queue's messages are held back, to be delivered in any order, late, and more than once.
    """

    meta: GraphServer
    clock: ShiftedClock
    meanwhile: ClassVar[list[Callable[[], None]]] = []  # done before a sender hears Meta's answer

    @initialize(canary=st.sampled_from([None, None, 40]), may_cancel=st.sampled_from([0, 0, 1]))
    def begin(self, canary: int | None, may_cancel: int) -> None:
        """Launch a campaign and plan it; of three ways one may end by cancelling."""
        self.draft(canary)
        self.may_cancel = bool(may_cancel)
        self._try(drafts.launch)
        for _ in range(4):
            self.deliver_all("plan")

    def draft(self, canary: int | None) -> None:
        """Draft a campaign of a fast number, in a world with nothing else."""
        cloud.empty()
        self.meta.http.post("/sandbox/reset", json={"everything": True}).raise_for_status()
        self.clock.shift_ms = 0
        self.meanwhile.clear()
        self.bench: Bench = make_bench(make_tenant("Acme"), self.meta, self.clock)
        self.bench.number.update(actions=[NumberRow.throughput_level.set("HIGH")])
        add_people(self.bench, PEOPLE, opted_out=OPTED_OUT)
        self.id = self.bench.draft().id
        self.held: dict[str, list[Record]] = {queue: [] for queue in HANDLERS}
        self.may_repeat_unknown = False
        self.may_cancel = True
        if canary is not None:
            row = self.campaign()
            self.store().update(row, CampaignRow.canary_percent.set(canary))

    def store(self) -> Campaigns:
        """Return the campaigns of the tenant."""
        return Campaigns(self.bench.ctx)

    def campaign(self) -> CampaignRow:
        """Return the campaign as it is now."""
        return self.bench.campaign()

    def _try(self, act: Callable[..., object], **options: Any) -> None:
        with suppress(AppError):
            act(self.bench.ctx, self.id, **options)

    def _take(self, queue: str) -> list[Record]:
        """Return what there is of a queue: what comes new, and what was held back."""
        self.held[queue] += self.bench.take(queue)
        return self.held[queue]

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
    def pause(self) -> None:
        """A person pauses it."""
        self._try(lifecycle.pause)

    @rule()
    def resume(self) -> None:
        """A person resumes it."""
        self._try(lifecycle.resume)

    @precondition(lambda self: self.may_cancel)
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

    @rule(queue=QUEUES, place=PLACES, again=st.booleans())
    def deliver(self, queue: str, place: int, again: bool) -> None:  # noqa: FBT001
        """SQS delivers any of a queue's messages, and some of them once more, whenever."""
        held = self._take(queue)
        if held:
            self._handle(queue, held.pop(place % len(held)), again=again)

    def _deliver_while(self, place: int, act: Callable[[Record], None]) -> None:
        """Deliver a chunk whose sender stands still at Meta's first answer, while others act.

        Where no chunk is on its way, the next look at the campaign comes instead.
        """
        held = self._take("send")
        if not held:
            self.clock.advance(LEASE_S)
            self.deliver_all("plan")
            return
        record = held.pop(place % len(held))
        self.meanwhile.append(lambda: act(record))
        self._handle("send", record)
        self.meanwhile.clear()

    @rule(place=PLACES, acts=st.sampled_from([("pause",), ("pause", "resume"), ("cancel",)]))
    def people_act_meanwhile(self, place: int, acts: tuple[str, ...]) -> None:
        """A person pauses, pauses and resumes, or cancels while a chunk is sent."""

        def act(_record: Record) -> None:
            for name in acts:
                if name != "cancel" or self.may_cancel:
                    self._try(getattr(lifecycle, name))

        self._deliver_while(place, act)

    @rule(place=PLACES, seconds=st.sampled_from([0, LEASE_S]))
    def copy_comes_meanwhile(self, place: int, seconds: int) -> None:
        """Another sender gets the same message; in time, or when the lease of the first is over."""

        def act(record: Record) -> None:
            self.clock.advance(seconds)
            self._handle("send", record, again=True)

        self._deliver_while(place, act)

    @rule(place=PLACES)
    def statuses_come_first(self, place: int) -> None:
        """Meta tells what became of all that it took before the sender hears that it took it."""

        def act(_record: Record) -> None:
            keys = [key for text in self._taken() if (key := decode_callback(text))]
            statuses.apply([status(self.bench, key, "delivered") for key in keys])

        self._deliver_while(place, act)

    @rule(place=PLACES)
    def sender_dies(self, place: int) -> None:
        """A sender dies with a message at Meta; what it had heard by then it may have written."""

        def act(_record: Record) -> None:
            message = "the process is gone"
            raise ConnectionError(message)

        self._deliver_while(place, act)

    @rule(queue=QUEUES)
    def deliver_all(self, queue: str) -> None:
        """SQS delivers everything there is, the oldest first."""
        records, self.held[queue] = self._take(queue), []
        for record in records:
            self._handle(queue, record)

    @rule(told=st.lists(st.sampled_from(TOLD), min_size=PEOPLE, max_size=PEOPLE))
    def reports(self, told: list[tuple[str, int | None] | None]) -> None:
        """Meta reports on some of those who were sent to."""
        for one, said in zip(outcomes(self.bench), told, strict=False):
            if one.has_row and said is not None:
                report(self.bench, one, *said)

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
        """Meta took each message once, and the ledger says that it may have; a person got another
        one only where a retry has sealed the first, of unknown fate only if a person said so.
        """
        taken = Counter(key for text in self._taken() if (key := decode_callback(text)))
        assert all(times == 1 for times in taken.values())
        rows = {row.id: row for row in MessageRow.scan()}
        states = {row.id: row.state for row in rows.values()}
        if not {key.message_id for key in taken} <= states.keys():  # a sender died
            found = outcomes(self.bench)
            states |= {one.recipient.message_id: one.state for one in found if not one.has_row}
        assert not {states[key.message_id] for key in taken} & {"queued", "skipped"}
        proven = {row.id for row in rows.values() if row.accepted_at is not None}
        assert proven <= {key.message_id for key in taken}
        sealed = {row.id: row.state for row in rows.values() if row.rank == SEALED}
        standing = Counter(key.contact_id for key in taken if key.message_id not in sealed)
        assert all(times == 1 for times in standing.values())
        may_be = {"failed", "unknown"} if self.may_repeat_unknown else {"failed"}
        assert set(sealed.values()) <= may_be
        assert len({row.contact_key for row in rows.values()}) <= PEOPLE - OPTED_OUT

    def teardown(self) -> None:
        """In the end, with no more accidents, the campaign comes to its end, and nobody is left."""
        if not hasattr(self, "held"):
            return
        set_faults(self.meta)
        campaign = self.campaign()
        for _ in range(40):
            if campaign.state in OVER:
                break
            if campaign.state == "paused":
                self._try(lifecycle.resume)
            for queue in ("send", "inbound", "plan"):
                self.deliver_all(queue)
            self.clock.advance(40)
            campaign = self.campaign()
        assert campaign.state in OVER
        if campaign.state == "completed":
            book, live = self.bench.recount(), ledger.live(self.bench.ctx, campaign)
            assert (book.states["queued"], book.states["claimed"]) == (0, 0)
            assert dict(live.states) == dict(book.states)


class Beginners(Crowd):
    """The same, of a campaign that is still to be launched, by a person or a schedule."""

    @initialize(canary=st.sampled_from([None, 40]))
    def begin(self, canary: int | None) -> None:
        """Draft a campaign."""
        self.draft(canary)
        self.fired: list[str] = []

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

    @rule(place=PLACES)
    def fire(self, place: int) -> None:
        """Any schedule that ever was made fires."""
        if self.fired:
            body = self.fired[place % len(self.fired)]
            plan.handler({"Records": [{"messageId": "m", "body": body}]}, None)


@pytest.mark.parametrize(("crowd", "ways", "steps"), [(Crowd, 24, 30), (Beginners, 8, 20)])
def test_ledger_adds_up_in_any_order(
    meta: GraphServer,
    shifted: ShiftedClock,
    monkeypatch: pytest.MonkeyPatch,
    crowd: type[Crowd],
    ways: int,
    steps: int,
) -> None:
    """Of so many ways of so many steps none breaks the ledger's sum, sends twice, or gets stuck."""
    monkeypatch.setattr(walking, "PAGE_CONTACTS", 12)
    monkeypatch.setattr(sending, "WAVES_A_SECOND", 200)  # a page is of three waves
    monkeypatch.setattr(sending, "MAX_WAIT_MS", 100)  # for a slot further off it comes again
    send_really = MessageSender.send

    async def overtaken(sender: MessageSender, *call: Any) -> Accepted:
        try:
            return await send_really(sender, *call)
        finally:
            if Crowd.meanwhile:
                elsewhere(Crowd.meanwhile.pop())  # all of this process stands still

    monkeypatch.setattr(MessageSender, "send", overtaken)
    acted = type("Acted", (crowd,), {"meta": meta, "clock": shifted})
    run_state_machine_as_test(
        acted,
        settings=settings(
            max_examples=ways,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
