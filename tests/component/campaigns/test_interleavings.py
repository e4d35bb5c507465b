"""Whatever people, schedules, queues and Meta do in whatever order: the ledger adds up after each
step, and no message goes out twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

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
from chalicelib.handlers.queues import plan, send
from chalicelib.schemas.campaigns import CampaignSchedule
from chalicelib.services.campaigns import (
    dispatch,
    drafts,
    ledger,
    lifecycle,
    retrying,
    schedules,
    walking,
)
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.messages import MessageRow
from tests.component import cloud
from tests.component.campaigns.conftest import (
    Bench,
    ShiftedClock,
    add_people,
    counts,
    make_bench,
)
from tests.component.campaigns.test_retries import outcomes, report
from tests.component.conftest import make_tenant
from tests.component.graph.server import GraphServer

PEOPLE, OPTED_OUT = 9, 1
CODES = (131049, 131026, 131048)
HANDLERS = {"plan": plan.handler, "send": send.handler}
Record = dict[str, Any]


class Crowd(RuleBasedStateMachine):
    """Everybody who acts on a campaign; what is not allowed just now is refused, and that is all.

    A queue's messages are held back, to be delivered in any order, late, and more than once.
    """

    meta: GraphServer
    clock: ShiftedClock

    @initialize(canary=st.sampled_from([None, 40]), is_sent=st.booleans())
    def begin(self, canary: int | None, is_sent: bool) -> None:  # noqa: FBT001
        """Draft a campaign; half of the ways begin after its launch."""
        cloud.empty()
        self.meta.http.post("/sandbox/reset", json={"everything": True}).raise_for_status()
        self.clock.shift_ms = 0
        self.bench: Bench = make_bench(make_tenant("Acme"), self.meta, self.clock)
        add_people(self.bench, PEOPLE, opted_out=OPTED_OUT)
        self.id = self.bench.draft().id
        self.fired: list[str] = []
        self.held: dict[str, list[Record]] = {"plan": [], "send": []}
        if canary is not None:
            row = self.campaign()
            self.store().update(row, CampaignRow.canary_percent.set(canary))
        if is_sent:
            self.launch()
            for queue in ("plan", "plan", "plan", "plan", "send"):
                self._take(queue)
                for record in self.held[queue]:
                    HANDLERS[queue]({"Records": [record]}, None)
                self.held[queue] = []

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
        """A person has those tried again who failed."""
        self._try(retrying.begin, include_unknown=unknown)

    @rule(queue=st.sampled_from(["plan", "send"]), data=st.data(), again=st.booleans())
    def deliver(self, queue: str, data: st.DataObject, again: bool) -> None:  # noqa: FBT001
        """SQS delivers any of a queue's messages, and some of them once more, whenever."""
        self._take(queue)
        if not self.held[queue]:
            return
        at = data.draw(st.integers(0, len(self.held[queue]) - 1))
        record = self.held[queue][at] if again else self.held[queue].pop(at)
        HANDLERS[queue]({"Records": [record]}, None)

    @rule(queue=st.sampled_from(["plan", "send"]))
    def deliver_all(self, queue: str) -> None:
        """SQS delivers everything there is, the oldest first."""
        self._take(queue)
        records, self.held[queue] = self.held[queue], []
        HANDLERS[queue]({"Records": records}, None)

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
        """Meta has taken as many messages as there are rows with its proof."""
        rows = list(MessageRow.scan())
        with_proof = sum(row.accepted_at is not None for row in rows)
        assert counts(self.meta, self.id)["accepted"] == with_proof
        assert len({row.contact_key for row in rows}) <= PEOPLE - OPTED_OUT


def test_ledger_adds_up_in_any_order(
    meta: GraphServer, shifted: ShiftedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 12 ways of 25 steps each, none breaks the ledger's sum or sends twice."""
    monkeypatch.setattr(walking, "PAGE_CONTACTS", 4)

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
