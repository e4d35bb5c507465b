"""How many people a business wrote to first, by the hour: what Meta's messaging limit counts.

A counter for each hour of a portfolio, which DynamoDB forgets by itself (TTL) when it no longer
falls within the last 24 hours. Counters only add, so senders at once need no lock.
"""

from __future__ import annotations

from pynamodb.exceptions import UpdateError

from chalicelib.storage.base import is_condition_failure
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


def take(portfolio_id: str, wanted: int, limit: int, now_ms: int) -> int:
    """Count up to `wanted` people if the last 24 hours then stay within `limit`; return how many.

    Senders at once never go beyond together: the write holds only while there is room. 13 RRU and
    1 WRU, more where several take at once.
    """
    hour = now_ms // HOUR_MS
    current = _key(portfolio_id, hour)
    while True:
        found = {
            row.key: int(row.attempts)
            for row in RateLimitRow.batch_get(
                [_key(portfolio_id, hour - ago) for ago in range(_HOURS)], consistent_read=True
            )
        }
        room = limit - sum(found.values())
        taken = min(wanted, room)
        if taken <= 0:
            return 0
        seen = found.get(current)
        unchanged = (
            RateLimitRow.attempts.does_not_exist()
            if seen is None
            else RateLimitRow.attempts == seen
        )
        try:
            RateLimitRow(current).update(
                actions=[
                    RateLimitRow.attempts.add(taken),
                    RateLimitRow.expires_at.set(now_ms // 1000 + _KEPT_S),
                ],
                condition=unchanged,
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise
            continue  # another sender took some: look again
        return taken


def give_back(portfolio_id: str, people: int, taken_ms: int) -> None:
    """Count people no more who were not written to after all; of the hour they were taken. 1 WRU.

    In another hour than they were taken they would be missed there for longer than they were
    counted here.
    """
    count_started(portfolio_id, -people, taken_ms)


def started_in_24h(portfolio_id: str, now_ms: int) -> int:
    """Return how many were counted in the last 24 hours, rounded up to whole hours. 12.5 RRU."""
    hour = now_ms // HOUR_MS
    keys = [_key(portfolio_id, hour - ago) for ago in range(_HOURS)]
    return sum(int(row.attempts) for row in RateLimitRow.batch_get(keys))


def _key(portfolio_id: str, hour: int) -> str:
    return f"started#{portfolio_id}#{hour}"
