"""Campaigns under each fault of the sandbox, in virtual time: run by test_faults.py.

    python -m tests.integration.sandbox_faults

Parley is the whole of its handlers in the world of `bench.fault_world`, where AWS is in memory;
Meta is the sandbox, whose webhooks reach the webhook's handler byte for byte. The faults are read
from the sandbox, and so are the codes, so that a new one is covered without anyone remembering.
Each case prints a line if it goes wrong; the exit code tells whether none did.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from bench import fault_world as world
from bench.fault_courses import Course, Start
from bench.fault_meta import Meta
from bench.virtual_time import START_MS
from bench.world import COMPONENTS
from chalicelib.core.secrets import platform_secrets
from chalicelib.handlers import webhook
from chalicelib.services.callback import decode_callback
from chalicelib.services.campaigns import ledger
from chalicelib.storage.campaigns import Campaigns
from chalicelib.whatsapp.errors import OutcomeUnknown, error_from_body
from chalicelib.whatsapp.graph import read_answer
from chalicelib.whatsapp.message_sender import READ_S, Accepted, read_accepted
from sandbox.error_codes import KNOWN
from sandbox.errors import not_authenticated
from sandbox.settings import Behaviour, Faults, Fixture, changed
from sandbox.virtual import VirtualSandbox

COURSE = Course("sandbox", 24, chunk=12)
_ANSWER_S = 0.02
_FINER_MS = 0.01
_HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
# What a fault needs besides, to be seen; those that are no share have a value of their own.
_WITH: dict[str, dict[str, float]] = {
    "hold_fails": {"hold": 0.5},
    "hold_s": {"hold": 0.5, "hold_s": 120},
    "late_s": {"late": 0.5, "late_s": 7200},
    "delay_s": {"delay_s": 30},
    "latency_median_s": {"latency_median_s": 0.3},
    "latency_p99_s": {"latency_median_s": 0.3, "latency_p99_s": 4},
    "tokens_refused_at": {"tokens_refused_at": 1},
    "fail_code": {"fail_sync": 0.5, "fail_code": 131026},
}
_TOGETHER: tuple[dict[str, float], ...] = (
    {"error_after_accept": 0.5, "duplicate": 0.5, "reorder": 0.5},
    {"timeout_after_accept": 0.3, "status_before_response": 0.5, "duplicate": 0.5},
    {"gateway_before_accept": 0.3, "reset_after_accept": 0.3, "drop_delivered": 0.5, "reorder": 1},
    {"hold": 0.5, "hold_fails": 0.5, "error_after_accept": 0.5, "duplicate": 1, "late": 0.2},
    {"throttle": 0.3, "pair_limit": 0.3, "latency_median_s": 0.5, "latency_p99_s": 5},
    {"fail": 0.5, "duplicate": 0.5, "reorder": 0.5, "status_before_response": 0.5},
)
_RANKS = ("sent", "delivered", "read")


@dataclass(slots=True)
class SandboxMeta(Meta):
    """The sandbox in Meta's place; `told` is what its webhooks said of each message."""

    sandbox: VirtualSandbox = field(init=False)
    told: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def attach(self, seed: int, faults: Faults) -> None:
        """Begin with a sandbox that knows the business and has these faults."""
        secret = platform_secrets().meta_app_secrets[0]
        number_id = "300000000000001"
        self.sandbox = VirtualSandbox(
            at=self._now_s(),
            deliver=self._deliver,
            seed=seed,
            fixture=Fixture(app_secret=secret, waba_id=f"{number_id}2", phone_number_id=number_id),
            behaviour=Behaviour(),
            faults=faults,
        )
        self.sandbox.subscribe("http://webhook.test/")
        self.sandbox.add_template(
            {
                "name": "order_ready",
                "language": "en_US",
                "category": "UTILITY",
                "components": COMPONENTS,
            }
        )

    def heal(self) -> None:
        """End all accidents."""
        self.sandbox.simulation.faults = Faults()

    def catch_up(self) -> None:
        """Have the sandbox do what is due by now."""
        self.sandbox.advance(max(0.0, self._now_s() - self.sandbox.clock.now()))

    def due_ms(self) -> float:
        """Return when the sandbox does something next, in the kernel's time, which is finer."""
        return self.sandbox._next_due() * 1000 - START_MS + _FINER_MS

    async def send(self, _number: str, _token: str, payload: Mapping[str, Any]) -> Accepted:
        """Hand a message to the sandbox, and read what it answers as Parley reads Meta."""
        self.catch_up()
        faults = self.sandbox.simulation.faults
        if 0 < faults.tokens_refused_at <= self._now_s():
            raise error_from_body(401, not_authenticated("It was revoked.", 460).body("trace"))
        reply = self.sandbox.send(dict(payload))
        if reply.fault.startswith("timeout"):
            await asyncio.sleep(READ_S)
        else:
            await asyncio.sleep(_ANSWER_S + reply.latency_s)
        if not reply.status:
            raise OutcomeUnknown("no answer")
        body = _HTML if reply.status == 502 else json.dumps(reply.body).encode()
        if reply.fault == "error_after_accept":
            body = b'{"error":{"code":131000,"message":"(#131000) Something went wrong"}}'
        return read_accepted(read_answer(reply.status, body))

    def _now_s(self) -> float:
        return (START_MS + self.kernel.now) / 1000

    def _deliver(self, _url: str, body: bytes, signed: str) -> int:
        event = {
            "requestContext": {"http": {"method": "POST", "path": "/"}, "requestId": "case"},
            "headers": {"x-hub-signature-256": signed},
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }
        status = int(webhook.handler(event, None)["statusCode"])
        for said in _statuses(json.loads(body)) if status == 200 else ():
            key = decode_callback(said.get("biz_opaque_callback_data", ""))
            assert key is not None
            self.told[key.message_id].add(said["status"])
        return status


