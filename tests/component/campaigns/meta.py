"""The sandbox as a real server in a thread of the test's process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from sandbox.app import make_app
from sandbox.clock import SystemClock
from sandbox.settings import Behaviour, Fixture
from sandbox.simulation import make_simulation


@dataclass
class Meta:
    """Where Meta is, and whose number it serves."""

    url: str
    phone_number_id: str
    waba_id: str
    access_token: str

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Meta]:
        """Run the sandbox until the block ends."""
        fixture = Fixture()
        quiet = Behaviour(read=0, answer=0, undeliverable=0, capped=0, review_s=0)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]

        server: uvicorn.Server | None = None

        def serve() -> None:
            nonlocal server
            simulation = make_simulation(
                SystemClock(), httpx.AsyncClient(), fixture=fixture, behaviour=quiet
            )
            config = uvicorn.Config(
                make_app(simulation), host="127.0.0.1", port=port, log_level="warning"
            )
            server = uvicorn.Server(config)
            server.run()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{port}"
        transport = httpx.HTTPTransport(retries=20)
        with httpx.Client(transport=transport) as client:
            client.get(f"{url}/sandbox/health").raise_for_status()
        try:
            yield cls(url, fixture.phone_number_id, fixture.waba_id, fixture.access_token)
        finally:
            if server is not None:
                server.should_exit = True
            thread.join(timeout=10)

    def reset(self) -> None:
        """Forget the traffic and all faults."""
        httpx.post(f"{self.url}/sandbox/reset", json={}).raise_for_status()
        httpx.put(f"{self.url}/sandbox/faults", json={}).raise_for_status()

    def set_faults(self, **faults: float) -> None:
        """Have accidents happen from now on."""
        httpx.put(f"{self.url}/sandbox/faults", json=faults).raise_for_status()

    def create_template(self, name: str, components: list[dict[str, Any]]) -> str:
        """Have a template approved; return its id."""
        headers = {"Authorization": f"Bearer {self.access_token}"}
        url = f"{self.url}/v26.0/{self.waba_id}/message_templates"
        found = httpx.get(url, params={"name": name}, headers=headers).json()["data"]
        if found:
            return str(found[0]["id"])
        made = httpx.post(
            url,
            headers=headers,
            json={
                "name": name,
                "language": "en_US",
                "category": "UTILITY",
                "components": components,
            },
        )
        made.raise_for_status()
        template_id = str(made.json()["id"])
        review = httpx.post(
            f"{self.url}/sandbox/templates/{template_id}/review", json={"decision": "APPROVED"}
        )
        review.raise_for_status()
        return template_id
