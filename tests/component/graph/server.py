"""A Graph API for component tests: the sandbox, served by a thread of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest
import uvicorn

from chalicelib.core.config import settings
from chalicelib.whatsapp.client import graph_client
from chalicelib.whatsapp.media import media_client
from sandbox.app import make_app
from sandbox.clock import SystemClock
from sandbox.settings import Behaviour, Faults, Fixture
from sandbox.simulation import Simulation, make_simulation

START_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class GraphServer:
    """A running sandbox; `simulation` is its memory, for a test to look into."""

    url: str
    fixture: Fixture
    simulation: Simulation
    http: httpx.Client


@contextmanager
def running_sandbox() -> Iterator[GraphServer]:
    """Hold a sandbox whose reviewers take an hour, until the block ends."""
    fixture = Fixture()
    simulation = make_simulation(
        SystemClock(),
        httpx.AsyncClient(),
        seed=7,
        fixture=fixture,
        behaviour=Behaviour(review_s=3600.0),
        faults=Faults(),
    )
    server = uvicorn.Server(
        uvicorn.Config(make_app(simulation), port=0, log_level="error", lifespan="on")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        url = _url_of(server)
        with httpx.Client(base_url=url) as http:
            yield GraphServer(url, fixture, simulation, http)
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def pointed_at(server: GraphServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[GraphServer]:
    """Have Parley use `server`, as new, until the block ends."""
    server.http.post("/sandbox/reset", json={"everything": True}).raise_for_status()
    monkeypatch.setenv("GRAPH_URL", server.url)
    settings.cache_clear()
    graph_client.cache_clear()
    media_client.cache_clear()
    try:
        yield server
    finally:
        graph_client().close()
        graph_client.cache_clear()
        media_client().close()
        media_client.cache_clear()


def _url_of(server: uvicorn.Server) -> str:
    """Return the address of the server once it listens."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not server.started:
        if time.monotonic() > deadline:
            message = "the sandbox did not start"
            raise TimeoutError(message)
        time.sleep(0.005)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    return f"http://{host}:{port}"
