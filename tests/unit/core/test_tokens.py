"""Access tokens: only ours, only current, only for this stage."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from chalicelib.core.errors import Unauthenticated
from chalicelib.core.tokens import ACCESS_TTL_S, Claims, issue_access_token, read_access_token

NOW_MS = 1_800_000_000_000
CLAIMS = Claims("ten_a", "usr_a", "owner", "ses_a")
PAYLOAD: dict[str, Any] = {
    "sub": "usr_a",
    "ten": "ten_a",
    "role": "owner",
    "sid": "ses_a",
    "aud": "parley-local",
    "iat": NOW_MS // 1000,
    "exp": NOW_MS // 1000 + 900,
}


class At:
    """A clock that stands at a time."""

    def __init__(self, ms: int) -> None:
        self.ms = ms

    def now_ms(self) -> int:
        """Return that time."""
        return self.ms


def sign(
    payload: dict[str, Any], key: str = "n" * 32, kid: object = "new", alg: str = "HS256"
) -> str:
    """Sign a payload as somebody might."""
    return jwt.encode(payload, key, algorithm=alg, headers={"kid": kid})


def test_token_says_what_was_put_in() -> None:
    """The claims come back, until the last second of the token."""
    token = issue_access_token(CLAIMS, NOW_MS)
    assert read_access_token(token, At(NOW_MS)) == CLAIMS
    assert read_access_token(token, At(NOW_MS + ACCESS_TTL_S * 1000 - 1)) == CLAIMS


def test_token_expires() -> None:
    """After 15 minutes the token is refused with a code that says: refresh it."""
    token = issue_access_token(CLAIMS, NOW_MS)
    with pytest.raises(Unauthenticated) as caught:
        read_access_token(token, At(NOW_MS + ACCESS_TTL_S * 1000))
    assert caught.value.code == "token_expired"


def test_key_rotation() -> None:
    """A token that the older key signed is still good."""
    assert read_access_token(sign(PAYLOAD, "o" * 32, "old"), At(NOW_MS)) == CLAIMS


@pytest.mark.parametrize(
    "token",
    [
        "",
        "garbage",
        "a.b.c",
        "é.ü.ö",
        "\x00",
        sign(PAYLOAD, "x" * 32),
        sign(PAYLOAD, kid="gone"),
        sign(PAYLOAD, "n" * 64, alg="HS512"),
        sign({**PAYLOAD, "aud": "parley-prod"}),
        sign({k: v for k, v in PAYLOAD.items() if k != "exp"}),
        sign({k: v for k, v in PAYLOAD.items() if k != "ten"}),
        sign({k: v for k, v in PAYLOAD.items() if k != "aud"}),
        jwt.encode(PAYLOAD, "", algorithm="none", headers={"kid": "new"}),
        jwt.encode(PAYLOAD, "n" * 32, algorithm="HS256"),
        sign(PAYLOAD)[:-2] + "xx",
    ],
)
def test_other_tokens_are_refused(token: str) -> None:
    """Garbage, a foreign key, algorithm or stage, and a missing claim are all unauthenticated."""
    with pytest.raises(Unauthenticated) as caught:
        read_access_token(token, At(NOW_MS))
    assert caught.value.code == "unauthenticated"
