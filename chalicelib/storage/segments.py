"""The saved segments of a tenant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute
from pynamodb.exceptions import DeleteError, DoesNotExist, UpdateError

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.core.ids import is_id
from chalicelib.storage.base import (
    IntegerAttribute,
    Page,
    Row,
    TableMeta,
    is_condition_failure,
    read_page,
    start_key,
    table,
)


class SegmentRow(Row):
    """A named filter; `filter` is the tree of `schemas.segments`."""

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("segments")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    filter = JSONAttribute()
    created_at = IntegerAttribute()
    updated_at = IntegerAttribute()


class Segments:
    """The segments of one tenant."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id

    def create(self, row: SegmentRow) -> None:
        """Write a new segment. 1 WRU."""
        row.tenant_id = self._tenant_id
        row.save(condition=SegmentRow.id.does_not_exist())

    def get(self, segment_id: str) -> SegmentRow:
        """Return a segment as it is now; raise NotFound. 1 RRU."""
        if is_id("seg", segment_id):
            try:
                return SegmentRow.get(self._tenant_id, segment_id, consistent_read=True)
            except DoesNotExist:
                pass
        raise _missing()

    def page(self, limit: int, cursor: str | None) -> Page[SegmentRow]:
        """Return a page of segments, newest first. One query."""
        scope = f"{self._tenant_id}|segments"
        results = SegmentRow.query(
            self._tenant_id,
            scan_index_forward=False,
            limit=limit,
            last_evaluated_key=start_key(scope, cursor),
        )
        return read_page(scope, results)

    def replace(
        self, segment_id: str, name: str, content: Mapping[str, Any], now_ms: int
    ) -> SegmentRow:
        """Write name and filter of a segment that is there; raise NotFound. 1 WRU."""
        if not is_id("seg", segment_id):
            raise _missing()
        row = SegmentRow(self._tenant_id, segment_id)
        try:
            row.update(
                actions=[
                    SegmentRow.name.set(name),
                    SegmentRow.filter.set(dict(content)),
                    SegmentRow.updated_at.set(now_ms),
                ],
                condition=SegmentRow.id.exists(),
            )
        except UpdateError as error:
            if is_condition_failure(error):
                raise _missing() from None
            raise
        return row

    def delete(self, segment_id: str) -> None:
        """Remove a segment; raise NotFound. 1 WRU."""
        if not is_id("seg", segment_id):
            raise _missing()
        try:
            SegmentRow(self._tenant_id, segment_id).delete(condition=SegmentRow.id.exists())
        except DeleteError as error:
            if is_condition_failure(error):
                raise _missing() from None
            raise


def _missing() -> NotFound:
    return NotFound("There is no such segment.")
