"""A world of a handful of recipients in which one process may die at one line, and Meta has
accidents.

Everything that Parley does is its own code: the handlers of the plan queue, the send queue and the
webhook, called with what the queues and Meta bring. AWS is in memory in place of botocore's calls,
the time is virtual, and nothing is random but by the seed.

A death is one of two kinds. `exception` raises at the line, and the code may clean up. `kill`
raises and from then on lets nothing of that process reach AWS or Meta, as after a SIGKILL; its
memory is gone.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from unittest import mock

from bench.cloud import stage
from bench.cloud.attach import at_calls
from bench.cloud.dynamodb import Table
from bench.cloud.services import Cloud, Message
from bench.deliveries import Update, status_event
from bench.virtual_time import Kernel, in_virtual_time
from bench.world import Business, add_contacts, make_business
from chalicelib.handlers import webhook
from chalicelib.handlers.queues import plan, send
from chalicelib.services import statuses
from chalicelib.services.campaigns import drafts, handover, ledger, lifecycle, pace
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.whatsapp.errors import OutcomeUnknown, error_from_body
from chalicelib.whatsapp.message_sender import Accepted

ROOT = Path(__file__).resolve().parents[1]
WATCHED = (
    "handlers/queues/envelope.py",
    "handlers/queues/plan.py",
    "handlers/queues/send.py",
    "handlers/webhook.py",
    "services/campaigns/dispatch.py",
    "services/campaigns/handover.py",
    "services/campaigns/ledger.py",
    "services/campaigns/lifecycle.py",
    "services/campaigns/parts.py",
    "services/campaigns/planning.py",
    "services/campaigns/recording.py",
    "services/campaigns/sending.py",
    "services/campaigns/ticking.py",
    "services/statuses.py",
    "storage/audience.py",
    "storage/campaigns.py",
    "storage/chunks.py",
    "storage/messages.py",
    "storage/outgoing.py",
    "storage/pacing.py",
)
FILES = frozenset(str(ROOT / "chalicelib" / name) for name in WATCHED)
_VISIBILITY_MS = 360_000
_AGAIN_MS = 200  # Meta delivers a webhook again
_MOST_STEPS = 400
_AWS_S = 0.005
_CODES = {"refused": 131026, "throttled": 130429, "pair": 131056, "spam": 131048, "token": 190}

Line = tuple[str, int]


class Crash(Exception):
    """The line failed."""


class Killed(BaseException):
    """The process is gone."""


@dataclass(frozen=True, slots=True)
class Death:
    """One process dies at the `nth` time that it comes to a line."""

    line: Line
    nth: int
    is_kill: bool


@dataclass(slots=True)
class Verdict:
    """What became of a case."""

    duplicates: int = 0
    unaccounted: int = 0
    ledger_differs: int = 0
    has_died: bool = False
    lines: Counter[Line] = field(default_factory=Counter)
    why: str = ""


class Meta:
    """Meta with one kind of accident, which befalls each message by chance.

    accident       what happens
    none           nothing
    refused        131026: this recipient cannot be reached
    throttled      130429: the number is too fast, for now
    pair           131056: too many to this recipient, for now
    spam           131048: the number may not send, for now
    token          190: the token is refused, until the campaign is resumed
    error_before   500, and not taken
    error_after    500, and taken
    timeout        no answer, and taken
    reset          no answer, taken or not
    early          the `sent` webhook comes before the answer
    failed         taken, and `failed` with 131049 later
    duplicate      every webhook, and every message of a queue, comes twice
    reorder        webhooks come in any order
    """

    def __init__(self, world: World, accident: str, chance: random.Random) -> None:
        self._world, self._accident, self._chance = world, accident, chance
        self.accepted: Counter[str] = Counter()
        self.posts: list[tuple[float, int, list[Update]]] = []
        self.is_healed = False
        self._serial = 0

    async def send(self, _number: str, _token: str, payload: Mapping[str, Any]) -> Accepted:
        """Take a message, or not; what is taken is taken at once."""
        self._world.alive()
        befallen = self._chance.random() < 0.5 and not self.is_healed
        kind = self._accident if befallen else "none"
        if kind in _CODES:
            await asyncio.sleep(0.02)
            raise error_from_body(400, {"error": {"code": _CODES[kind], "message": "no"}})
        is_taken = kind != "error_before" and (kind != "reset" or self._chance.random() < 0.5)
        wamid = self._take(payload, kind) if is_taken else ""
        if kind == "early":
            self._world.deliver_now()
        await asyncio.sleep(0.02)
        if kind in {"error_before", "error_after"}:
            raise error_from_body(500, {"error": {"code": 131000, "message": "no"}})
        if kind in {"timeout", "reset"}:
            raise OutcomeUnknown("no answer")
        return Accepted(wamid, None, is_held=False)

    def _take(self, payload: Mapping[str, Any], kind: str) -> str:
        self._serial += 1
        self.accepted[payload["to"]] += 1
        wamid = f"wamid.{self._serial:06}"
        steps: tuple[str, ...] = ("sent", "delivered", "read")
        if kind == "failed":
            steps = ("sent", "failed")
        steps = steps[: self._chance.randint(1, 3)] if kind == "none" else steps
        last = "delivered" if "delivered" in steps or kind == "none" else steps[-1]
        for n, step in enumerate((*steps, last)):
            at = self._world.kernel.now + (0 if kind == "early" and n == 0 else 100 * (n + 1))
            if self._accident == "reorder":
                at = self._world.kernel.now + self._chance.uniform(50, 2_000)
            error = 131049 if step == "failed" else None
            update = Update(
                wamid,
                step,
                1_800_000_000 + n,
                payload["biz_opaque_callback_data"],
                error_code=error,
            )
            for _ in range(2 if self._accident == "duplicate" else 1):
                self._serial += 1
                self.posts.append((at, self._serial, [update]))
        return wamid


class World:
    """One case from its launch to a ledger that is settled."""

    def __init__(self, start: Start, accident: str, seed: int, death: Death | None) -> None:
        self.kernel = Kernel()
        self.kernel.now = start.now
        self.cloud = start.cloud(self.kernel)
        self.cloud.before.append(lambda *_request: self.alive())
        self._chance = random.Random(f"{accident}|{seed}")
        self.meta = Meta(self, accident, self._chance)
        self._business, self._campaign_id = start.business, start.campaign_id
        self._is_twice = accident == "duplicate"
        self._death = death
        self._is_dead = False
        self._in_process = False
        self.verdict = Verdict()

    def alive(self) -> None:
        """Return if the process that asks is alive; raise Killed for one that is not."""
        if self._is_dead:
            raise Killed

    def play(self) -> Verdict:
        """Go on with whatever is due next until nothing is, and judge the end."""
        for _ in range(_MOST_STEPS):
            if not self._step():
                break
        self._judge()
        return self.verdict

    def _step(self) -> bool:
        """Do what is due next; False when the campaign has ended and nothing is left."""
        plans, sends = self.cloud.queues["plan"], self.cloud.queues["send"]
        due: list[tuple[float, float, str]] = []
        if plans.waiting:
            due.append((plans.waiting[0].due_ms - _START, self._chance.random(), "plan"))
        if sends.waiting:
            due.append((sends.waiting[0].due_ms - _START, self._chance.random(), "send"))
        if self.meta.posts:
            self.meta.posts.sort(key=lambda post: post[:2])
            due.append((self.meta.posts[0][0], self._chance.random(), "webhook"))
        state = self._state()
        if state == "paused" and not sends.waiting:
            self.meta.is_healed = True
            lifecycle.resume(self._business.ctx, self._campaign_id)
            return True
        if not due:
            return False
        at, _, kind = min(due)
        if state in {"completed", "failed"} and kind == "plan":
            return False
        self.kernel.now = max(self.kernel.now, at)
        if kind == "webhook":
            self._post()
        else:
            self._consume(kind)
        return True

    def _consume(self, name: str) -> None:
        queue = self.cloud.queues[name]
        message = queue.take(self.kernel.now_ms())
        assert message is not None
        handler = plan.handler if name == "plan" else send.handler
        times = 2 if self._is_twice else 1
        answers = [self._in_new_process(handler, _event(message)) for _ in range(times)]
        if any(answer is None or answer["batchItemFailures"] for answer in answers):
            queue.again(message, self.kernel.now_ms() + _VISIBILITY_MS, most=99)

    def _post(self) -> None:
        _, serial, updates = self.meta.posts.pop(0)
        answer = self._in_new_process(webhook.handler, self._delivery(updates))
        if answer is None or answer["statusCode"] != 200:
            self.meta.posts.append((self.kernel.now + _AGAIN_MS, serial, updates))

    def deliver_now(self) -> None:
        """Deliver what is due while a sender waits for its answer: another process does it."""
        while self.meta.posts and min(self.meta.posts)[0] <= self.kernel.now:
            self.meta.posts.sort(key=lambda post: post[:2])
            _, _, updates = self.meta.posts.pop(0)
            assert webhook.handler(self._delivery(updates), None)["statusCode"] == 200

    def _delivery(self, updates: list[Update]) -> dict[str, Any]:
        return status_event(updates, self._business.number.phone_number_id)

    def _in_new_process(self, handler: Any, event: dict[str, Any]) -> dict[str, Any] | None:  # noqa: ANN401 - any of the handlers
        """Call a handler where it may die; None if it did."""
        self._is_dead = False
        sys.settrace(self._trace)
        try:
            answer: dict[str, Any] = handler(event, None)
        except (Killed, Crash):
            return None
        finally:
            sys.settrace(None)
            if self._is_dead:
                self._is_dead = False
                forget_process()
        return answer

    def _trace(self, frame: FrameType, _event: str, _arg: object) -> Any:  # noqa: ANN401 - what sys.settrace takes
        code: CodeType = frame.f_code
        if code.co_filename not in FILES:
            return None
        if self._death is not None and code.co_filename != self._death.line[0]:
            return None
        return self._line

    def _line(self, frame: FrameType, event: str, _arg: object) -> Any:  # noqa: ANN401 - what sys.settrace takes
        if event == "line":
            self._come_to((frame.f_code.co_filename, frame.f_lineno))
        return self._line

    def _come_to(self, line: Line) -> None:
        death = self._death
        if death is None:
            self.verdict.lines[line] += 1
            return
        if line != death.line or self.verdict.has_died:
            return
        self.verdict.lines[line] += 1
        if self.verdict.lines[line] == death.nth:
            self.verdict.has_died = True
            if death.is_kill:
                self._is_dead = True
                raise Killed
            raise Crash

    def _state(self) -> str:
        """Return the campaign's state, as cheaply as it is asked for often."""
        table = self.cloud.dynamodb.tables[CampaignRow.Meta.table_name]
        return str(table.items[self._business.ctx.tenant_id][self._campaign_id]["state"]["S"])

    def _campaign(self) -> CampaignRow:
        return Campaigns(self._business.ctx).get(self._campaign_id)

    def _judge(self) -> None:
        """Compare the ledger with what Meta took, recipient by recipient, and with its counters."""
        ctx, campaign, verdict = self._business.ctx, self._campaign(), self.verdict
        verdict.duplicates = sum(count - 1 for count in self.meta.accepted.values() if count > 1)
        book = ledger.recount(ctx, campaign)
        found = list(ledger.outcomes(ctx, campaign, self.kernel.now_ms()))
        wrong = [one for one in found if not _is_true(one, self.meta)]
        verdict.unaccounted = len(wrong) + abs(len(found) - RECIPIENTS)
        if campaign.state != "completed":
            verdict.unaccounted += 1
        live = ledger.live(ctx, campaign)
        if book.drift or not book.is_balanced or dict(live.states) != dict(book.states):
            verdict.ledger_differs = 1
        ends = [(one.state, self.meta.accepted[one.recipient.to]) for one in found]
        verdict.why = f"{campaign.state} {ends} {dict(book.drift)}"


