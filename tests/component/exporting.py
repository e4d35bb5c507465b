"""Exports in tests: asked for, written by calling the queue's Lambda handler, and read back."""

from __future__ import annotations

import csv
import io
import json
import os
from typing import Any
from urllib.parse import parse_qs, urlsplit

from chalicelib.core import aws
from chalicelib.handlers.queues.imports import handler
from tests.component.api_client import ApiClient

Rows = list[dict[str, str]]


def take() -> list[dict[str, Any]]:
    """Take the records that are on the imports queue."""
    queue = os.environ["IMPORTS_QUEUE_URL"]
    records = []
    while found := (
        aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages")
    ):
        for message in found:
            aws.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            records.append({"messageId": message["MessageId"], "body": message["Body"]})
    return records


def deliver(record: dict[str, Any]) -> bool:
    """Give a record to the Lambda; tell whether it was done."""
    return handler({"Records": [record]}, None) == {"batchItemFailures": []}


def work(*, twice: bool = False) -> int:
    """Deliver what is on the queue until it is empty; return how many deliveries that took."""
    count = 0
    while records := take():
        for record in records * (2 if twice else 1):
            assert deliver(record)
            count += 1
    return count


def export(api: ApiClient, path: str, body: dict[str, Any]) -> tuple[dict[str, Any], Rows]:
    """Ask for an export, have it written, and return it with its rows."""
    asked = api.post(path, json=body)
    assert asked.status == 202, asked.text
    work()
    done = api.get(f"{path}/{asked.body['id']}").body
    assert done["state"] == "completed", done
    return done, rows_of(done)


def rows_of(done: dict[str, Any]) -> Rows:
    """Return the rows of a finished export, from the file that its URL leads to."""
    text = file_of(done).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def file_of(done: dict[str, Any]) -> bytes:
    """Return the bytes of a finished export."""
    url = urlsplit(done["url"])
    bucket = os.environ["BUCKET"]
    key = url.path.removeprefix(f"/{bucket}/")
    assert done["filename"] in parse_qs(url.query)["response-content-disposition"][0]
    found = aws.client("s3").get_object(Bucket=bucket, Key=key)
    return bytes(found["Body"].read())


def envelope_of(record: dict[str, Any]) -> dict[str, Any]:
    """Return what a record says."""
    found: dict[str, Any] = json.loads(record["body"])
    return found