def _statuses(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in body["entry"]:
        for change in entry["changes"]:
            yield from change["value"].get("statuses", [])


class SandboxWorld(world.World):
    """A case with the sandbox as Meta."""

    def __init__(self, start: Start, seed: int, faults: Faults) -> None:
        super().__init__(start, "none", seed, None, surveys=False)
        self.sandbox = SandboxMeta(self.kernel, "none", self._chance)
        self.meta = self.sandbox
        self._seed, self._faults = seed, faults

    def play(self) -> world.Verdict:
        """Go on with whatever is due next until nothing is, and judge the end."""
        self.sandbox.attach(self._seed, self._faults)
        return super().play()

    def _step(self) -> bool:
        """Do what is due next; False when nothing is left."""
        if self._state() == "paused":
            self.sandbox.heal()
        waiting = [q.waiting[0].due_ms - START_MS for q in self.cloud.queues.values() if q.waiting]
        due_ms = self.sandbox.due_ms()
        if due_ms < min(waiting, default=float("inf")):
            self.kernel.now = max(self.kernel.now, due_ms)
            self.sandbox.catch_up()
            return True
        return super()._step()

    def _judge(self) -> None:
        """Compare the ledger with the sandbox's own log, and with its counters."""
        ctx, verdict = self._business.ctx, self.verdict
        row = Campaigns(ctx).get(self._campaign_id)
        counts = self.sandbox.sandbox.counts()
        outcomes = list(ledger.outcomes(ctx, row, self.kernel.now_ms()))
        book, live = ledger.recount(ctx, row), ledger.live(ctx, row)
        wrong = Counter(
            f"{one.state} of {sorted(self.sandbox.told[one.recipient.message_id])}"
            for one in outcomes
            if not self._is_true(one)
        )
        # Who was tried again by itself has a message that failed, and one that did not.
        verdict.duplicates = sum(
            max(0, sum(message.status != "failed" for message in own) - 1)
            for own in self._messages_of_people()
        )
        verdict.unaccounted = (
            sum(wrong.values())
            + abs(len({one.recipient.contact_id for one in outcomes}) - COURSE.recipients)
            + (row.state != "completed")
            + sum(len(queue.dead) for queue in self.cloud.queues.values())
        )
        is_same = dict(live.states) == dict(book.states) and live.failed == book.failed
        verdict.ledger_differs = int(bool(book.drift) or not book.is_balanced or not is_same)
        verdict.why = f"{row.state} {dict(wrong)} drift {dict(book.drift)} sandbox {counts}"

    def _messages_of_people(self) -> list[list[Any]]:
        people: defaultdict[str, list[Any]] = defaultdict(list)
        for message in self.sandbox.sandbox.simulation.world.messages.values():
            people[message.wa_id].append(message)
        return list(people.values())

    def _is_true(self, one: ledger.Outcome) -> bool:
        """Tell whether the ledger says of a recipient what the sandbox's webhooks said last."""
        told = self.sandbox.told[one.recipient.message_id]
        if not told:
            return one.state in {"failed", "unknown", "skipped"}
        if "failed" in told:
            return one.state == "failed"
        return one.state == max(told, key=_RANKS.index)


def cases() -> dict[str, Faults]:
    """Return all cases by name: each fault, several together, and each code in both ways."""
    found: dict[str, Faults] = {}
    for one in fields(Faults):
        changes = _WITH.get(one.name, {})
        found[one.name] = changed(Faults(), {one.name: 0.5, **changes})
    for together in _TOGETHER:
        found[" ".join(together)] = changed(Faults(), together)
    for code in KNOWN:
        for way in ("fail_sync", "fail_async"):
            found[f"{way} {code}"] = replace(Faults(**{way: 0.5}), fail_code=code)
    return found


def main() -> int:
    """Play all cases; 0 if all end reconciled and nobody got a message twice."""
    start = Start(COURSE)
    bad = 0
    for n, (name, faults) in enumerate(cases().items()):
        verdict = world.played(SandboxWorld(start, n, faults), name)
        if not verdict.is_clean:
            bad += 1
            sys.stdout.write(f"{name}: {verdict.why}\n")
    sys.stdout.write(f"{n + 1} cases, {bad} wrong\n")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
