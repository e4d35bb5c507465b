"""How a queue's message becomes a call of a service: read, and given to the handle of its type.

A message that fails, whose version, shape or type nobody knows, or whose tenant is not there, is
reported in `batchItemFailures`: SQS delivers it again, and after five times it is in the queue of
dead letters. It is never dropped, but for a business that has left Parley. One that came a little
too early (Unavailable) comes again soon, twice; any other, and later, after the queue's visibility
timeout, which is six times its consumer's. What waits for a message to bring it on may give up at
the last delivery, so that a person sees it: without another try, for the one before may have taken
the worker with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.core import aws
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext, system_context
from chalicelib.core.envelopes import UnknownEnvelope, read_envelope
from chalicelib.core.errors import Unavailable
from chalicelib.core.log import bind, log, unbind
from chalicelib.services.closing import has_left
from chalicelib.storage.tenants import get_tenant

# As the queues' RedrivePolicy says.
DELIVERIES = 5
SOON_S = (5, 30)  # after the first try, and after the second
_QUEUES = ("plan", "send", "inbound", "imports", "media", "mail", "tenant")

Handle = Callable[[TenantContext, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Consumer:
    """The Lambda handler of a queue: each message goes to the handle of its `type`.

    The last delivery goes to what `gives_up` has for the type, if anything, and fails all the same.
    0.5 RRU a message for its tenant, so that nothing is written for one that is gone; not where
    messages `may_be_nobodys`.
    """

    handles: Mapping[str, Handle]
    may_be_nobodys: bool = False
    works_after: Collection[Handle] = ()
    gives_up: Mapping[str, Handle] = field(default_factory=dict)

    def __call__(self, event: dict[str, Any], _context: object) -> dict[str, Any]:
        """Take the messages of an event one by one; return those that are to come again."""
        failures = [
            {"itemIdentifier": record["messageId"]}
            for record in event["Records"]
            if not _is_done(record, self)
        ]
        return {"batchItemFailures": failures}


def _is_done(record: Mapping[str, Any], consumer: Consumer) -> bool:
    message_id = str(record["messageId"])
    bind(request_id=message_id)
    try:
        envelope = read_envelope(record["body"])
        handle = _handle_of(envelope, consumer.handles)
        ctx = system_context(envelope["tenant_id"], message_id)
        bind(tenant_id=ctx.tenant_id)
        if handle not in consumer.works_after and has_left(ctx.tenant_id):
            log.info("a message for a business that has left is dropped")
            return True
        if not consumer.may_be_nobodys:
            get_tenant(ctx.tenant_id)
        if _is_last(record) and envelope["type"] in consumer.gives_up:
            log.error("a message that failed each time is given up")
            consumer.gives_up[envelope["type"]](ctx, envelope)
            return False
        handle(ctx, envelope)
    except Exception as error:  # noqa: BLE001 - one bad message must not take its batch with it
        log.exception("a queue message failed and will be delivered again")
        if isinstance(error, Unavailable):
            _come_soon(record)
        return False
    finally:
        unbind()
    return True


def _is_last(record: Mapping[str, Any]) -> bool:
    received = record.get("attributes", {}).get("ApproximateReceiveCount", "1")
    return int(received) >= DELIVERIES


def _handle_of(envelope: Mapping[str, Any], handles: Mapping[str, Handle]) -> Handle:
    handle = handles.get(envelope["type"])
    if handle is None:
        message = f"no handle for type {envelope['type']!r}"
        raise UnknownEnvelope(message)
    return handle


def _come_soon(record: Mapping[str, Any]) -> None:
    """Have SQS deliver a message again before its visibility timeout is over. One request."""
    tries = int(record.get("attributes", {}).get("ApproximateReceiveCount", 0))
    name = str(record.get("eventSourceARN", "")).rpartition(":")[2]
    urls = [getattr(settings(), f"{queue}_queue_url") for queue in _QUEUES]
    url = next((one for one in urls if one.rpartition("/")[2] == name), None)
    if url is not None and 0 < tries <= len(SOON_S):
        aws.come_again(url, record["receiptHandle"], SOON_S[tries - 1])
