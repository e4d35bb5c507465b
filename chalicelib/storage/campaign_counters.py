"""The counters that cache a campaign's ledger, spread over shards so that senders and webhooks at
once do not wait for each other.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core import aws
from chalicelib.core.context import TenantContext
from chalicelib.storage.base import Row, TableMeta, join_key, table

COUNTER_SHARDS = 8
_BATCH = 96  # whole campaigns' shards, within DynamoDB's 100 keys a request


class CounterRow(Row):
    """A shard of a campaign's counters; each counter is an attribute of its own."""

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("campaign_counters")

    campaign_key = UnicodeAttribute(hash_key=True)
    shard = UnicodeAttribute(range_key=True)


class CampaignCounters:
    """The counters of one tenant's campaigns."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id

    def count(self, campaign_id: str, deltas: Mapping[str, int]) -> None:
        """Add to a campaign's counters, on a random shard. 1 WRU, none if nothing changes."""
        changes = {name: delta for name, delta in deltas.items() if delta}
        if not changes:
            return
        aws.client("dynamodb").update_item(
            TableName=CounterRow.Meta.table_name,
            Key={
                "campaign_key": {"S": join_key(self._tenant_id, campaign_id)},
                "shard": {"S": str(secrets.randbelow(COUNTER_SHARDS))},
            },
            UpdateExpression="ADD " + ", ".join(f"#c{i} :d{i}" for i in range(len(changes))),
            ExpressionAttributeNames={f"#c{i}": name for i, name in enumerate(changes)},
            ExpressionAttributeValues={
                f":d{i}": {"N": str(delta)} for i, delta in enumerate(changes.values())
            },
        )

    def counters(self, campaign_id: str) -> dict[str, int]:
        """Return the sum of a campaign's counters over all shards. 1 RRU a shard, one request."""
        return self.counters_of([campaign_id])[campaign_id]

    def counters_of(self, campaign_ids: Sequence[str]) -> dict[str, dict[str, int]]:
        """Return the counters of several campaigns. 1 RRU a shard, one request for 12 campaigns."""
        name = CounterRow.Meta.table_name
        ids = {join_key(self._tenant_id, one): one for one in campaign_ids}
        keys = [
            {"campaign_key": {"S": key}, "shard": {"S": str(shard)}}
            for key in ids
            for shard in range(COUNTER_SHARDS)
        ]
        totals: dict[str, dict[str, int]] = {one: {} for one in campaign_ids}
        for start in range(0, len(keys), _BATCH):
            wanted: dict[str, Any] = {
                name: {"Keys": keys[start : start + _BATCH], "ConsistentRead": True}
            }
            while wanted:
                answer = aws.client("dynamodb").batch_get_item(RequestItems=wanted)
                for item in answer["Responses"].get(name, []):
                    _add_counters(totals[ids[item["campaign_key"]["S"]]], item)
                wanted = answer.get("UnprocessedKeys") or {}
        return totals


def _add_counters(total: dict[str, int], item: Mapping[str, Mapping[str, str]]) -> None:
    for name, value in item.items():
        if "N" in value:
            total[name] = total.get(name, 0) + int(value["N"])
