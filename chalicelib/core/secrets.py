"""The platform's own secrets: one Secrets Manager entry, read once per process."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache

from chalicelib.core import aws
from chalicelib.core.config import settings


@dataclass(frozen=True, slots=True)
class PlatformSecrets:
    """Keys that sign what Parley hands out, and the credentials of its Meta app."""

    signing_kid: str
    signing_keys: dict[str, str] = field(repr=False)
    callback_key: bytes = field(repr=False)
    cursor_key: bytes = field(repr=False)
    meta_app_id: str
    meta_app_secrets: tuple[str, ...] = field(repr=False)
    meta_verify_token: str = field(repr=False)


def parse_secrets(text: str) -> PlatformSecrets:
    """Return the secrets in the JSON `text`; raise KeyError naming the one that is missing."""
    raw = json.loads(text)
    return PlatformSecrets(
        signing_kid=raw["signing_kid"],
        signing_keys=dict(raw["signing_keys"]),
        callback_key=raw["callback_key"].encode(),
        cursor_key=raw["cursor_key"].encode(),
        meta_app_id=raw["meta_app_id"],
        meta_app_secrets=tuple(raw["meta_app_secrets"]),
        meta_verify_token=raw["meta_verify_token"],
    )


@cache
def platform_secrets() -> PlatformSecrets:
    """Return the platform's secrets. One request per process."""
    answer = aws.client("secretsmanager").get_secret_value(SecretId=settings().secret_id)
    return parse_secrets(answer["SecretString"])
