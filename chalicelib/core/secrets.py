"""The platform's own secrets: one Secrets Manager entry, read once per process and 5 minutes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from chalicelib.core import aws
from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.config import settings
from chalicelib.core.keys import KeyRing, read_ring
from chalicelib.core.log import log

REFRESH_S = 300


@dataclass(frozen=True, slots=True)
class PlatformSecrets:
    """Keys that sign what Parley hands out, and the credentials of its Meta app."""

    signing: KeyRing
    callback: KeyRing
    cursor: KeyRing
    meta_app_id: str
    meta_app_secrets: tuple[str, ...] = field(repr=False)
    meta_verify_token: str = field(repr=False)


def parse_secrets(text: str) -> PlatformSecrets:
    """Return the secrets in the JSON `text`; raise KeyError naming the one that is missing."""
    raw = json.loads(text)
    return PlatformSecrets(
        signing=read_ring("signing", raw),
        callback=read_ring("callback", raw),
        cursor=read_ring("cursor", raw),
        meta_app_id=raw["meta_app_id"],
        meta_app_secrets=tuple(raw["meta_app_secrets"]),
        meta_verify_token=raw["meta_verify_token"],
    )


class SecretReader:
    """Gives the platform's secrets, as they were REFRESH_S ago at the most."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._held: PlatformSecrets | None = None
        self._read_at_ms = 0

    def __call__(self) -> PlatformSecrets:
        """Return the secrets: one request per process and REFRESH_S.

        While Secrets Manager does not answer, those that were read before go on being good.
        """
        now_ms = self._clock.now_ms()
        held = self._held
        if held is not None and now_ms - self._read_at_ms < REFRESH_S * 1000:
            return held
        try:
            client = aws.client("secretsmanager")
            answer = client.get_secret_value(SecretId=settings().secret_id)
        except Exception as error:
            if held is None or aws.as_unavailable(error) is None:
                raise
            log.warning("the platform's secret cannot be read anew")
            return held
        self._held, self._read_at_ms = parse_secrets(answer["SecretString"]), now_ms
        return self._held

    def cache_clear(self) -> None:
        """Forget what was read."""
        self._held = None


platform_secrets = SecretReader()
