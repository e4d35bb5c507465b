"""A campaign to 800 people on the local AWS emulator, with its planner, its sender and its webhook
called as their queues and their URL do, and Meta a process on the loopback that accepts everything.
Every AWS request is counted as it is made, with the capacity that DynamoDB says it consumed; a
write that a condition refused is billed as one unit, a `TransactWriteItems` as the answer says.

`dynamodb_writes` and `sqs_requests` are for a message that is accepted, delivered and read, from
the planning on; `writes_of_sending` is what of it is spent before the first status comes. Meta also
reports `sent`, which is one more change of the row: `dynamodb_writes_with_sent` has that status,
and so have `dynamodb_reads` and `usd_per_million`. A marketing campaign under a frequency cap
notes with each contact that it was written to: `dynamodb_writes_with_cap` is that of a campaign to
another 200 people, without `sent`.

Statuses come 25 a POST, which is what two to three seconds of a number's traffic batch to. Money is
the requests times the prices of `bench/prices.py`, and the functions' time in this run times their
memory: sending waits for its slots as it would in AWS. A queue's idle polling, storage and logs
are not in it.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from bench import prices
from bench.bar import Bar, Bench, Figures, say
from bench.cloud.stage import PREFIX
from bench.deliveries import Update, status_event
from bench.world import Business, add_contacts, make_business
from chalicelib.core import aws, secrets
from chalicelib.core.clock import SYSTEM_CLOCK
from chalicelib.core.config import settings
from chalicelib.handlers import webhook
from chalicelib.services.callback import MessageKey, encode_callback
from chalicelib.services.campaigns import drafts
from chalicelib.services.campaigns.planning import chunk_size
from chalicelib.services.campaigns.rules import CampaignRules, set_rules
from chalicelib.storage.messages import MessageRow
from infra.local.consumer import load_handler, read_source
from infra.local.deploy import Choices, deploy_resources
from infra.local.event_source import VISIBILITY_S, EventSource, Handler, InHand
from infra.local.fixture import read_meta_app
from infra.local.ministack import ministack
from infra.resources import fragment

MESSAGES = 800
_CAPPED = 200
_BATCH = 25
_RATE_PER_S = 80
_PATIENCE_S = 120.0
_LOCK = threading.Lock()


@dataclass(slots=True)
class Bill:
    """What was asked of AWS."""

    writes: float = 0.0
    reads: float = 0.0
    requests: Counter[str] = field(default_factory=Counter)
    lambda_requests: int = 0
    gb_seconds: float = 0.0

    def consumed(self, operation: str, capacity: list[dict[str, Any]] | dict[str, Any]) -> None:
        """Add what DynamoDB says that a request consumed."""
        units = sum(
            one["CapacityUnits"] for one in (capacity if isinstance(capacity, list) else [capacity])
        )
        with _LOCK:
            if operation in {"GetItem", "BatchGetItem", "Query"}:
                self.reads += units
            else:
                self.writes += units

    def usd(self) -> float:
        """Return what it costs."""
        by_request = {
            "sqs": prices.SQS_REQUEST,
            "kms": prices.KMS_REQUEST,
            "secretsmanager": prices.SECRETS_REQUEST,
        }
        return (
            self.writes * prices.DYNAMODB_WRITE
            + self.reads * prices.DYNAMODB_READ
            + sum(self.requests[name] * price for name, price in by_request.items())
            + self.requests["s3 PutObject"] * prices.S3_PUT
            + self.requests["s3 GetObject"] * prices.S3_GET
            + self.lambda_requests * prices.LAMBDA_REQUEST
            + self.gb_seconds * prices.LAMBDA_GB_SECOND
        )

    def plus(self, other: Bill) -> Bill:
        """Return both together."""
        return Bill(
            self.writes + other.writes,
            self.reads + other.reads,
            self.requests + other.requests,
            self.lambda_requests + other.lambda_requests,
            self.gb_seconds + other.gb_seconds,
        )


@contextmanager
def counted(bill: Bill) -> Iterator[None]:
    """Count every AWS request of the block."""
    kind: Any = BaseClient
    original = kind._make_api_call

    def call(client: BaseClient, operation: str, params: dict[str, Any]) -> Any:  # noqa: ANN401 - AWS's answer
        service = client.meta.service_model.service_name
        with _LOCK:
            bill.requests[service] += 1
            bill.requests[f"{service} {operation}"] += 1
        if service != "dynamodb":
            return original(client, operation, params)
        try:
            answer = original(client, operation, {**params, "ReturnConsumedCapacity": "TOTAL"})
        except ClientError as error:
            if aws.error_code(error) == "ConditionalCheckFailedException":
                bill.consumed(operation, [{"CapacityUnits": 1.0}])
            raise
        bill.consumed(operation, answer.get("ConsumedCapacity") or [])
        if operation == "BatchGetItem":
            # The emulator tells half a unit for the whole: each item under 4 KB is a unit of its
            # own, or half of one.
            for wanted in params["RequestItems"].values():
                units = len(wanted["Keys"]) * (1.0 if wanted.get("ConsistentRead") else 0.5)
                bill.consumed(operation, [{"CapacityUnits": units}])
        return answer

    with mock.patch.object(BaseClient, "_make_api_call", call):
        yield


def run() -> Figures:
    """Send the campaign, deliver its statuses, and divide."""
    with _stage(), _meta():
        business = make_business(SYSTEM_CLOCK)
        sending, rows = _campaign(business, MESSAGES)
        steps = {step: _deliver(business, rows, step) for step in ("sent", "delivered", "read")}
        assert all(row.state == "read" for row in _rows(business))
        capped, others = _campaign(_capped_business(), _CAPPED)
    cap = capped.writes / len(others) - sending.writes / len(rows)
    without = sending.plus(steps["delivered"]).plus(steps["read"])
    whole = without.plus(steps["sent"])
    for name, count in sorted(whole.requests.items()):
        say(f"  {name}: {count / len(rows):.3f} a message")
    return {
        "dynamodb_writes": round(without.writes / len(rows), 3),
        "dynamodb_writes_with_sent": round(whole.writes / len(rows), 3),
        "dynamodb_writes_with_cap": round(without.writes / len(rows) + cap, 3),
        "writes_of_sending": round(sending.writes / len(rows), 3),
        "dynamodb_reads": round(whole.reads / len(rows), 3),
        "sqs_requests": round(whole.requests["sqs"] / len(rows), 4),
        "lambda_gb_seconds": round(whole.gb_seconds / len(rows), 6),
        "usd_per_million": round(whole.usd() / len(rows) * prices.MILLION, 3),
    }


def _campaign(business: Business, people: int) -> tuple[Bill, list[MessageRow]]:
    """Send a campaign to so many new people; return what that cost, and its rows."""
    add_contacts(business, people, SYSTEM_CLOCK)
    drafts.launch(business.ctx, business.draft(SYSTEM_CLOCK).id)
    aws.decrypt.cache_clear()
    bill = Bill()
    with counted(bill):
        _send_all(bill, people)
    rows = _rows(business)
    assert len(rows) == people, f"{len(rows)} rows for {people} messages"
    say(f"  {people} accepted with {bill.writes:g} write units")
    return bill, rows


def _capped_business() -> Business:
    """Return a business that sends marketing, at most five of it to anybody in a week."""
    business = make_business(SYSTEM_CLOCK, phone_number_id="300000000000002")
    business.template.category = "MARKETING"
    business.template.save()
    cap = {"messages": 5, "days": 7}
    set_rules(business.ctx, CampaignRules(frequency_cap=cap))
    return business


@contextmanager
def _stage() -> Iterator[None]:
    """Put Parley's tables and queues into an emulator, and this process into that stage."""
    with ministack(say=say) as emulator:
        choices = Choices(graph_url="http://graph.invalid", web_origin="", stage="bench")
        environment = deploy_resources(emulator.environment, choices, read_meta_app({}))
        assert environment["TABLE_PREFIX"] == PREFIX
        with mock.patch.dict(os.environ, environment):
            settings.cache_clear()
            secrets.platform_secrets.cache_clear()
            yield


