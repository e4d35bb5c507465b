"""Routes of segments."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.handlers.routing import routes
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.segments import (
    SegmentList,
    SegmentOut,
    SegmentPreview,
    SegmentPreviewRequest,
    SegmentWrite,
)
from chalicelib.services import segments

api = routes(__name__, "segments")
blueprint = api.blueprint


@api.route("GET", "/api/segments", permission="contacts:read")
def list_segments(ctx: TenantContext, query: PageQuery) -> SegmentList:
    """List the saved segments, newest first."""
    return segments.page(ctx, query)


@api.route("POST", "/api/segments", status=201, permission="contacts:write")
def create_segment(ctx: TenantContext, body: SegmentWrite) -> SegmentOut:
    """Save a segment."""
    return segments.create(ctx, body)


@api.route("POST", "/api/segments/preview", permission="contacts:read", is_audited=False)
def preview_segment(ctx: TenantContext, body: SegmentPreviewRequest) -> SegmentPreview:
    """Try a filter on a sample of the contacts, without saving it."""
    return segments.preview(ctx, body)


@api.route("GET", "/api/segments/{segment_id}", permission="contacts:read", errors=(NotFound,))
def get_segment(ctx: TenantContext, segment_id: str) -> SegmentOut:
    """Get a saved segment."""
    return segments.get(ctx, segment_id)


@api.route(
    "PUT",
    "/api/segments/{segment_id}",
    permission="contacts:write",
    errors=(NotFound,),
    before=segments.get,
)
def replace_segment(ctx: TenantContext, segment_id: str, body: SegmentWrite) -> SegmentOut:
    """Give a segment another name and filter; launched campaigns keep theirs."""
    return segments.replace(ctx, segment_id, body)


@api.route(
    "DELETE",
    "/api/segments/{segment_id}",
    status=204,
    permission="contacts:write",
    errors=(NotFound,),
    before=segments.get,
)
def delete_segment(ctx: TenantContext, segment_id: str) -> None:
    """Delete a saved segment."""
    segments.delete(ctx, segment_id)
