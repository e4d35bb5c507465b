"""The whole local stack as one object: started, kept running, and ended to the last process.

with Stack(say=print) as stack:
httpx.get(f"{stack.ports.api.url}/api/health")
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from infra.local import borrowed, emulator_venv
from infra.local.child import ChildError
from infra.local.cloudformation import STAGE, DeployError
from infra.local.deploy import (
    Choices,
    deploy_functions,
    deploy_resources,
)
from infra.local.endpoint import read_endpoint
from infra.local.fixture import EMAIL, PASSWORD, read_meta_app
from infra.local.home import Home
from infra.local.mailbox import Mailbox
from infra.local.ministack import ROOT, VENV
from infra.local.ports import check_free, read_ports
from infra.local.registration import RegistrationError, register_webhook
from infra.local.services import Catalogue
from infra.local.source_watch import SourceWatch
from infra.local.supervisor import Service, Supervisor

_WATCHED = ("app.py", "chalicelib")


class StackError(Exception):
    """The stack could not be kept running; the message says why and what to do."""


class Stack:
    """Everything that `make run` runs. Use as a context manager, from the main thread if SIGTERM
    should end it cleanly.

    AWS_ENDPOINT_URL in `env` names the AWS to use; without it an emulator is started. `stage` is
    the name of what is deployed there, unless STACK_STAGE in `env` gives another.
    `packaged` runs the built zip as functions inside the emulator instead of the code in the tree.
    `reload` starts Parley's processes again when its code is edited. `env` may set the ports,
    SANDBOX_*, CONSUMER_*, SETTLE_*, UNKNOWN_AFTER_S and LOG_LEVEL. State is kept in `data`
    (`home`/state if not given) and in the AWS that was named; `fresh` forgets what is there. Making
    one raises PortError or DeployError; entering raises PortError, EnvironmentBroken, ChildError,
    DeployError or RegistrationError; by then nothing that was started is left.
    """

    def __init__(
        self,
        *,
        packaged: bool = False,
        reload: bool = False,
        env: Mapping[str, str] | None = None,
        home: Path = ROOT / ".local",
        data: Path | None = None,
        fresh: bool = False,
        stage: str = STAGE,
        say: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self._env = os.environ if env is None else env
        self.ports = read_ports(self._env)
        self.endpoint = read_endpoint(self._env, self.ports, stage)
        self.app = read_meta_app(self._env)
        self.environment: dict[str, str] = {}
        self.home = Home(home, data)
        self._state = self.home.state(self.endpoint.data_suffix)
        self._packaged = packaged
        self._reload = reload
        self._fresh = fresh
        self._say = say
        self._supervisor = Supervisor(say)
        self._catalogue = Catalogue(ROOT, self.home, self._state, self.ports, self._env)
        self._parley: list[Service] = []
        self._aws: Service | None = None
        self._lock = -1
        self._exits = contextlib.ExitStack()

    def __enter__(self) -> Self:
        check_free(p for p in self.ports.all() if self.endpoint.is_own or p != self.ports.aws)
        self._lock = self._exits.enter_context(self.home.only_one())
        self._exits.enter_context(_leaving_on_sigterm())
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    @property
    def addresses(self) -> dict[str, str]:
        """Return what `stack.json` holds: how another program reaches this stack."""
        return {
            "web_url": self.ports.web.url,
            "api_url": self.ports.api.url,
            "webhook_url": self.ports.webhook.url,
            "sandbox_url": self.ports.sandbox.url,
            "graph_url": self.ports.sandbox.url,
            "aws_endpoint_url": self.endpoint.url,
            "email": EMAIL,
            "password": PASSWORD,
            "app_secret": self.app.app_secret,
            "verify_token": self.app.verify_token,
            "access_token": self.app.access_token,
            "phone_number_id": self.app.phone_number_id,
            "waba_id": self.app.waba_id,
            "mail_dir": str(self.home.mail),
        }

    @property
    def pids(self) -> dict[str, int]:
        """Return the process id of each service by its name, e.g. `sender`."""
        services = self._supervisor.services
        return {s.name: s.child.pid for s in services if s.child.pid is not None}

    @property
    def failed(self) -> threading.Event:
        """Return the event that is set once a process has died too often to be started again."""
        return self._supervisor.gave_up

    def wait(self) -> None:
        """Stay until Ctrl-C or SIGTERM; raise StackError if a process cannot be kept running.

        With `reload` such a process waits for an edit instead.
        """
        while self._reload or not self.failed.is_set():
            self.failed.wait(3600)
            if self._reload:
                self.failed.clear()
        raise StackError("The stack stopped: one of its processes kept dying; see above.")

    def _start(self) -> None:
        self.home.prepare()
        if self.endpoint.is_own:
            self._start_aws()
        elif not borrowed.take(
            self.endpoint, packaged=self._packaged, fresh=self._fresh, say=self._say
        ):
            # What the sandbox remembers belongs to data that is gone.
            shutil.rmtree(self._state, ignore_errors=True)
        environment = self._deploy()
        sandbox = self._catalogue.sandbox(self.app)
        sandbox.child.inherits = (self._lock,)
        self._supervisor.start([sandbox])
        self._start_parley(environment)
        chores = [SourceWatch(ROOT, _WATCHED, self._reload_code)] if self._reload else []
        self._supervisor.watch(*chores)
        self.home.publish(self.addresses)

    def _start_aws(self) -> None:
        """Start the emulator, with what is kept of it unless the data is to be forgotten."""
        if self._fresh:
            shutil.rmtree(self._state, ignore_errors=True)
        self._aws = self._catalogue.aws(emulator_venv.ensure(VENV, self._say), self._rebuild)
        # It outlives a killed supervisor while it saves, as the sandbox does; until then nobody
        # may read the data.
        self._aws.child.inherits = (self._lock,)
        self._supervisor.start([self._aws])

    def _deploy(self) -> list[Service]:
        """Deploy into the AWS; return the services that are to run on it."""
        aws = self.endpoint.environment
        choices = Choices(
            graph_url=self.ports.sandbox.url,
            web_origin=self.ports.web.url,
            log_level=self._env.get("LOG_LEVEL") or "INFO",
            settle_interval_s=self._seconds("SETTLE_INTERVAL_S", 2),
            settle_timeout_s=self._seconds("SETTLE_TIMEOUT_S", 60),
            unknown_after_s=self._seconds("UNKNOWN_AFTER_S", 0),
            stage=self.endpoint.stage,
        )
        if self._packaged:
            self._say("Packaging the functions and deploying them into the local AWS …")
            self.environment, functions = deploy_functions(
                aws, choices, self.app, build_into=ROOT / "build" / "local", say=self._say
            )
            return self._catalogue.proxies(self.environment, functions)
        self.environment = deploy_resources(aws, choices, self.app)
        return self._catalogue.processes(self.environment)

    def _seconds(self, variable: str, default: int) -> int:
        text = self._env.get(variable) or str(default)
        if not text.isdecimal():
            raise DeployError(f"{variable} must be a whole number of seconds, not {text!r}.")
        return int(text)

    def _start_parley(self, services: list[Service]) -> None:
        self._parley = services
        self._exits.enter_context(Mailbox(self.endpoint.url, self.home.mail))
        self._supervisor.start(services)
        register_webhook(self.app, self.ports.sandbox.url, f"{self.ports.webhook.url}/")

    def _rebuild(self) -> None:
        """Bring everything back after the emulator died, which loses what it had not saved."""
        if self._aws is None:
            return
        self._say("The local AWS lost what was written since its last clean stop; deploying again")
        try:
            self._supervisor.start([self._aws])
            fresh = {service.name: service for service in self._deploy()}
            for service in self._parley:
                service.child.env = fresh[service.name].child.env
                service.child.command = fresh[service.name].child.command
            self._supervisor.restart(self._parley)
            register_webhook(self.app, self.ports.sandbox.url, f"{self.ports.webhook.url}/")
        except (DeployError, RegistrationError) as error:
            raise ChildError(str(error)) from error

    def _reload_code(self, edited: list[Path]) -> None:
        names = ", ".join(str(path.relative_to(ROOT)) for path in edited[:3])
        more = f" and {len(edited) - 3} more" if len(edited) > 3 else ""
        self._say(f"{names}{more} changed; starting Parley's processes again")
        try:
            self._supervisor.restart([s for s in self._parley if s.reloads])
        except ChildError as error:
            self._say(str(error))

    def _stop(self) -> None:
        self.home.withdraw()
        self._supervisor.stop()
        self._exits.close()


@contextlib.contextmanager
def _leaving_on_sigterm() -> Iterator[None]:
    """Make SIGTERM leave the `with` block as Ctrl-C does, unless the program has its own way.

    A shell starts what it puts in the background with SIGINT ignored; whoever sends it all the same
    means it, so it ends the stack there too.
    """
    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, leave)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
