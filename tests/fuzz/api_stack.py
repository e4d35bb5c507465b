"""A running API with a business in it: the emulator, the sandbox, the consumers, real HTTP.

It is the stack of `make run` without the app and the webhook, with wider request limits: a fuzzer
asks more in a minute than a business does, and a 429 would hide what stands behind it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

import demo.mailbox
import infra.local.mailbox
from infra.local.child import Child
from infra.local.deploy import Choices, deploy_resources
from infra.local.fixture import read_meta_app
from infra.local.ministack import ROOT, answers, inherited, ministack
from infra.local.ports import HOST, free_port
from tests.component.graph.server import GraphServer, running_sandbox

EMAIL, PASSWORD = "ada@bakery.example", "correct horse battery"
_START_S = 60.0
_LIMITS = dict.fromkeys(
    ("REQUESTS_PER_ADDRESS", "REQUESTS_PER_USER", "REQUESTS_PER_TENANT"), "1000000"
)


@dataclass(frozen=True, slots=True)
class Business:
    """A business of the running API: whom to ask as, and the ids of what it owns."""

    access_token: str
    api_key: str
    ids: dict[str, str]


@dataclass(frozen=True, slots=True)
class RunningApi:
    """The API's address, and how its owner signs in anew: an access token is good for 900 s."""

    url: str
    log: Path
    business: Business

    def sign_in(self) -> str:
        """Return a new access token of the owner."""
        with httpx.Client(base_url=self.url, timeout=30) as http:
            body = {"email": EMAIL, "password": PASSWORD}
            return str(_done(http.post("/api/auth/login", json=body))["access_token"])


@contextmanager
def running_api(home: Path) -> Iterator[RunningApi]:
    """Run all of it, with logs in `home`, until the block ends."""
    with ExitStack() as exits:
        aws = exits.enter_context(ministack())
        meta = exits.enter_context(running_sandbox())
        # Meta's limits of an hour, which a fuzzer reaches in a minute, and answers 503 from then.
        patient = {"management_calls": 1e6, "management_calls_active": 1e6}
        meta.http.put("/sandbox/behaviour", json=patient).raise_for_status()
        origin = f"http://{HOST}:{free_port()}"
        choices = Choices(graph_url=meta.url, web_origin=origin, log_level="DEBUG")
        environment = {
            **inherited(os.environ),
            **deploy_resources(aws.environment, choices, read_meta_app({})),
            **_LIMITS,
            "LOG_LEVEL": "DEBUG",
        }
        port = free_port()
        api = _child("api", ["infra.local.api"], environment | {"API_PORT": str(port)}, home)
        _run(exits, api, lambda: answers(port, "/api/openapi.json", below=300))
        mail = home / "mail"
        exits.enter_context(infra.local.mailbox.Mailbox(aws.url, mail))
        ready = home / "workers.ready"
        queues = ["send", "plan", "inbound", "imports", "media", "mail"]
        workers = _child(
            "workers",
            ["infra.local.consumer", *queues],
            environment | {"READY_FILE": str(ready)},
            home,
        )
        _run(exits, workers, ready.exists)
        url = f"http://{HOST}:{port}"
        with httpx.Client(base_url=url, timeout=30) as http:
            business = _open_business(http, meta, mail)
        yield RunningApi(url, api.log, business)


def _child(name: str, module: list[str], environment: dict[str, str], home: Path) -> Child:
    command = [sys.executable, "-m", *module]
    return Child(name, command, env=environment, cwd=ROOT, log=home / f"{name}.log")


def _run(exits: ExitStack, child: Child, ready: Callable[[], bool]) -> None:
    child.start()
    exits.callback(child.stop)
    child.wait_until(ready, deadline_s=_START_S)


def _done(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.text}"
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found


def _open_business(http: httpx.Client, meta: GraphServer, mail: Path) -> Business:
    """Sign a business up and give it one of everything, over the API alone."""
    signup = {
        "business_name": "Bakery",
        "name": "Ada",
        "email": EMAIL,
        "password": PASSWORD,
    }
    mailbox = demo.mailbox.Mailbox(mail, EMAIL)
    _done(http.post("/api/auth/register", json=signup))
    link = {"token": mailbox.registration_token()}
    session = _done(http.post("/api/auth/register/confirm", json=link))
    http.headers["Authorization"] = f"Bearer {session['access_token']}"

    def made(path: str, body: dict[str, Any]) -> str:
        return str(_done(http.post(path, json=body))["id"])

    number_id = made(
        "/api/numbers",
        {
            "phone_number_id": meta.fixture.phone_number_id,
            "waba_id": meta.fixture.waba_id,
            "access_token": meta.fixture.access_token,
        },
    )
    contact_id = made("/api/contacts", {"phone": "+4915123456789", "name": "Grace"})
    template_id = made(
        "/api/templates",
        {
            "number_id": number_id,
            "name": "hello",
            "language": "en_US",
            "category": "UTILITY",
            "body": "Hello there, your order is ready.",
        },
    )
    _approve(http, meta, template_id)
    campaign = {"number_id": number_id, "template_id": template_id, "audience": {"type": "all"}}
    campaign_id = made("/api/campaigns", {"name": "Spring", **campaign})
    imported = http.post(
        "/api/contacts/imports",
        content=b"phone,name\n+4915123456780,Alan\n",
        headers={"Content-Type": "text/csv"},
    )
    everybody = {"name": "Everybody", "filter": {"type": "opt_in"}}
    owner_id = session["user"]["id"]
    scopes = next(
        role["permissions"]
        for role in _done(http.get("/api/roles"))["items"]
        if role["name"] == "manager"
    )
    key = _done(http.post("/api/api-keys", json={"name": "Shop", "scopes": scopes}))
    ids = {
        "number_id": number_id,
        "waba_id": meta.fixture.waba_id,
        "contact_id": contact_id,
        "template_id": template_id,
        "campaign_id": campaign_id,
        "import_id": str(_done(imported)["id"]),
        "segment_id": made("/api/segments", everybody),
        "contacts_export_id": made("/api/contacts/exports", {}),
        "user_id": owner_id,
        "key_id": key["id"],
    }
    return Business(session["access_token"], key["key"], ids)


def _approve(http: httpx.Client, meta: GraphServer, template_id: str) -> None:
    """Have the sandbox's reviewer approve a template, and Parley read it."""
    row = _done(http.get(f"/api/templates/{template_id}"))
    meta.http.post(
        f"/sandbox/templates/{row['meta_template_id']}/review", json={"decision": "APPROVED"}
    ).raise_for_status()
    for _ in range(20):
        _done(http.post("/api/templates/sync", json={"number_id": row["number_id"]}))
        if _done(http.get(f"/api/templates/{template_id}"))["status"] == "APPROVED":
            return
        time.sleep(0.2)
    raise AssertionError("the template was not approved")
