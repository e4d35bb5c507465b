"""Schedules in EventBridge: each puts one message on a queue at one moment, and is gone.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

from datetime import UTC, datetime

from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.config import settings

_RETRY_S = 86_400
_RETRIES = 185


def create_schedule(name: str, at_ms: int, body: str, queue_arn: str = "") -> None:
    """Have `body` put on a queue, the plan queue if none is named, at a moment, in whole seconds.
    One request.

    In UTC: what EventBridge makes of a local time that clocks skip or show twice is left to nobody.
    `name` must be new: a name that was used may be refused, or never fire. Should the queue not
    take the message, EventBridge tries for a day.
    """
    at = datetime.fromtimestamp(at_ms // 1000, UTC)
    aws.client("scheduler").create_schedule(
        Name=name,
        GroupName=settings().schedule_group,
        ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
        ScheduleExpressionTimezone="UTC",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target={
            "Arn": queue_arn or settings().plan_queue_arn,
            "RoleArn": settings().schedule_role_arn,
            "Input": body,
            "RetryPolicy": {
                "MaximumEventAgeInSeconds": _RETRY_S,
                "MaximumRetryAttempts": _RETRIES,
            },
        },
    )


def delete_schedule(name: str) -> None:
    """Take a schedule back; quiet if it has fired or never was. One request."""
    try:
        aws.client("scheduler").delete_schedule(Name=name, GroupName=settings().schedule_group)
    except ClientError as error:
        if aws.error_code(error) != "ResourceNotFoundException":
            raise
