"""The processes of the stack: what each is called, how it is started, and when it is ready."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from infra.local.child import Child
from infra.local.deploy import Functions
from infra.local.fixture import MetaApp
from infra.local.home import Home
from infra.local.ministack import START_S, answers, inherited, is_healthy, ministack_child
from infra.local.ports import Ports
from infra.local.supervisor import Service

TIER_AWS, TIER_SANDBOX, TIER_PARLEY = range(3)
SEND_CONCURRENCY = 4
WORKERS = ["plan", "inbound", "imports", "media", "mail", "tenant"]
_CONSUMER_STOP_S = 30.0


class Catalogue:
    """Describes the services of one stack; nothing here starts anything."""

    def __init__(
        self, root: Path, home: Home, state: Path, ports: Ports, env: Mapping[str, str]
    ) -> None:
        """Describe the stack whose code is in `root`, logs in `home` and data in `state`.

        `env` is what the person who starts the stack may set: SANDBOX_*, CONSUMER_*, ports.
        """
        self._root = root
        self._home = home
        self._state = state
        self._ports = ports
        self._env = env

    def aws(self, python: Path, revive: Callable[[], None]) -> Service:
        """Return the emulator, to be run by the interpreter `python` of its own environment."""
        port = self._ports.aws.number
        child = ministack_child(python, port, self._state, self._home.path)
        return Service(child, lambda: is_healthy(port), TIER_AWS, start_s=START_S, revive=revive)

    def sandbox(self, app: MetaApp) -> Service:
        """Return the WhatsApp sandbox with the one app and number of `app`."""
        port = self._ports.sandbox.number
        self._state.mkdir(parents=True, exist_ok=True)
        given = {name: value for name, value in self._env.items() if name.startswith("SANDBOX_")}
        return self._python(
            "sandbox",
            ["sandbox", "--port", str(port), "--state", str(self._state / "sandbox.json")],
            given | app.sandbox_environment(),
            lambda: answers(port, "/sandbox/health", below=300),
            TIER_SANDBOX,
        )

    def processes(self, environment: Mapping[str, str]) -> list[Service]:
        """Return the gateways and consumers that run Parley's code straight from the tree."""
        api, webhook = self._ports.api.number, self._ports.webhook.number
        return [
            self._python(
                "api",
                ["infra.local.api"],
                environment,
                lambda: answers(api, "/api/openapi.json", below=300),
                TIER_PARLEY,
                reloads=True,
            ),
            self._python(
                "webhook",
                ["infra.local.webhook"],
                environment,
                lambda: answers(webhook),
                TIER_PARLEY,
                reloads=True,
            ),
            self._consumer("sender", ["send", "--concurrency", str(SEND_CONCURRENCY)], environment),
            self._consumer("workers", WORKERS, environment),
            self.web(environment),
        ]

    def proxies(self, environment: Mapping[str, str], functions: Functions) -> list[Service]:
        """Return the gateways to the functions deployed into the emulator."""
        api, webhook = self._ports.api.number, self._ports.webhook.number
        return [
            self._python(
                "api",
                ["infra.local.proxy", str(api), functions.api_url],
                environment,
                lambda: answers(api, "/api/openapi.json", below=300, timeout_s=10),
                TIER_PARLEY,
            ),
            self._python(
                "webhook",
                ["infra.local.proxy", str(webhook), functions.webhook_url],
                environment,
                lambda: answers(webhook, timeout_s=10),
                TIER_PARLEY,
            ),
            self.web(environment),
        ]

    def web(self, environment: Mapping[str, str]) -> Service:
        """Return the server of the SPA."""
        port = self._ports.web.number
        # Not built is an answer, too: the page says what to do.
        ready = lambda: answers(port, below=600)  # noqa: E731 - as its neighbours are written
        return self._python("web", ["infra.local.web"], environment, ready, TIER_PARLEY)

    def _consumer(self, name: str, arguments: list[str], environment: Mapping[str, str]) -> Service:
        ready = self._home.ready(name)
        given = {name: value for name, value in self._env.items() if name.startswith("CONSUMER_")}
        service = self._python(
            name,
            ["infra.local.consumer", *arguments],
            {**environment, **given, "READY_FILE": str(ready)},
            ready.exists,
            TIER_PARLEY,
            reloads=True,
        )
        service.child.stop_s = _CONSUMER_STOP_S
        service.child.ready_file = ready
        return service

    def _python(
        self,
        name: str,
        module_and_arguments: list[str],
        environment: Mapping[str, str],
        ready: Callable[[], bool],
        tier: int,
        *,
        reloads: bool = False,
    ) -> Service:
        ports = {port.variable: str(port.number) for port in self._ports.all()}
        child = Child(
            name,
            [sys.executable, "-m", *module_and_arguments],
            env=inherited(os.environ) | ports | {"PYTHONUNBUFFERED": "1"} | dict(environment),
            cwd=self._root,
            log=self._home.log(name),
        )
        return Service(child, ready, tier, reloads=reloads)
