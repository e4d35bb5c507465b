"""How a queue's message becomes a call of a service: read, and given to the handle of its type.

A message that fails, whose version, shape or type nobody knows, or whose tenant is not there, is
reported in `batchItemFailures`: SQS delivers it again, and after five times it is in the queue of
dead letters. It is never dropped, but for a business that has left Parley.

SQS gives a message back after six times the longest that its function may run, which for some work
is half an hour. Where that is much for a moment's trouble, a consumer says how soon the first
deliveries after the first are to come. What waits for a message to bring it on may give up at the
last delivery, so that a person sees it: without another try, for the one before may have taken the
worker with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.core.aws import show_again
from chalicelib.core.config import Settings, settings
from chalicelib.core.context import TenantContext, system_context
from chalicelib.core.envelopes import UnknownEnvelope, read_envelope
from chalicelib.core.log import bind, log, unbind
from chalicelib.services.closing import has_left
from chalicelib.storage.tenants import get_tenant

# As the queues' RedrivePolicy says.
DELIVERIES = 5

Handle = Callable[[TenantContext, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Consumer:
    """The Lambda handler of a queue: each message goes to the handle of its `type`.

    The last delivery goes to what `gives_up` has for the type, if anything, and fails all the same.
    0.5 RRU a message for its tenant, so that nothing is written for one that is gone; not where
    messages `may_be_nobodys`. What fails for the first, second … time comes again after the seconds
    of `again_s` on the queue `url_of` names, one request each; later the queue's own time holds.
    """

    handles: Mapping[str, Handle]
    may_be_nobodys: bool = False
    works_after: Collection[Handle] = ()
    gives_up: Mapping[str, Handle] = field(default_factory=dict)
    again_s: Sequence[int] = ()
    url_of: Callable[[Settings], str] | None = None

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
    except Exception:  # noqa: BLE001 - one bad message must not take its batch with it
        log.exception("a queue message failed and will be delivered again")
        _hasten(record, consumer)
        return False
    finally:
        unbind()
    return True


def _is_last(record: Mapping[str, Any]) -> bool:
    received = record.get("attributes", {}).get("ApproximateReceiveCount", "1")
    return int(received) >= DELIVERIES


def _hasten(record: Mapping[str, Any], consumer: Consumer) -> None:
    """Have a message that failed come again as soon as its consumer wishes."""
    received = int(record.get("attributes", {}).get("ApproximateReceiveCount", 0))
    if consumer.url_of is not None and 0 < received <= len(consumer.again_s):
        url, delay_s = consumer.url_of(settings()), consumer.again_s[received - 1]
        show_again(url, str(record["receiptHandle"]), delay_s)


def _handle_of(envelope: Mapping[str, Any], handles: Mapping[str, Handle]) -> Handle:
    handle = handles.get(envelope["type"])
    if handle is None:
        message = f"no handle for type {envelope['type']!r}"
        raise UnknownEnvelope(message)
    return handle
