"""The command: `python -m sandbox`. Prints one line when ready; SIGTERM or Ctrl-C saves and ends
it.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import struct
import sys
from collections.abc import Generator, Mapping
from functools import partial
from pathlib import Path

import httpx
import uvicorn

from .app import make_app
from .clock import SystemClock
from .settings import Behaviour, Faults, SettingError, fixture_from, parse
from .simulation import Simulation, make_simulation
from .state import StateError, load, save

USAGE_ERROR = 2


class _Server(uvicorn.Server):
    """A server that says when it is ready and ends with exit code 0 on SIGTERM and Ctrl-C."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the port, then print the one line."""
        await super().startup(sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            line = f"sandbox ready on http://{self.config.host}:{port}"
            print(line, flush=True)  # noqa: T201 (whoever started it waits for it)

    async def cut(self, client: tuple[str, int]) -> None:
        """Reset the TCP connection from `client`: it ends without an answer, and not politely."""
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is None or transport.get_extra_info("peername")[:2] != tuple(client):
                continue
            file = os.dup(transport.get_extra_info("socket").fileno())
            with socket.socket(fileno=file) as same:
                # No lingering: the kernel answers what still comes with RST, as a dead host does.
                same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        await asyncio.sleep(0)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Stop on the two signals without raising them again afterwards."""
        loop = asyncio.get_running_loop()
        names = (signal.SIGTERM, signal.SIGINT)
        for name in names:
            loop.add_signal_handler(name, partial(self.handle_exit, name, None))
        try:
            yield
        finally:
            for name in names:
                loop.remove_signal_handler(name)


def _arguments() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=os.environ.get("SANDBOX_PORT") or "4010")
    parser.add_argument("--seed", type=int, default=7, help="the same seed, the same fates")
    parser.add_argument("--state", type=Path, help="file to load at the start and save at the end")
    return parser.parse_args()


def _simulation(environment: Mapping[str, str], seed: int, client: httpx.AsyncClient) -> Simulation:
    """Return the sandbox that the environment describes."""
    return make_simulation(
        SystemClock(),
        client,
        seed=seed,
        fixture=fixture_from(environment),
        behaviour=parse(Behaviour(), environment.get("SANDBOX_BEHAVIOUR", "")),
        faults=parse(Faults(), environment.get("SANDBOX_FAULTS", "")),
    )


async def _serve(arguments: argparse.Namespace) -> int:
    """Serve until a signal comes; return the exit code."""
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=None)) as client:
        simulation = _simulation(os.environ, arguments.seed, client)
        if arguments.state:
            load(simulation, arguments.state)
        server = _Server(
            uvicorn.Config(
                make_app(simulation),
                host=arguments.host,
                port=arguments.port,
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=3,
            )
        )
        simulation.cut = server.cut
        await server.serve()
        if arguments.state and server.started:
            save(simulation, arguments.state)
        return 0


def main() -> int:
    """Run the command; 2 for a setting or a state file that cannot be used."""
    try:
        return asyncio.run(_serve(_arguments()))
    except (SettingError, StateError) as error:
        print(f"sandbox: {error}", file=sys.stderr)  # noqa: T201 (a command's own words)
        return USAGE_ERROR


if __name__ == "__main__":
    sys.exit(main())
