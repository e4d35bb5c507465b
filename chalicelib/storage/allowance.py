"""How many people a business wrote to first, by the hour: what Meta's messaging limit counts.

A counter for each hour of a portfolio, which DynamoDB forgets by itself (TTL) when it no longer
falls within the last 24 hours. Counters only add, so senders at once need no lock.
"""

from __future__ import annotations

from chalicelib.storage.rate_limits import RateLimitRow

HOUR_MS = 3_600_000
_HOURS = 25  # the last 24 hours touch 25 of them, the first and the last in part
_KEPT_S = 26 * 3600


def count_started(portfolio_id: str, people: int, now_ms: int) -> None:
    """Count people who were written to outside their customer-service window. 1 WRU."""
    RateLimitRow(_key(portfolio_id, now_ms // HOUR_MS)).update(
        actions=[
            RateLimitRow.attempts.add(people),
            RateLimitRow.expires_at.set(now_ms // 1000 + _KEPT_S),
        ]
    )


def started_in_24h(portfolio_id: str, now_ms: int) -> int:
    """Return how many were counted in the last 24 hours, rounded up to whole hours. 12.5 RRU."""
    hour = now_ms // HOUR_MS
    keys = [_key(portfolio_id, hour - ago) for ago in range(_HOURS)]
    return sum(int(row.attempts) for row in RateLimitRow.batch_get(keys))


def _key(portfolio_id: str, hour: int) -> str:
    return f"started#{portfolio_id}#{hour}"
