"""A host is resolved once, checked, and connected to by that very address."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpcore
import httpx
import pytest

from chalicelib.whatsapp.media import ForeignHost, MediaClient
from chalicelib.whatsapp.public_network import PrivateAddress, PublicNetwork, PublicTransport
from tests.unit.core.test_hosts import INWARD

PUBLIC = "157.240.1.1"


class Wire(httpcore.NetworkBackend):
    """Notes where it is told to connect, and answers nowhere: no test leaves this machine."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def connect_tcp(self, host: str, port: int, *_options: Any) -> httpcore.NetworkStream:
        """Note the host."""
        self.asked.append(f"{host}:{port}")
        raise httpcore.ConnectError(host)


class Rebinding:
    """A DNS that names a public address first, and an inward one from then on."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.count = 0

    def __call__(self, _host: str, _port: int) -> list[str]:
        """Give the next answer."""
        self.count += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def inward_server() -> Iterator[tuple[int, list[str]]]:
    """Run a real server on loopback; give its port and what it was asked."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port, seen
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_name_is_connected_to_by_the_address_that_was_checked() -> None:
    """The name is not resolved again for the connection, so it cannot change in between."""
    wire, dns = Wire(), Rebinding([PUBLIC, "2a03:2880:f12f::1"], ["127.0.0.1"])
    with pytest.raises(httpcore.ConnectError):
        PublicNetwork(dns, wire).connect_tcp("cdn.example", 443)
    assert dns.count == 1
    assert wire.asked == [f"{PUBLIC}:443", "2a03:2880:f12f::1:443"]
    with pytest.raises(PrivateAddress, match=r"cdn\.example leads to 127\.0\.0\.1"):
        PublicNetwork(dns, wire).connect_tcp("cdn.example", 443)
    assert len(wire.asked) == 2


@pytest.mark.parametrize("address", INWARD)
def test_no_inward_address_is_connected_to(address: str) -> None:
    """One inward address among public ones is enough to refuse the host."""
    wire = Wire()
    with pytest.raises(PrivateAddress):
        PublicNetwork(lambda _host, _port: [PUBLIC, address], wire).connect_tcp("a.example", 443)
    assert wire.asked == []


def test_a_loopback_server_is_not_reached(inward_server: tuple[int, list[str]]) -> None:
    """By name, by address, and after a redirect, httpx's transport does not get there."""
    port, seen = inward_server
    with httpx.Client(transport=PublicTransport(2)) as client:
        for host in ("localhost", "127.0.0.1", "127.1", "[::ffff:127.0.0.1]"):
            with pytest.raises((PrivateAddress, httpx.ConnectError)):
                client.get(f"http://{host}:{port}/")
    network = PublicNetwork(lambda _host, _port: ["127.0.0.1"])
    with (
        httpx.Client(transport=PublicTransport(2, network)) as client,
        pytest.raises(PrivateAddress),
    ):
        client.get(f"http://cdn.example:{port}/")
    assert seen == []


def test_the_sandbox_is_reached_where_the_deployment_says(
    inward_server: tuple[int, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Graph API's own origin is the operator's to choose; another port of the host is not."""
    port, seen = inward_server

    class Settings:
        graph_url = f"http://127.0.0.1:{port}"

    monkeypatch.setattr("chalicelib.whatsapp.public_network.settings", Settings)
    with httpx.Client(transport=PublicTransport(2)) as client:
        assert client.get(f"http://127.0.0.1:{port}/here").status_code == 200
        with pytest.raises(PrivateAddress):
            client.get(f"http://127.0.0.1:{port + 1}/")
    assert seen == ["/here"]


def test_metas_host_that_leads_inward_gets_no_token(
    inward_server: tuple[int, list[str]],
) -> None:
    """A Meta host whose DNS was poisoned is refused as foreign before a byte is sent."""
    _, seen = inward_server
    network = PublicNetwork(lambda _host, _port: ["169.254.169.254"], Wire())
    media = MediaClient(PublicTransport(2, network))
    try:
        with pytest.raises(ForeignHost, match="not public: lookaside"):
            media.download("token", "https://lookaside.fbsbx.com/x", io.BytesIO(), 10)
    finally:
        media.close()
    assert seen == []
