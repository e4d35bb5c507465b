"""Counters of attempts in a fixed window of time, which DynamoDB forgets by itself (TTL)."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, PutError, UpdateError

from chalicelib.storage.base import OptionalInteger, Row, TableMeta, is_condition_failure, table


class RateLimitRow(Row):
    """How often something was tried in one window; the window is a part of the key."""

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("rate_limits")

    key = UnicodeAttribute(hash_key=True)
    attempts = NumberAttribute(default=0)
    expires_at = NumberAttribute()
    # Milliseconds; until then nothing is tried.
    blocked_until = OptionalInteger()


def count_attempt(key: str, expires_at: int, attempts: int = 1) -> int:
    """Count `attempts` and return how many there are; requests at once all count. 1 WRU."""
    row = RateLimitRow(key)
    row.update(
        actions=[RateLimitRow.attempts.add(attempts), RateLimitRow.expires_at.set(expires_at)],
    )
    return int(row.attempts)


def forgive_attempt(key: str) -> None:
    """Take one attempt back, if any is counted. 1 WRU."""
    try:
        RateLimitRow(key).update(
            actions=[RateLimitRow.attempts.add(-1)], condition=RateLimitRow.attempts > 0
        )
    except UpdateError as error:
        if not is_condition_failure(error):
            raise


def find_attempts(key: str, now_ms: int) -> RateLimitRow | None:
    """Return a counter that has not expired, as it is after the newest write. 1 RRU."""
    try:
        row = RateLimitRow.get(key, consistent_read=True)
    except DoesNotExist:
        return None
    return row if int(row.expires_at) * 1000 > now_ms else None


def note_attempt(row: RateLimitRow, seen: RateLimitRow | None) -> bool:
    """Write a counter unless another attempt was counted since `seen` was read. 1 WRU.

    Returns whether it was written, so that of attempts at once only one goes on.
    """
    unchanged = (
        RateLimitRow.attempts == seen.attempts
        if seen is not None
        # One that has expired may still lie there.
        else RateLimitRow.key.does_not_exist() | (RateLimitRow.expires_at < row.expires_at)
    )
    try:
        row.save(condition=unchanged)
    except PutError as error:
        if is_condition_failure(error):
            return False
        raise
    return True


def remember(key: str, expires_at: int) -> None:
    """Keep a key until `expires_at`, in seconds. 1 WRU."""
    RateLimitRow(key, attempts=1, expires_at=expires_at).save()


def forget(key: str) -> None:
    """Drop a counter; one that is not there is no error. 1 WRU."""
    RateLimitRow(key).delete()
