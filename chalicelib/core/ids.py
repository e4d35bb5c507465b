"""Identifiers: a prefix that names the kind, then 26 characters of Crockford base32.

`ordered` sorts by time (48 bits of milliseconds, then 80 random bits: the ULID layout); `random`
carries no time, so that the keys of a busy tenant spread over DynamoDB's partitions.
"""

from __future__ import annotations

import hashlib
import re
import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # pragma: allowlist secret
_LENGTH = 26
_PATTERN = re.compile(rf"[a-z]{{3}}_[{_ALPHABET}]{{{_LENGTH}}}")


def _encode(value: int) -> str:
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -5, -5))


def random_id(prefix: str) -> str:
    """Return a new id without order: 128 random bits."""
    return f"{prefix}_{_encode(secrets.randbits(128))}"


def ordered_id(prefix: str, at_ms: int) -> str:
    """Return a new id that sorts after the ids of earlier milliseconds."""
    return f"{prefix}_{_encode((at_ms << 80) | secrets.randbits(80))}"


def derived_id(prefix: str, at_ms: int, seed: str) -> str:
    """Return the one id of `seed` at `at_ms`, so that a replay meets what it wrote before."""
    digest = hashlib.sha256(seed.encode()).digest()[:10]
    return f"{prefix}_{_encode((at_ms << 80) | int.from_bytes(digest))}"


def is_id(prefix: str, text: str) -> bool:
    """Tell whether `text` has the shape of an id of this kind."""
    return text.startswith(f"{prefix}_") and _PATTERN.fullmatch(text) is not None
