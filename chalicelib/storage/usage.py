"""How much of what its plan limits a tenant uses: a counter for each such thing.

A counter moves in the very transaction that makes or removes the thing, on the condition that the
limit still holds: so it is exact whoever dies, repeats or runs at once, and nobody gets past it.
The messages of a day (UTC) are counted by the chunk before they are sent, and forgotten by DynamoDB
itself (TTL).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from chalicelib.core.clock import to_iso
from chalicelib.core.errors import Conflict
from chalicelib.storage.base import (
    IntegerAttribute,
    OptionalInteger,
    Row,
    TableMeta,
    failed_conditions,
    is_condition_failure,
    table,
)

CONTACTS, USERS, NUMBERS = "contacts", "users", "numbers"
API_KEYS, CAMPAIGNS = "api_keys", "campaigns"
METERS = (CONTACTS, USERS, NUMBERS, API_KEYS, CAMPAIGNS)
_MESSAGES = "messages"
_KEPT_S = 3 * 86_400
_TRIES = 8
_NEXT: dict[str, str] = {
    CONTACTS: "contacts; remove some that you no longer need",
    USERS: "users, those invited included; remove one, or take an invitation back",
    NUMBERS: "numbers; disconnect one",
    API_KEYS: "API keys; remove one",
    CAMPAIGNS: "campaigns under way at once; wait until one of them is sent, or cancel one",
    _MESSAGES: "messages a day; wait until the next day begins, at 00:00 UTC",
}

ResultT = TypeVar("ResultT")


class LimitReached(Conflict):
    """The plan of the business does not allow one more."""

    code = "plan_limit_reached"

    def __init__(self, meter: str, limit: int, used: int) -> None:
        super().__init__(
            f"The plan allows {limit} {_NEXT[meter]}, or ask for a larger plan. In use: {used}."
        )
        self.meter = meter
        self.limit = limit


class UsageRow(Row):
    """How many there are of one thing; of messages, how many on one day."""

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("usage")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    used = IntegerAttribute(default=0)
    expires_at = OptionalInteger()


def count(write: TransactWrite, tenant_id: str, meter: str, by: int, limit: int | None) -> None:
    """Have a transaction count `by` things more (fewer, if negative), within `limit`. 2 WRU.

    It must be the last thing that the transaction is told to update: `refused` relies on it.
    """
    condition: Condition | None = None
    if by > 0 and limit is not None:
        condition = UsageRow.used <= limit - by
        if by <= limit:
            condition |= UsageRow.used.does_not_exist()
    write.update(UsageRow(tenant_id, meter), [UsageRow.used.add(by)], condition=condition)


def refused(
    error: TransactWriteError, tenant_id: str, meter: str, limit: int | None
) -> LimitReached | None:
    """Return what to raise if a transaction with `count` failed for its limit alone. 1 RRU."""
    last = len(error.cancellation_reasons) - 1
    if limit is None or failed_conditions(error) != (last,):
        return None
    return LimitReached(meter, limit, used(tenant_id, meter))


def patiently(act: Callable[[], ResultT], pause: Callable[[float], None] = time.sleep) -> ResultT:
    """Return what `act` returns; try again where others moved the same counter that moment."""
    for attempt in range(1, _TRIES):
        try:
            return act()
        except TransactWriteError as error:
            reasons = {one.code for one in error.cancellation_reasons if one is not None}
            if "TransactionConflict" not in reasons or failed_conditions(error):
                raise
            pause(random.uniform(0.005, 0.02) * attempt)  # noqa: S311 - no secret
    return act()


def used(tenant_id: str, meter: str) -> int:
    """Return how many there are just now. 1 RRU."""
    try:
        return max(0, UsageRow.get(tenant_id, meter, consistent_read=True).used)
    except DoesNotExist:
        return 0


def check_room(tenant_id: str, meter: str, limit: int | None) -> None:
    """Raise LimitReached if there is no room for one more just now; a first look only. 1 RRU."""
    if limit is not None and (found := used(tenant_id, meter)) >= limit:
        raise LimitReached(meter, limit, found)


def usage_of(tenant_id: str, now_ms: int) -> tuple[dict[str, int], int]:
    """Return what a tenant uses, by meter, and the messages of today. One query, 0.5 RRU."""
    rows = {row.id: max(0, row.used) for row in UsageRow.query(tenant_id)}
    return {meter: rows.get(meter, 0) for meter in METERS}, rows.get(_day(now_ms), 0)


def correct(tenant_id: str, meter: str, found: int) -> None:
    """Write what a recount has found. 1 WRU."""
    UsageRow(tenant_id, meter, used=found).save()


def messages_today(tenant_id: str, now_ms: int) -> int:
    """Return how many messages of today are counted. 1 RRU."""
    return used(tenant_id, _day(now_ms))


def take_messages(tenant_id: str, wanted: int, limit: int, now_ms: int) -> int:
    """Count up to `wanted` messages of today within `limit`; return how many. 1 WRU.

    At the limit's edge, where fewer are left than wanted, 1 RRU and 1 WRU more for each try.
    """
    asked = wanted
    while asked > 0:
        if _add_messages(tenant_id, asked, limit, now_ms):
            return asked
        asked = min(wanted, limit - messages_today(tenant_id, now_ms))
    return 0


def give_back_messages(tenant_id: str, unused: int, taken_ms: int) -> None:
    """Count messages no more that were not sent after all; of the day they were taken. 1 WRU."""
    UsageRow(tenant_id, _day(taken_ms)).update(actions=[UsageRow.used.add(-unused)])


def day_limit_reached(tenant_id: str, limit: int, now_ms: int) -> LimitReached:
    """Return what to raise where one message is refused for the day's limit. 1 RRU."""
    return LimitReached(_MESSAGES, limit, messages_today(tenant_id, now_ms))


def _add_messages(tenant_id: str, wanted: int, limit: int, now_ms: int) -> bool:
    if wanted > limit:
        return False
    try:
        UsageRow(tenant_id, _day(now_ms)).update(
            actions=[
                UsageRow.used.add(wanted),
                UsageRow.expires_at.set(now_ms // 1000 + _KEPT_S),
            ],
            condition=UsageRow.used.does_not_exist() | (UsageRow.used <= limit - wanted),
        )
    except UpdateError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


def _day(now_ms: int) -> str:
    return f"{_MESSAGES}#{to_iso(now_ms)[:10]}"
