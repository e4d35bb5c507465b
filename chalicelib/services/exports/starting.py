"""Asking for an export, and answering how far it has come."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, cast

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, iso_or_none, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, FieldError, Invalid, NotFound
from chalicelib.core.ids import ordered_id
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.exports import (
    ContactsExport,
    ExportKind,
    ExportList,
    ExportOut,
    ExportState,
    RecipientsExport,
)
from chalicelib.services.exports.files import (
    TENANT,
    content_type,
    file_path,
    send_export,
    suffix,
)
from chalicelib.storage.campaigns import Campaigns
from chalicelib.storage.exports import COMPLETED, KEPT_S, QUEUED, ExportRow, Exports
from chalicelib.storage.objects import Objects
from chalicelib.storage.segments import Segments

URL_EXPIRES_S = 900
_NO_RECIPIENTS = frozenset({"draft", "scheduled", "planning"})


def start_recipients(
    ctx: TenantContext, campaign_id: str, body: RecipientsExport, clock: Clock = SYSTEM_CLOCK
) -> ExportOut:
    """Ask for a campaign's recipients as a CSV. 1 RRU, 1 WRU, an SQS request.

    Raises NotFound, and Conflict while nobody is planned yet.
    """
    campaign = Campaigns(ctx).get(campaign_id)
    if campaign.state in _NO_RECIPIENTS and not campaign.generation:
        raise Conflict(
            f"The campaign is {campaign.state}: it has no recipients to export yet. Try again when "
            "it is running.",
            code="campaign_state",
        )
    return _start(
        ctx,
        clock,
        kind="recipients",
        subject_id=campaign_id,
        filters=body.filters.model_dump(),
        columns={"names": [], "is_whole": True},
        total=campaign.planned + sum(campaign.skipped.values()),
    )


def start_contacts(
    ctx: TenantContext, body: ContactsExport, clock: Clock = SYSTEM_CLOCK
) -> ExportOut:
    """Ask for contacts as a CSV. 1 RRU, 1 WRU, an SQS request; Invalid if there is no segment."""
    filters: dict[str, Any] = {}
    if body.filter is not None:
        filters = body.filter.model_dump()
    elif body.segment_id is not None:
        try:
            filters = Segments(ctx).get(body.segment_id).filter
        except NotFound:
            words = "There is no such segment."
            raise Invalid(words, errors=(FieldError("segment_id", words),)) from None
    names = None if body.fields is None else list(dict.fromkeys(body.fields))
    return _start(
        ctx,
        clock,
        kind="contacts",
        filters=filters,
        columns=None if names is None else {"names": names, "is_whole": True},
    )


def start_tenant(ctx: TenantContext, clock: Clock = SYSTEM_CLOCK) -> ExportOut:
    """Ask for all that the business has, as a zip. 1 WRU, an SQS request."""
    return _start(ctx, clock, kind=TENANT, filters={}, columns={"names": [], "is_whole": True})


def _start(ctx: TenantContext, clock: Clock, **fields: Any) -> ExportOut:
    exports, now_ms = Exports(ctx), clock.now_ms()
    row = ExportRow(
        ctx.tenant_id,
        ordered_id("exp", now_ms),
        state=QUEUED,
        created_by=ctx.user_id,
        created_at=now_ms,
        expires_at=now_ms // 1000 + KEPT_S,
        **fields,
    )
    exports.create(row)
    with ExitStack() as undo:
        undo.callback(exports.fail, row.id, "The export could not be queued; try again.", now_ms)
        send_export(ctx, row.id, row.kind)
        undo.pop_all()
    return _out(ctx, row, now_ms)


def get_recipients(
    ctx: TenantContext, campaign_id: str, export_id: str, clock: Clock = SYSTEM_CLOCK
) -> ExportOut:
    """Return how far an export of a campaign has come, and where its file is; raise NotFound."""
    return _get(ctx, "recipients", campaign_id, export_id, clock)


def get_contacts(ctx: TenantContext, export_id: str, clock: Clock = SYSTEM_CLOCK) -> ExportOut:
    """Return how far an export of contacts has come, and where its file is; raise NotFound."""
    return _get(ctx, "contacts", None, export_id, clock)


def get_tenant_export(ctx: TenantContext, export_id: str, clock: Clock = SYSTEM_CLOCK) -> ExportOut:
    """Return how far an export of the business has come; raise NotFound."""
    return _get(ctx, TENANT, None, export_id, clock)


def list_exports(ctx: TenantContext, query: PageQuery, clock: Clock = SYSTEM_CLOCK) -> ExportList:
    """Return a page of exports, newest first, without the URLs of their files. One query."""
    page, now_ms = Exports(ctx).page(query.limit, query.cursor), clock.now_ms()
    return ExportList(
        items=[_out(ctx, row, now_ms, with_url=False) for row in page.items],
        next_cursor=page.next_cursor,
    )


def _get(
    ctx: TenantContext, kind: str, subject_id: str | None, export_id: str, clock: Clock
) -> ExportOut:
    row = Exports(ctx).get(export_id)
    if (row.kind, row.subject_id) != (kind, subject_id):
        raise NotFound("There is no such export here.")
    return _out(ctx, row, clock.now_ms())


def _out(ctx: TenantContext, row: ExportRow, now_ms: int, *, with_url: bool = True) -> ExportOut:
    until_ms = row.created_at + KEPT_S * 1000
    is_expired = row.state == COMPLETED and now_ms >= until_ms
    filename = f"parley-{row.kind}-{to_iso(row.created_at)[:10]}.{suffix(row.kind)}"
    url = None
    if row.state == COMPLETED and with_url and not is_expired:
        url = Objects(ctx).download_url(
            "exports",
            file_path(row.id, row.kind),
            content_type=content_type(row.kind),
            disposition=f'attachment; filename="{filename}"',
            expires_in_s=URL_EXPIRES_S,
        )
    return ExportOut(
        id=row.id,
        kind=cast("ExportKind", row.kind),
        campaign_id=row.subject_id,
        state=cast("ExportState", "expired" if is_expired else row.state),
        rows=row.rows,
        looked_at=row.looked_at,
        total=row.total,
        size_bytes=row.size_bytes,
        filename=filename,
        url=url,
        url_expires_at=None if url is None else to_iso(now_ms + URL_EXPIRES_S * 1000),
        error=row.error,
        created_at=to_iso(row.created_at),
        completed_at=iso_or_none(row.completed_at),
        expires_at=to_iso(until_ms),
    )
