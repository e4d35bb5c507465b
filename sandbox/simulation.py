"""The running world: memory, time, chance, what is scheduled and what is on its way out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx

from .chance import draw
from .clock import VirtualClock
from .links import Links
from .model import Update
from .rules.limits import SlidingSecond
from .rules.usage import Usage
from .schedule import Schedule
from .settings import Behaviour, Faults, Fixture
from .webhooks.outbox import Outbox
from .world import World

# Closes the TCP connection from a (host, port) without an answer; the server provides it.
Cut = Callable[[tuple[str, int]], Awaitable[None]]


@dataclass
class Simulation:
    """One sandbox. Rules change it only between awaits, so no request sees another's half-done
    work.
    """

    world: World
    clock: VirtualClock
    seed: int
    behaviour: Behaviour
    faults: Faults
    schedule: Schedule
    outbox: Outbox
    client: httpx.AsyncClient
    links: Links
    cut: Cut | None = None
    rates: dict[str, SlidingSecond] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)

    def rate(self, phone_number_id: str) -> SlidingSecond:
        """Return the last second of a number."""
        return self.rates.setdefault(phone_number_id, SlidingSecond())

    def set_behaviour(self, behaviour: Behaviour) -> None:
        """Use `behaviour` from now on; what is already scheduled stays."""
        self.behaviour = self.outbox.behaviour = behaviour

    def tell(self, update: Update, wa_id: str = "", nth: int = 0, what: str = "") -> None:
        """Hand an update to the outbox, with the accidents that befall the webhook named by the
        rest; one without a name has its place among those of its field.
        """
        faults = self.faults
        if not what:
            what, nth = update.field, self.world.serial(f"told|{update.field}")
        update.due += faults.delay_s
        if faults.late and self._share(wa_id, nth, "late", what) < faults.late:
            update.due += faults.late_s
        if faults.reorder and self._share(wa_id, nth, "reorder", what) < faults.reorder:
            update.due += 0.2 + 2 * self._share(wa_id, nth, "reorder by", what)
        self.outbox.put(update)
        self.tell_again(update, wa_id, nth, what)

    def tell_again(self, update: Update, wa_id: str, nth: int, what: str) -> None:
        """Hand an update that is told, or about to be, to the outbox once more if it is to come
        twice.
        """
        duplicate = self.faults.duplicate
        if duplicate and self._share(wa_id, nth, "duplicate", what) < duplicate:
            again = update.due + self._share(wa_id, nth, "duplicate after", what)
            self.outbox.put(
                Update(
                    again, update.field, update.waba_id, update.phone_number_id, update.part,
                    update.body, update.contact, update.at, update.entry_id,
                )
            )  # fmt: skip

    def _share(self, wa_id: str, nth: int, purpose: str, what: str) -> float:
        """Return the draw for an accident of one webhook."""
        return draw(self.seed, wa_id, nth, f"{purpose}:{what}")

    def reset(self, seed: int | None, *, everything: bool) -> None:
        """Forget the traffic and take `seed` if given; with `everything`, the accounts as well.

        Requests and POSTs in flight finish against the forgotten world and change nothing here.
        """
        self.seed = self.seed if seed is None else seed
        self.schedule.clear()
        self.outbox.forget()
        self.rates.clear()
        self.usage.calls.clear()
        if everything:
            self.world.start_over(self.clock.now())
        else:
            self.world.forget_traffic()


def make_simulation(
    clock: VirtualClock,
    client: httpx.AsyncClient,
    *,
    seed: int = 7,
    fixture: Fixture | None = None,
    behaviour: Behaviour | None = None,
    faults: Faults | None = None,
) -> Simulation:
    """Return a sandbox at its start; `live.running` sets it going. `client` posts the webhooks."""
    behaviour = behaviour or Behaviour()
    world = World(fixture or Fixture(), clock.now())
    return Simulation(
        world=world,
        clock=clock,
        seed=seed,
        behaviour=behaviour,
        faults=faults or Faults(),
        schedule=Schedule(clock),
        outbox=Outbox(world, clock, client, behaviour),
        client=client,
        links=Links(client, clock),
    )
