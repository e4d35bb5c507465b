"""Businesses that are being deleted, and the record that each has been: it outlives the business.

    <SHA-256 of the tenant's id>   one deletion; it names no business, and only who knows the id
                                   finds it
    head                           the newest record's number and hash

A finished record is chained to the one before it: each holds the hash of the other, so that none
can be changed, added or taken away without the next one showing it (`record_hash`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute
from pynamodb.exceptions import (
    DeleteError,
    DoesNotExist,
    PutError,
    TransactWriteError,
    UpdateError,
)

from chalicelib.core.errors import Conflict, NotFound, Unavailable
from chalicelib.storage.base import (
    Change,
    IntegerAttribute,
    OptionalInteger,
    OptionalText,
    Row,
    TableMeta,
    failed_conditions,
    is_condition_failure,
    table,
)
from chalicelib.storage.tenants import transaction

GENESIS = "0" * 64
# The grace period runs; the business leaves (its keys and campaigns are gone); all is erased; done.
REQUESTED, LEAVING, ERASING, DONE = "requested", "leaving", "erasing", "done"
_HEAD = "head"
_TRIES = 12


class DeletionRow(Row):
    """A deletion, or the head of their chain; see the module.

    `request` names the asking: a schedule of an earlier one does nothing. `counts` is how many
    items and files went from each place, exactly; `counted_to` the last file of each prefix that is
    counted; `meta` what WhatsApp was told; `audit_end` where the audit trail ended, as
    `sequence:hash`; `left` what a second look found, zeros.
    """

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("deletions")

    id = UnicodeAttribute(hash_key=True)
    state = UnicodeAttribute()
    request = OptionalText()
    requested_at = OptionalInteger()
    requested_by = OptionalText()
    due_at = OptionalInteger()
    began_at = OptionalInteger()
    completed_at = OptionalInteger()
    counts = JSONAttribute(default=dict)
    counted_to = JSONAttribute(default=dict)
    meta = JSONAttribute(null=True)
    audit_end = OptionalText()
    left = JSONAttribute(null=True)
    version = IntegerAttribute(default=0)
    sequence = OptionalInteger()
    previous_hash = OptionalText()
    hash = OptionalText()


def digest_of(tenant_id: str) -> str:
    """Return under what a tenant's deletion is kept."""
    return hashlib.sha256(f"parley|{tenant_id}".encode()).hexdigest()


def record_hash(row: DeletionRow) -> str:
    """Return the hash that a finished record must have: SHA-256 over all that it says."""
    parts = [
        *(row.previous_hash, row.sequence, row.id, row.request, row.requested_at),
        *(row.requested_by, row.due_at, row.began_at, row.completed_at),
        *(row.counts, row.meta, row.audit_end, row.left),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def find_deletion(tenant_id: str, *, is_consistent: bool = True) -> DeletionRow | None:
    """Return the deletion of a tenant, if it was asked for. 1 RRU, half where a stale one does."""
    try:
        return DeletionRow.get(digest_of(tenant_id), consistent_read=is_consistent)
    except DoesNotExist:
        return None


def ask(tenant_id: str, row: DeletionRow) -> None:
    """Write that a tenant is to be deleted; raise Conflict if it is already. 1 WRU."""
    row.id, row.state = digest_of(tenant_id), REQUESTED
    try:
        row.save(condition=DeletionRow.id.does_not_exist())
    except PutError as error:
        if not is_condition_failure(error):
            raise
        raise Conflict(
            "The business is being deleted already.", code="deletion_requested"
        ) from None


def take_back(row: DeletionRow) -> None:
    """Forget a request whose grace period has not ended; raise Conflict if it has. 1 WRU."""
    unchanged = (DeletionRow.state == REQUESTED) & (DeletionRow.request == row.request)
    try:
        row.delete(condition=unchanged)
    except DeleteError as error:
        if not is_condition_failure(error):
            raise
        raise Conflict(
            "The grace period is over: the business is being erased.", code="deletion_began"
        ) from None


def advance(row: DeletionRow, before: Sequence[str], after: str, *changes: Change) -> bool:
    """Move a deletion on, with further changes; False if it is elsewhere by now. 1 WRU."""
    try:
        row.update(
            actions=[DeletionRow.state.set(after), DeletionRow.version.add(1), *changes],
            condition=DeletionRow.state.is_in(*before) & (DeletionRow.request == row.request),
        )
    except UpdateError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


def note(row: DeletionRow, *changes: Change) -> bool:
    """Write something of a deletion unless it has changed since it was read. 1 WRU."""
    try:
        row.update(
            actions=[DeletionRow.version.add(1), *changes],
            condition=DeletionRow.version == row.version,
        )
    except UpdateError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


def finish(row: DeletionRow, left: dict[str, int], now_ms: int) -> DeletionRow:
    """Chain the record of a deletion that is over; again it changes nothing. 4 WRU, 1 RRU.

    Raises Unavailable if others chain at the same time at every try.
    """
    for _ in range(_TRIES):
        row.refresh(consistent_read=True)
        if row.state == DONE:
            return row
        head = _head()
        row.left, row.completed_at = left, now_ms
        row.sequence = (head.sequence or 0) + 1
        row.previous_hash = head.hash or GENESIS
        row.hash = record_hash(row)
        if _chain(row, head):
            row.refresh(consistent_read=True)
            return row
    raise Unavailable("Too many deletions end at once.", retry_after_s=2)


def _chain(row: DeletionRow, head: DeletionRow) -> bool:
    unchanged = (
        DeletionRow.id.does_not_exist()
        if head.sequence is None
        else DeletionRow.sequence == head.sequence
    )
    own: list[Change] = [
        DeletionRow.state.set(DONE),
        DeletionRow.version.add(1),
        DeletionRow.counted_to.set({}),
        *(
            getattr(DeletionRow, name).set(getattr(row, name))
            for name in ("left", "completed_at", "sequence", "previous_hash", "hash")
        ),
    ]
    try:
        with transaction() as write:
            write.update(
                DeletionRow(_HEAD),
                actions=[
                    DeletionRow.state.set(_HEAD),
                    DeletionRow.sequence.set(row.sequence),
                    DeletionRow.hash.set(row.hash),
                ],
                condition=unchanged,
            )
            write.update(
                DeletionRow(row.id), actions=own, condition=DeletionRow.version == row.version
            )
    except TransactWriteError as error:
        if failed_conditions(error):
            return False
        raise
    return True


def _head() -> DeletionRow:
    try:
        return DeletionRow.get(_HEAD, consistent_read=True)
    except DoesNotExist:
        return DeletionRow(_HEAD, state=_HEAD)


def get_deletion(tenant_id: str) -> DeletionRow:
    """Return the deletion of a tenant; raise NotFound. 1 RRU."""
    row = find_deletion(tenant_id)
    if row is None:
        raise NotFound("Nobody has asked to delete this business.")
    return row


def wrong_with(row: DeletionRow) -> list[str]:
    """Return in words what is wrong with a finished record; nothing if it is whole. Pure."""
    wrong: list[str] = []
    if row.state != DONE:
        return [f"the deletion is not over: it is {row.state}"]
    if row.hash != record_hash(row):
        wrong.append("the record was changed: it does not have its hash")
    if any(as_counts(row.left).values()):
        wrong.append("the second look found something left")
    return wrong


def as_counts(value: Any) -> dict[str, int]:  # noqa: ANN401 - JSON
    """Return counts that were kept as JSON; none are empty."""
    return {str(name): int(count) for name, count in (value or {}).items()}
