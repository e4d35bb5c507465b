"""The platform's secrets without AWS."""

from __future__ import annotations

import pytest

from chalicelib.core import secrets, signing, tokens
from chalicelib.core.keys import Key, KeyRing
from chalicelib.core.secrets import PlatformSecrets

SECRETS = PlatformSecrets(
    signing=KeyRing("signing", (Key("new", b"n" * 32), Key("old", b"o" * 32, None))),
    callback=KeyRing("callback", (Key("c", b"c" * 32),)),
    cursor=KeyRing("cursor", (Key("u", b"u" * 32),)),
    meta_app_id="1",
    meta_app_secrets=("s",),
    meta_verify_token="v",
)


@pytest.fixture(autouse=True)
def platform(monkeypatch: pytest.MonkeyPatch) -> PlatformSecrets:
    """Let every module of core see the same secrets."""
    for module in (secrets, signing, tokens):
        monkeypatch.setattr(module, "platform_secrets", lambda: SECRETS)
    return SECRETS
