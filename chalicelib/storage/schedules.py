"""Schedules in EventBridge: each puts one message on a queue at one moment, and is gone.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core import aws
from chalicelib.core.config import settings
from chalicelib.core.log import log

_RETRY_S = 86_400
_RETRIES = 185


def create_schedule(
    name: str, at_ms: int, body: str, queue: Literal["plan", "tenant"] = "plan"
) -> None:
    """Have `body` put on a queue at a moment, in whole seconds. One request.

    In UTC: what EventBridge makes of a local time that clocks skip or show twice is left to nobody.
    `name` must be new: a name that was used may be refused, or never fire. Should the queue not
    take the message, EventBridge tries for a day, and leaves it in the queue's dead letters then.
    """
    own = settings()
    if queue == "plan":
        queue_arn, dead_letters_arn = own.plan_queue_arn, own.plan_dead_letters_arn
    else:
        queue_arn, dead_letters_arn = own.tenant_queue_arn, own.tenant_dead_letters_arn
    at = datetime.fromtimestamp(at_ms // 1000, UTC)
    aws.client("scheduler").create_schedule(
        Name=name,
        GroupName=own.schedule_group,
        ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
        ScheduleExpressionTimezone="UTC",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target={
            "Arn": queue_arn,
            "RoleArn": own.schedule_role_arn,
            "Input": body,
            "RetryPolicy": {
                "MaximumEventAgeInSeconds": _RETRY_S,
                "MaximumRetryAttempts": _RETRIES,
            },
            "DeadLetterConfig": {"Arn": dead_letters_arn},
        },
    )


def delete_schedule(name: str) -> None:
    """Take a schedule back; quiet if it has fired or never was. One request."""
    try:
        aws.client("scheduler").delete_schedule(Name=name, GroupName=settings().schedule_group)
    except ClientError as error:
        if aws.error_code(error) != "ResourceNotFoundException":
            raise


def drop_schedule(name: str | None) -> None:
    """Take back a schedule that no longer counts, if there is one. One request.

    Quiet where EventBridge cannot be asked just now: what counts is written already, and the
    schedule fires for nothing then.
    """
    if name is None:
        return
    try:
        delete_schedule(name)
    except (BotoCoreError, ClientError) as error:
        if aws.as_unavailable(error) is None:
            raise
        log.warning("a schedule is left, to fire for nothing", extra={"schedule": name})
