"""The thread of a contact that turned out to be another one, copied into the other's.

A message that was sent keeps its row where it was: statuses name that one, and the ledger of its
campaign counts it there. The copy is what the inbox shows. So that both say the same, the original
names its copy before the copy is read from it, and whatever moves the original from then on moves
the copy as well; a copy that such a move made first is only filled in here.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.context import TenantContext
from chalicelib.storage.base import join_key
from chalicelib.storage.message_state import RANKS, SEALED
from chalicelib.storage.messages import MessageRow, Messages

_OUT = "out"


def copy_thread(ctx: TenantContext, from_id: str, to_id: str) -> int:
    """Copy all messages of a contact into the thread of another; return how many.

    Again, or after a death half-way, it comes to the same. 0.5 RRU per 4 KB, and 1 WRU a message, 2
    one that was sent.
    """
    count = 0
    with MessageRow.batch_write() as batch:
        for row in MessageRow.query(join_key(ctx.tenant_id, from_id)):
            count += 1
            if row.direction == _OUT or row.rank is not None:
                _copy_sent(ctx, row.id, from_id, to_id)
                continue
            row.contact_key = join_key(ctx.tenant_id, to_id)
            batch.save(row)
    return count


def _copy_sent(ctx: TenantContext, message_id: str, from_id: str, to_id: str) -> None:
    client, name = aws.client("dynamodb"), MessageRow.Meta.table_name
    marked = client.update_item(
        TableName=name,
        Key=_key(ctx, from_id, message_id),
        UpdateExpression="SET copied_to = :to",
        ConditionExpression="attribute_exists(id)",
        ExpressionAttributeValues={":to": {"S": to_id}},
        ReturnValues="ALL_NEW",
    )
    item: dict[str, Any] = {**marked["Attributes"], **_key(ctx, to_id, message_id)}
    del item["copied_to"]
    item.setdefault("copied_from", {"S": from_id})
    try:
        client.put_item(TableName=name, Item=item, ConditionExpression="attribute_not_exists(id)")
    except ClientError as error:
        if aws.error_code(error) != "ConditionalCheckFailedException":
            raise
        _fill(ctx, to_id, message_id, item)


def _fill(ctx: TenantContext, to_id: str, message_id: str, item: dict[str, Any]) -> None:
    """Add to a copy that is there what it lacks, and raise its state to the original's."""
    fields = {name: value for name, value in item.items() if name not in {"contact_key", "id"}}
    aws.client("dynamodb").update_item(
        TableName=MessageRow.Meta.table_name,
        Key=_key(ctx, to_id, message_id),
        UpdateExpression="SET "
        + ", ".join(f"#{name} = if_not_exists(#{name}, :{name})" for name in fields),
        ExpressionAttributeNames={f"#{name}": name for name in fields},
        ExpressionAttributeValues={f":{name}": value for name, value in fields.items()},
    )
    state = item.get("state", {}).get("S")
    rank = int(item.get("rank", {}).get("N", SEALED))
    if state in RANKS and rank != SEALED:
        Messages(ctx).raise_state(to_id, message_id, state, {})


def _key(ctx: TenantContext, contact_id: str, message_id: str) -> dict[str, dict[str, str]]:
    return {"contact_key": {"S": join_key(ctx.tenant_id, contact_id)}, "id": {"S": message_id}}
