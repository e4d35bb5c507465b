"""Counters of attempts in a fixed window of time, which DynamoDB forgets by itself (TTL)."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.models import Model

from chalicelib.storage.base import TableMeta, is_condition_failure, table


class RateLimitRow(Model):
    """How often something was tried in one window; the window is a part of the key."""

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("rate_limits")

    key = UnicodeAttribute(hash_key=True)
    attempts = NumberAttribute(default=0)
    expires_at = NumberAttribute()


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
