"""Limits on attempts."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from chalicelib.core.errors import TooManyRequests
from chalicelib.services.rate_limits import Limit, forgive, spend
from chalicelib.storage.rate_limits import RateLimitRow
from tests.component import cloud
from tests.component.conftest import SettableClock

LIMIT = Limit("test", attempts=3, window_s=60)


def is_allowed(subject: str, clock: SettableClock) -> bool:
    """Spend one attempt; tell whether it was allowed."""
    try:
        spend(LIMIT, subject, clock)
    except TooManyRequests:
        return False
    return True


def test_limit_and_window(aws: None, clock: SettableClock) -> None:
    """The limit holds for one subject until its window ends, and says how long that is."""
    assert [is_allowed("a", clock) for _ in range(4)] == [True, True, True, False]
    assert is_allowed("b", clock)
    clock.advance(20)
    with pytest.raises(TooManyRequests, match="40 seconds") as caught:
        spend(LIMIT, "a", clock)
    assert caught.value.retry_after_s == 40
    clock.advance(40)
    assert is_allowed("a", clock)


def test_forgiven_attempts_come_back(aws: None, clock: SettableClock) -> None:
    """A forgiven attempt may be spent again, and nothing can be forgiven that was not spent."""
    forgive(LIMIT, "a", clock)
    for _ in range(5):
        assert is_allowed("a", clock)
        forgive(LIMIT, "a", clock)
    forgive(LIMIT, "a", clock)
    assert [is_allowed("a", clock) for _ in range(4)] == [True, True, True, False]


def test_counters_name_nobody_and_expire(aws: None, clock: SettableClock) -> None:
    """A counter's key holds no e-mail or address, and DynamoDB may delete it after its window."""
    spend(LIMIT, "ada@bakery.example", clock)
    (row,) = RateLimitRow.scan()
    assert "ada" not in row.key
    assert row.expires_at == clock.at_ms // 1000 + 60 + 3600


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pauses=st.lists(st.integers(min_value=0, max_value=70), max_size=20))
def test_never_more_in_a_window(aws: None, clock: SettableClock, pauses: list[int]) -> None:
    """However attempts are spread, no window lets more through than the limit."""
    cloud.empty()
    through: dict[int, int] = {}
    for pause in pauses:
        clock.advance(pause)
        if is_allowed("a", clock):
            window = clock.at_ms // 60_000
            through[window] = through.get(window, 0) + 1
    assert all(count <= LIMIT.attempts for count in through.values())
