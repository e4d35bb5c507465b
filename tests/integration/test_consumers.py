"""A consumer and a real queue: what fails comes again when the consumer says, not SQS."""

from __future__ import annotations

import time
from typing import Any

import pytest

from chalicelib.core.aws import client
from chalicelib.core.config import settings
from chalicelib.core.envelopes import write_envelope
from chalicelib.core.ids import random_id
from chalicelib.handlers.queues import plan

pytestmark = pytest.mark.usefixtures("stage")
PATIENCE_S = 20


def received(body: str) -> dict[str, Any]:
    """Wait for a message of the plan queue, and hide it for half an hour as its consumer does."""
    sqs, url = client("sqs"), settings().plan_queue_url
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        answer = sqs.receive_message(
            QueueUrl=url,
            WaitTimeSeconds=1,
            VisibilityTimeout=1800,
            MessageSystemAttributeNames=["All"],
        )
        for message in answer.get("Messages", []):
            if message["Body"] == body:
                found: dict[str, Any] = message
                return found
    pytest.fail(f"the message did not come within {PATIENCE_S} s")


def test_planning_that_failed_comes_again_within_seconds() -> None:
    """A message of a campaign that is not written yet is back after five seconds, and counted."""
    body = write_envelope("tick", random_id("ten"), campaign_id=random_id("cmp"), tick=0)
    client("sqs").send_message(QueueUrl=settings().plan_queue_url, MessageBody=body)
    first = received(body)
    record = {
        "messageId": first["MessageId"],
        "receiptHandle": first["ReceiptHandle"],
        "body": body,
        "attributes": first["Attributes"],
    }
    again = {"batchItemFailures": [{"itemIdentifier": first["MessageId"]}]}
    assert plan.handler({"Records": [record]}, None) == again
    second = received(body)
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"
    client("sqs").delete_message(
        QueueUrl=settings().plan_queue_url, ReceiptHandle=second["ReceiptHandle"]
    )
