"""Where a business's data lie: every table and prefix of the bucket, and how each is found.

This is the one declaration that exporting and deleting a business go by; a test fails when a table
or a prefix of the template is missing here. Items are found in four ways:

    by partition   the tenant's id is the partition key
    by index       `by_tenant` finds the items of a table that is keyed by something else
    by parent      the partition is `tenant#<id of a row of another table>`
    by value       the key is made of what a row of another table says, e.g. `email#…`

Parents come with what is found through them, so that nothing is left that no key leads to: the rows
of a parent go after all that they lead to. `HELD` is in the order in which a business is deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from chalicelib.core import aws
from chalicelib.storage.base import join_key, table
from chalicelib.storage.erasures import GONE

Item = Mapping[str, Any]  # as DynamoDB's own requests carry it
BY_TENANT = "by_tenant"


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition of another table to which a row leads: `tenant#<name(row)>`.

    One that `is_shared` is found by rows of another table as well, and is exported by those.
    """

    table: str
    keys: tuple[str, str]
    name: Callable[[Item], str | None]
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Values:
    """Single items of another table to which a row leads, by their whole keys.

    With `has_owner` an item says whose it is, and one that is another tenant's by now is not ours.
    """

    table: str
    key: str
    names: Callable[[str, Item], list[str]]
    has_owner: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A table that holds a tenant's items; `keys` are the names of its own keys."""

    table: str
    keys: tuple[str, ...] = ("tenant_id", "id")
    has_index: bool = False
    partitions: tuple[Partition, ...] = ()
    values: tuple[Values, ...] = ()


def text_of(item: Item, name: str) -> str | None:
    """Return a text of an item, None if it has none."""
    found = item.get(name, {}).get("S")
    return None if found is None else str(found)


def _own(name: str) -> Callable[[Item], str | None]:
    return lambda item: text_of(item, name)


def _gone(item: Item) -> str | None:
    found = text_of(item, "id") or ""
    return found.removeprefix(GONE) if found.startswith(GONE) else None


def _unique(kind: str, name: str) -> Values:
    def names(_: str, item: Item) -> list[str]:
        found = text_of(item, name)
        return [f"{kind}#{found}"] if found else []

    return Values("unique_keys", "key", names, has_owner=True)


def identity_keys(tenant_id: str, item: Item) -> list[str]:
    """Return the keys of a contact's identities: phone, user id, and former user ids."""
    given = [("phone", text_of(item, "phone")), ("bsuid", text_of(item, "bsuid"))]
    former = item.get("previous_bsuids", {}).get("L", [])
    given += [("bsuid", one.get("S")) for one in former]
    return [join_key(tenant_id, kind, value) for kind, value in given if value]


_THREAD = ("contact_key", "id")
_OF_CAMPAIGN = ("campaign_key", "shard"), ("campaign_key", "chunk_id")

HELD: tuple[Held, ...] = (
    Held(
        "conversations",
        ("tenant_id", "contact_id"),
        partitions=(Partition("messages", _THREAD, _own("contact_id"), is_shared=True),),
    ),
    Held(
        "contacts",
        partitions=(Partition("messages", _THREAD, _own("id")),),
        values=(Values("identities", "key", identity_keys),),
    ),
    # A contact that was deleted or erased leaves a mark here, which leads to its thread.
    Held("erasures", partitions=(Partition("messages", _THREAD, _gone),)),
    Held(
        "campaigns",
        partitions=(
            Partition("campaign_counters", _OF_CAMPAIGN[0], _own("id")),
            Partition("campaign_chunks", _OF_CAMPAIGN[1], _own("id")),
        ),
    ),
    Held("imports", partitions=(Partition("import_rows", ("import_key", "row_id"), _own("id")),)),
    Held("exports"),
    Held("segments"),
    Held("media"),
    Held("daily_stats"),
    Held("idempotency", ("tenant_id", "key")),
    Held("usage"),
    Held("templates", values=(_unique("template", "meta_template_id"),)),
    Held("numbers", values=(_unique("number", "phone_number_id"),)),
    Held("accounts", values=(_unique("waba", "id"),)),
    Held("api_keys"),
    Held("sessions", ("id",), has_index=True),
    Held("mail_tokens", ("id",), has_index=True),
    Held("users", values=(_unique("email", "email"),)),
    Held("audit"),
    Held("tenants", ("id",), values=(_unique("slug", "slug"),)),
)

