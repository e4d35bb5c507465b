"""Sealing a message that failed: another one takes its place in the campaign's ledger, once."""

from __future__ import annotations

from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.context import TenantContext
from chalicelib.storage.base import join_key
from chalicelib.storage.message_state import RANKS, SEALED
from chalicelib.storage.messages import MessageRow, typed


def seal(ctx: TenantContext, contact_id: str, message_id: str, state: str, new_id: str) -> bool:
    """Have `new_id` stand for a message that is in `state` still; tell whether this call did it.

    From here on no status moves the message, so that it is counted no more. 1 WRU.
    """
    try:
        aws.client("dynamodb").update_item(
            TableName=MessageRow.Meta.table_name,
            Key={
                "contact_key": {"S": join_key(ctx.tenant_id, contact_id)},
                "id": {"S": message_id},
            },
            UpdateExpression="SET #rank = :sealed, retried_as = :new",
            ConditionExpression="#rank = :rank",
            ExpressionAttributeNames={"#rank": "rank"},
            ExpressionAttributeValues={
                ":sealed": typed(SEALED),
                ":rank": typed(RANKS[state]),
                ":new": typed(new_id),
            },
        )
    except ClientError as error:
        if aws.error_code(error) != "ConditionalCheckFailedException":
            raise
        return False
    return True
