"""Values that leave Parley and come back: signed, so that nobody can make one or alter one.

List cursors carry DynamoDB's last key; they are bound to the tenant and to what they page over.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.core.keys import KeyRing
from chalicelib.core.secrets import platform_secrets

_TAG_BYTES = 12


def short_tag(key: bytes, text: str) -> str:
    """Return a 16-character URL-safe HMAC-SHA256 tag (96 bits) of `text`."""
    tag = hmac.new(key, text.encode(), hashlib.sha256).digest()[:_TAG_BYTES]
    return base64.urlsafe_b64encode(tag).decode()


def is_tag(ring: KeyRing, text: str, tag: str, now_ms: int) -> bool:
    """Tell in constant time whether `tag` is the tag of `text` by a key of `ring` good now.

    A tag does not say its key: the few that are good are tried.
    """
    tags = (short_tag(key.secret, text).encode() for key in ring.good(now_ms))
    return any(hmac.compare_digest(own, tag.encode()) for own in tags)


def encode_cursor(
    scope: str, last_key: dict[str, Any] | None, clock: Clock = SYSTEM_CLOCK
) -> str | None:
    """Return an opaque cursor for `last_key`, valid only for `scope` (tenant and list)."""
    if last_key is None:
        return None
    payload = base64.urlsafe_b64encode(json.dumps(last_key, sort_keys=True).encode()).decode()
    key = platform_secrets().cursor.signing(clock.now_ms())
    return f"{payload}.{short_tag(key.secret, f'{scope}|{payload}')}"


def decode_cursor(
    scope: str, cursor: str | None, clock: Clock = SYSTEM_CLOCK
) -> dict[str, Any] | None:
    """Return the key in `cursor`; raise Invalid if it was not made by us for this very list."""
    if cursor is None:
        return None
    payload, _, tag = cursor.partition(".")
    if not is_tag(platform_secrets().cursor, f"{scope}|{payload}", tag, clock.now_ms()):
        raise Invalid(
            "The cursor is not one that this list handed out; start again without a cursor.",
            code="invalid_cursor",
            errors=(FieldError("cursor", "unknown cursor"),),
        )
    key = json.loads(base64.urlsafe_b64decode(payload))
    return dict(key)