# Tables that are the platform's: why nothing in them is exported, or deleted with a business.
PLATFORM: dict[str, str] = {
    "rate_limits": "counters under hashes of addresses, e-mails and ids; gone within 90 days",
    "deletions": "the proof of each deletion, under a hash of the tenant's id",
}

# The prefixes of the bucket that hold a tenant's files at `<prefix><tenant's id>/`.
AREAS = ("campaigns/", "exports/", "imports/", "media/", "uploads/")
# What was delivered for an account and is not understood, at `<prefix><account's id>/`; 30 days.
UNHANDLED = "webhooks/unhandled/"
PLATFORM_PREFIXES: dict[str, str] = {"rates/": "Meta's rate cards, the same for everybody"}


def places() -> frozenset[str]:
    """Return the names of all tables that hold something of a tenant."""
    found = (
        (held.table, *(p.table for p in held.partitions), *(v.table for v in held.values))
        for held in HELD
    )
    return frozenset(chain.from_iterable(found))


def rows_of(held: Held, tenant_id: str, start: Item | None, limit: int) -> tuple[list[Item], Any]:
    """Return up to `limit` rows of a table from `start` on, and where to go on. One query.

    Rows found by index have their keys alone, and may be a second old; others are as they are now.
    """
    client, name = aws.client("dynamodb"), table(held.table)
    if held.keys == ("id",) and not held.has_index:
        answer = client.get_item(TableName=name, Key={"id": {"S": tenant_id}}, ConsistentRead=True)
        return [answer["Item"]] if "Item" in answer else [], None
    how = {"IndexName": BY_TENANT} if held.has_index else {"ConsistentRead": True}
    return _query(name, "tenant_id", tenant_id, start, limit, how)


def partition_of(
    part: Partition, tenant_id: str, row: Item, start: Item | None, limit: int
) -> tuple[list[Item], Any]:
    """Return up to `limit` items of the partition that `row` leads to, and where to go on."""
    name = part.name(row)
    if name is None:
        return [], None
    key = join_key(tenant_id, name)
    how = {"ConsistentRead": True}
    return _query(table(part.table), part.keys[0], key, start, limit, how)


def values_of(found: Values, tenant_id: str, row: Item) -> list[Item]:
    """Return the single items that `row` leads to and that are the tenant's. 1 RRU each."""
    client, items = aws.client("dynamodb"), []
    for key in dict.fromkeys(found.names(tenant_id, row)):
        answer = client.get_item(
            TableName=table(found.table), Key={found.key: {"S": key}}, ConsistentRead=True
        )
        item = answer.get("Item")
        is_ours = item is not None and (
            not found.has_owner or text_of(item, "tenant_id") == tenant_id
        )
        if is_ours:
            items.append(item)
    return items


def all_rows(held: Held, tenant_id: str, limit: int = 100) -> Iterator[Item]:
    """Yield every row of a table, page by page."""
    start: Item | None = None
    while True:
        rows, start = rows_of(held, tenant_id, start, limit)
        yield from rows
        if start is None:
            return


def _query(
    name: str, key: str, value: str, start: Item | None, limit: int, how: dict[str, Any]
) -> tuple[list[Item], Any]:
    more = {} if start is None else {"ExclusiveStartKey": start}
    answer = aws.client("dynamodb").query(
        TableName=name,
        KeyConditionExpression="#key = :value",
        ExpressionAttributeNames={"#key": key},
        ExpressionAttributeValues={":value": {"S": value}},
        Limit=limit,
        **how,
        **more,
    )
    return answer["Items"], answer.get("LastEvaluatedKey")
