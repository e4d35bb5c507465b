"""The ports of the local stack, and the check that they are free before anything is started."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

HOST = "127.0.0.1"


def bind_host() -> str:
    """Return the address that servers listen on: this machine only, unless BIND_HOST says more.

    Only a container sets it, where other containers must reach the server.
    """
    return os.environ.get("BIND_HOST") or HOST


class PortError(Exception):
    """A port of the stack cannot be used; the message says which, for what, and what to do."""


@dataclass(frozen=True, slots=True)
class Port:
    """One port: its number, the environment variable that changes it, and what listens there."""

    number: int
    variable: str
    purpose: str

    @property
    def url(self) -> str:
        """Return the address of what listens there, without a trailing slash."""
        return f"http://{HOST}:{self.number}"


@dataclass(frozen=True, slots=True)
class Ports:
    """The five ports of a stack."""

    web: Port
    api: Port
    webhook: Port
    sandbox: Port
    aws: Port

    def all(self) -> tuple[Port, ...]:
        """Return the ports, the one a person opens first."""
        return (self.web, self.api, self.webhook, self.sandbox, self.aws)


def read_ports(env: Mapping[str, str]) -> Ports:
    """Return the ports that `env` asks for; raise PortError for a bad number or one used twice."""
    ports = Ports(
        web=_port(env, "WEB_PORT", 3001, "the app in the browser"),
        api=_port(env, "API_PORT", 4000, "the API"),
        webhook=_port(env, "WEBHOOK_PORT", 4002, "the webhook that WhatsApp calls"),
        sandbox=_port(env, "SANDBOX_PORT", 4010, "the WhatsApp sandbox"),
        aws=_port(env, "AWS_PORT", 4566, "the local AWS"),
    )
    seen: dict[int, Port] = {}
    for port in ports.all():
        other = seen.setdefault(port.number, port)
        if other is not port:
            message = (
                f"{other.variable} and {port.variable} are both {port.number}: "
                "give each a port of its own."
            )
            raise PortError(message)
    return ports


def _port(env: Mapping[str, str], variable: str, default: int, purpose: str) -> Port:
    text = env.get(variable) or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        message = f"{variable} must be a port number from 1 to 65535, not {text!r}."
        raise PortError(message)
    return Port(int(text), variable, purpose)


def check_free(ports: Iterable[Port]) -> None:
    """Raise PortError naming every port in `ports` that something else already listens on."""
    taken = [port for port in ports if not _is_free(port.number)]
    if not taken:
        return
    lines = [
        f"Port {port.number} ({port.purpose}) is in use: stop what listens there "
        f"(`make stop` if it is Parley), or choose another with {port.variable}=…"
        for port in taken
    ]
    raise PortError("\n".join(lines))


def _is_free(number: int) -> bool:
    """Say whether the port can be bound on every local address a client may mean by localhost."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # A port with connections in TIME_WAIT is free; one that is listened on is not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, number))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port that was free a moment ago; whoever binds it must cope with losing it."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
