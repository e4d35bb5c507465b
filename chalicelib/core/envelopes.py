"""Envelopes: what every message of every queue looks like, written and read here alone.

    {"v": 1, "type": "send", "tenant_id": "ten_…", …}

`v` is the version of all types together. A member that comes new needs no new version: readers take
members by name and stand that one is missing, so what an older deployment put on a queue is
understood. A member that goes or means something else makes a new version; what is of another one
than this code's is not guessed at but raises UnknownEnvelope, so that it ends in the dead-letter
queue, from where it can be sent again once the code that understands it runs.
"""

from __future__ import annotations

import json
from typing import Any

from chalicelib.core.ids import is_id

VERSION = 1


class UnknownEnvelope(Exception):
    """A message that this code does not understand; it must not be taken off its queue."""


def write_envelope(type_: str, tenant_id: str, **members: Any) -> str:
    """Return the body of a message of this type for a tenant."""
    return json.dumps({"v": VERSION, "type": type_, "tenant_id": tenant_id, **members})


def read_envelope(body: str) -> dict[str, Any]:
    """Return the members of a message; raise UnknownEnvelope unless it has a type and a tenant."""
    try:
        envelope = json.loads(body)
    except ValueError:
        raise UnknownEnvelope("not JSON") from None
    if not isinstance(envelope, dict) or envelope.get("v") != VERSION:
        raise UnknownEnvelope("not an envelope of a version that this code understands")
    tenant_id = envelope.get("tenant_id")
    if not isinstance(tenant_id, str) or not is_id("ten", tenant_id):
        raise UnknownEnvelope("the envelope names no tenant")
    if not isinstance(envelope.get("type"), str):
        raise UnknownEnvelope("the envelope has no type")
    return envelope
