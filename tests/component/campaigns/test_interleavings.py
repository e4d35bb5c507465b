"""Whatever people, schedules, senders and Meta do in whatever order: the ledger adds up, and no
message goes out twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from chalicelib.core.errors import AppError
from chalicelib.handlers.queues import plan, send
from chalicelib.schemas.campaigns import CampaignSchedule
from chalicelib.services.campaigns import dispatch, drafts, lifecycle, retrying, schedules
from chalicelib.storage.messages import Messages
from tests.component.campaigns.conftest import Bench, People, counts
from tests.component.campaigns.test_retries import outcomes, report

STEPS = 40
CODES = (131049, 131026, 131048)


class Crowd:
    """Everybody who acts on a campaign, by chance."""

    def __init__(self, bench: Bench, random: Random) -> None:
        self.bench, self.random, self.id = bench, random, bench.campaign().id
        self.fired: list[str] = []

    def tried(self, act: Callable[[], object]) -> None:
        """Act; what is not allowed just now is refused, and changes nothing."""
        with suppress(AppError):
            act()

    def schedule(self) -> None:
        """Schedule the campaign for later; what EventBridge would send is kept to fire any time."""
        at = f"{datetime.now(UTC) + timedelta(days=self.random.randint(1, 9)):%Y-%m-%dT%H:%M}"
        wish = CampaignSchedule(at=at, time_zone="UTC")
        schedules.schedule(self.bench.ctx, self.id, wish)
        name = self.bench.campaign().schedule_name or ""
        self.fired.append(dispatch.launch_body(self.bench.ctx, self.id, name))

    def fire(self) -> None:
        """Have any schedule fire that ever was made."""
        if self.fired:
            body = self.random.choice(self.fired)
            plan.handler({"Records": [{"messageId": "m", "body": body}]}, None)

    def work(self, queue: str) -> None:
        """Deliver a queue's messages in any order, some of them twice, some a tick too late."""
        records = self.bench.take(queue)
        self.random.shuffle(records)
        again = [record for record in records if self.random.random() < 0.3]
        handler = plan.handler if queue == "plan" else send.handler
        for record in [*records, *again]:
            handler({"Records": [record]}, None)

    def statuses(self) -> None:
        """Have Meta report on some of those who were sent to, of any of their messages."""
        for one in outcomes(self.bench):
            if one.has_row and self.random.random() < 0.5:
                state = self.random.choice(["sent", "delivered", "failed", "failed"])
                code = self.random.choice(CODES) if state == "failed" else None
                report(self.bench, one, state, code)

    def sent(self) -> None:
        """Send to everybody at once, and have Meta report of some: half the ways begin here."""
        drafts.launch(self.bench.ctx, self.id)
        for queue in ("plan", "plan", "send"):
            self.work(queue)
        self.bench.clock.advance(5)
        self.work("plan")
        self.statuses()

    def act(self) -> None:
        """Do one thing."""
        ctx, random = self.bench.ctx, self.random
        unknown = random.random() < 0.5
        acts: list[tuple[int, Callable[[], object]]] = [
            (3, lambda: drafts.launch(ctx, self.id)),
            (2, lambda: schedules.unschedule(ctx, self.id)),
            (3, self.schedule),
            (3, self.fire),
            (1, lambda: lifecycle.pause(ctx, self.id)),
            (4, lambda: lifecycle.resume(ctx, self.id)),
            (9, lambda: retrying.begin(ctx, self.id, include_unknown=unknown)),
            (6, lambda: self.work("plan")),
            (6, lambda: self.work("send")),
            (5, self.statuses),
            (3, lambda: self.bench.clock.advance(random.randint(1, 45))),
        ]
        if random.random() < 0.02 and self.bench.campaign().parts:
            acts = [(1, lambda: lifecycle.cancel(ctx, self.id))]
        weights, choices = zip(*acts, strict=True)
        self.tried(random.choices(choices, weights)[0])


@pytest.mark.parametrize("seed", range(8))
def test_ledger_adds_up_in_any_order(bench: Bench, people: People, seed: int) -> None:
    """After each step the recount balances; at the end Meta has taken each message once."""
    ids = people(9, opted_out=1)
    bench.draft()
    crowd = Crowd(bench, Random(seed))
    if seed % 2:
        crowd.sent()
    for _ in range(STEPS):
        crowd.act()
        campaign = bench.campaign()
        if campaign.state not in {"draft", "scheduled", "planning"}:
            book = bench.recount()
            assert book.is_balanced
            assert book.audience == (9 if campaign.parts else 0)
    for _ in range(4):
        crowd.work("plan")
        crowd.work("send")
        bench.clock.advance(40)
    with_proof = [
        row
        for contact_id in ids
        for row in Messages(bench.ctx).thread(contact_id, 50, None).items
        if row.accepted_at is not None
    ]
    assert counts(bench.meta, crowd.id)["accepted"] == len(with_proof)
    newest = {one.recipient.contact_id: one for one in outcomes(bench)}
    assert len(newest) in {0, 9}
    assert json.dumps(bench.campaign().schedule) is not None
