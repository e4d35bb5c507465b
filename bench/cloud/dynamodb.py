"""DynamoDB in memory: tables as infra/resources.yaml declares them, items in the wire's types."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.cloud.expressions import Item, comparable, holds, updated
from infra.resources import tables

_INSERT = re.compile(r"""INSERT INTO "([^"]+)" VALUE \{(.*)\}""")
_LOWER_BOUND = re.compile(r"AND\s+\(?(#?\w+)\s*>=?\s*(:\w+)")
_NAME = re.compile(r"'([^']+)': \?")
_PAGE_BYTES = 1024 * 1024


class Refused(Exception):
    """DynamoDB refuses a request, with AWS's code."""

    def __init__(
        self, code: str, message: str, reasons: list[dict[str, str]] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reasons = reasons


@dataclass(slots=True)
class Table:
    """A table's items by partition and sort key, the sort keys in order."""

    keys: tuple[str, ...]
    items: dict[str, dict[str, Item]] = field(default_factory=dict)
    order: dict[str, list[str]] = field(default_factory=dict)
    unordered: set[str] = field(default_factory=set)

    def where(self, item: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
        """Return partition and sort key of an item; both are texts here."""
        one = str(comparable(item[self.keys[0]]))
        return one, str(comparable(item[self.keys[1]])) if len(self.keys) > 1 else ""

    def get(self, key: Mapping[str, Any]) -> Item | None:
        """Return an item."""
        one, two = self.where(key)
        return self.items.get(one, {}).get(two)

    def put(self, item: Item) -> None:
        """Write an item over what was there."""
        one, two = self.where(item)
        own = self.items.setdefault(one, {})
        if two not in own:
            self.order.setdefault(one, []).append(two)
            self.unordered.add(one)
        own[two] = item

    def partition(self, key: str) -> tuple[dict[str, Item], list[str]]:
        """Return the items of a partition, and their sort keys in order."""
        if key in self.unordered:
            self.order[key].sort()
            self.unordered.discard(key)
        return self.items.get(key, {}), self.order.get(key, [])

    def delete(self, key: Mapping[str, Any]) -> None:
        """Remove an item if it is there."""
        one, two = self.where(key)
        if self.items.get(one, {}).pop(two, None) is not None:
            self.order[one].remove(two)

    def all(self) -> Iterator[Item]:
        """Yield every item."""
        for own in self.items.values():
            yield from own.values()


def size_of(item: Item) -> int:
    """Return about how many bytes an item has, as DynamoDB counts them."""
    return sum(len(name) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    (kind, raw), *_ = value.items()
    if kind == "S":
        return len(raw.encode())
    if kind == "N":
        return len(raw) // 2 + 1
    return len(str(raw))


class DynamoDB:
    """The tables of one stage."""

    def __init__(self, prefix: str) -> None:
        self.tables = {
            f"{prefix}{name}": Table(tuple(one["AttributeName"] for one in properties["KeySchema"]))
            for name, properties in tables().items()
        }

    def answer(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a request in the wire's form; raise Refused."""
        handle: Callable[[Mapping[str, Any]], dict[str, Any]] = getattr(self, f"_{operation}")
        return handle(params)

    def _table(self, params: Mapping[str, Any]) -> Table:
        return self.tables[params["TableName"]]

    def _GetItem(self, params: Mapping[str, Any]) -> dict[str, Any]:
        item = self._table(params).get(params["Key"])
        return {} if item is None else {"Item": _projected(item, params)}

    def _PutItem(self, params: Mapping[str, Any]) -> dict[str, Any]:
        table = self._table(params)
        self._check(table, params["Item"], params)
        table.put(dict(params["Item"]))
        return {}

    def _DeleteItem(self, params: Mapping[str, Any]) -> dict[str, Any]:
        table = self._table(params)
        self._check(table, params["Key"], params)
        table.delete(params["Key"])
        return {}

    def _UpdateItem(self, params: Mapping[str, Any]) -> dict[str, Any]:
        table = self._table(params)
        before = self._check(table, params["Key"], params)
        after = updated(
            params.get("UpdateExpression"), before or dict(params["Key"]), *_words(params)
        )
        table.put(after)
        wanted = params.get("ReturnValues", "NONE")
        if wanted == "ALL_NEW":
            return {"Attributes": after}
        if wanted == "ALL_OLD":
            return {"Attributes": before} if before else {}
        if wanted == "UPDATED_OLD":
            changed = {n: v for n, v in (before or {}).items() if after.get(n) != v}
            return {"Attributes": changed} if changed else {}
        return {}

    def _check(
        self, table: Table, key: Mapping[str, Any], params: Mapping[str, Any]
    ) -> Item | None:
        before = table.get(key)
        if not holds(params.get("ConditionExpression"), before or {}, *_words(params)):
            raise Refused("ConditionalCheckFailedException", "The conditional request failed")
        return before

    def _Query(self, params: Mapping[str, Any]) -> dict[str, Any]:
        if "IndexName" in params:
            message = f"a query of the index {params['IndexName']} is not known here"
            raise NotImplementedError(message)
        table = self._table(params)
        names, values = _words(params)
        partition = _partition(params, table.keys[0])
        own, order = table.partition(partition)
        order = _from_condition(order, params, table)
        start, forward = params.get("ExclusiveStartKey"), params.get("ScanIndexForward", True)
        if start:
            mark = table.where(start)[1]
            if forward:
                order = order[bisect.bisect_right(order, mark) :]
            else:
                order = order[: bisect.bisect_left(order, mark)]
        found: list[Item] = []
        limit, taken = params.get("Limit"), 0
        for sort_key in order if forward else reversed(order):
            item = own[sort_key]
            if not holds(params["KeyConditionExpression"], item, names, values):
                continue
            found.append(item)
            taken += size_of(item) if limit is None else 0
            if len(found) == limit or taken > _PAGE_BYTES:
                break
        answer: dict[str, Any] = {
            "Items": [_projected(item, params) for item in found],
            "Count": len(found),
            "ScannedCount": len(found),
        }
        if found and (len(found) == limit or taken > _PAGE_BYTES):
            answer["LastEvaluatedKey"] = {name: found[-1][name] for name in table.keys}
        return answer

    def _BatchGetItem(self, params: Mapping[str, Any]) -> dict[str, Any]:
        responses: dict[str, list[Item]] = {}
        for name, wanted in params["RequestItems"].items():
            found = [self.tables[name].get(key) for key in wanted["Keys"]]
            responses[name] = [_projected(item, wanted) for item in found if item is not None]
        return {"Responses": responses, "UnprocessedKeys": {}}

    def _BatchExecuteStatement(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return {"Responses": [self._insert(one) for one in params["Statements"]]}

    def _insert(self, statement: Mapping[str, Any]) -> dict[str, Any]:
        found = _INSERT.fullmatch(statement["Statement"])
        assert found is not None, statement["Statement"]
        item = dict(zip(_NAME.findall(found[2]), statement["Parameters"], strict=True))
        table = self.tables[found[1]]
        if table.get(item) is not None:
            return {"Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists"}}
        table.put(item)
        return {"TableName": found[1]}

    def _TransactWriteItems(self, params: Mapping[str, Any]) -> dict[str, Any]:
        steps = [next(iter(one.items())) for one in params["TransactItems"]]
        reasons = []
        for kind, part in steps:
            item = self._table(part).get(part["Item" if kind == "Put" else "Key"])
            is_met = holds(part.get("ConditionExpression"), item or {}, *_words(part))
            reasons.append({"Code": "None" if is_met else "ConditionalCheckFailed"})
        if any(reason["Code"] != "None" for reason in reasons):
            raise Refused("TransactionCanceledException", "Transaction cancelled", reasons)
        for kind, part in steps:
            if kind != "ConditionCheck":
                self.answer(f"{kind}Item", part)
        return {}


def _words(params: Mapping[str, Any]) -> tuple[Mapping[str, str], Mapping[str, Any]]:
    names = params.get("ExpressionAttributeNames") or {}
    return names, params.get("ExpressionAttributeValues") or {}


def _partition(params: Mapping[str, Any], key: str) -> str:
    """Return the partition that a key condition names: `<key> = :value`, always its first part."""
    names, values = _words(params)
    name, sign, value = params["KeyConditionExpression"].replace("(", " ").split()[:3]
    assert (names.get(name, name), sign) == (key, "="), params["KeyConditionExpression"]
    return str(comparable(values[value.rstrip(")")]))


def _from_condition(order: list[str], params: Mapping[str, Any], table: Table) -> list[str]:
    """Leave out what lies before the lower bound that a key condition gives the sort key."""
    found = _LOWER_BOUND.search(params["KeyConditionExpression"])
    names, values = _words(params)
    if found is None or names.get(found[1], found[1]) != table.keys[1]:
        return order
    return order[bisect.bisect_left(order, str(comparable(values[found[2]]))) :]


def _projected(item: Item, params: Mapping[str, Any]) -> Item:
    wanted = params.get("ProjectionExpression")
    if wanted is None:
        return item
    names = _words(params)[0]
    chosen = [names.get(one.strip(), one.strip()) for one in wanted.split(",")]
    return {name: item[name] for name in chosen if name in item}
