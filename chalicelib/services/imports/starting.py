"""Taking a file for import, and answering how far an import has come."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, cast

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.core.ids import is_id, ordered_id, random_id
from chalicelib.core.signing import decode_cursor, encode_cursor
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.contacts import (
    ImportList,
    ImportOut,
    ImportRow as RowOut,
    ImportRowList,
    ImportRowsQuery,
    ImportState,
    UploadOut,
)
from chalicelib.services.imports.kept import pack_layout, send_import, source_path
from chalicelib.services.imports.reading import (
    HEAD_BYTES,
    Layout,
    count_rows,
    find_encoding,
    read_layout,
)
from chalicelib.storage.imports import ImportRow, Imports
from chalicelib.storage.objects import Objects
from chalicelib.storage.tenants import get_tenant

CSV = "text/csv"
UPLOAD_EXPIRES_S = 3600

# How many slices a page of rows looks through: it bounds the work where hardly a row matches.
_SLICES_A_PAGE = 20


def start_from_body(ctx: TenantContext, body: bytes, clock: Clock = SYSTEM_CLOCK) -> ImportOut:
    """Check a whole CSV, keep it, and queue its import. 4 requests.

    Raises Invalid, and writes nothing: `empty_file`, `not_text`, `no_phone_column`,
    `duplicate_columns`, `too_many_columns`, `field_too_long`, `broken_row`, `no_rows`.
    """
    encoding = find_encoding([body])
    layout = read_layout(body[:HEAD_BYTES], encoding)
    total = count_rows([body[layout.offset :]], layout)
    import_id = ordered_id("imp", clock.now_ms())
    Objects(ctx).put("imports", source_path(import_id), body, CSV)
    return _start(ctx, import_id, import_id, layout, total, clock)


def request_upload(ctx: TenantContext, size_bytes: int) -> UploadOut:
    """Return where to PUT a file of exactly `size_bytes`. No request."""
    upload_id = random_id("upl")
    upload = Objects(ctx).upload_url(
        "imports",
        source_path(upload_id),
        size_bytes=size_bytes,
        content_type=CSV,
        expires_in_s=UPLOAD_EXPIRES_S,
    )
    return UploadOut(upload_id=upload_id, url=upload.url, expires_in_s=upload.expires_in_s)


def start_from_upload(ctx: TenantContext, upload_id: str, clock: Clock = SYSTEM_CLOCK) -> ImportOut:
    """Check the beginning of an uploaded file and queue its import. 4 requests.

    Raises NotFound if nothing was uploaded, and Invalid as `start_from_body` does for what the
    beginning shows; the rest is read by the queue, and ends the import with the reason if broken.
    """
    if not is_id("upl", upload_id):
        raise NotFound("There is no such upload.")
    try:
        head = Objects(ctx).get_range("imports", source_path(upload_id), 0, HEAD_BYTES - 1)
    except NotFound:
        raise NotFound("Nothing has been uploaded there yet; PUT the file first.") from None
    encoding = find_encoding([head], is_whole=len(head) < HEAD_BYTES)
    layout = read_layout(head, encoding)
    import_id = ordered_id("imp", clock.now_ms())
    return _start(ctx, import_id, upload_id, layout, None, clock)


def _start(
    ctx: TenantContext,
    import_id: str,
    source: str,
    layout: Layout,
    total: int | None,
    clock: Clock,
) -> ImportOut:
    imports = Imports(ctx)
    row = ImportRow(
        id=import_id,
        state="queued",
        source=source,
        country=get_tenant(ctx.tenant_id).country,
        layout=pack_layout(layout),
        rows_total=total,
        next_offset=layout.offset,
        next_row=layout.row,
        created_at=clock.now_ms(),
    )
    imports.create(row)
    with ExitStack() as undo:
        undo.callback(
            imports.fail, import_id, "The import could not be queued; try again.", clock.now_ms()
        )
        send_import(ctx, import_id)
        undo.pop_all()
    return _to_out(row)


def get_import(ctx: TenantContext, import_id: str) -> ImportOut:
    """Return how far an import has come; raise NotFound. 1 RRU."""
    return _to_out(Imports(ctx).get(import_id))


def list_imports(ctx: TenantContext, query: PageQuery) -> ImportList:
    """Return a page of imports, newest first. One query."""
    page = Imports(ctx).page(query.limit, query.cursor)
    return ImportList(items=[_to_out(row) for row in page.items], next_cursor=page.next_cursor)


def list_rows(ctx: TenantContext, import_id: str, query: ImportRowsQuery) -> ImportRowList:
    """Return a page of the rows done so far, of one outcome or of all; raise NotFound.

    A page looks through up to 20 slices: it may be short, or empty, before the last.
    """
    imports = Imports(ctx)
    imports.get(import_id)
    scope = f"{ctx.tenant_id}|imports|{import_id}|{query.outcome}"
    start = decode_cursor(scope, query.cursor) or {"slice": 0, "at": 0}
    items: list[RowOut] = []
    last = int(start["slice"]) - 1
    for number, rows in imports.outcomes(import_id, int(start["slice"]), _SLICES_A_PAGE):
        first = int(start["at"]) if number == int(start["slice"]) else 0
        for at, row in enumerate(rows[first:], start=first):
            if query.outcome in {None, row[1]}:
                if len(items) == query.limit:
                    cursor = encode_cursor(scope, {"slice": number, "at": at})
                    return ImportRowList(items=items, next_cursor=cursor)
                items.append(_row_out(row))
        last = number
    is_end = last - int(start["slice"]) + 1 < _SLICES_A_PAGE
    next_key = None if is_end else {"slice": last + 1, "at": 0}
    return ImportRowList(items=items, next_cursor=encode_cursor(scope, next_key))


def _row_out(row: list[Any]) -> RowOut:
    number, outcome, phone, contact_id, code, reason = row
    return RowOut(
        row=number, outcome=outcome, phone=phone, contact_id=contact_id, code=code, reason=reason
    )


def _to_out(row: ImportRow) -> ImportOut:
    return ImportOut(
        id=row.id,
        state=cast("ImportState", row.state),
        rows_total=row.rows_total or 0,
        rows_done=row.created + row.updated + row.duplicate + row.invalid,
        created=row.created,
        updated=row.updated,
        duplicate=row.duplicate,
        invalid=row.invalid,
        columns={title: target for title, target in row.layout["columns"] if target},
        error=row.error,
        created_at=to_iso(row.created_at),
        completed_at=None if row.completed_at is None else to_iso(row.completed_at),
    )
