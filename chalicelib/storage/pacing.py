"""The next free moment of a number: one attribute on its item, moved forward by whoever reserves.

Every sender of a number, in however many Lambdas, reserves here before it sends, so that together
they keep the number's rate. No reader, no lock: two conditional updates, of which one holds.
"""

from __future__ import annotations

from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Unavailable
from chalicelib.storage.base import table

_TRIES = 20
_IDLE = "attribute_exists(id) AND (attribute_not_exists(next_slot_ms) OR next_slot_ms <= :now)"


def reserve_slot(ctx: TenantContext, number_id: str, duration_ms: int, now_ms: int) -> int:
    """Return the moment from which the number is the caller's for `duration_ms`. 1 or 2 WRU.

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
            end_ms = _update(ctx, number_id, expression, condition, values)
            if end_ms is not None:
                return end_ms - duration_ms
    raise Unavailable("The number has no free slot to reserve; it may be gone.", retry_after_s=5)


def _update(
    ctx: TenantContext, number_id: str, expression: str, condition: str, values: dict[str, int]
) -> int | None:
    try:
        answer = aws.client("dynamodb").update_item(
            TableName=table("numbers"),
            Key={"tenant_id": {"S": ctx.tenant_id}, "id": {"S": number_id}},
            UpdateExpression=expression,
            ConditionExpression=condition,
            ExpressionAttributeValues={name: {"N": str(value)} for name, value in values.items()},
            ReturnValues="UPDATED_NEW",
        )
    except ClientError as error:
        if aws.error_code(error) != "ConditionalCheckFailedException":
            raise
        return None
    return int(answer["Attributes"]["next_slot_ms"]["N"])
