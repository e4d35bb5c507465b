"""Messages, in and out, one row each, in the thread of their contact.

A row's key is known before the message is sent (planning fixes it) and comes back in each status,
so every write is an upsert of one item by its key: it may run twice, late, or before its elder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from botocore.exceptions import ClientError
from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, PutError

from chalicelib.core import aws
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.storage.base import (
    OptionalInteger,
    OptionalText,
    Page,
    Row,
    TableMeta,
    is_condition_failure,
    join_key,
    read_page,
    start_key,
    table,
)
from chalicelib.storage.message_joins import additions, due
from chalicelib.storage.message_outcomes import RowState, read_states
from chalicelib.storage.message_state import RANKS


class MessageRow(Row):
    """One message.

    `content` is the member of Meta's message that its `type` names, as JSON text; `media` what is
    known of its file, as JSON text (see services.media); `context_wamid` the message it quotes;
    `pricing` Meta's pricing object as JSON text, of the furthest status that carried one, whose
    rank is `pricing_rank`; `retried_as` is the message that stands for a sealed one; `copied_to`
    and `copied_from` are the contacts of its copy and its original (storage.message_copies);
    `referral` the ad that led here, as JSON text. `reaction_in` is the customer's emoji on it,
    `reaction_out` the business's; "" where it was taken back.
    """

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("messages")

    contact_key = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    direction = OptionalText()
    type = OptionalText()
    text = OptionalText()
    content = OptionalText()
    media = OptionalText()
    context_wamid = OptionalText()
    to = OptionalText()
    state = OptionalText()
    rank = OptionalInteger()
    reason = OptionalText()
    wamid = OptionalText()
    campaign_id = OptionalText()
    retried_as = OptionalText()
    copied_to = OptionalText()
    copied_from = OptionalText()
    category = OptionalText()
    pricing = OptionalText()
    pricing_rank = OptionalInteger()
    referral = OptionalText()
    sent_by = OptionalText()
    error_code = OptionalInteger()
    error = OptionalText()
    accepted_at = OptionalInteger()
    sent_at = OptionalInteger()
    delivered_at = OptionalInteger()
    read_at = OptionalInteger()
    failed_at = OptionalInteger()
    answered_at = OptionalInteger()
    reaction_in = OptionalText()
    reaction_in_at = OptionalInteger()
    reaction_out = OptionalText()
    reaction_out_at = OptionalInteger()
    edited_at = OptionalInteger()
    revoked_at = OptionalInteger()
    at = OptionalInteger()


@dataclass(frozen=True, slots=True)
class Transition:
    """A row went from one state to another; `before` is None if it had no row.

    `code` is Meta's of a failure that turned out to be none: `before` was failed, and no more is.
    """

    before: str | None
    after: str
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """What a status did to a row: its transition, if it made one, and the price it made due.

    `charge` is Meta's pricing object as JSON text, once for each message: by the status that makes
    both true of the row, that it is delivered and that its price is known.
    """

    transition: Transition | None
    charge: str | None = None


# What stands in a history for a message whose media is delivered later.
PLACEHOLDER = "media_placeholder"
_ERROR = ("error", "error_code")
_THROUGH = frozenset({"accepted", "held", "sent", "delivered", "read"})
_TIMED = frozenset({"accepted", "sent", "delivered", "read", "failed"})
_BATCH = 100


def copy_of(item: Mapping[str, Any]) -> str | None:
    """Return the contact in whose thread a copy of an item stands, None if there is none."""
    found: str | None = item.get("copied_to", {}).get("S")
    return found


def typed(value: str | int) -> dict[str, str]:
    """Return a value as DynamoDB's own requests carry it."""
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


