"""How a queue's message becomes a call of a service: the envelope, decoded, one at a time.

Envelope: `{"v": 1, "type": …, "tenant_id": …, …}`. A message that fails, or whose version or type
nobody knows, is reported in `batchItemFailures`: SQS delivers it again, and after five times it is
in the dead-letter queue. It is never dropped, but for a business that has left Parley.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from chalicelib.core.context import TenantContext, system_context
from chalicelib.core.ids import is_id
from chalicelib.core.log import bind, log, unbind
from chalicelib.services.closing import has_left

VERSION = 1

Handle = Callable[[TenantContext, Mapping[str, Any]], None]


class UnknownEnvelope(Exception):
    """The message is not one that this consumer understands."""


def consumer(
    handles: Mapping[str, Handle], works_after: Collection[Handle] = ()
) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """Return the Lambda handler that gives each message to the handle of its `type`.

    For a business that has left only the handles that work `works_after` that are called. 0.5 RRU
    for each business in half a minute.
    """

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401, ARG001
        failures = [
            {"itemIdentifier": record["messageId"]}
            for record in event["Records"]
            if not _is_done(record, handles, works_after)
        ]
        return {"batchItemFailures": failures}

    return handler


def _is_done(
    record: Mapping[str, Any], handles: Mapping[str, Handle], works_after: Collection[Handle]
) -> bool:
    message_id = str(record["messageId"])
    bind(request_id=message_id)
    try:
        envelope = json.loads(record["body"])
        ctx = _context(envelope, message_id)
        handle = _handle_of(envelope, handles)
        if has_left(ctx.tenant_id) and handle not in works_after:
            log.info("a message for a business that has left is dropped")
            return True
        handle(ctx, envelope)
    except Exception:  # noqa: BLE001 - one bad message must not take its batch with it
        log.exception("a queue message failed and will be delivered again")
        return False
    finally:
        unbind()
    return True


def _handle_of(envelope: Mapping[str, Any], handles: Mapping[str, Handle]) -> Handle:
    handle = handles.get(envelope.get("type", ""))
    if handle is None:
        message = f"no handle for type {envelope.get('type')!r}"
        raise UnknownEnvelope(message)
    return handle


def _context(envelope: object, message_id: str) -> TenantContext:
    if not isinstance(envelope, dict) or envelope.get("v") != VERSION:
        message = "not an envelope of a version that this code understands"
        raise UnknownEnvelope(message)
    tenant_id = envelope.get("tenant_id")
    if not isinstance(tenant_id, str) or not is_id("ten", tenant_id):
        message = "the envelope names no tenant"
        raise UnknownEnvelope(message)
    bind(tenant_id=tenant_id)
    return system_context(tenant_id, message_id)
