"""What becomes of a message after it was written: reactions, edits, and being taken back.

Each change carries Meta's time, and the newest counts, so that they may come in any order and more
than once. What names a message that is not there changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.context import TenantContext
from chalicelib.storage.base import join_key
from chalicelib.storage.messages import MessageRow, typed

_LOOK_BACK = 300


class MessageChanges:
    """Changes of one tenant's messages."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id

    def find_by_wamid(self, contact_id: str, wamid: str) -> MessageRow | None:
        """Return the message that Meta calls `wamid` if it is among the thread's latest 300.

        Meta's id is in no index: what is looked for was written lately, as a rule. One query, 0.5
        RRU per 4 KB of those messages.
        """
        answer = aws.client("dynamodb").query(
            TableName=MessageRow.Meta.table_name,
            KeyConditionExpression="contact_key = :key",
            FilterExpression="wamid = :wamid",
            ExpressionAttributeValues={
                ":key": {"S": join_key(self._tenant_id, contact_id)},
                ":wamid": {"S": wamid},
            },
            ScanIndexForward=False,
            Limit=_LOOK_BACK,
        )
        found = answer["Items"]
        return MessageRow.from_raw_data(found[0]) if found else None

    def waiting_for(
        self, contact_id: str, row: MessageRow, kinds: Iterable[str]
    ) -> list[MessageRow]:
        """Return messages of these types about `row` that came before it, from its second on.

        One query of what is newer than `row`: nothing, as a rule, and 300 messages at most.
        """
        # Ids begin with the time: four characters of prefix, ten of milliseconds.
        since = row.id[:14]
        types = {f":kind{place}": {"S": kind} for place, kind in enumerate(sorted(kinds))}
        answer = aws.client("dynamodb").query(
            TableName=MessageRow.Meta.table_name,
            KeyConditionExpression="contact_key = :key AND id >= :since",
            FilterExpression=f"context_wamid = :wamid AND #type IN ({', '.join(types)})",
            ExpressionAttributeNames={"#type": "type"},
            ExpressionAttributeValues={
                ":key": {"S": join_key(self._tenant_id, contact_id)},
                ":since": {"S": since},
                ":wamid": {"S": row.wamid or ""},
                **types,
            },
            Limit=_LOOK_BACK,
        )
        return [MessageRow.from_raw_data(item) for item in answer["Items"]]

    def react(
        self,
        contact_id: str,
        message_id: str,
        side: Literal["in", "out"],
        emoji: str,
        at_ms: int,
    ) -> bool:
        """Put one side's reaction on a message; "" takes it back. The newest counts. 1 WRU.

        `in` is the customer, `out` the business. False if a newer reaction is known, or the message
        is not there.
        """
        name, at = f"reaction_{side}", f"reaction_{side}_at"
        condition = f"(attribute_not_exists(#{at}) OR #{at} < :{at})"
        return self._change(contact_id, message_id, {name: emoji, at: at_ms}, condition)

    def edit(
        self, contact_id: str, message_id: str, text: str, content: str | None, at_ms: int
    ) -> bool:
        """Put the new words of a message in the place of the old. The newest edit counts. 1 WRU.

        False if a newer one is known, the message was taken back, or it is not there.
        """
        fields: dict[str, str | int] = {"text": text, "edited_at": at_ms}
        if content is not None:
            fields["content"] = content
        condition = (
            "(attribute_not_exists(#edited_at) OR #edited_at < :edited_at) "
            "AND attribute_not_exists(revoked_at)"
        )
        return self._change(contact_id, message_id, fields, condition)

    def revoke(self, contact_id: str, message_id: str, at_ms: int) -> bool:
        """Note that a message was taken back, and forget what it said. 1 WRU.

        False if that is known, or the message is not there.
        """
        return self._change(
            contact_id,
            message_id,
            {"revoked_at": at_ms, "text": ""},
            "attribute_not_exists(#revoked_at)",
            "REMOVE content, media",
        )

    def remove(self, contact_id: str, message_id: str) -> None:
        """Take a row out of a thread: one that only said what another was changed to. 1 WRU."""
        MessageRow(join_key(self._tenant_id, contact_id), message_id).delete()

    def _change(
        self,
        contact_id: str,
        message_id: str,
        fields: Mapping[str, str | int],
        condition: str,
        also: str = "",
    ) -> bool:
        try:
            aws.client("dynamodb").update_item(
                TableName=MessageRow.Meta.table_name,
                Key={
                    "contact_key": {"S": join_key(self._tenant_id, contact_id)},
                    "id": {"S": message_id},
                },
                UpdateExpression=f"SET {', '.join(f'#{n} = :{n}' for n in fields)} {also}".strip(),
                ConditionExpression=f"attribute_exists(id) AND {condition}",
                ExpressionAttributeNames={f"#{name}": name for name in fields},
                ExpressionAttributeValues={f":{n}": typed(value) for n, value in fields.items()},
            )
        except ClientError as error:
            if aws.error_code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True
