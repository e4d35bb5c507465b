"""Fixtures of CSV imports: the queue's part is done by calling its Lambda handler."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import aws as cloud
from chalicelib.handlers.queues.imports import handler
from chalicelib.services.imports import applying
from chalicelib.storage.contacts import Contacts
from chalicelib.storage.imports import Imports
from tests.component.api_client import ApiClient

CSV = {"Content-Type": "text/csv"}


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write with one thread: moto's transactions do not stand several."""
    monkeypatch.setattr(applying, "_WORKERS", 1)


def start(api: ApiClient, body: bytes) -> str:
    """Start the import of a CSV; return its id."""
    answer = api.post("/api/contacts/imports", content=body, headers=CSV)
    assert answer.status == 202, answer.text
    return str(answer.body["id"])


def take() -> list[dict[str, Any]]:
    """Take what is on the imports queue."""
    answer = cloud.client("sqs").receive_message(
        QueueUrl=os.environ["IMPORTS_QUEUE_URL"], MaxNumberOfMessages=10
    )
    messages = answer.get("Messages", [])
    for message in messages:
        cloud.client("sqs").delete_message(
            QueueUrl=os.environ["IMPORTS_QUEUE_URL"], ReceiptHandle=message["ReceiptHandle"]
        )
    return [json.loads(message["Body"]) for message in messages]


def deliver(envelope: dict[str, Any]) -> bool:
    """Give an envelope to the Lambda; tell whether it was done."""
    event = {"Records": [{"messageId": "m1", "body": json.dumps(envelope)}]}
    return handler(event, None) == {"batchItemFailures": []}


def work() -> int:
    """Deliver what is on the queue until it is empty; return how many deliveries that took."""
    count = 0
    while envelopes := take():
        for envelope in envelopes:
            assert deliver(envelope)
            count += 1
    return count


def rows_of(api: ApiClient, import_id: str, **query: str | int) -> list[dict[str, Any]]:
    """Return every row of an import, page by page."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        path = f"/api/contacts/imports/{import_id}/rows"
        page = api.get(path, params={**query, **cursor}).body
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


Killer = Callable[[str, int], None]


class Killed(BaseException):
    """Stands for the death of the process: nothing catches it."""


@pytest.fixture
def kill(monkeypatch: pytest.MonkeyPatch) -> Killer:
    """Let the process die once, in place of the n-th call of a method."""

    def arm(target: str, at: int) -> None:
        module, _, name = target.rpartition(".")
        owner = {"Contacts": Contacts, "Imports": Imports}[module]
        real = getattr(owner, name)
        calls = 0

        def dying(*args: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            result = real(*args, **options) if calls != at else None
            if calls == at:
                raise Killed
            return result

        monkeypatch.setattr(owner, name, dying)

    return arm
