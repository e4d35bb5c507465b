"""A whole sandbox in the test's own process: a clock moved by hand, webhooks really received."""

import asyncio
import contextlib
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.app import make_app
from sandbox.clock import VirtualClock
from sandbox.live import running
from sandbox.settings import Behaviour, Faults, Fixture
from sandbox.simulation import Simulation, make_simulation

Json = dict[str, Any]

PAYLOADS = Path(__file__).parent.parent / "payloads"
FIXTURE = Fixture(app_secret="test-app-secret")
APP, WABA, NUMBER = FIXTURE.app_id, FIXTURE.waba_id, FIXTURE.phone_number_id
START = 1_795_000_000.0  # after service messages became paid


@dataclass
class Receiver:
    """A webhook endpoint: answers the handshake, checks every signature, keeps what it got."""

    secret: str = FIXTURE.app_secret
    verify_token: str = "vt"
    answers: list[int] = field(default_factory=list)
    bodies: list[Json] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    hanging: asyncio.Event | None = None
    open: int = 0
    most_open: int = 0

    @property
    def app(self) -> Starlette:
        """The ASGI application, the same for every path."""
        return Starlette(routes=[Route("/{path:path}", self._serve, methods=["GET", "POST"])])

    async def _serve(self, request: Request) -> Response:
        """Answer one request; `answers` are the statuses of the next POSTs, then 200."""
        if request.method == "GET":
            query = request.query_params
            good = query["hub.verify_token"] == self.verify_token
            return PlainTextResponse(query["hub.challenge"] if good else "", 200 if good else 403)
        body = await request.body()
        wanted = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        assert request.headers["x-hub-signature-256"] == f"sha256={wanted}"
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        if self.hanging is not None:
            await self.hanging.wait()
        self.open -= 1
        status = self.answers.pop(0) if self.answers else 200
        self.raw.append(body)
        self.headers.append(dict(request.headers))
        self.paths.append(request.url.path)
        if status == 200:
            self.bodies.append(json.loads(body))
        return PlainTextResponse("", status)

    def values(self, name: str = "messages") -> list[Json]:
        """Return the values of a field in the order of arrival."""
        return [
            change["value"]
            for body in self.bodies
            for entry in body["entry"]
            for change in entry["changes"]
            if change["field"] == name
        ]

    def statuses(self, message_id: str = "") -> list[Json]:
        """Return the statuses that arrived, of one message or of all."""
        found = [s for value in self.values() for s in value.get("statuses", [])]
        return [s for s in found if message_id in ("", s["id"])]

    def inbound(self) -> list[Json]:
        """Return the messages from people that arrived."""
        return [m for value in self.values() for m in value.get("messages", [])]


@dataclass
class Bench:
    """A running sandbox and how to talk to it."""

    simulation: Simulation
    clock: VirtualClock
    receiver: Receiver
    graph: httpx.AsyncClient

    async def subscribe(self) -> None:
        """Set the app's webhook and subscribe it to the account."""
        answer = await self.graph.post(
            f"/v26.0/{APP}/subscriptions",
            headers={"Authorization": f"Bearer {APP}|{FIXTURE.app_secret}"},
            json={
                "object": "whatsapp_business_account",
                "callback_url": "http://receiver.test/hook",
                "verify_token": "vt",
                "fields": "messages,message_template_status_update",
            },
        )
        assert answer.json() == {"success": True}
        assert (await self.graph.post(f"/{WABA}/subscribed_apps")).json() == {"success": True}

    async def approve(self, name: str = "hello", **changes: Any) -> str:
        """Create a template, wait for its approval and return its id."""
        answer = await self.graph.post(
            f"/{WABA}/message_templates", json=template(name=name, **changes)
        )
        assert answer.status_code == 200, answer.text
        await self.clock.advance(1.2)
        return str(answer.json()["id"])

    async def send(self, **changes: Any) -> httpx.Response:
        """Send the template `hello`, or what `changes` make of it."""
        return await self.graph.post(f"/v26.0/{NUMBER}/messages", json=send_body(**changes))

    async def sent_id(self, **changes: Any) -> str:
        """Send and return the id of the accepted message."""
        answer = await self.send(**changes)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["messages"][0]["id"])

    async def text(self, to: str, body: str = "Hi") -> httpx.Response:
        """Send a text."""
        body_json = {"messaging_product": "whatsapp", "to": to, "text": {"body": body}}
        return await self.graph.post(f"/{NUMBER}/messages", json=body_json)

    async def write(self, wa_id: str, text: str = "Hello", **changes: Any) -> httpx.Response:
        """Let a person write to the number."""
        body = {"phone_number_id": NUMBER, "type": "text", "text": text, **changes}
        return await self.graph.post(f"/sandbox/contacts/{wa_id}/messages", json=body)

    async def counts(self, **query: str) -> Json:
        """Return the sandbox's counts."""
        return dict((await self.graph.get("/sandbox/counts", params=query)).json())


def body_component(text: str, *examples: str) -> Json:
    """Return a BODY with sample values."""
    component: Json = {"type": "BODY", "text": text}
    if examples:
        component["example"] = {"body_text": [list(examples)]}
    return component


def template(**changes: Any) -> Json:
    """Return the request that creates a template with one variable."""
    return {
        "name": "hello",
        "language": "en_US",
        "category": "MARKETING",
        "components": [body_component("Hi {{1}}, we have news for you today.", "Ana")],
        **changes,
    }


def send_body(**changes: Any) -> Json:
    """Return the request that sends the template `hello`."""
    parameters = [{"type": "text", "text": "Ana"}]
    return {
        "messaging_product": "whatsapp",
        "to": "+15550111111",
        "type": "template",
        "template": {
            "name": "hello",
            "language": {"code": "en_US"},
            "components": [{"type": "body", "parameters": parameters}],
        },
        "biz_opaque_callback_data": "p1.cmp.ten.con.msg",
        **changes,
    }


QUIET = Behaviour(read=1.0, answer=0.0, undeliverable=0.0, capped=0.0)


@contextlib.asynccontextmanager
async def bench(
    behaviour: Behaviour = QUIET,
    faults: Faults | None = None,
    *,
    seed: int = 7,
    at: float = START,
    restore: Json | None = None,
) -> AsyncIterator[Bench]:
    """Run a sandbox in which people read everything, say nothing, and nothing fails."""
    from sandbox.state import restore as restore_state

    clock, receiver = VirtualClock(at), Receiver()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(receiver.app)) as out:
        simulation = make_simulation(
            clock, out, seed=seed, fixture=FIXTURE, behaviour=behaviour, faults=faults or Faults()
        )
        if restore is not None:
            restore_state(simulation, restore)
        transport = httpx.ASGITransport(make_app(simulation))
        headers = {"Authorization": f"Bearer {FIXTURE.access_token}"}
        async with (
            running(simulation),
            httpx.AsyncClient(
                transport=transport, base_url="http://graph.test", headers=headers
            ) as graph,
        ):
            yield Bench(simulation, clock, receiver, graph)


def phones(count: int) -> Iterator[str]:
    """Yield different phone numbers."""
    return (f"+1555020{index:04d}" for index in range(count))
