"""Connections to the public internet only: a name is resolved, checked, and connected to as is.

What is checked is what is connected to, so a name that is resolved otherwise a moment later (DNS
rebinding) leads nowhere else. TLS still asks for the name. A redirect is another connection.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from chalicelib.core.config import settings
from chalicelib.core.hosts import is_public
from chalicelib.whatsapp.graph import KEEPALIVE_S

Resolve = Callable[[str, int], list[str]]


class PrivateAddress(httpx.ConnectError):
    """A host leads to an address that is not of the public internet."""


def resolve(host: str, port: int) -> list[str]:
    """Return every address of `host`; raise ConnectError if there is none. One DNS look-up."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class PublicNetwork(httpcore.NetworkBackend):
    """Connects to public addresses, and to the Graph API wherever the deployment has it.

    The latter is the sandbox on a developer's machine.
    """

    def __init__(
        self, resolve: Resolve = resolve, network: httpcore.NetworkBackend | None = None
    ) -> None:
        self._resolve = resolve
        self._network = network or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of `host` that answers; raise PrivateAddress if one is not.

        Public, that is: a host with an inward address among others is refused as a whole.
        """
        options = (timeout, local_address, socket_options)
        if _is_graph(host, port):
            return self._network.connect_tcp(host, port, *options)
        addresses = self._resolve(host, port)
        inward = [address for address in addresses if not is_public(address)]
        if inward:
            raise PrivateAddress(f"{host} leads to {inward[0]}")
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return self._network.connect_tcp(address, port, *options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


def _is_graph(host: str, port: int) -> bool:
    graph = urlsplit(settings().graph_url)
    default = 443 if graph.scheme == "https" else 80
    return (host, port) == (graph.hostname, graph.port or default)


class PublicTransport(httpx.HTTPTransport):
    """httpx's own transport, by a PublicNetwork; it goes through no proxy."""

    def __init__(self, max_connections: int, network: PublicNetwork | None = None) -> None:
        context = httpx.create_ssl_context()
        super().__init__(verify=context)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=max_connections,
            keepalive_expiry=KEEPALIVE_S,
            network_backend=network or PublicNetwork(),
        )