def _is_true(outcome: ledger.Outcome, meta: Meta) -> bool:
    """Tell whether the ledger says of a recipient what Meta did."""
    was_taken = meta.accepted[outcome.recipient.to] > 0
    if was_taken:
        return outcome.state in {"delivered", "read", "failed"}
    return outcome.state in {"failed", "unknown", "skipped"}


RECIPIENTS = 4
_START = Kernel().now_ms()


def _event(message: Message) -> dict[str, Any]:
    return {"Records": [{"messageId": str(message.serial), "body": message.body}]}


def forget_process() -> None:
    """Lose what a process keeps in memory: its event loop and its paces."""
    pace.forget_all()
    loop = send._thread.__dict__.pop("loop", None)
    if loop is None:
        return
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # type: ignore[attr-defined]
    loop.close()


class Start:
    """A campaign that has just been launched: where every case begins."""

    def __init__(self) -> None:
        kernel = Kernel()
        cloud = Cloud(stage.PREFIX, kernel)
        with in_world(cloud):
            self.business: Business = make_business(kernel)
            add_contacts(self.business, RECIPIENTS, kernel)
            self.campaign_id = self.business.draft(kernel).id
            with in_virtual_time(kernel, _AWS_S):
                drafts.launch(self.business.ctx, self.campaign_id)
        self.now = kernel.now
        self._tables = cloud.dynamodb.tables
        self._messages = list(cloud.queues["plan"].waiting)

    def cloud(self, kernel: Kernel) -> Cloud:
        """Return a Cloud in this state."""
        cloud = Cloud(stage.PREFIX, kernel)
        for name, table in self._tables.items():
            cloud.dynamodb.tables[name] = Table(
                table.keys,
                {key: dict(own) for key, own in table.items.items()},
                {key: list(order) for key, order in table.order.items()},
                set(table.unordered),
            )
        for message in self._messages:
            cloud.queues["plan"].send(message.body, message.group, message.due_ms)
        return cloud


class _InLine:
    """The webhook's pool of threads, without the threads."""

    @staticmethod
    def map(work: Any, items: Any) -> Iterator[Any]:  # noqa: ANN401 - as Executor.map
        return map(work, items)


@contextmanager
def in_world(cloud: Cloud) -> Iterator[None]:
    """Let this process's AWS be `cloud`, for the block."""
    with at_calls(cloud):
        yield


def play(start: Start, accident: str, seed: int, death: Death | None = None) -> Verdict:
    """Play one case from its start to its end."""
    world = World(start, accident, seed, death)

    def sender() -> Meta:
        return world.meta

    forget_process()
    with (
        in_world(world.cloud),
        in_virtual_time(world.kernel, _AWS_S),
        mock.patch.object(handover, "sender_for_running_loop", sender),
        mock.patch.object(statuses, "_pool", _InLine),
    ):
        try:
            return world.play()
        finally:
            forget_process()
