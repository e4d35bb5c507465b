"""What is on a queue is understood or comes again, and ends in the dead letters: never lost.

tests/data/envelopes.json holds a message of each type and shape that a deployment of version 1 has
put on a queue. A message that is on its way while a new version is deployed looks like that: add to
it, but do not change what is there.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import pytest
from botocore.client import BaseClient

from chalicelib.core import aws as aws_clients
from chalicelib.core.config import settings
from chalicelib.core.context import system_context
from chalicelib.core.envelopes import read_envelope, write_envelope
from chalicelib.core.errors import AppError
from chalicelib.core.ids import random_id
from chalicelib.handlers import queues
from chalicelib.handlers.queues.envelope import Consumer
from chalicelib.services import account_reports
from chalicelib.storage.number_row import NumberRow
from chalicelib.storage.tenants import TenantRow, UserRow
from chalicelib.whatsapp.events import AccountReport, HistorySync
from tests.component.cloud import models
from tests.component.conftest import SettableClock
from tests.component.mailbox import mails

SAMPLES: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[1] / "data" / "envelopes.json").read_text()
)
TENANT_ID = "ten_00000000000000000000000001"
CONSUMERS: dict[str, Consumer] = {
    one.name: importlib.import_module(f"{queues.__name__}.{one.name}").handler
    for one in pkgutil.iter_modules(queues.__path__)
    if one.name != "envelope"
}
EACH = [(queue, sample) for queue, samples in SAMPLES.items() for sample in samples]
NAMES = [f"{queue}-{sample['type']}-{n}" for n, (queue, sample) in enumerate(EACH)]


def deliver(queue: str, *bodies: str) -> list[str]:
    """Deliver messages to a queue's consumer; return which of them are to come again."""
    records = [{"messageId": str(n), "body": body} for n, body in enumerate(bodies)]
    answer = CONSUMERS[queue]({"Records": records}, None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def open_shop() -> None:
    """Write the tenant and the number that the samples name."""
    TenantRow(TENANT_ID, name="Shop", country="US", created_at=1).save()
    NumberRow(
        TENANT_ID,
        "num_00000000000000000000000001",
        phone_number_id="300000000000001",
        waba_id="200000000000001",
        display_phone_number="+1 555 010 0001",
        verified_name="Shop",
        quality_rating="GREEN",
        status="CONNECTED",
        throughput_level="STANDARD",
        token_ciphertext=b"x",
        connected_at=1,
    ).save()


def items() -> Mapping[str, int]:
    """Return how many items each table has."""
    client = aws_clients.client("dynamodb")
    names = [model.Meta.table_name for model in models()]
    return {name: client.scan(TableName=name, Select="COUNT")["Count"] for name in names}


def test_each_type_of_each_queue_has_a_sample() -> None:
    """A type that comes new is held to its first shape from then on."""
    known = {queue: set(consumer.handles) for queue, consumer in CONSUMERS.items()}
    assert {q: {one["type"] for one in samples} for q, samples in SAMPLES.items()} == known


@pytest.mark.parametrize(("queue", "sample"), EACH, ids=NAMES)
def test_an_older_deployments_message_is_understood(
    aws: None, clock: SettableClock, queue: str, sample: dict[str, Any]
) -> None:
    """Each handle takes what version 1 wrote; that what it names is gone is all it may say."""
    open_shop()
    envelope = read_envelope(json.dumps(sample))
    with suppress(AppError):
        CONSUMERS[queue].handles[sample["type"]](system_context(TENANT_ID, "m"), envelope)


@pytest.mark.parametrize(("queue", "sample"), EACH, ids=NAMES)
def test_a_message_with_a_member_that_comes_new_is_understood(
    aws: None, clock: SettableClock, queue: str, sample: dict[str, Any]
) -> None:
    """A newer deployment may add members without a new version: an older one does not mind."""
    open_shop()
    with suppress(AppError):
        newer = {**sample, "comes_new": {"a": [1]}}
        CONSUMERS[queue].handles[sample["type"]](system_context(TENANT_ID, "m"), newer)


def changed(sample: Mapping[str, Any], **members: object) -> str:
    """Return the body of a sample with other members; those that are None are left out."""
    return json.dumps({name: v for name, v in {**sample, **members}.items() if v is not None})


STRANGE: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "newer": lambda sample: changed(sample, v=2),
    "older": lambda sample: changed(sample, v=0),
    "version as text": lambda sample: changed(sample, v="1"),
    "no version": lambda sample: json.dumps({n: v for n, v in sample.items() if n != "v"}),
    "unknown type": lambda sample: changed(sample, type="surprise"),
    "type of another shape": lambda sample: changed(sample, type={"a": 1}),
    "no tenant": lambda sample: changed(sample, tenant_id=None),
    "tenant of another shape": lambda sample: changed(sample, tenant_id=["x"]),
    "another's id": lambda sample: changed(sample, tenant_id=random_id("usr")),
    "a list": lambda sample: json.dumps([sample]),
    "null": lambda _sample: "null",
    "no JSON": lambda sample: f"{sample}",
    "cut off": lambda sample: json.dumps(sample)[:-7],
    "empty": lambda _sample: "",
    "no members": lambda sample: write_envelope(sample["type"], sample["tenant_id"]),
}


