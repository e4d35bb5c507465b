"""The platform's secrets without AWS."""

from __future__ import annotations

import pytest

from chalicelib.core import secrets, signing, tokens
from chalicelib.core.secrets import PlatformSecrets

SECRETS = PlatformSecrets(
    signing_kid="new",
    signing_keys={"new": "n" * 32, "old": "o" * 32},
    callback_key=b"c" * 32,
    cursor_key=b"u" * 32,
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
