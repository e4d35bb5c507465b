"""A campaign ready to be planned: number, template, contacts, and the sandbox as Meta."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from chalicelib.core import aws as aws_clients
from chalicelib.core.clock import SystemClock
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.handlers.queues import imports, inbound as inbound_queue, plan, send
from chalicelib.services import inbound, statuses
from chalicelib.services.callback import MessageKey, encode_callback
from chalicelib.services.campaigns import drafts, ledger, parts
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.chunks import ChunkRow, Chunks
from chalicelib.storage.contacts import ContactDraft, Contacts
from chalicelib.storage.numbers import Connection, NumberRow, Numbers
from chalicelib.storage.templates import TemplateRow, Templates
from chalicelib.whatsapp.events import Status
from tests.component import cloud
from tests.component.graph.server import GraphServer, pointed_at, running_sandbox

BODY = "Hi {{1}}, your order is ready."
COMPONENTS = [{"type": "BODY", "text": BODY, "example": {"body_text": [["Ana"]]}}]


class ShiftedClock:
    """The real time plus a shift: sends are spaced by real sleeps, leases end at once."""

    shift_ms = 0

    def now_ms(self) -> int:
        """Return the shifted time."""
        return time.time_ns() // 1_000_000 + self.shift_ms

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`."""
        self.shift_ms += round(seconds * 1000)


@pytest.fixture
def shifted(monkeypatch: pytest.MonkeyPatch) -> ShiftedClock:
    """Give a clock to move; the system's clock follows it."""
    clock = ShiftedClock()
    monkeypatch.setattr(SystemClock, "now_ms", lambda _self: clock.now_ms())
    return clock


@pytest.fixture(scope="session")
def meta_server() -> Iterator[GraphServer]:
    """Run the sandbox for the whole tier."""
    with running_sandbox() as server:
        yield server


