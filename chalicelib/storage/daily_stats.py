"""What a tenant's messages were charged for, day by day: one small item a day, account, country.

    sort key   2026-11-25#charges#<WABA id>#<country>
    counters   <category>#<pricing type>   how many delivered messages Meta priced so

The counters follow from rows and are a cache. A webhook that is killed between the rows of a
delivery and the counters leaves them short by what that one delivery priced, at most: the delivery
comes again, but its rows say that they are delivered already, and to know for each whether it was
counted would cost a second write of every message. What a campaign has cost is not concerned: a
recount takes it from the rows. Meta's own analytics stand beside the counters wherever these are
shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core import aws
from chalicelib.core.context import TenantContext
from chalicelib.storage.base import Row, TableMeta, join_key, table

_KIND = "charges"


class DailyStatRow(Row):
    """One day of one metric; its counters are attributes that the model does not name."""

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("daily_stats")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


@dataclass(frozen=True, slots=True)
class ChargeKey:
    """What messages are counted together."""

    day: date
    waba_id: str
    country: str
    category: str
    pricing_type: str


class DailyCharges:
    """The charges of one tenant."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id

    def add(self, counts: Mapping[ChargeKey, int]) -> None:
        """Add to the counters. 1 WRU for each day, account and country among them."""
        items: dict[str, dict[str, int]] = {}
        for key, count in counts.items():
            item = items.setdefault(
                join_key(key.day.isoformat(), _KIND, key.waba_id, key.country), {}
            )
            item[join_key(key.category, key.pricing_type)] = count
        for sort_key, counters in items.items():
            aws.client("dynamodb").update_item(
                TableName=DailyStatRow.Meta.table_name,
                Key={"tenant_id": {"S": self._tenant_id}, "id": {"S": sort_key}},
                UpdateExpression="ADD " + ", ".join(f"#c{i} :d{i}" for i in range(len(counters))),
                ExpressionAttributeNames={f"#c{i}": name for i, name in enumerate(counters)},
                ExpressionAttributeValues={
                    f":d{i}": {"N": str(delta)} for i, delta in enumerate(counters.values())
                },
            )

    def between(self, first: date, last: date) -> Iterator[tuple[ChargeKey, int]]:
        """Yield the counts of the days from `first` to `last`, both included.

        One query: 0.5 RRU per 4 KB, about 40 items of 100 bytes each; a month of 50 countries in
        one account is 1,500 items.
        """
        start: dict[str, dict[str, str]] | None = None
        while True:
            more = {} if start is None else {"ExclusiveStartKey": start}
            answer = aws.client("dynamodb").query(
                TableName=DailyStatRow.Meta.table_name,
                KeyConditionExpression="tenant_id = :t AND id BETWEEN :a AND :z",
                ExpressionAttributeValues={
                    ":t": {"S": self._tenant_id},
                    ":a": {"S": first.isoformat()},
                    ":z": {"S": f"{last.isoformat()}$"},  # "$" is the character after "#"
                },
                **more,
            )
            for item in answer["Items"]:
                yield from _counts(item)
            start = answer.get("LastEvaluatedKey")
            if start is None:
                return


def _counts(item: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[ChargeKey, int]]:
    day, kind, waba_id, country = item["id"]["S"].split("#")
    if kind != _KIND:
        return
    for name, value in item.items():
        if "N" in value:
            category, _, pricing_type = name.partition("#")
            key = ChargeKey(date.fromisoformat(day), waba_id, country, category, pricing_type)
            yield key, int(value["N"])
