"""A world of a handful of recipients in which one process may die at one line, and Meta has
accidents.

Everything that Parley does is its own code: the handlers of the plan queue, the send queue and the
webhook, called with what the queues and Meta bring. AWS is in memory in place of botocore's calls,
the time is virtual, and nothing is random but by the seed: a case is played again exactly, so a
run that notes where a process comes to tells where in the next run it is to die.

A death is of one of two kinds: an exception that the line raises, which the code may clean up
after, or a SIGKILL of the process (see `fault_worker`).
"""

from __future__ import annotations

import asyncio
import os
import random
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from bench.cloud import stage

os.environ |= {**stage.ENVIRONMENT, "SETTLE_INTERVAL_S": "60", "SETTLE_TIMEOUT_S": "300"}

from bench.cloud.services import Message
from bench.deliveries import status_event
from bench.fault_courses import COURSES, Course, Start, in_world
from bench.fault_lines import Crash, Death, Hit, Line, Watch, at, forget_caches
from bench.fault_meta import Meta
from bench.fault_worker import Outside, kill_this_process, killed
from bench.virtual_time import START_MS, Kernel
from chalicelib.core.errors import Conflict
from chalicelib.handlers import webhook
from chalicelib.handlers.queues import inbound, plan, send
from chalicelib.services.campaigns import handover, ledger, lifecycle, pace, retrying
from chalicelib.storage.campaigns import CampaignRow, Campaigns

_VISIBILITY_MS = {"plan": 1_800_000, "send": 360_000, "inbound": 360_000}
_MOST_RECEIVES = 5
_AGAIN_MS = 200  # Meta delivers a webhook again
_MOST_STEPS = 600
_ENDED = frozenset({"completed", "cancelled"})

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
_HANDLERS: dict[str, Handler] = {
    "plan": plan.handler,
    "send": send.handler,
    "inbound": inbound.handler,
}


@dataclass(slots=True)
class Verdict:
    """What became of a case; `hits` is where a survey's processes came to."""

    duplicates: int = 0
    unaccounted: int = 0
    ledger_differs: int = 0
    has_died: bool = False
    hits: dict[Line, list[Hit]] = field(default_factory=dict)
    why: str = ""

    @property
    def is_clean(self) -> bool:
        """Tell whether nobody got two, and everybody is accounted for."""
        return not (self.duplicates or self.unaccounted or self.ledger_differs)