@pytest.fixture
def meta(
    meta_server: GraphServer, aws: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[GraphServer]:
    """Give the sandbox, as new, and have Parley use it."""
    with pointed_at(meta_server, monkeypatch) as server:
        yield server
        set_faults(server)


def set_faults(meta: GraphServer, **faults: float) -> None:
    """Have accidents happen from now on; none if none are named."""
    meta.http.put("/sandbox/faults", json=faults).raise_for_status()


def approved_template(meta: GraphServer, name: str) -> str:
    """Create a template at Meta and have it approved; return Meta's id."""
    made = meta.http.post(
        f"/v26.0/{meta.fixture.waba_id}/message_templates",
        headers={"Authorization": f"Bearer {meta.fixture.access_token}"},
        json={
            "name": name,
            "language": "en_US",
            "category": "UTILITY",
            "components": COMPONENTS,
        },
    )
    made.raise_for_status()
    template_id = str(made.json()["id"])
    meta.http.post(
        f"/sandbox/templates/{template_id}/review", json={"decision": "APPROVED"}
    ).raise_for_status()
    return template_id


People = Callable[..., list[str]]


@dataclass
class Bench:
    """A tenant's campaign under test, and the queues' work done by hand."""

    ctx: TenantContext
    meta: GraphServer
    clock: ShiftedClock
    number: NumberRow
    template: TemplateRow
    contact_ids: list[str] = field(default_factory=list)

    def draft(
        self, audience: dict[str, Any] | None = None, variables: dict[str, Any] | None = None
    ) -> CampaignRow:
        """Write a draft, over all contacts if no audience is given."""
        row = CampaignRow(
            self.ctx.tenant_id,
            f"cmp_{'0' * 26}",
            name="Spring",
            state="draft",
            number_id=self.number.id,
            template_id=self.template.id,
            audience_filter=audience or {"type": "all"},
            variables=variables or {"body.1": {"field": "name", "fallback": "friend"}},
            created_at=self.clock.now_ms(),
        )
        Campaigns(self.ctx).create(row)
        return row

    def draft_as(self, campaign_id: str) -> CampaignRow:
        """Write one more draft like the first, under another id."""
        row = Campaigns(self.ctx).get(f"cmp_{'0' * 26}")
        other = CampaignRow(
            self.ctx.tenant_id,
            campaign_id,
            name=row.name,
            state="draft",
            number_id=row.number_id,
            template_id=row.template_id,
            audience_filter=row.audience_filter,
            variables=row.variables,
            created_at=row.created_at,
        )
        Campaigns(self.ctx).create(other)
        return other

    def campaign(self) -> CampaignRow:
        """Return the campaign as it is now."""
        return Campaigns(self.ctx).get(f"cmp_{'0' * 26}")

    def chunks(self) -> list[ChunkRow]:
        """Return its chunks."""
        return list(Chunks(self.ctx, f"cmp_{'0' * 26}").all())

    def take(self, queue: str) -> list[dict[str, Any]]:
        """Take everything off a queue; delays are not waited for."""
        url = getattr(settings(), f"{queue}_queue_url")
        sqs = aws_clients.client("sqs")
        cloud.end_delays()
        taken: list[dict[str, Any]] = []
        while True:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            messages = answer.get("Messages", [])
            if not messages:
                return taken
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                taken.append({"messageId": message["MessageId"], "body": message["Body"]})

    def work(self, queue: str, *, twice: bool = False) -> int:
        """Give each message of a queue to its Lambda; return how many there were. All must pass."""
        handler = {
            "plan": plan.handler,
            "send": send.handler,
            "imports": imports.handler,
            "inbound": inbound_queue.handler,
        }[queue]
        records = self.take(queue)
        for _ in range(2 if twice else 1):
            assert handler({"Records": records}, None) == {"batchItemFailures": []}
        return len(records)

    def envelopes(self, queue: str) -> list[dict[str, Any]]:
        """Take a queue's envelopes without handling them."""
        return [json.loads(record["body"]) for record in self.take(queue)]

    def launch_and_plan(self) -> None:
        """Launch the draft and let the planner and the first tick do their work."""
        drafts.launch(self.ctx, self.draft().id)
        self.work("plan")
        self.work("plan")

    def run_to_end(self, rounds: int = 12) -> None:
        """Work both queues, moving time on, until nothing is left or `rounds` have passed."""
        for _ in range(rounds):
            self.work("send")
            if self.campaign().state in {"completed", "paused", "cancelled"}:
                return
            self.clock.advance(40)
            self.work("plan")

    def recount(self) -> ledger.Ledger:
        """Recount the ledger from the rows."""
        return ledger.recount(self.ctx, self.campaign())


@pytest.fixture
def bench(ctx: TenantContext, meta: GraphServer, shifted: ShiftedClock) -> Bench:
    """Give a connected number and an approved template, at Parley and in the sandbox."""
    return make_bench(ctx, meta, shifted)


def make_bench(ctx: TenantContext, meta: GraphServer, shifted: ShiftedClock) -> Bench:
    """Connect a number and have a template approved, at Parley and in the sandbox."""
    number = Numbers(ctx).connect(
        Connection(
            phone_number_id=meta.fixture.phone_number_id,
            waba_id=meta.fixture.waba_id,
            display_phone_number="+1 555 010 0001",
            verified_name="Acme",
            quality_rating="GREEN",
            throughput_level="STANDARD",
            status="CONNECTED",
            token_ciphertext=aws_clients.encrypt(ctx.tenant_id, meta.fixture.access_token),
        ),
        shifted.now_ms(),
    )
    template_id = approved_template(meta, "order_ready")
    template = TemplateRow(
        ctx.tenant_id,
        f"tpl_{'0' * 26}",
        number_id=number.id,
        waba_id=meta.fixture.waba_id,
        meta_template_id=template_id,
        name="order_ready",
        language="en_US",
        category="UTILITY",
        status="APPROVED",
        components=COMPONENTS,
        variables=["body.1"],
        created_at=shifted.now_ms(),
        updated_at=shifted.now_ms(),
    )
    Templates(ctx).add(template)
    return Bench(ctx, meta, shifted, number, template)


@pytest.fixture
def people(bench: Bench) -> Callable[..., list[str]]:
    """Give a function that writes contacts with phones of their own."""
    return partial(add_people, bench)


def add_people(bench: Bench, count: int, *, opted_out: int = 0) -> list[str]:
    """Write so many contacts, of whom the first opted out; return their ids."""
    start = len(bench.contact_ids)
    drafts_of = [
        ContactDraft(
            phone=f"+1555{2010000 + start + i:07d}",
            name=f"Person {start + i}",
            opted_out_at=1 if i < opted_out else None,
        )
        for i in range(count)
    ]
    for first in range(0, count, 40):
        batch = drafts_of[first : first + 40]
        assert Contacts(bench.ctx).create_together(batch, bench.clock.now_ms())
    bench.contact_ids += [draft.id for draft in drafts_of]
    return [draft.id for draft in drafts_of]


@pytest.fixture(autouse=True)
def close_loops() -> Iterator[None]:
    """Close the sender's event loop and its connections after each test."""
    yield
    close_loop()


def close_loop() -> None:
    """Close the event loop of this thread's sender, and its connections, if there is one."""
    loop = getattr(send._thread, "loop", None)
    if loop is not None:
        from chalicelib.whatsapp.message_sender import sender_for_running_loop

        async def close() -> None:
            await sender_for_running_loop().aclose()

        loop.run_until_complete(close())
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        del send._thread.loop


def elsewhere(act: Callable[[], None]) -> None:
    """Act as another process does, with an event loop and connections of its own, to its end.

    The one that calls this stands still meanwhile.
    """

    def work() -> None:
        try:
            act()
        finally:
            close_loop()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


def counts(meta: GraphServer, campaign_id: str) -> dict[str, Any]:
    """Return what the sandbox counted of a campaign."""
    answer = meta.http.get("/sandbox/counts", params={"callback_prefix": f"p1.{campaign_id}."})
    found: dict[str, Any] = answer.json()
    return found


def deliver(bench: Bench, state: str) -> None:
    """Have Meta report `state` for every recipient of the campaign."""
    campaign = bench.campaign()
    events = []
    for number in range(campaign.parts):
        for one in parts.load(bench.ctx, parts.launched(campaign.id), number).recipients:
            key = MessageKey(bench.ctx.tenant_id, one.contact_id, one.message_id, campaign.id)
            events.append(status(bench, key, state))
    statuses.apply(events)


def status(bench: Bench, key: MessageKey, state: str) -> Status:
    """Return the event of one status."""
    return Status(
        phone_number_id=bench.meta.fixture.phone_number_id,
        message_id=f"wamid.{key.message_id}",
        status=state,
        at_ms=bench.clock.now_ms(),
        recipient_id="1",
        recipient_user_id=None,
        callback_data=encode_callback(key),
        error_code=131026 if state == "failed" else None,
        error_title=None,
        error_details=None,
        pricing=None,
    )


def write_in(bench: Bench, contact_id: str, text: str) -> None:
    """Have a customer write to the business."""
    contact = Contacts(bench.ctx).get(contact_id)
    now_ms = bench.clock.now_ms()
    bench.meta.http.post(
        f"/sandbox/contacts/{(contact.phone or '').lstrip('+')}/messages",
        json={"phone_number_id": bench.meta.fixture.phone_number_id, "type": "text", "text": text},
    ).raise_for_status()
    message = {
        "from_phone": contact.phone,
        "from_user_id": contact.bsuid,
        "profile_name": contact.name,
        "message_id": f"wamid.{contact_id}.{text}",
        "at_ms": now_ms,
        "type": "text",
        "text": text,
        "context_message_id": None,
    }
    envelope = {"number_id": bench.number.id, "opens_window": True, "message": message}
    inbound.receive(bench.ctx, envelope)
