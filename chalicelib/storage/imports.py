"""CSV imports: how far each has come, what became of its rows, and which row named a phone first.

The table import_rows holds two kinds of items of an import: `slice#<n>`, the outcomes of a slice of
rows packed into one item (500 rows are about 10 KB), and `phone#<E.164>`, a claim. Both expire.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import BinaryAttribute, JSONAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.expressions.update import Action

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.core.ids import is_id
from chalicelib.storage.base import (
    IntegerAttribute,
    OptionalInteger,
    OptionalText,
    Page,
    Row,
    TableMeta,
    is_condition_failure,
    join_key,
    read_page,
    start_key,
    table,
)

KEPT_S = 30 * 86_400

_BATCH = 100


class ImportRow(Row):
    """One import of a file."""

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("imports")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    state = UnicodeAttribute()
    source = UnicodeAttribute()
    country = UnicodeAttribute()
    layout = JSONAttribute()
    rows_total = OptionalInteger()
    next_slice = IntegerAttribute(default=0)
    next_offset = IntegerAttribute()
    next_row = IntegerAttribute()
    created = IntegerAttribute(default=0)
    updated = IntegerAttribute(default=0)
    duplicate = IntegerAttribute(default=0)
    invalid = IntegerAttribute(default=0)
    attempts = IntegerAttribute(default=0)
    error = OptionalText()
    created_at = IntegerAttribute()
    completed_at = OptionalInteger()


class ImportPartRow(Row):
    """The outcomes of a slice of an import, or the row that named a phone first."""

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("import_rows")

    import_key = UnicodeAttribute(hash_key=True)
    row_id = UnicodeAttribute(range_key=True)
    row = OptionalInteger()
    outcome = OptionalText()
    packed = BinaryAttribute(null=True, legacy_encoding=False)
    expires_at = IntegerAttribute()


@dataclass(frozen=True, slots=True)
class Step:
    """Where an import stands after a slice, and what the slice counted."""

    next_offset: int
    next_row: int
    counts: Mapping[str, int]
    is_last: bool


class Imports:
    """The imports of one tenant."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id

    def create(self, row: ImportRow) -> None:
        """Write a new import. 1 WRU."""
        row.tenant_id = self._tenant_id
        row.save(condition=ImportRow.id.does_not_exist())

    def get(self, import_id: str) -> ImportRow:
        """Return an import as it is now; raise NotFound. 1 RRU."""
        if is_id("imp", import_id):
            try:
                return ImportRow.get(self._tenant_id, import_id, consistent_read=True)
            except DoesNotExist:
                pass
        raise NotFound("There is no such import.")

    def begin(self, import_id: str) -> ImportRow | None:
        """Mark an import as running and count the attempt; None if it is over. 1 WRU.

        The attempts that the same message has made are counted, whether they made progress or not:
        the queue counts them so. Raises NotFound.
        """
        row = self._update(
            import_id,
            ("queued", "running"),
            [ImportRow.state.set("running"), ImportRow.attempts.add(1)],
        )
        if row is None:
            self.get(import_id)
        return row

    def set_layout(
        self, row: ImportRow, layout: Mapping[str, Any], offset: int, first_row: int, total: int
    ) -> ImportRow | None:
        """Keep what a look at the whole file gave; None if the import is over. 1 WRU."""
        return self._update(
            row.id,
            ("running",),
            [
                ImportRow.layout.set(dict(layout)),
                ImportRow.next_offset.set(offset),
                ImportRow.next_row.set(first_row),
                ImportRow.rows_total.set(total),
            ],
            slice_=row.next_slice,
        )

    def advance(self, row: ImportRow, step: Step, now_ms: int) -> ImportRow | None:
        """Count the slice that began at `row`, once: None if that was done already. 1 WRU."""
        actions: list[Action] = [
            ImportRow.next_slice.add(1),
            ImportRow.next_offset.set(step.next_offset),
            ImportRow.next_row.set(step.next_row),
        ]
        columns = ImportRow.get_attributes()
        actions += [columns[name].add(count) for name, count in step.counts.items() if count]
        if step.is_last:
            actions += [ImportRow.state.set("completed"), ImportRow.completed_at.set(now_ms)]
        return self._update(row.id, ("running",), actions, slice_=row.next_slice)

    def hand_back(self, import_id: str) -> None:
        """Count the attempts anew, for the next message; quiet if the import is over. 1 WRU."""
        self._update(import_id, ("running",), [ImportRow.attempts.set(0)])

    def page(self, limit: int, cursor: str | None) -> Page[ImportRow]:
        """Return a page of imports, newest first. One query."""
        scope = f"{self._tenant_id}|imports"
        results = ImportRow.query(
            self._tenant_id,
            scan_index_forward=False,
            limit=limit,
            page_size=limit,
            last_evaluated_key=start_key(scope, cursor),
        )
        return read_page(scope, results)

    def fail(self, import_id: str, reason: str, now_ms: int) -> None:
        """End an import that cannot go on; one that is over stays as it is. 1 WRU."""
        self._update(
            import_id,
            ("queued", "running"),
            [
                ImportRow.state.set("failed"),
                ImportRow.error.set(reason),
                ImportRow.completed_at.set(now_ms),
            ],
        )

    def _update(
        self,
        import_id: str,
        states: tuple[str, ...],
        actions: list[Action],
        *,
        slice_: int | None = None,
    ) -> ImportRow | None:
        row = ImportRow(self._tenant_id, import_id)
        condition = ImportRow.state.is_in(*states)
        if slice_ is not None:
            condition &= ImportRow.next_slice == slice_
        try:
            row.update(actions=actions, condition=condition)
        except UpdateError as error:
            if is_condition_failure(error):
                return None
            raise
        return row

    def claims(self, import_id: str, phones: Iterable[str]) -> dict[str, tuple[int, str]]:
        """Return row and outcome of the first naming of each phone. 1 RRU each, 100 a request."""
        key = join_key(self._tenant_id, import_id)
        ids = [f"phone#{phone}" for phone in dict.fromkeys(phones)]
        found: dict[str, tuple[int, str]] = {}
        for start in range(0, len(ids), _BATCH):
            keys = [(key, row_id) for row_id in ids[start : start + _BATCH]]
            for part in ImportPartRow.batch_get(keys, consistent_read=True):
                phone = part.row_id.removeprefix("phone#")
                found[phone] = (part.row or 0, part.outcome or "")
        return found

    def claim(self, import_id: str, claims: Mapping[str, tuple[int, str]], now_ms: int) -> None:
        """Keep which row named each phone first, and its outcome. 1 WRU each, 25 a request."""
        key = join_key(self._tenant_id, import_id)
        with ImportPartRow.batch_write() as batch:
            for phone, (row, outcome) in claims.items():
                batch.save(
                    ImportPartRow(
                        key,
                        f"phone#{phone}",
                        row=row,
                        outcome=outcome,
                        expires_at=now_ms // 1000 + KEPT_S,
                    )
                )

    def put_outcomes(
        self, import_id: str, slice_: int, outcomes: Iterable[Iterable[Any]], now_ms: int
    ) -> None:
        """Keep the outcomes of a slice, JSON values of one tuple a row. 1 WRU per KB packed."""
        text = json.dumps([list(outcome) for outcome in outcomes], ensure_ascii=False)
        ImportPartRow(
            join_key(self._tenant_id, import_id),
            f"slice#{slice_:06d}",
            packed=zlib.compress(text.encode()),
            expires_at=now_ms // 1000 + KEPT_S,
        ).save()

    def outcomes(
        self, import_id: str, first_slice: int, limit: int
    ) -> list[tuple[int, list[list[Any]]]]:
        """Return up to `limit` slices from `first_slice` on: number and outcomes. 0.5 RRU per 4 KB.

        The caller has seen with `get` that the import is the tenant's.
        """
        results = ImportPartRow.query(
            join_key(self._tenant_id, import_id),
            ImportPartRow.row_id.between(f"slice#{first_slice:06d}", "slice#999999"),
            limit=limit,
        )
        return [
            (
                int(part.row_id.removeprefix("slice#")),
                json.loads(zlib.decompress(part.packed or b"")),
            )
            for part in results
        ]
