"""Exports: how far each file has come, and who is writing it.

A file is written by one worker at a time, under a lease longer than a worker can live, and noted
part by part, so whoever comes after a death goes on where the last note is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound, Unavailable
from chalicelib.core.ids import is_id
from chalicelib.storage.base import (
    IntegerAttribute,
    OptionalInteger,
    OptionalText,
    Page,
    Row,
    TableMeta,
    is_condition_failure,
    read_page,
    start_key,
    table,
)

KEPT_S = 7 * 86_400

QUEUED, RUNNING, COMPLETED, FAILED = "queued", "running", "completed", "failed"


class ExportRow(Row):
    """One export to a CSV, or of the whole business to a zip.

    `kind` is what it holds, `recipients` of the campaign `subject_id`, `contacts`, or `tenant`;
    `columns` are the contacts' own fields, None until they are known. `cursor` is where the next
    rows begin, `tags` name the parts of the file in S3, and `rest` the rows before `cursor` that
    are in no part yet.
    """

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("exports")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    subject_id = OptionalText()
    filters = JSONAttribute()
    columns = JSONAttribute(null=True)
    state = UnicodeAttribute()
    upload = OptionalText()
    tags = JSONAttribute(default=list)
    rest = OptionalText()
    cursor = OptionalText()
    rows = IntegerAttribute(default=0)
    looked_at = IntegerAttribute(default=0)
    total = OptionalInteger()
    size_bytes = OptionalInteger()
    attempts = IntegerAttribute(default=0)
    lease_owner = OptionalText()
    lease_until = IntegerAttribute(default=0)
    error = OptionalText()
    created_by = UnicodeAttribute()
    created_at = IntegerAttribute()
    completed_at = OptionalInteger()
    expires_at = IntegerAttribute()


class LostExport(Exception):
    """Another worker has the export now, or it is over; this one must not write any more of it."""


@dataclass(frozen=True, slots=True)
class Written:
    """How far a file has come; see ExportRow."""

    upload: str | None
    tags: Sequence[str]
    rest: str | None
    cursor: str | None
    rows: int
    looked_at: int


class Exports:
    """The exports of one tenant."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id

    def create(self, row: ExportRow) -> None:
        """Write a new export. 1 WRU."""
        row.tenant_id = self._tenant_id
        row.save(condition=ExportRow.id.does_not_exist())

    def get(self, export_id: str) -> ExportRow:
        """Return an export as it is now; raise NotFound. 1 RRU."""
        if is_id("exp", export_id):
            try:
                return ExportRow.get(self._tenant_id, export_id, consistent_read=True)
            except DoesNotExist:
                pass
        raise NotFound("There is no such export; they are kept for 7 days.")

    def page(self, limit: int, cursor: str | None) -> Page[ExportRow]:
        """Return a page of exports, newest first. One query."""
        scope = f"{self._tenant_id}|exports"
        results = ExportRow.query(
            self._tenant_id,
            scan_index_forward=False,
            limit=limit,
            page_size=limit,
            last_evaluated_key=start_key(scope, cursor),
        )
        return read_page(scope, results)

    def claim(self, export_id: str, owner: str, until_ms: int, now_ms: int) -> ExportRow | None:
        """Take an export to write it; None if it is over. 1 WRU.

        The attempts that the same message has made are counted.

        Raises NotFound, and Unavailable while another worker has it: its message comes again.
        """
        row = ExportRow(self._tenant_id, export_id)
        is_free = ExportRow.state.is_in(QUEUED, RUNNING) & (ExportRow.lease_until < now_ms)
        changes = [
            ExportRow.state.set(RUNNING),
            ExportRow.lease_owner.set(owner),
            ExportRow.lease_until.set(until_ms),
            ExportRow.attempts.add(1),
        ]
        if _update(row, changes, is_free):
            return row
        if self.get(export_id).state in {QUEUED, RUNNING}:
            raise Unavailable("Another worker has the export just now.")
        return None

    def set_columns(self, row: ExportRow, names: Sequence[str], cursor: str | None) -> None:
        """Note the fields that contacts up to `cursor` have; raise LostExport. 1 WRU."""
        columns = {"names": list(names), "is_whole": cursor is None}
        self._write(row, [ExportRow.columns.set(columns), _set("cursor", cursor)])

    def note(self, row: ExportRow, written: Written) -> None:
        """Note how far the file has come; raise LostExport. 1 WRU."""
        changes = [
            ExportRow.tags.set(list(written.tags)),
            ExportRow.rows.set(written.rows),
            ExportRow.looked_at.set(written.looked_at),
            *(_set(name, getattr(written, name)) for name in ("upload", "rest", "cursor")),
        ]
        self._write(row, changes)

    def hand_back(self, row: ExportRow) -> None:
        """End the lease, for the worker of the next message; raise LostExport. 1 WRU."""
        self._write(row, [ExportRow.lease_until.set(0), ExportRow.attempts.set(0)])

    def complete(self, row: ExportRow, size_bytes: int, now_ms: int) -> None:
        """Note that the file is whole; raise LostExport. 1 WRU."""
        changes = [
            ExportRow.state.set(COMPLETED),
            ExportRow.size_bytes.set(size_bytes),
            ExportRow.completed_at.set(now_ms),
            ExportRow.lease_until.set(0),
        ]
        self._write(row, changes)

    def fail(self, export_id: str, reason: str, now_ms: int) -> None:
        """End an export that cannot go on; one that is over stays as it is. 1 WRU."""
        changes = [
            ExportRow.state.set(FAILED),
            ExportRow.error.set(reason),
            ExportRow.completed_at.set(now_ms),
        ]
        row = ExportRow(self._tenant_id, export_id)
        _update(row, changes, ExportRow.state.is_in(QUEUED, RUNNING))

    def _write(self, row: ExportRow, changes: Sequence[Action]) -> None:
        is_ours = (ExportRow.state == RUNNING) & (ExportRow.lease_owner == row.lease_owner)
        if not _update(row, changes, is_ours):
            raise LostExport(row.id)


def _set(name: str, value: str | None) -> Action:
    attribute: Any = getattr(ExportRow, name)
    change: Action = attribute.remove() if value is None else attribute.set(value)
    return change


def _update(row: ExportRow, changes: Sequence[Action], condition: Condition) -> bool:
    try:
        row.update(actions=list(changes), condition=condition)
    except UpdateError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True
