"""A sandbox without HTTP, tasks or waiting: for benches and simulations in virtual time.

    sandbox = VirtualSandbox(at=1_795_000_000.0, deliver=receive)
    sandbox.subscribe("http://webhook.test/")
    sandbox.add_template({"name": "hello", "language": "en_US", "category": "MARKETING", ...})
    reply = sandbox.send({"messaging_product": "whatsapp", "to": "+15550111111", ...})
    sandbox.advance(3600)

The rules, fates, limits and bytes are those of the served sandbox: only the ways in and out differ.
Nothing awaits, so a bench decides alone who acts when. Media by `link` cannot be sent: nobody is
there to fetch them.
"""

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from .clock import VirtualClock
from .control.counts import counts
from .drafts import CLOUD_API
from .errors import GraphError
from .events import advance, happen
from .model import HELD, Delivery, Json, Template
from .rules.fate import latency_s
from .rules.template_create import check_components
from .sending import Interrupted, submit
from .settings import Behaviour, Faults, Fixture
from .simulation import Simulation, make_simulation

# What takes a webhook: URL, body and X-Hub-Signature-256; returns the HTTP status, 0 for none.
Deliver = Callable[[str, bytes, str], int]
_SWEEP_S = 60.0


@dataclass(frozen=True)
class Reply:
    """The answer to a send. `status` 0 means that none comes: the connection hangs or is reset, as
    `fault` says. `latency_s` is for the caller to let pass, `accepted` what only Meta knows.
    """

    status: int
    body: Json
    latency_s: float
    accepted: bool
    fault: str = ""


class VirtualSandbox:
    """One sandbox in virtual time. `simulation` is the whole of it, for rules and counters.

    With `keep_s`, messages are forgotten that long after they were accepted, so that millions fit
    into memory: the log no longer has them, `counts` does not count them, but `forgotten` has
    their last statuses and the counters of numbers and refusals stay exact.
    """

    def __init__(
        self,
        *,
        at: float,
        deliver: Deliver,
        seed: int = 7,
        fixture: Fixture | None = None,
        behaviour: Behaviour | None = None,
        faults: Faults | None = None,
        keep_s: float | None = None,
    ) -> None:
        self.clock = VirtualClock(at)
        self.simulation: Simulation = make_simulation(
            self.clock,
            httpx.AsyncClient(),
            seed=seed,
            fixture=fixture,
            behaviour=behaviour,
            faults=faults,
        )
        self.forgotten: Counter[str] = Counter()
        self._deliver, self._keep_s, self._swept_at = deliver, keep_s, at
        self._retries: list[tuple[float, int, Delivery]] = []

    def subscribe(self, url: str) -> None:
        """Send all webhooks of all accounts to `url`; no handshake is asked for."""
        world = self.simulation.world
        world.app.callback_url, world.app.fields = url, []
        for waba in world.wabas.values():
            waba.subscribed = True

    def add_template(self, params: Json, waba_id: str = "") -> Template:
        """Add an approved template from the body of its creation."""
        world, now = self.simulation.world, self.clock.now()
        category = str(params["category"])
        shape = str(params.get("parameter_format", "POSITIONAL"))
        template = Template(
            world.new_id("template"),
            waba_id or world.fixture.waba_id,
            str(params["name"]),
            str(params["language"]),
            category,
            check_components(params["components"], category, shape),
            shape,
            status="APPROVED",
            created_at=now,
            updated_at=now,
        )
        world.add_template(template)
        return template

    def send(self, params: Json, phone_number_id: str = "", edge: str = CLOUD_API) -> Reply:
        """Send a message now, as POST /{phone_number_id}/messages with a good token would."""
        simulation = self.simulation
        number = simulation.world.numbers[
            phone_number_id or simulation.world.fixture.phone_number_id
        ]
        nth = simulation.world.serial(f"send|{number.id}")
        late = latency_s(simulation.faults, simulation.seed, number.id, nth)
        try:
            outcome = submit(simulation, number, params, edge)
        except GraphError as error:
            body = error.body(simulation.world.trace())
            return Reply(error.status, body, late, accepted=False)
        except Interrupted as interrupted:
            gateway = interrupted.kind.startswith("gateway")
            return Reply(502 if gateway else 0, {}, late, accepted=False, fault=interrupted.kind)
        if outcome.sent_first:
            message = outcome.message
            update = advance(simulation, message, "sent")
            if update is not None:
                simulation.tell_again(update, message.wa_id, message.nth, "sent")
                self._attempt_all(simulation.outbox.deliveries_of([update]))
        status = {
            "error_after_accept": 500,
            "gateway_after_accept": 502,
            "timeout_after_accept": 0,
            "reset_after_accept": 0,
        }.get(outcome.accident, 200)
        body = outcome.answer if status == 200 else {}
        return Reply(status, body, late, accepted=True, fault="" if body else outcome.accident)

    def advance(self, seconds: float) -> None:
        """Move time on by `seconds`; what is due on the way happens at its own time, in order."""
        simulation, end = self.simulation, self.clock.now() + seconds
        while (due := self._next_due()) <= end:
            self.clock.set(at=max(due, self.clock.now()))
            for event in simulation.schedule.take_due():
                happen(simulation, event)
            self._post()
            self._sweep()
        self.clock.set(at=end)

    def finish(self, most_s: float = 30 * 86_400.0) -> float:
        """Let everything happen that is going to; return the seconds it took, `most_s` at most."""
        start = self.clock.now()
        while (due := self._next_due()) <= start + most_s:
            self.advance(max(due - self.clock.now(), 0.0))
        return self.clock.now() - start

    def counts(self, callback_prefix: str = "", phone_number_id: str = "") -> Json:
        """Return what GET /sandbox/counts does."""
        return counts(self.simulation, callback_prefix, phone_number_id)

    def _next_due(self) -> float:
        """Return the time of the next event, webhook or retry; infinity if there is none."""
        simulation = self.simulation
        posts = simulation.outbox.next_due + simulation.behaviour.linger_s
        retry = self._retries[0][0] if self._retries else float("inf")
        return min(simulation.schedule.next_due, posts, retry)

    def _post(self) -> None:
        """Post the webhooks whose time has come: those that have lingered, then retries."""
        outbox, now = self.simulation.outbox, self.clock.now()
        if outbox.next_due + self.simulation.behaviour.linger_s <= now:
            self._attempt_all(outbox.take_due())
        again = []
        while self._retries and self._retries[0][0] <= now:
            again.append(heapq.heappop(self._retries)[2])
        self._attempt_all(again)

    def _attempt_all(self, deliveries: list[Delivery]) -> None:
        """Post each delivery once; what is not answered with 200 is tried again later."""
        outbox = self.simulation.outbox
        for delivery in deliveries:
            body, signed = outbox.begin(delivery)
            status = self._deliver(delivery.url, body, signed)
            if not outbox.conclude(delivery, str(status)) and not outbox.given_up(delivery):
                due = self.clock.now() + outbox.pause_s(delivery)
                heapq.heappush(self._retries, (due, delivery.id, delivery))

    def _sweep(self) -> None:
        """Forget messages that are older than `keep_s`."""
        now, world = self.clock.now(), self.simulation.world
        if self._keep_s is None or now < self._swept_at + _SWEEP_S:
            return
        self._swept_at = now
        old = []
        for message in world.messages.values():
            if message.accepted_at > now - self._keep_s:
                break
            if message.status != HELD:
                old.append(message)
        for message in old:
            del world.messages[message.id]
            self.forgotten[message.status] += 1
            conversation = world.conversation(message.phone_number_id, message.wa_id)
            conversation.message_ids.remove(message.id)
