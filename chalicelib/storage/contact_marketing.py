"""Which campaigns have sent a contact marketing of late, for a cap over all campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.context import TenantContext
from chalicelib.storage.contact_row import ContactRow


def note_marketing(
    ctx: TenantContext, contact_id: str, seen: Sequence[str], entries: Sequence[str]
) -> bool:
    """Replace the entries (`milliseconds:campaign id`) that were `seen`; False if others came.

    1 WRU.
    """
    values: dict[str, Any] = {}
    change = "REMOVE marketing_sent"
    if entries:
        change, values = "SET marketing_sent = :new", {":new": _texts(entries)}
    condition = "attribute_exists(id) AND attribute_not_exists(marketing_sent)"
    if seen:
        condition = "attribute_exists(id) AND marketing_sent = :seen"
        values[":seen"] = _texts(seen)
    try:
        aws.client("dynamodb").update_item(
            TableName=ContactRow.Meta.table_name,
            Key={"tenant_id": {"S": ctx.tenant_id}, "id": {"S": contact_id}},
            UpdateExpression=change,
            ConditionExpression=condition,
            **({"ExpressionAttributeValues": values} if values else {}),
        )
    except ClientError as error:
        if aws.error_code(error) != "ConditionalCheckFailedException":
            raise
        return False
    return True


def _texts(entries: Sequence[str]) -> dict[str, Any]:
    return {"L": [{"S": entry} for entry in entries]}
