"""Guessing passwords gets slow for who guesses, and locks out nobody else."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from chalicelib.core.errors import TooManyRequests
from chalicelib.services import lockout, passwords
from chalicelib.services.rate_limits import Limit
from chalicelib.storage import rate_limits as storage
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock
from tests.component.members import EMAIL, sign_in, sign_up

STRANGER = "198.51.100.66"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", 4)


def test_wrong_passwords_get_slower(api: ApiClient, clock: SettableClock) -> None:
    """Five are free; then each costs a longer pause, in which even the right one is refused."""
    sign_up(api)
    assert [sign_in(api, password="wrong").status for _ in range(5)] == [401] * 5
    refused = sign_in(api)
    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    assert "1 second" in refused.body["detail"]
    clock.advance(1)
    assert sign_in(api, password="wrong").status == 401
    clock.advance(1)
    assert sign_in(api).headers["retry-after"] == "1"
    clock.advance(1)
    assert sign_in(api).status == 200
    assert [sign_in(api, password="wrong").status for _ in range(5)] == [401] * 5


@given(st.integers(min_value=1, max_value=10_000))
def test_the_pause_grows_to_a_limit(attempts: int) -> None:
    """More wrong attempts never mean a shorter pause, and no pause is over a quarter of an hour."""
    assert lockout.pause_s(attempts) <= lockout.pause_s(attempts + 1) <= lockout.MAX_PAUSE_S


def test_a_stranger_locks_out_nobody(
    api: ApiClient, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever strangers try, the user signs in from where they have signed in before."""
    monkeypatch.setattr(lockout, "PER_EMAIL", Limit("login-email", 3, 3600))
    sign_up(api)
    assert sign_in(api).status == 200
    for n in range(20):
        sign_in(api, password="wrong", source_ip=f"198.51.100.{n}")
    assert sign_in(api, source_ip=STRANGER).status == 429
    assert sign_in(api).status == 200
    clock.advance(3600)
    assert sign_in(api, source_ip=STRANGER).status == 200


def test_attempts_at_once_are_all_counted(
    aws: None, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two attempts that read the same count only one goes on: none slips past the pause."""
    find = storage.find_attempts
    raced: list[str] = []

    def find_late(key: str, now_ms: int) -> storage.RateLimitRow | None:
        seen = find(key, now_ms)
        if not raced:
            raced.append(key)
            lockout.admit(EMAIL, STRANGER, clock)
        return seen

    monkeypatch.setattr(storage, "find_attempts", find_late)
    with pytest.raises(TooManyRequests):
        lockout.admit(EMAIL, STRANGER, clock)


def test_one_address(api: ApiClient, clock: SettableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guessing at many e-mails from one address ends too, and for that address only."""
    monkeypatch.setattr(lockout, "PER_ADDRESS", Limit("login-address", 2, 900))
    sign_up(api)
    emails = [f"{n}@bakery.example" for n in range(3)]
    found = [sign_in(api, email, source_ip=STRANGER).status for email in emails]
    assert found == [401, 401, 429]
    assert {sign_in(api).status for _ in range(4)} == {200}
