"""A local stack of a bench's own, and a campaign put on it as a user of the API does it."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.bar import say
from bench.cloud.stage import ENVIRONMENT
from demo.client import Api
from demo.mailbox import Mailbox
from demo.sandbox import Sandbox
from infra.local.ports import free_port
from infra.local.stack import Stack

TEMPLATE = {
    "name": "order_ready",
    "language": "en_US",
    "category": "UTILITY",
    "body": "Hello {{1}}, your order {{2}} has left our shop and comes tomorrow.",
    "body_examples": ["Amara", "A-1042"],
}
VARIABLES = {
    "body.1": {"field": "name", "fallback": "there"},
    "body.2": {"field": "order_id", "fallback": "of this week"},
}
_PATIENCE_S = 300.0


class BenchError(Exception):
    """A bench cannot be taken; the message says why."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A running stack, signed in to, with a campaign that only waits for its launch."""

    stack: Stack
    api: Api
    sandbox: Sandbox
    control: httpx.Client
    campaign_id: str


@contextmanager
def ready_campaign(recipients: int, environment: Mapping[str, str]) -> Iterator[Ready]:
    """Start a stack on free ports, in a folder of its own, and prepare a campaign to so many."""
    ports = {
        f"{name}_PORT": str(free_port()) for name in ("WEB", "API", "WEBHOOK", "SANDBOX", "AWS")
    }
    with contextlib.ExitStack() as exits:
        home = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="parley-bench-")))
        given = {name: value for name, value in os.environ.items() if name not in ENVIRONMENT}
        env = {**given, **ports, **environment}
        stack = exits.enter_context(Stack(env=env, home=home, fresh=True, stage="bench", say=say))
        api = exits.enter_context(closing(Api(stack.addresses["api_url"])))
        sandbox = exits.enter_context(closing(Sandbox(stack.addresses["sandbox_url"])))
        control = exits.enter_context(httpx.Client(base_url=stack.addresses["sandbox_url"]))
        yield Ready(stack, api, sandbox, control, _prepare(stack, api, recipients))


def _prepare(stack: Stack, api: Api, recipients: int) -> str:
    at = stack.addresses
    if not api.sign_in(at["email"], at["password"]):
        mailbox = Mailbox(Path(at["mail_dir"]), at["email"])
        api.register("Bench", "Bea Bench", "US")
        api.confirm(mailbox.registration_token())
    number = api.connect_number(at["phone_number_id"], at["waba_id"], at["access_token"])
    job = api.start_import(contacts_csv(recipients))
    template = api.create_template({**TEMPLATE, "number_id": number["id"]})
    with patience(f"the import of {recipients} contacts") as wait:
        while job["state"] not in {"completed", "failed"}:
            wait()
            job = api.get_import(job["id"])
    if job["state"] == "failed":
        raise BenchError(f"the import failed: {job['error']}")
    with patience("the template's review") as wait:
        while template["status"] == "PENDING":
            wait()
            template = api.get_template(template["id"])
    campaign = api.create_campaign(
        {
            "name": "Bench",
            "number_id": number["id"],
            "template_id": template["id"],
            "audience": {"type": "all"},
            "variables": VARIABLES,
        }
    )
    return campaign["id"]


def contacts_csv(count: int) -> bytes:
    """Return a CSV of so many contacts with valid phones of their own."""
    lines = ["phone,name,order_id"]
    lines += [f"+1415{2000000 + i:07d},Person {i},A-{i}" for i in range(count)]
    return ("\n".join(lines) + "\n").encode()


@contextmanager
def patience(what: str) -> Iterator[Callable[[], None]]:
    """Give a function that waits a little, and raises BenchError when `what` takes too long."""
    end = time.monotonic() + _PATIENCE_S

    def wait() -> None:
        if time.monotonic() > end:
            raise BenchError(f"{what} is not done after {_PATIENCE_S:g} s")
        time.sleep(0.2)

    yield wait
