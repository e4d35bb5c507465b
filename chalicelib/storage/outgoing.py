"""The rows of messages that a campaign has just settled, many in one request.

PartiQL's INSERT refuses a key that is there, so a row which a status made first is never
overwritten; such a row, and any other that was refused, is joined by itself as `Messages` does it.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from chalicelib.core import aws
from chalicelib.core.context import TenantContext
from chalicelib.storage.base import join_key
from chalicelib.storage.message_state import RANKS
from chalicelib.storage.messages import MessageRow, Messages, Transition

BATCH = 25  # statements that DynamoDB takes in one request


@dataclass(frozen=True, slots=True)
class NewRow:
    """What is known of one outgoing message, and the state that this makes."""

    contact_id: str
    message_id: str
    state: str
    fields: Mapping[str, str | int]


def record_together(ctx: TenantContext, rows: Sequence[NewRow]) -> list[Transition | None]:
    """Write up to 25 rows of different messages; return the transition that each write made.

    What `Messages.record_outgoing` guarantees holds for each. Durable on return. One request and
    1 WRU a row, where no row is there yet; for one that is, a request and 1 WRU more.
    """
    answer = aws.client("dynamodb").batch_execute_statement(
        Statements=[_statement(ctx.tenant_id, row) for row in rows]
    )
    return [
        Transition(None, row.state) if "Error" not in outcome else _join(ctx, row)
        for row, outcome in zip(rows, answer["Responses"], strict=True)
    ]


def _join(ctx: TenantContext, row: NewRow) -> Transition | None:
    messages = Messages(ctx)
    return messages.record_outgoing(row.contact_id, row.message_id, row.state, row.fields)


def _statement(tenant_id: str, row: NewRow) -> dict[str, Any]:
    values: dict[str, str | int] = {
        "contact_key": join_key(tenant_id, row.contact_id),
        "id": row.message_id,
        "state": row.state,
        "rank": RANKS[row.state],
        **row.fields,
    }
    return {
        "Statement": _insert(MessageRow.Meta.table_name, tuple(values)),
        "Parameters": [
            {"N": str(value)} if isinstance(value, int) else {"S": value}
            for value in values.values()
        ],
    }


@lru_cache(maxsize=64)
def _insert(table_name: str, names: tuple[str, ...]) -> str:
    item = ", ".join(f"'{name}': ?" for name in names)
    return f'INSERT INTO "{table_name}" VALUE {{{item}}}'
