"""One SQS queue delivered to one Lambda handler, as AWS's event source mapping does it.

Successes are deleted; what the handler names in `batchItemFailures`, or everything when it raises,
stays and comes again. Two things differ from AWS, on purpose. A message is hidden for a short time
that is extended while its handler runs: when a consumer is killed its work comes back in seconds,
not after the six function timeouts that the template rightly asks for. And an invocation over its
time cannot be cut off in a thread: its messages simply become visible again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.lambda_context import LambdaContext

log = logging.getLogger("parley.consumer")

Handler = Callable[[dict[str, Any], Any], Any]
VISIBILITY_S = 30
POLL_S = 2
_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Source:
    """A queue and the function it feeds, as the template declares them."""

    queue_name: str
    queue_url: str
    queue_arn: str
    function_name: str
    batch_size: int
    timeout_s: int
    memory_mb: int


class InHand:
    """The messages whose handlers are running; a thread keeps them hidden until they are done."""

    def __init__(self, sqs: Any, visibility_s: int) -> None:  # noqa: ANN401 - made at run time
        """Keep messages hidden through the client `sqs`, always for the next `visibility_s`."""
        self._sqs = sqs
        self.visibility_s = visibility_s
        self._lock = threading.Lock()
        self._batches: dict[str, tuple[Source, list[dict[str, Any]], float]] = {}

    def add(self, context: LambdaContext, source: Source, messages: list[dict[str, Any]]) -> None:
        """Take the messages of an invocation in hand."""
        deadline = time.monotonic() + source.timeout_s
        with self._lock:
            self._batches[context.aws_request_id] = (source, messages, deadline)

    def remove(self, context: LambdaContext) -> None:
        """Let go of the messages of an invocation."""
        with self._lock:
            self._batches.pop(context.aws_request_id, None)

    def keep(self, stopped: threading.Event) -> None:
        """Extend what is in hand, three times within each visibility timeout, until `stopped`."""
        while not stopped.wait(self.visibility_s / 3):
            with self._lock:
                batches = list(self._batches.items())
            for request_id, (source, messages, deadline) in batches:
                if time.monotonic() > deadline:
                    log.error("%s timed out after %s s", source.function_name, source.timeout_s)
                    with self._lock:
                        self._batches.pop(request_id, None)
                    continue
                self._extend(source, messages)

    def _extend(self, source: Source, messages: list[dict[str, Any]]) -> None:
        entries = [
            {
                "Id": str(index),
                "ReceiptHandle": message["ReceiptHandle"],
                "VisibilityTimeout": self.visibility_s,
            }
            for index, message in enumerate(messages)
        ]
        try:
            self._sqs.change_message_visibility_batch(QueueUrl=source.queue_url, Entries=entries)
        except (BotoCoreError, ClientError) as error:
            log.warning("%s: could not keep messages hidden: %s", source.queue_name, error)


class EventSource:
    """Polls one queue and invokes its handler; several threads may share one."""

    def __init__(self, sqs: Any, source: Source, handler: Handler, in_hand: InHand) -> None:  # noqa: ANN401
        """Deliver `source` to `handler` through the client `sqs`."""
        self._sqs = sqs
        self._source = source
        self._handler = handler
        self._in_hand = in_hand

    def run(self, stopping: threading.Event) -> None:
        """Deliver until `stopping`; what was received by then is still delivered."""
        while not stopping.is_set():
            try:
                self.deliver_once()
            except (BotoCoreError, ClientError) as error:
                name = self._source.queue_name
                log.warning("%s: SQS cannot be used, trying again: %s", name, error)
                stopping.wait(_PAUSE_S)

    def deliver_once(self, wait_s: int = POLL_S) -> int:
        """Receive one batch, waiting at most `wait_s`; return how many messages were deleted."""
        answer = self._sqs.receive_message(
            QueueUrl=self._source.queue_url,
            MaxNumberOfMessages=self._source.batch_size,
            WaitTimeSeconds=wait_s,
            VisibilityTimeout=self._in_hand.visibility_s,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        if not messages:
            return 0
        failed = self._invoke(messages)
        done = [message for message in messages if message["MessageId"] not in failed]
        if done:
            self._sqs.delete_message_batch(
                QueueUrl=self._source.queue_url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                    for index, message in enumerate(done)
                ],
            )
        return len(done)

    def _invoke(self, messages: list[dict[str, Any]]) -> set[str]:
        """Call the handler; return the ids of the messages that must come again."""
        source = self._source
        context = LambdaContext(
            source.function_name, timeout_s=source.timeout_s, memory_mb=source.memory_mb
        )
        ids = {message["MessageId"] for message in messages}
        event = {"Records": [_record(source, message) for message in messages]}
        self._in_hand.add(context, source, messages)
        try:
            result = self._handler(event, context)
        except Exception:
            # What Lambda does with any exception of a handler: report it, and deliver again.
            log.exception("%s failed; its messages will come again", source.function_name)
            return ids
        finally:
            self._in_hand.remove(context)
        return failures(result, ids)


def failures(result: object, ids: set[str]) -> set[str]:
    """Return which of `ids` failed, by AWS's rules: a senseless answer fails them all."""
    if result is None or result == {}:
        return set()
    items = result.get("batchItemFailures") if isinstance(result, Mapping) else None
    if items is None and isinstance(result, Mapping):
        return set()
    if not isinstance(items, Sequence) or isinstance(items, str):
        return ids
    named = {item.get("itemIdentifier") if isinstance(item, Mapping) else None for item in items}
    return {str(name) for name in named} if named <= ids else ids


def _record(source: Source, message: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {
            name: {
                "stringValue": value.get("StringValue"),
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": value["DataType"],
            }
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": source.queue_arn,
        "awsRegion": source.queue_arn.split(":")[3],
    }
