"""Passwords and their hashes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings, strategies as st

from chalicelib.core.errors import Invalid
from chalicelib.services import passwords
from chalicelib.services.passwords import COST, MAX_BYTES, hash_password, is_password


@pytest.fixture(scope="module", name="cheap", autouse=True)
def _cheap() -> object:
    """Hash at bcrypt's lowest cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "COST", 4)
        yield


def test_cost_is_12() -> None:
    """What is deployed hashes at cost 12, and the hash that nobody has costs the same."""
    assert COST == 12
    assert passwords._NOBODYS_HASH.startswith("$2b$12$")


def test_hash_is_salted() -> None:
    """The same password never has the same hash twice, and is right for both."""
    first, second = hash_password("correct horse"), hash_password("correct horse")
    assert first != second
    assert is_password("correct horse", first)
    assert is_password("correct horse", second)
    assert not is_password("correct horsf", first)


def test_nobody_has_a_password() -> None:
    """Without a hash to compare with no password is right."""
    assert not is_password("correct horse", None)


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=100))
def test_a_password_is_refused_or_works(password: str) -> None:
    """Any text is either refused as a new password, or is right afterwards; never cut silently."""
    secret = unicodedata.normalize("NFKC", password)
    is_good = len(secret) >= 10 and len(secret.encode()) <= MAX_BYTES and "\0" not in secret
    if not is_good:
        with pytest.raises(Invalid) as caught:
            hash_password(password)
        assert caught.value.errors[0].field == "password"
        return
    found = hash_password(password)
    assert is_password(password, found)
    assert not is_password(password + "x", found)


def test_limit_is_in_bytes() -> None:
    """72 bytes are the limit, whatever number of characters they are."""
    assert hash_password("ü" * 36)
    with pytest.raises(Invalid, match="this has 74"):
        hash_password("ü" * 37)
    with pytest.raises(Invalid, match="at most 72 bytes"):
        hash_password("x" * 73)