@contextmanager
def _meta() -> Iterator[None]:
    command = [sys.executable, "-m", "bench.meta_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        os.environ["GRAPH_URL"] = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        settings.cache_clear()
        try:
            yield
        finally:
            server.terminate()


def _invoked(bill: Bill, function: str, handler: Handler, event: dict[str, Any]) -> Any:  # noqa: ANN401 - a handler's answer
    """Call a handler as Lambda does, and put its time on the bill."""
    begin = time.monotonic()
    answer = handler(event, None)
    memory_mb = fragment()["Resources"][function]["Properties"]["MemorySize"]
    with _LOCK:
        bill.lambda_requests += 1
        bill.gb_seconds += (time.monotonic() - begin) * memory_mb / 1024
    return answer


def _send_all(bill: Bill, people: int) -> None:
    """Run the consumers of both queues until every chunk is sent."""
    stopping, chunks = threading.Event(), Counter[str]()
    threads = [
        threading.Thread(target=_source(name, bill, chunks).run, args=(stopping,))
        for name in ("plan", "send", "send", "send")
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + _PATIENCE_S
    while chunks["send"] < math.ceil(people / chunk_size(_RATE_PER_S)):
        assert time.monotonic() < end, f"{chunks['send']} chunks were sent in time"
        time.sleep(0.1)
    stopping.set()
    for thread in threads:
        thread.join()


def _source(name: str, bill: Bill, chunks: Counter[str]) -> EventSource:
    source, path = read_source(name, os.environ)
    handler = load_handler(path)

    def count(event: dict[str, Any], _context: object) -> Any:  # noqa: ANN401 - a handler's answer
        answer = _invoked(bill, source.function_name, handler, event)
        chunks[name] += len(event["Records"])
        return answer

    sqs = aws.client("sqs")
    return EventSource(sqs, source, count, InHand(sqs, VISIBILITY_S))


def _rows(business: Business) -> list[MessageRow]:
    own = business.ctx.tenant_id
    return [row for row in MessageRow.scan() if row.contact_key.startswith(own)]


def _deliver(business: Business, rows: Sequence[MessageRow], step: str) -> Bill:
    """Deliver one status of every message and return what that cost."""
    bill = Bill()
    updates = [
        Update(str(row.wamid), step, int(time.time()), encode_callback(_key(row))) for row in rows
    ]
    number = business.number.phone_number_id
    events = [
        status_event(updates[at : at + _BATCH], number) for at in range(0, len(updates), _BATCH)
    ]
    with counted(bill):
        for event in events:
            assert _invoked(bill, "WebhookFunction", webhook.handler, event)["statusCode"] == 200
    return bill


def _key(row: MessageRow) -> MessageKey:
    tenant_id, contact_id = row.contact_key.split("#")
    return MessageKey(tenant_id, contact_id, row.id, row.campaign_id)


BENCH = Bench(
    "cost",
    "What does AWS bill for a message that is accepted, delivered and read?",
    (
        Bar("dynamodb_writes", "<=", 3.5),
        Bar("sqs_requests", "<=", 0.1),
        Bar("usd_per_million", "<=", 6),
    ),
    run,
)
