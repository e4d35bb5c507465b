"""Tables that stand for a million contacts and a million messages without holding them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bench.cloud.dynamodb import Table
from bench.cloud.expressions import Item
from bench.world import contact_fields


class Crowd(Table):
    """The contacts of one tenant, each made when it is asked for."""

    def __init__(self, tenant_id: str, count: int) -> None:
        super().__init__(("tenant_id", "id"))
        self._tenant_id = tenant_id
        self._ids = [f"con_{i:026}" for i in range(count)]

    def get(self, key: Mapping[str, Any]) -> Item | None:
        """Return a contact of the tenant."""
        one, two = self.where(key)
        if one != self._tenant_id:
            return None
        return {"tenant_id": {"S": one}, **contact_fields(two, int(two.removeprefix("con_")))}

    def partition(self, key: str) -> tuple[Any, list[str]]:
        """Return the tenant's contacts in order."""
        return (self, self._ids) if key == self._tenant_id else ({}, [])

    def __getitem__(self, contact_id: str) -> Item:
        item = self.get({"tenant_id": {"S": self._tenant_id}, "id": {"S": contact_id}})
        assert item is not None
        return item


class Sent(Table):
    """The rows of messages, of which only the state is kept."""

    def __init__(self) -> None:
        super().__init__(("contact_key", "id"))
        self.states: dict[str, str] = {}

    def get(self, key: Mapping[str, Any]) -> Item | None:
        """Return what is kept of a row."""
        state = self.states.get(key["id"]["S"])
        return None if state is None else {"id": key["id"], "state": {"S": state}}

    def put(self, item: Item) -> None:
        """Keep a row's state."""
        self.states[item["id"]["S"]] = item["state"]["S"]

    def all(self) -> Iterator[Item]:
        """Yield what is kept of every row."""
        for message_id, state in self.states.items():
            yield {"id": {"S": message_id}, "state": {"S": state}}