class Messages:
    """The messages of one tenant."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id

    def thread_key(self, contact_id: str) -> str:
        """Return the partition of a contact's thread."""
        return join_key(self._tenant_id, contact_id)

    def get(self, contact_id: str, message_id: str) -> MessageRow:
        """Return a message; raise NotFound. 0.5 RRU."""
        try:
            return MessageRow.get(self.thread_key(contact_id), message_id)
        except DoesNotExist:
            raise NotFound("There is no such message.") from None

    def add(self, row: MessageRow) -> bool:
        """Write a message that Parley did not send, once; False if it is there. 1 WRU and more.

        A placeholder of the history gives way to the message with its media.
        """
        is_new = MessageRow.id.does_not_exist() | (MessageRow.type == PLACEHOLDER)
        try:
            row.save(condition=is_new)
        except PutError as error:
            if not is_condition_failure(error):
                raise
            return False
        return True

    def thread(self, contact_id: str, limit: int, cursor: str | None) -> Page[MessageRow]:
        """Return a page of a contact's thread, newest first. One query."""
        scope = f"{self._tenant_id}|messages|{contact_id}"
        results = MessageRow.query(
            self.thread_key(contact_id),
            scan_index_forward=False,
            limit=limit,
            page_size=limit,
            last_evaluated_key=start_key(scope, cursor),
        )
        return read_page(scope, results)

    def record_outgoing(
        self,
        contact_id: str,
        message_id: str,
        state: str,
        fields: Mapping[str, str | int],
    ) -> Transition | None:
        """Write what is known of an outgoing message, and raise its state to at least `state`.

        Returns the transition if this call made it. A status that came earlier has made the row
        already: its state stands, the fields are filled in, but for an error that it has disproved
        or knows better. 1 WRU, rarely 2; 3 for an error that came too late.
        """
        if "error" in fields:
            transition = self.raise_state(contact_id, message_id, state, fields)
            if transition is not None:
                return transition
            fields = {name: fields[name] for name in fields if name not in _ERROR}
        values: dict[str, str | int] = {**fields, "state": state, "rank": RANKS[state]}
        sets = [
            f"#{name} = :{name}"
            if name not in {"state", "rank"}
            else f"#{name} = if_not_exists(#{name}, :{name})"
            for name in values
        ]
        answer = aws.client("dynamodb").update_item(
            TableName=MessageRow.Meta.table_name,
            Key=self._key(contact_id, message_id),
            UpdateExpression="SET " + ", ".join(sets),
            ExpressionAttributeNames={f"#{name}": name for name in values},
            ExpressionAttributeValues={f":{name}": typed(value) for name, value in values.items()},
            # ALL_OLD: UPDATED_OLD leaves out what the update set to the value it had.
            ReturnValues="ALL_OLD",
        )
        old = answer.get("Attributes", {})
        copy = copy_of(old)
        if copy is not None:
            self.record_outgoing(copy, message_id, state, fields)
        before = old.get("state", {}).get("S")
        if before is None:
            return Transition(None, state)
        if RANKS[before] >= RANKS[state]:
            return None
        return self.raise_state(contact_id, message_id, state, {})

    def raise_state(
        self, contact_id: str, message_id: str, state: str, fields: Mapping[str, str | int]
    ) -> Transition | None:
        """Join `state` into the row as `join_state` does; return the transition alone."""
        return self.join_state(contact_id, message_id, state, fields).transition

    def join_state(
        self, contact_id: str, message_id: str, state: str, fields: Mapping[str, str | int]
    ) -> Joined:
        """Join `state` into the row, making the row if there is none; see message_state.

        There is no transition if the row was there or beyond already. Each state keeps
        the earliest time reported for it (`fields["<state>_at"]`), and the price is that of the
        furthest state which brought one. What got through keeps no error. A copy of the row
        (storage.message_copies) is moved too, and counts for nothing. 1 WRU, or 2 where an earlier
        state comes later and has something to add; as much again for a copy.
        """
        values = {**fields, "state": state, "rank": RANKS[state]}
        if "pricing" in fields:
            values["pricing_rank"] = RANKS[state]
        gone = _ERROR if state in _THROUGH else ()
        change = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
        if gone:
            change += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        try:
            answer = aws.client("dynamodb").update_item(
                TableName=MessageRow.Meta.table_name,
                Key=self._key(contact_id, message_id),
                UpdateExpression=change,
                ConditionExpression="attribute_not_exists(#rank) OR #rank < :rank",
                ExpressionAttributeNames={f"#{name}": name for name in (*values, *gone)},
                ExpressionAttributeValues={f":{n}": typed(value) for n, value in values.items()},
                # Old price and copy: UPDATED_OLD leaves out what the update does not change.
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if aws.error_code(error) != "ConditionalCheckFailedException":
                raise
            item = cast("dict[str, Any]", error.response).get("Item")
            self._join_copy(item or {}, message_id, state, fields)
            return Joined(None, self._add_late(contact_id, message_id, values, item))
        old = answer.get("Attributes", {})
        self._join_copy(old, message_id, state, fields)
        before = old.get("state", {}).get("S")
        code = int(old["error_code"]["N"]) if before == "failed" and "error_code" in old else None
        charge = due(old, RANKS[state], cast("str | None", fields.get("pricing")))
        return Joined(Transition(before, state, code), charge)

    def _join_copy(
        self,
        item: Mapping[str, Any],
        message_id: str,
        state: str,
        fields: Mapping[str, str | int],
    ) -> None:
        copy = copy_of(item)
        if copy is not None:
            self.join_state(copy, message_id, state, fields)

    def _add_late(
        self,
        contact_id: str,
        message_id: str,
        values: Mapping[str, str | int],
        item: Mapping[str, Any] | None,
    ) -> str | None:
        """Write what a state that is passed already adds to the row `item`, if anything. 1 WRU.

        The row may change in between: it is read and decided again then. Returns the price that
        this makes due.
        """
        while (item := item or self._item(contact_id, message_id)) is not None:
            late, seen = additions(values, item)
            if not late:
                return None
            names = {f"#{name}": name for name in (*late, *seen)}
            try:
                aws.client("dynamodb").update_item(
                    TableName=MessageRow.Meta.table_name,
                    Key=self._key(contact_id, message_id),
                    UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in late),
                    ConditionExpression=" AND ".join(
                        f"attribute_not_exists(#{name})"
                        if before is None
                        else f"#{name} = :old_{name}"
                        for name, before in seen.items()
                    ),
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues={
                        **{f":{name}": typed(value) for name, value in late.items()},
                        **{
                            f":old_{name}": typed(before)
                            for name, before in seen.items()
                            if before is not None
                        },
                    },
                )
            except ClientError as error:
                if aws.error_code(error) != "ConditionalCheckFailedException":
                    raise
                item = None
                continue
            rank = RANKS[str(values["state"])]
            return due(item, rank, cast("str | None", late.get("pricing")))
        return None

    def _item(self, contact_id: str, message_id: str) -> Mapping[str, Any] | None:
        answer = aws.client("dynamodb").get_item(
            TableName=MessageRow.Meta.table_name,
            Key=self._key(contact_id, message_id),
            ConsistentRead=True,
        )
        found: Mapping[str, Any] | None = answer.get("Item")
        return found

    def mark_answered(self, contact_id: str, message_id: str, at_ms: int) -> bool:
        """Note that the customer answered; False if that was known already. 1 WRU."""
        try:
            aws.client("dynamodb").update_item(
                TableName=MessageRow.Meta.table_name,
                Key=self._key(contact_id, message_id),
                UpdateExpression="SET answered_at = :at",
                ConditionExpression="attribute_exists(id) AND attribute_not_exists(answered_at)",
                ExpressionAttributeValues={":at": typed(at_ms)},
            )
        except ClientError as error:
            if aws.error_code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def rows(self, keys: Iterable[tuple[str, str]]) -> dict[str, MessageRow]:
        """Return the rows there are of (contact id, message id), by message id. 0.5 RRU a row."""
        wanted = [(self.thread_key(contact_id), message_id) for contact_id, message_id in keys]
        return {row.id: row for row in MessageRow.batch_get(wanted)}

    def states(self, keys: Iterable[tuple[str, str]]) -> dict[str, RowState]:
        """Return the state of each row there is, by message id; for recounts of any size.

        0.5 RRU a row, 100 rows a request; strongly consistent reads would cost double and a
        recount is repeated anyway while rows still move.
        """
        found: dict[str, RowState] = {}
        batch: list[dict[str, dict[str, str]]] = []
        for contact_id, message_id in keys:
            batch.append(self._key(contact_id, message_id))
            if len(batch) == _BATCH:
                found.update(read_states(batch))
                batch = []
        if batch:
            found.update(read_states(batch))
        return found

    def _key(self, contact_id: str, message_id: str) -> dict[str, dict[str, str]]:
        return {"contact_key": {"S": self.thread_key(contact_id)}, "id": {"S": message_id}}


def time_field(state: str, at_ms: int) -> dict[str, str | int]:
    """Return the field that keeps when `state` was reached, if that state keeps a time."""
    return {f"{state}_at": at_ms} if state in _TIMED else {}
