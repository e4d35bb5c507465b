"""The segments that a tenant has saved, and trying a filter before it is saved."""

from __future__ import annotations

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.ids import ordered_id
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.segments import (
    SegmentList,
    SegmentOut,
    SegmentPreview,
    SegmentPreviewRequest,
    SegmentWrite,
)
from chalicelib.services.contacts import to_out
from chalicelib.services.filters import DAY_MS, compile_filter
from chalicelib.storage.contacts import Contacts
from chalicelib.storage.segments import SegmentRow, Segments

PREVIEW_CONTACTS = 2000
SAMPLE = 10


def create(ctx: TenantContext, body: SegmentWrite, clock: Clock = SYSTEM_CLOCK) -> SegmentOut:
    """Save a segment. 1 WRU."""
    now_ms = clock.now_ms()
    row = SegmentRow(
        ctx.tenant_id,
        ordered_id("seg", now_ms),
        name=body.name,
        filter=body.filter.model_dump(),
        created_at=now_ms,
        updated_at=now_ms,
    )
    Segments(ctx).create(row)
    return _out(row)


def get(ctx: TenantContext, segment_id: str) -> SegmentOut:
    """Return a segment; raise NotFound. 1 RRU."""
    return _out(Segments(ctx).get(segment_id))


def page(ctx: TenantContext, query: PageQuery) -> SegmentList:
    """Return a page of segments, newest first. One query."""
    found = Segments(ctx).page(query.limit, query.cursor)
    return SegmentList(items=[_out(row) for row in found.items], next_cursor=found.next_cursor)


def replace(
    ctx: TenantContext, segment_id: str, body: SegmentWrite, clock: Clock = SYSTEM_CLOCK
) -> SegmentOut:
    """Give a segment another name and filter; raise NotFound. 1 WRU.

    Campaigns that were launched keep the filter that they were launched with.
    """
    row = Segments(ctx).replace(segment_id, body.name, body.filter.model_dump(), clock.now_ms())
    return _out(row)


def delete(ctx: TenantContext, segment_id: str) -> None:
    """Delete a segment; raise NotFound. 1 WRU."""
    Segments(ctx).delete(segment_id)


def preview(
    ctx: TenantContext, body: SegmentPreviewRequest, clock: Clock = SYSTEM_CLOCK
) -> SegmentPreview:
    """Try a filter on the first 2,000 contacts by id, which is a random sample. 1 RRU per 4 KB.

    It counts as a launch of now would: days back from the beginning of the day (UTC), and nobody
    whose contact turned out to be another one.
    """
    now_ms = clock.now_ms()
    holds = compile_filter(body.filter.model_dump(), now_ms - now_ms % DAY_MS)
    rows, after = Contacts(ctx).page_all(PREVIEW_CONTACTS)
    people = [row for row in rows if row.merged_into is None]
    matching = [person for person in people if holds(person)]
    return SegmentPreview(
        looked_at=len(people),
        matching=len(matching),
        is_complete=after is None,
        sample=[to_out(person) for person in matching[:SAMPLE]],
    )


def _out(row: SegmentRow) -> SegmentOut:
    return SegmentOut(
        id=row.id,
        name=row.name,
        filter=row.filter,
        created_at=to_iso(int(row.created_at)),
        updated_at=to_iso(int(row.updated_at)),
    )
