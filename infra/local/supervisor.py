"""Keeps the processes of the stack running, and ends them in the reverse of their order."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from infra.local.child import Child, ChildError

MAX_DEATHS = 5
WITHIN_S = 30.0
_TICK_S = 0.1
_BACK_OFF_S = (0.0, 0.25, 0.5, 1.0, 2.0)

Say = Callable[[str], None]


@dataclass(slots=True)
class Service:
    """A process, how to tell that it is ready, and what to do when it has died.

    `tier` says what starts together: a tier starts when the one below is ready. `revive` replaces
    the plain restart. `reloads` marks what runs Parley's own code.
    """

    child: Child
    ready: Callable[[], bool]
    tier: int
    start_s: float = 30.0
    reloads: bool = False
    revive: Callable[[], None] | None = None
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=MAX_DEATHS))
    due: float | None = None
    given_up: bool = False

    @property
    def name(self) -> str:
        """Return the name of the process."""
        return self.child.name


class Supervisor:
    """Starts services tier by tier, starts again what dies, ends all of them.

    Everything is started by the thread that called `start`, or by the watching thread, and both
    live until `stop`: see Child.start on why that matters.
    """

    def __init__(self, say: Say) -> None:
        """Tell what happens through `say`, one line at a time."""
        self._say = say
        self._services: list[Service] = []
        self._stopping = threading.Event()
        self._gave_up = threading.Event()
        self._watcher: threading.Thread | None = None
        self._chores: list[Callable[[], None]] = []

    @property
    def services(self) -> Sequence[Service]:
        """Return the services, in the order they were started."""
        return tuple(self._services)

    @property
    def gave_up(self) -> threading.Event:
        """Return the event that is set once a service has died too often to be started again."""
        return self._gave_up

    def start(self, services: Iterable[Service]) -> None:
        """Start the services together and return when all are ready; raise ChildError if not."""
        starting = list(services)
        self._services += [service for service in starting if service not in self._services]
        for service in starting:
            service.due = None
            service.child.start()
        for service in starting:
            service.child.wait_until(service.ready, deadline_s=service.start_s)

    def watch(self, *chores: Callable[[], None]) -> None:
        """Begin to start again what dies; `chores` are called in every round, some ten a second."""
        self._chores = list(chores)
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._watcher.start()

    def restart(self, services: Iterable[Service]) -> None:
        """End and start the services: for the watching thread only. Raises ChildError."""
        chosen = list(services)
        for service in chosen:
            service.child.terminate()
        for service in chosen:
            service.child.stop()
            service.deaths.clear()
            service.given_up = False
        self.start(chosen)

    def stop(self) -> None:
        """End every service, the last tier first, and return when they are gone."""
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.join()
            self._watcher = None
        self._stop_all()

    def _watch(self) -> None:
        while not self._stopping.wait(_TICK_S):
            for service in self._services:
                if not self._stopping.is_set():
                    self._look_after(service)
            for chore in self._chores:
                chore()
        # Here and not in the thread that asked: what was started again is tied to this one.
        self._stop_all()

    def _look_after(self, service: Service) -> None:
        if service.child.is_running() or service.given_up:
            return
        now = time.monotonic()
        if service.due is None:
            self._died(service, now)
        elif now >= service.due:
            service.due = None
            self._again(service)

    def _died(self, service: Service, now: float) -> None:
        service.child.sweep()
        recent = [death for death in service.deaths if now - death < WITHIN_S]
        service.deaths.append(now)
        what = f"{service.name} {service.child.death()}"
        if len(recent) + 1 >= MAX_DEATHS:
            self._give_up(service, f"{what}, {MAX_DEATHS} times within {WITHIN_S:g} s")
            return
        self._say(f"{what}; starting it again")
        service.due = now + _BACK_OFF_S[len(recent)]

    def _again(self, service: Service) -> None:
        try:
            if service.revive is not None:
                service.revive()
            else:
                service.child.start()
        except ChildError as error:
            self._give_up(service, str(error))

    def _give_up(self, service: Service, why: str) -> None:
        service.given_up = True
        tail = service.child.tail()
        self._say(f"{why}: it is left down. The end of {service.child.log}:\n{tail}")
        self._gave_up.set()

    def _stop_all(self) -> None:
        for tier in sorted({service.tier for service in self._services}, reverse=True):
            group = [service for service in self._services if service.tier == tier]
            for service in group:
                service.child.terminate()
            for service in group:
                if not service.child.stop():
                    limit = f"{service.child.stop_s:g} s"
                    self._say(f"{service.name} did not end within {limit} and was killed")
