"""The next free moment of a number: one attribute on its item, moved forward by whoever reserves.

Every sender of a number, in however many Lambdas, reserves here before it sends, so that together
they keep the number's rate. No reader, no lock: two conditional updates, of which one holds. Beside
it stands how many messages the inbox has had of late, for Meta counts those too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Unavailable
from chalicelib.storage.base import table

_TRIES = 20
_BUCKET_MS = 20_000
_NUMBERS = ("next_slot_ms", "inbox_bucket", "inbox_count", "inbox_before")
_IDLE = "attribute_exists(id) AND (attribute_not_exists(next_slot_ms) OR next_slot_ms <= :now)"


class Slot(NamedTuple):
    """A stretch of a number's time, and what the inbox takes of the number at that time."""

    start_ms: int
    end_ms: int
    inbox_per_s: float


def reserve_slot(ctx: TenantContext, number_id: str, duration_ms: int, now_ms: int) -> Slot:
    """Return the stretch for which the number is the caller's. 1 or 2 WRU.

    Slots of one number never overlap, and none begins before `now_ms`. Raises Unavailable where
    the number is gone, or where so many reserve at once that none of 20 tries is the first.
    """
    for _ in range(_TRIES):
        for expression, condition, values in (
            # Busy: queue behind the last reservation.
            (
                "SET next_slot_ms = next_slot_ms + :duration",
                "next_slot_ms > :now",
                {":duration": duration_ms, ":now": now_ms},
            ),
            # Idle: begin now.
            (
                "SET next_slot_ms = :end",
                _IDLE,
                {":end": now_ms + duration_ms, ":now": now_ms},
            ),
        ):
            after = _update(ctx, number_id, expression, condition, values)
            if after is not None:
                end_ms = after["next_slot_ms"]
                return Slot(end_ms - duration_ms, end_ms, _inbox_per_s(after, now_ms))
    raise Unavailable("The number has no free slot to reserve; it may be gone.", retry_after_s=5)


def _inbox_per_s(number: Mapping[str, int], now_ms: int) -> float:
    """Return the messages a second of this stretch of 20 s and the one before."""
    current = now_ms // _BUCKET_MS
    bucket = number.get("inbox_bucket", -1)
    count, before = number.get("inbox_count", 0), number.get("inbox_before", 0)
    if bucket == current - 1:
        count, before = 0, count
    elif bucket != current:
        return 0.0
    return (count + before) * 1000 / (_BUCKET_MS + now_ms % _BUCKET_MS)


def push_back(ctx: TenantContext, number_id: str, duration_ms: int, now_ms: int) -> None:
    """Move every slot that is not reserved yet by `duration_ms`; quiet if none is. 1 WRU."""
    values = {":duration": duration_ms, ":now": now_ms}
    expression = "SET next_slot_ms = next_slot_ms + :duration"
    _update(ctx, number_id, expression, "next_slot_ms > :now", values)


def hold_slots(ctx: TenantContext, number_id: str, until_ms: int) -> None:
    """Have no slot that is not reserved yet begin before `until_ms`; repeated, the same. 1 WRU."""
    _update(
        ctx,
        number_id,
        "SET next_slot_ms = :until",
        "attribute_exists(id) AND (attribute_not_exists(next_slot_ms) OR next_slot_ms < :until)",
        {":until": until_ms},
    )


def note_inbox(ctx: TenantContext, number_id: str, count: int, now_ms: int) -> None:
    """Count messages of a number's inbox, in or out; quiet if the number is gone. 1 WRU, rarely 2.

    Run twice it counts twice, which slows a campaign a little and hurts nobody.
    """
    bucket = now_ms // _BUCKET_MS
    for expression, condition in (
        ("ADD inbox_count :count", "inbox_bucket = :bucket"),
        (
            "SET inbox_before = inbox_count, inbox_count = :count, inbox_bucket = :bucket",
            "inbox_bucket = :last",
        ),
        (
            "SET inbox_before = :zero, inbox_count = :count, inbox_bucket = :bucket",
            "attribute_exists(id) AND (attribute_not_exists(inbox_bucket) OR inbox_bucket < :last)",
        ),
    ):
        words = expression + condition
        values = {":count": count, ":bucket": bucket, ":last": bucket - 1, ":zero": 0}
        used = {name: value for name, value in values.items() if name in words}
        if _update(ctx, number_id, expression, condition, used) is not None:
            return


def _update(
    ctx: TenantContext, number_id: str, expression: str, condition: str, values: dict[str, int]
) -> dict[str, int] | None:
    try:
        answer = aws.client("dynamodb").update_item(
            TableName=table("numbers"),
            Key={"tenant_id": {"S": ctx.tenant_id}, "id": {"S": number_id}},
            UpdateExpression=expression,
            ConditionExpression=condition,
            ExpressionAttributeValues={name: {"N": str(value)} for name, value in values.items()},
            ReturnValues="ALL_NEW",
        )
    except ClientError as error:
        if aws.error_code(error) != "ConditionalCheckFailedException":
            raise
        return None
    after = answer["Attributes"]
    return {name: int(after[name]["N"]) for name in _NUMBERS if name in after}
