"""The clock that stands still, runs at a factor or is moved; and the sandbox in virtual time."""

import asyncio
import json
import time
from dataclasses import replace
from typing import Any

import pytest

from sandbox.clock import SystemClock, VirtualClock
from sandbox.settings import Behaviour, Faults, Fixture
from sandbox.virtual import VirtualSandbox

from .bench import FIXTURE, QUIET, START, bench, phones, send_body, template

anyio = pytest.mark.anyio


@anyio
async def test_sleepers_wake_in_the_order_of_their_times() -> None:
    """Each sleeper sees exactly its own time, whatever the order in which they lay down."""
    clock = VirtualClock(START)
    woken: list[tuple[float, float]] = []

    async def sleeper(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((seconds, clock.now() - START))

    tasks = [asyncio.create_task(sleeper(s)) for s in (30.0, 10.0, 20.0, 3000.0)]
    await clock.advance(100)
    assert woken == [(10.0, 10.0), (20.0, 20.0), (30.0, 30.0)]
    assert clock.now() == START + 100
    clock.set(at=START + 5000)
    await tasks[3]
    assert woken[-1] == (3000.0, 5000.0)


@anyio
async def test_a_clock_may_run_faster_and_never_back() -> None:
    """At a factor an hour passes in a moment; a time that has passed is refused."""
    clock = VirtualClock(START)
    clock.set(factor=100_000)
    began = time.monotonic()
    await clock.sleep(3600)
    assert time.monotonic() - began < 5
    assert clock.now() >= START + 3600
    clock.set(factor=0)
    stood = clock.now()
    await asyncio.sleep(0.01)
    assert clock.now() == stood
    for bad in ({"at": START}, {"factor": -1.0}):
        with pytest.raises(ValueError, match=r"go back|factor"):
            clock.set(**bad)


@anyio
async def test_an_event_ends_a_wait_early_and_the_sleeper_is_swept() -> None:
    """Thousands of waits that end early leave no heap of dead sleepers behind."""
    clock = VirtualClock(START)
    for _ in range(2000):
        event = asyncio.Event()
        waiting = asyncio.create_task(clock.wait(event, 86_400))
        await asyncio.sleep(0)
        event.set()
        await waiting
    assert len(clock._sleepers) < 300
    assert clock.now() == START


@anyio
async def test_the_system_clock_shows_the_machines_time() -> None:
    """Untouched it is the machine's clock; moved on it runs ahead of it."""
    clock = SystemClock()
    assert abs(clock.now() - time.time()) < 1
    await clock.advance(86_400)
    assert abs(clock.now() - time.time() - 86_400) < 1


@anyio
async def test_the_control_api_moves_the_clock() -> None:
    """A day passes in one call: the window of the person who wrote is closed afterwards."""
    async with bench() as b:
        await b.subscribe()
        await b.write("15550111111")
        answer = await b.graph.post("/sandbox/clock", json={"advance_s": 86_400})
        assert answer.json() == {"now": START + 86_400, "factor": 0.0}
        assert len(b.receiver.inbound()) == 1
        late = (await b.text("+15550111111")).json()["messages"][0]["id"]
        await b.graph.post("/sandbox/clock", json={"at": START + 90_000})
        (status,) = b.receiver.statuses(late)
        assert status["errors"][0]["code"] == 131047
        bad: list[dict[str, Any]] = [
            {"at": START}, {"advance_s": -1}, {"factor": "x"}, {"advance": 1}, {"factor": -2}
        ]  # fmt: skip
        for body in bad:
            assert (await b.graph.post("/sandbox/clock", json=body)).status_code == 422
        assert (await b.graph.get("/sandbox/clock")).json()["now"] == START + 90_000


class Receiver:
    """A webhook in the bench's own process."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.bodies: list[bytes] = []

    def __call__(self, url: str, body: bytes, signature: str) -> int:
        """Keep what comes; answer as told, then 200."""
        assert (url, signature[:7]) == ("http://webhook.test/", "sha256=")
        self.bodies.append(body)
        return self.answers.pop(0) if self.answers else 200

    def statuses(self) -> list[tuple[str, str]]:
        """Return (id, status) of every status that came."""
        return [
            (status["id"], status["status"])
            for body in self.bodies
            for entry in json.loads(body)["entry"]
            for change in entry["changes"]
            for status in change["value"].get("statuses", [])
        ]


def virtual(receiver: Receiver, **settings: Any) -> VirtualSandbox:
    """Return a sandbox in virtual time with the template `hello`."""
    settings = {"fixture": FIXTURE, "behaviour": QUIET, **settings}
    sandbox = VirtualSandbox(at=START, deliver=receiver, **settings)
    sandbox.subscribe("http://webhook.test/")
    sandbox.add_template(template())
    return sandbox


def test_virtual_time_needs_no_event_loop() -> None:
    """A message goes its way, a webhook refused twice is repeated, and nothing is left."""
    receiver = Receiver(500, 0)
    sandbox = virtual(receiver)
    reply = sandbox.send(send_body())
    assert (reply.status, reply.accepted) == (200, True)
    assert sandbox.finish() < 60
    wamid = reply.body["messages"][0]["id"]
    assert {s for s in receiver.statuses() if s[0] == wamid} == {
        (wamid, name) for name in ("sent", "delivered", "read")
    }
    counts = sandbox.counts()
    assert (counts["pending_events"], counts["pending_webhooks"]) == (0, 0)
    assert counts["webhook_retries"] == 2
    assert sandbox.send(send_body(type="poll")).body["error"]["code"] == 131051


def test_a_webhook_is_given_up_after_seven_days() -> None:
    """A subscriber that never answers with 200 is tried for a week; then the updates are lost."""
    receiver = Receiver(*[500] * 100_000)
    sandbox = virtual(receiver, behaviour=replace(QUIET, retry_cap_s=3600.0))
    sandbox.send(send_body())
    sandbox.advance(6 * 86_400)
    assert sandbox.counts()["pending_webhooks"] == 3
    sandbox.advance(1.5 * 86_400)
    counts = sandbox.counts()
    assert (counts["pending_webhooks"], counts["webhooks_given_up"]) == (0, 3)


def test_virtual_time_has_the_fates_of_the_served_sandbox() -> None:
    """With one seed the same people fail, read and answer, served or not."""
    behaviour = Behaviour(answer=0.3, undeliverable=0.2, capped=0.1)
    faults = Faults(fail=0.3)
    receiver = Receiver()
    sandbox = virtual(
        receiver, behaviour=behaviour, faults=faults, fixture=replace(FIXTURE, throughput="HIGH")
    )
    answers = [sandbox.send(send_body(to=to)).status for to in phones(150)]
    sandbox.finish()
    own = {m.wa_id: (m.status, m.error_code) for m in sandbox.simulation.world.messages.values()}

    async def served() -> tuple[list[int], dict[str, tuple[str, int]]]:
        async with bench(behaviour, faults) as b:
            await b.approve()
            b.simulation.world.numbers[FIXTURE.phone_number_id].throughput = "HIGH"
            codes = [(await b.send(to=to)).status_code for to in phones(150)]
            await b.clock.advance(20)
            messages = b.simulation.world.messages.values()
            return codes, {m.wa_id: (m.status, m.error_code) for m in messages}

    assert asyncio.run(served()) == (answers, own)


def test_messages_may_be_forgotten() -> None:
    """With `keep_s` memory is bounded, and what was forgotten is still counted."""
    sandbox = virtual(Receiver(), keep_s=30.0)
    for index, to in enumerate(phones(500)):
        sandbox.send(send_body(to=to))
        if index % 50 == 49:
            sandbox.advance(30)
    sandbox.advance(1)
    world = sandbox.simulation.world
    assert len(world.messages) < 200
    assert sandbox.forgotten["read"] + len(world.messages) == 500
    assert world.numbers[FIXTURE.phone_number_id].accepted == 500


@pytest.mark.parametrize(
    ("faults", "status", "accepted", "fault"),
    [
        (Faults(timeout_before_accept=1), 0, 0, "timeout_before_accept"),
        (Faults(reset_before_accept=1), 0, 0, "reset_before_accept"),
        (Faults(gateway_before_accept=1), 502, 0, "gateway_before_accept"),
        (Faults(timeout_after_accept=1), 0, 1, "timeout_after_accept"),
        (Faults(reset_after_accept=1), 0, 1, "reset_after_accept"),
        (Faults(gateway_after_accept=1), 502, 1, "gateway_after_accept"),
        (Faults(error_after_accept=1), 500, 1, "error_after_accept"),
    ],
)
def test_accidents_of_the_wire(faults: Faults, status: int, accepted: int, fault: str) -> None:
    """Before acceptance nothing goes out and the refusal is counted by its name; after it, all."""
    receiver = Receiver()
    sandbox = virtual(receiver, faults=faults)
    reply = sandbox.send(send_body())
    assert (reply.status, reply.accepted, reply.fault) == (status, accepted, fault)
    sandbox.finish()
    counts = sandbox.counts()
    assert counts["accepted"] == accepted
    assert counts["refused"] == ({} if accepted else {fault: 1})
    assert len(receiver.statuses()) == 3 * accepted


def test_a_whole_day_of_the_messaging_limit() -> None:
    """TIER_250 lets 250 people through in 24 hours, not one more, and as many the day after."""
    fixture = Fixture(app_secret="s", messaging_limit="TIER_250")
    sandbox = virtual(Receiver(), fixture=fixture)
    for to in phones(300):
        sandbox.send(send_body(to=to))
        sandbox.advance(60)
    sandbox.finish()
    assert sandbox.counts()["failed"] == {"131048": 50}
    sandbox.advance(86_400)
    for to in phones(250):
        sandbox.send(send_body(to=to))
        sandbox.advance(60)
    sandbox.finish()
    assert sandbox.counts()["failed"] == {"131048": 50}
