"""A schedule in EventBridge, or MiniStack's: it fires once, onto the plan queue, and is gone."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from chalicelib.core.aws import client
from chalicelib.core.clock import SYSTEM_CLOCK
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.ids import random_id
from chalicelib.services.campaigns.dispatch import launch_body
from chalicelib.storage.schedules import create_schedule, delete_schedule

pytestmark = pytest.mark.usefixtures("stage")
PATIENCE_S = 90


def names() -> set[str]:
    """Return the schedules that there are in the stage's group."""
    answer = client("scheduler").list_schedules(GroupName=settings().schedule_group)
    return {one["Name"] for one in answer["Schedules"]}


def received() -> dict[str, Any]:
    """Wait for one message of the plan queue and return its envelope."""
    sqs, url = client("sqs"), settings().plan_queue_url
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2)
        for message in answer.get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            envelope: dict[str, Any] = json.loads(message["Body"])
            return envelope
    pytest.fail(f"no schedule fired within {PATIENCE_S} s")


def test_schedule_fires_once_and_one_taken_back_does_not() -> None:
    """Of two schedules the one that is taken back never fires; the other brings its envelope and
    deletes itself.
    """
    ctx = TenantContext(random_id("ten"), "system", "system", "req_test")
    campaign_id, kept, gone = random_id("cmp"), random_id("sch"), random_id("sch")
    at_ms = SYSTEM_CLOCK.now_ms() + 2_000
    for name in (gone, kept):
        create_schedule(name, at_ms, launch_body(ctx, campaign_id, name))
    assert {kept, gone} <= names()
    delete_schedule(gone)
    delete_schedule(gone)
    envelope = received()
    assert (envelope["type"], envelope["schedule"]) == ("launch", kept)
    assert (envelope["tenant_id"], envelope["campaign_id"]) == (ctx.tenant_id, campaign_id)
    deadline = time.monotonic() + PATIENCE_S
    while names() & {kept, gone} and time.monotonic() < deadline:
        time.sleep(1)
    assert not names() & {kept, gone}
