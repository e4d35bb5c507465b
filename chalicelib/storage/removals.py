"""Removing a business's items and files, each counted once, whatever dies or runs twice.

Items go in the transaction that counts them in the deletion's record, each on the condition that it
is there: of two workers, or of a worker and its repetition, one removes and counts an item. Files
are counted before they go: a prefix is always emptied from its beginning, in order of the keys, and
the record holds up to which key they are counted.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.config import settings
from chalicelib.core.errors import Unavailable
from chalicelib.storage.base import table
from chalicelib.storage.deletions import DeletionRow, as_counts, note
from chalicelib.storage.holdings import Item

BATCH = 50  # of the 100 that a transaction takes: 4 MB of items are its other limit
_FILES = 1000
_TRIES = 20


class Removal:
    """Removes what is a tenant's and counts it in the record of its deletion."""

    def __init__(
        self, tenant_id: str, row: DeletionRow, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._tenant_id = tenant_id
        self._row = row
        self._pause = pause

    def items(
        self, name: str, keys: tuple[str, ...], items: Sequence[Item], *, has_owner: bool = False
    ) -> None:
        """Remove items of a table by their keys, named `keys`. 2 WRU per KB each, and 2 a batch.

        With `has_owner` an item that is another tenant's by now stays. What is gone already is not
        counted. Raises Unavailable where others write the record at every try.
        """
        for first in range(0, len(items), BATCH):
            wanted = [{key: item[key] for key in keys} for item in items[first : first + BATCH]]
            for attempt in range(_TRIES):
                if not wanted:
                    break
                gone = self._remove(name, keys[0], wanted, has_owner=has_owner)
                if gone is None:
                    break
                wanted = [key for place, key in enumerate(wanted) if place not in gone]
                self._pause(random.uniform(0.005, 0.03) * (attempt + 1))  # noqa: S311 - no secret
            else:
                raise Unavailable("Others are writing what is to be erased just now.")

    def _remove(
        self, name: str, key: str, wanted: Sequence[Item], *, has_owner: bool
    ) -> set[int] | None:
        """Remove and count in one transaction; return None, or who keeps it from being done."""
        condition: dict[str, Any] = {
            "ConditionExpression": "attribute_exists(#key)",
            "ExpressionAttributeNames": {"#key": key},
        }
        if has_owner:
            condition["ConditionExpression"] += " AND tenant_id = :tenant"
            condition["ExpressionAttributeValues"] = {":tenant": {"S": self._tenant_id}}
        full_name = table(name)
        deletes = [{"Delete": {"TableName": full_name, "Key": one, **condition}} for one in wanted]
        counts = as_counts(self._row.counts)
        counts[name] = counts.get(name, 0) + len(wanted)
        try:
            aws.client("dynamodb").transact_write_items(
                TransactItems=[*deletes, {"Update": self._counting(counts)}]
            )
        except ClientError as error:
            if aws.error_code(error) != "TransactionCanceledException":
                raise
            self._row.refresh(consistent_read=True)
            reasons: Sequence[Any] = error.response.get("CancellationReasons") or ()
            codes = [reason.get("Code") for reason in reasons]
            return {n for n, code in enumerate(codes[:-1]) if code == "ConditionalCheckFailed"}
        self._row.counts, self._row.version = counts, self._row.version + 1
        return None

    def _counting(self, counts: dict[str, int]) -> dict[str, Any]:
        return {
            "TableName": DeletionRow.Meta.table_name,
            "Key": {"id": {"S": self._row.id}},
            "UpdateExpression": "SET #counts = :counts ADD #version :one",
            "ConditionExpression": "#version = :seen",
            "ExpressionAttributeNames": {"#counts": "counts", "#version": "version"},
            "ExpressionAttributeValues": {
                ":counts": {"S": json.dumps(counts)},
                ":one": {"N": "1"},
                ":seen": {"N": str(self._row.version)},
            },
        }

    def files(self, place: str, prefix: str) -> bool:
        """Remove up to 1,000 files of a prefix, counted under `place`; tell whether it is empty.

        Two requests of S3 and 1 WRU.
        """
        keys = list_keys(prefix)
        if not keys:
            return True
        known = as_counts(self._row.counts)
        counted_to: dict[str, str] = dict(self._row.counted_to or {})
        new = [key for key in keys if key > counted_to.get(prefix, "")]
        if new:
            known[place] = known.get(place, 0) + len(new)
            counted_to[prefix] = new[-1]
            changes = [DeletionRow.counts.set(known), DeletionRow.counted_to.set(counted_to)]
            if not note(self._row, *changes):
                self._row.refresh(consistent_read=True)
                return False  # another worker counts: look again
        delete_keys(keys)
        return False


def list_keys(prefix: str, after: str = "", limit: int = _FILES) -> list[str]:
    """Return up to `limit` keys of the bucket with a prefix, in order, after one. One request."""
    answer = aws.client("s3").list_objects_v2(
        Bucket=settings().bucket, Prefix=prefix, StartAfter=after, MaxKeys=limit
    )
    return [str(found["Key"]) for found in answer.get("Contents", [])]


def delete_keys(keys: Sequence[str]) -> None:
    """Delete up to 1,000 files; those that are gone stay gone. One request, none for none.

    Raises RuntimeError if S3 did not delete one of them.
    """
    if not keys:
        return
    answer = aws.client("s3").delete_objects(
        Bucket=settings().bucket,
        Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True},
    )
    failed = answer.get("Errors", [])
    if failed:
        message = f"S3 kept {len(failed)} of {len(keys)} files: {failed[0].get('Code')}"
        raise RuntimeError(message)
