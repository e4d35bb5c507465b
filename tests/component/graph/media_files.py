"""Files for media tests, and the queue's work done by hand."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from typing import Any

import requests  # moto answers this client, not httpx
from PIL import Image

from chalicelib.core import aws as aws_clients
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.ids import derived_id
from chalicelib.handlers.queues import media as queue
from chalicelib.services.media import request_download
from chalicelib.storage.contacts import Contacts
from chalicelib.storage.conversations import Conversations
from chalicelib.storage.message_media import read_message
from chalicelib.storage.messages import MessageRow, Messages
from sandbox.model import Media
from tests.component import cloud
from tests.component.conftest import NOON_MS
from tests.component.graph.server import GraphServer

PDF = b"%PDF-1.7\n" + b"0" * 2000


def jpeg(side: int = 640) -> bytes:
    """Return a JPEG of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (side, side // 2), "teal").save(out, "JPEG")
    return out.getvalue()


def webp(side: int = 512) -> bytes:
    """Return a still WebP."""
    out = io.BytesIO()
    Image.new("RGBA", (side, side)).save(out, "WEBP")
    return out.getvalue()


def at_meta(graph: GraphServer, body: bytes, mime_type: str) -> str:
    """Put a file at Meta that a customer sent to the fixture's number; return Meta's id."""
    world = graph.simulation.world
    media = Media(
        id=world.new_id("media"),
        phone_number_id=graph.fixture.phone_number_id,
        mime_type=mime_type,
        sha256=hashlib.sha256(body).hexdigest(),
        file_size=len(body),
        content=base64.b64encode(body).decode(),
        uploaded_at=graph.simulation.clock.now(),
    )
    world.media[media.id] = media
    return media.id


def browser_get(url: str) -> tuple[bytes, dict[str, str]]:
    """GET a signed URL as a browser does; return the body and the headers, in lower case."""
    answer = requests.get(url, timeout=5)
    assert answer.status_code == 200, answer.text
    return answer.content, {name.lower(): value for name, value in answer.headers.items()}


def browser_put(url: str, body: bytes, content_type: str) -> None:
    """PUT a file to a signed URL as a browser does."""
    answer = requests.put(url, data=body, headers={"Content-Type": content_type}, timeout=5)
    assert answer.status_code == 200, answer.text


class Inbox:
    """A customer who sends files, and what Parley has of them."""

    def __init__(self, ctx: TenantContext, number_id: str, phone: str = "+15550111111") -> None:
        self.ctx, self.number_id = ctx, number_id
        self.contact = Contacts(ctx).find_or_create_by_identity(
            phone=phone, bsuid=None, profile_name="Ana", now_ms=NOON_MS
        )
        self._count = 0

    def send(self, kind: str, media: dict[str, Any], *, is_asked: bool = True) -> str:
        """Write a message with a file as the inbound consumer does; return its id."""
        self._count += 1
        message_id = derived_id("msg", NOON_MS, f"wamid.{self._count}")
        row = MessageRow(
            Messages(self.ctx).thread_key(self.contact.id),
            message_id,
            direction="in",
            type=kind,
            text="",
            media=json.dumps({**media, "state": "pending"}),
            at=NOON_MS + self._count,
        )
        assert Conversations(self.ctx).receive(row, self.contact, self.number_id, opens_window=True)
        if is_asked:
            self.ask(message_id, media)
        return message_id

    def ask(self, message_id: str, media: dict[str, Any]) -> None:
        """Have the file fetched."""
        request_download(self.ctx, self.contact.id, message_id, self.number_id, media)

    def media(self, message_id: str) -> dict[str, Any]:
        """Return what the message holds of its file."""
        row = read_message(self.ctx, self.contact.id, message_id)
        found: dict[str, Any] = json.loads(row.media or "{}")
        return found


def announced(graph: GraphServer, body: bytes, mime_type: str, **more: Any) -> dict[str, Any]:
    """Put a file at Meta and return what a webhook would say of it."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return {
        "id": at_meta(graph, body, mime_type),
        "mime_type": mime_type,
        "sha256": digest,
        **more,
    }


def work() -> list[bool]:
    """Give each message of the media queue to its Lambda; tell for each whether it is done."""
    sqs, url = aws_clients.client("sqs"), settings().media_queue_url
    cloud.end_delays()
    done: list[bool] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            record = {"messageId": message["MessageId"], "body": message["Body"]}
            done.append(queue.handler({"Records": [record]}, None) == {"batchItemFailures": []})
    return done


def keys() -> list[str]:
    """Return every key in the bucket, without the tenant."""
    s3: Any = aws_clients.client("s3")
    found = s3.list_objects_v2(Bucket=settings().bucket).get("Contents", [])
    return sorted("/".join((*o["Key"].split("/")[:1], *o["Key"].split("/")[2:])) for o in found)