class World:
    """One case from its start to a ledger that is settled."""

    def __init__(
        self, start: Start, accident: str, seed: int, death: Death | None, *, surveys: bool
    ) -> None:
        self.kernel = Kernel()
        self.cloud = start.cloud(self.kernel)
        self._start, self._course = start, start.course
        self._chance = random.Random(f"{accident}|{seed}")
        self.meta = Meta(self.kernel, accident, self._chance, fails_first=start.course.retries)
        self.meta.meanwhile = self._meanwhile
        self._business, self._campaign_id = start.business, start.campaign_id
        self._is_twice = accident == "duplicate"
        self._death, self._surveys = death, surveys
        self._watch = Watch(self._note, only=None if death is None else death.line[0])
        self._invocation = 0
        self._times: Counter[Line] = Counter()
        self._hits: defaultdict[Line, list[Hit]] = defaultdict(list)
        self._has_acted = self._has_retried = False
        self.verdict = Verdict()

    def play(self) -> Verdict:
        """Go on with whatever is due next until nothing is, and judge the end."""
        for _ in range(_MOST_STEPS):
            if not self._step():
                break
        self.verdict.hits = dict(self._hits)
        self._judge()
        return self.verdict

    def _step(self) -> bool:
        """Do what is due next; False when nothing is left."""
        state = self._state()
        if state == "paused" and not self.cloud.queues["send"].waiting:
            self.meta.is_healed = True
            lifecycle.resume(self._business.ctx, self._campaign_id)
            return True
        due: list[tuple[float, float, str]] = [
            (waiting[0].due_ms - START_MS, self._chance.random(), name)
            for name in _HANDLERS
            if (waiting := self.cloud.queues[name].waiting)
        ]
        if post := self.meta.next_post():
            due.append((post[0], self._chance.random(), "webhook"))
        if not due:
            return state == "completed" and self._retry()
        at, _, kind = min(due)
        self.kernel.now = max(self.kernel.now, at)
        if kind == "webhook":
            self._post()
        else:
            self._consume(kind)
        return True

    def _retry(self) -> bool:
        """Have a person try those again who failed; False if that was done, or nobody did."""
        if self._has_retried or not self._course.retries:
            return False
        self._has_retried = True
        with suppress(Conflict):
            retrying.begin(self._business.ctx, self._campaign_id)
        return True

    def _consume(self, name: str) -> None:
        queue = self.cloud.queues[name]
        message = queue.take(self.kernel.now_ms())
        assert message is not None
        times = 2 if self._is_twice else 1
        answers = [self._invoke(_HANDLERS[name], _event(message)) for _ in range(times)]
        if any(answer is None or answer["batchItemFailures"] for answer in answers):
            due_ms = self.kernel.now_ms() + _VISIBILITY_MS[name]
            queue.again(message, due_ms, most=_MOST_RECEIVES)

    def _post(self) -> None:
        _, serial, updates = self.meta.posts.pop(0)
        number_id = self._business.number.phone_number_id
        answer = self._invoke(webhook.handler, status_event(updates, number_id))
        if answer is None or answer["statusCode"] != 200:
            self.meta.posts.append((self.kernel.now + _AGAIN_MS, serial, updates))

    def _meanwhile(self) -> None:
        """Have others act while a sender waits for its answer: people, and the webhook."""
        with self._watch.elsewhere():
            if self._course.act is not None and not self._has_acted:
                self._has_acted = True
                act = lifecycle.pause if self._course.act == "pause" else lifecycle.cancel
                with suppress(Conflict):
                    act(self._business.ctx, self._campaign_id)
            number_id = self._business.number.phone_number_id
            while (post := self.meta.next_post()) and post[0] <= self.kernel.now:
                self.meta.posts.pop(0)
                answer = webhook.handler(status_event(post[2], number_id), None)
                assert answer["statusCode"] == 200

    def _invoke(self, handler: Handler, event: dict[str, Any]) -> dict[str, Any] | None:
        """Call a handler, which dies if this is its invocation; None if it did not answer."""
        self._invocation += 1
        self._times.clear()
        if self._surveys:
            with self._watch.on():
                return handler(event, None)
        death = self._death
        if death is None or death.hit[0] != self._invocation:
            return handler(event, None)
        if death.is_kill:
            self._kill(death, lambda: handler(event, None))
            return None
        return self._crash(death, lambda: handler(event, None))

    def _crash(self, death: Death, work: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        """Do `work` where one line fails; None if nothing on the way up catches that."""

        def note() -> None:
            self.verdict.has_died = True
            let_go()
            raise Crash

        self._watch = Watch(at(death, note), only=death.line[0])
        try:
            with self._watch.on():
                return work()
        except Crash:
            return None

    def _kill(self, death: Death, work: Callable[[], object]) -> None:
        """Do `work` in a process of its own that a SIGKILL ends; the next one remembers nothing."""

        def watched() -> None:
            self._watch = Watch(at(death, kill_this_process), only=death.line[0])
            with self._watch.on():
                work()

        outside = Outside(self.kernel, self.cloud, self.meta)
        self.verdict.has_died = killed(outside, watched)
        forget_process()

    def _note(self, line: Line) -> None:
        self._times[line] += 1
        self._hits[line].append((self._invocation, self._times[line]))

    def _state(self) -> str:
        """Return the campaign's state, as cheaply as it is asked for often."""
        table = self.cloud.dynamodb.tables[CampaignRow.Meta.table_name]
        return str(table.items[self._business.ctx.tenant_id][self._campaign_id]["state"]["S"])

    def _judge(self) -> None:
        """Compare the ledger with what Meta took, recipient by recipient, and with its counters."""
        ctx, verdict, meta = self._business.ctx, self.verdict, self.meta
        campaign = Campaigns(ctx).get(self._campaign_id)
        verdict.duplicates = meta.duplicates()
        book = ledger.recount(ctx, campaign)
        found = list(ledger.outcomes(ctx, campaign, self.kernel.now_ms()))
        people = {one.recipient.contact_id for one in found}
        verdict.unaccounted = (
            sum(not _is_true(one, meta) for one in found)
            + abs(len(found) - self._course.recipients)
            + abs(len(people) - self._course.recipients)
            + (campaign.state not in _ENDED)
            + sum(len(queue.dead) for queue in self.cloud.queues.values())
        )
        live = ledger.live(ctx, campaign)
        if book.drift or not book.is_balanced or dict(live.states) != dict(book.states):
            verdict.ledger_differs = 1
        ends = [(one.state, one.reason, meta.taken[_sent(one)]) for one in found]
        dead = {name: len(queue.dead) for name, queue in self.cloud.queues.items() if queue.dead}
        verdict.why = f"{campaign.state} {ends} drift {dict(book.drift)} dead {dead}"


def _sent(outcome: ledger.Outcome) -> tuple[str, str]:
    return outcome.recipient.to, outcome.recipient.message_id


def _is_true(outcome: ledger.Outcome, meta: Meta) -> bool:
    """Tell whether the ledger says of a recipient what Meta did."""
    if meta.taken[_sent(outcome)] == 0:
        return outcome.state in {"failed", "unknown", "skipped"}
    if outcome.recipient.message_id in meta.failed:
        return outcome.state == "failed"
    return outcome.state in {"delivered", "read"}


def _event(message: Message) -> dict[str, Any]:
    return {"Records": [{"messageId": str(message.serial), "body": message.body}]}


def let_go() -> None:
    """Let go of the locks of paces.

    The line of a `with` is come to again on the way out, where no line of Python can fail and one
    of a case does: its lock would stay held.
    """
    pace._PACES_LOCK = threading.Lock()
    for one in pace._PACES.values():
        one._lock = threading.Lock()


def forget_process() -> None:
    """Lose what a process keeps in memory: its event loop, its paces, and what it cached."""
    let_go()
    forget_caches()
    pace.forget_all()
    loop = send._thread.__dict__.pop("loop", None)
    if loop is None:
        return
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # type: ignore[attr-defined]
    loop.close()


def play(
    start: Start, accident: str, seed: int, death: Death | None = None, *, surveys: bool = False
) -> Verdict:
    """Play one case from its start to its end."""
    return played(World(start, accident, seed, death, surveys=surveys), f"{accident}|{seed}")


def played(world: World, seed: str) -> Verdict:
    """Play a world that was made, with AWS, the time and chance its own."""

    def sender() -> Meta:
        return world.meta

    forget_process()
    with (
        in_world(world.cloud, world.kernel, seed),
        world._course.in_force(),
        mock.patch.object(handover, "sender_for_running_loop", sender),
    ):
        try:
            return world.play()
        finally:
            forget_process()


def starts(courses: Iterable[Course] = COURSES) -> dict[str, Start]:
    """Return where the cases of each course begin."""
    made = {course.name: Start(course) for course in courses}
    if (listed := made.get("listed")) is not None:
        earlier = World(listed, "none", 0, None, surveys=False)
        verdict = played(earlier, "earlier")
        assert verdict.is_clean, verdict.why
        listed.after(earlier.cloud, earlier.kernel)
    return made