@pytest.mark.parametrize("queue", CONSUMERS)
@pytest.mark.parametrize("kind", STRANGE)
def test_a_message_that_nobody_understands_comes_again(aws: None, queue: str, kind: str) -> None:
    """It is reported as failed, so that SQS keeps it, and nothing is written because of it."""
    open_shop()
    before = items()
    bodies = [STRANGE[kind](sample) for sample in SAMPLES[queue]]
    assert deliver(queue, *bodies) == [str(n) for n in range(len(bodies))]
    assert items() == before


def test_each_kind_of_report_has_a_sample() -> None:
    """What the webhook reports of accounts is understood, kind by kind, and held to its shape."""
    sent = {one.__name__ for one in (*get_args(AccountReport), HistorySync)}
    sampled = {one["kind"] for one in SAMPLES["inbound"] if one["type"] == "account"}
    assert set(account_reports.EFFECTS) == sent == sampled


@pytest.mark.parametrize(
    ("queue", "type_", "members"),
    [
        ("inbound", "account", {"kind": "AccountMoved"}),
        ("mail", "notice", {"notice": "plan_changed"}),
        ("mail", "link", {"purpose": "delegation"}),
    ],
)
def test_a_value_that_only_newer_code_knows_comes_again(
    aws: None, queue: str, type_: str, members: dict[str, str]
) -> None:
    """A member with a value that came new, met by older code while a deployment goes on, is neither
    dropped nor taken for another one: it waits for the code that knows it.
    """
    open_shop()
    user_id = "usr_00000000000000000000000001"
    UserRow(
        TENANT_ID, user_id, name="Ann", email="ann@shop.example", role="owner", created_at=1
    ).save()
    before = items()
    sample = next(one for one in SAMPLES[queue] if one["type"] == type_)
    assert deliver(queue, changed(sample, **members)) == ["0"]
    assert items() == before
    assert mails() == []


@pytest.mark.parametrize("queue", [q for q, one in CONSUMERS.items() if not one.may_be_nobodys])
def test_a_tenant_that_is_gone_gets_nothing_written(aws: None, queue: str) -> None:
    """Nothing of a business comes back to life by a message that was on its way when it went."""
    before = items()
    bodies = [json.dumps(sample) for sample in SAMPLES[queue]]
    assert deliver(queue, *bodies) == [str(n) for n in range(len(bodies))]
    assert items() == before


def test_a_mail_for_a_stranger_is_done_and_sends_nothing(aws: None) -> None:
    """Who asks for a link with an e-mail that nobody has gets a message for nobody, on purpose."""
    before = items()
    assert deliver("mail", *(json.dumps(sample) for sample in SAMPLES["mail"])) == []
    assert items() == before


@pytest.mark.parametrize(("received", "again_s"), [(1, 5), (2, 30), (3, None)])
def test_planning_that_failed_is_tried_again_soon(
    aws: None, monkeypatch: pytest.MonkeyPatch, received: int, again_s: int | None
) -> None:
    """Twice at once, for what passes in a moment; then in the queue's own time, half an hour."""
    open_shop()
    sqs, url = aws_clients.client("sqs"), settings().plan_queue_url
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(SAMPLES["plan"][0]))
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {"ApproximateReceiveCount": str(received)},
    }
    asked: list[int] = []
    call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def listening(self: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        if operation == "ChangeMessageVisibility":
            asked.append(params["VisibilityTimeout"])
        return call(self, operation, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", listening)
    again = {"batchItemFailures": [{"itemIdentifier": message["MessageId"]}]}
    assert CONSUMERS["plan"]({"Records": [record]}, None) == again
    assert asked == ([] if again_s is None else [again_s])
    # A handle that SQS does not take any more changes nothing: the message comes in its own time.
    assert CONSUMERS["plan"]({"Records": [{**record, "receiptHandle": "gone"}]}, None) == again


def test_a_bad_message_takes_none_of_its_batch_with_it(aws: None, clock: SettableClock) -> None:
    """The good ones of a batch are done, the bad one alone comes again."""
    open_shop()
    good = json.dumps(next(one for one in SAMPLES["inbound"] if one["type"] == "inbound"))
    assert deliver("inbound", good, "no envelope", good) == ["1"]
