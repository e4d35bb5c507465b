"""The rest of AWS in memory: SQS with delays and visibility, S3, KMS, Secrets Manager."""

from __future__ import annotations

import heapq
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bench.cloud.dynamodb import DynamoDB, Refused
from chalicelib.core.clock import Clock

SECRET: dict[str, Any] = {
    "signing_keys": {"k1": "bench-signing-key-0123456789abcdef0123"},
    "signing_kid": "k1",
    "callback_key": "bench-callback-key-0123456789abcdef",
    "cursor_key": "bench-cursor-key-0123456789abcdef",
    "meta_app_id": "100000000000001",
    "meta_app_secrets": ["bench-app-secret"],
    "meta_verify_token": "bench-verify-token",
}


@dataclass(order=True, slots=True)
class Message:
    """A message on a queue, in the order in which it becomes visible."""

    due_ms: int
    serial: int
    body: str = field(compare=False)
    group: str = field(compare=False)
    receives: int = field(default=0, compare=False)


class Queue:
    """A standard queue: the message that has been visible longest comes first."""

    def __init__(self) -> None:
        self.waiting: list[Message] = []
        self.dead: list[Message] = []
        self._serial = 0

    def send(self, body: str, group: str, due_ms: int) -> None:
        """Put a message on the queue, visible from `due_ms`."""
        self._serial += 1
        heapq.heappush(self.waiting, Message(due_ms, self._serial, body, group))

    def take(self, now_ms: int) -> Message | None:
        """Take a visible message off; whoever fails with it gives it `again`."""
        if not self.waiting or self.waiting[0].due_ms > now_ms:
            return None
        message = heapq.heappop(self.waiting)
        message.receives += 1
        return message

    def again(self, message: Message, due_ms: int, *, most: int) -> None:
        """Make a message visible again at `due_ms`, or bury it after `most` receives."""
        if message.receives >= most:
            self.dead.append(message)
            return
        message.due_ms = due_ms
        heapq.heappush(self.waiting, message)


class Cloud:
    """One stage's AWS. `answer` takes and gives what botocore's clients take and give."""

    def __init__(self, prefix: str, clock: Clock) -> None:
        self.clock = clock
        self.dynamodb = DynamoDB(prefix)
        self.queues: dict[str, Queue] = defaultdict(Queue)
        self.objects: dict[str, bytes] = {}
        self.before: list[Callable[[str, str, Mapping[str, Any]], None]] = []

    def answer(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a request, or raise Refused; whoever listens in `before` sees it first."""
        for listen in self.before:
            listen(service, operation, params)
        if service == "dynamodb":
            return self.dynamodb.answer(operation, params)
        handle: Callable[[Mapping[str, Any]], dict[str, Any]] = getattr(
            self, f"_{service}_{operation}"
        )
        return handle(params)

    def _sqs_SendMessageBatch(self, params: Mapping[str, Any]) -> dict[str, Any]:
        queue = self.queues[params["QueueUrl"].rsplit("/", 1)[-1]]
        for entry in params["Entries"]:
            due_ms = self.clock.now_ms() + 1000 * entry.get("DelaySeconds", 0)
            queue.send(entry["MessageBody"], entry.get("MessageGroupId", ""), due_ms)
        return {"Successful": [{"Id": entry["Id"]} for entry in params["Entries"]]}

    def _scheduler_CreateSchedule(self, params: Mapping[str, Any]) -> dict[str, Any]:
        at = params["ScheduleExpression"].removeprefix("at(").removesuffix(")")
        due_ms = round(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() * 1000)
        self.queues["plan"].send(params["Target"]["Input"], "", due_ms)
        return {"ScheduleArn": params["Name"]}

    def _s3_PutObject(self, params: Mapping[str, Any]) -> dict[str, Any]:
        if params.get("IfNoneMatch") and params["Key"] in self.objects:
            raise Refused("PreconditionFailed", "the object exists")
        self.objects[params["Key"]] = params["Body"]
        return {}

    def _s3_GetObject(self, params: Mapping[str, Any]) -> dict[str, Any]:
        body = self.objects.get(params["Key"])
        if body is None:
            raise Refused("NoSuchKey", "there is no such object")
        if params.get("Range"):
            first, last = params["Range"].removeprefix("bytes=").split("-")
            body = body[int(first) : int(last) + 1]
        return {"Body": Body(body), "ContentLength": len(body)}

    def _kms_Encrypt(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return {"CiphertextBlob": b"sealed:" + params["Plaintext"]}

    def _kms_Decrypt(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return {"Plaintext": params["CiphertextBlob"].removeprefix(b"sealed:")}

    def _secretsmanager_GetSecretValue(self, _params: Mapping[str, Any]) -> dict[str, Any]:
        return {"SecretString": json.dumps(SECRET)}


class Body:
    """An object's bytes, read once as botocore's stream is."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def read(self) -> bytes:
        """Return all of it."""
        return self._raw
