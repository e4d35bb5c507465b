"""Access tokens: only ours, only current, only for this stage."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

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
    "iss": "parley-local",
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


def test_a_role_of_the_tenant_s_own_carries_its_permissions() -> None:
    """What a custom role may do is in the token, signed; a built-in role's is not."""
    own = Claims("ten_a", "usr_a", "clerk", "ses_a", frozenset({"contacts:read"}))
    assert read_access_token(issue_access_token(own, NOW_MS), At(NOW_MS)) == own
    assert "perm" not in jwt.decode(
        issue_access_token(CLAIMS, NOW_MS), options={"verify_signature": False}
    )


def test_key_rotation() -> None:
    """A token that the older key signed is still good."""
    assert read_access_token(sign(PAYLOAD, "o" * 32, "old"), At(NOW_MS)) == CLAIMS


def forged(header: dict[str, Any], payload: dict[str, Any], key: str) -> str:
    """Make a token by hand, with a header that no library would sign; with an HMAC if `key`."""

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    signed = ".".join(part(json.dumps(value).encode()) for value in (header, payload))
    tag = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest() if key else b""
    return f"{signed}.{part(tag)}"


# Signed with a key pair of the attacker's own, and named by one of our kids.
RS256 = jwt.encode(
    PAYLOAD,
    rsa.generate_private_key(public_exponent=65537, key_size=2048),
    algorithm="RS256",
    headers={"kid": "new"},
)


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
        sign({**PAYLOAD, "iss": "parley-prod"}),
        sign({**PAYLOAD, "aud": "parley-prod", "iss": "parley-prod"}),
        sign({k: v for k, v in PAYLOAD.items() if k != "iss"}),
        forged({"alg": "none", "kid": "new"}, PAYLOAD, ""),
        forged({"alg": "None", "kid": "new"}, PAYLOAD, ""),
        forged({"alg": "RS256", "kid": "new"}, PAYLOAD, "n" * 32),
        forged({"alg": "HS256", "kid": ["new"]}, PAYLOAD, "n" * 32),
        forged({"alg": "HS256", "kid": "../new"}, PAYLOAD, ""),
        RS256,
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
