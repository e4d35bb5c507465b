"""PartiQL's INSERT in moto, whose own overwrites an item that is there: DynamoDB refuses it.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html
The integration tier runs the same statements on an emulator that knows this.
"""

from __future__ import annotations

import re
from typing import Any

from moto.dynamodb.models import DynamoDBBackend

_INSERT = re.compile(r"""INSERT INTO "(?P<table>[^"]+)" VALUE \{(?P<item>.*)\}""")
_NAME = re.compile(r"'([^']+)': \?")


def _insert_each(self: DynamoDBBackend, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_insert(self, one["Statement"], one["Parameters"]) for one in statements]


def _insert(backend: DynamoDBBackend, text: str, parameters: list[Any]) -> dict[str, Any]:
    statement = _INSERT.fullmatch(text)
    assert statement is not None, f"not a statement that this knows: {text}"
    item = dict(zip(_NAME.findall(statement["item"]), parameters, strict=True))
    table = backend.get_table(statement["table"])
    keys = {str(name): item[str(name)] for name in table.table_key_attrs}
    if backend.get_item(table.name, keys) is not None:
        return {"Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists"}}
    backend.put_item(table.name, item)
    return {"TableName": table.name}


def mend_moto() -> None:
    """Have every moto backend of this process insert as DynamoDB does."""
    DynamoDBBackend.batch_execute_statement = _insert_each  # type: ignore[method-assign]
