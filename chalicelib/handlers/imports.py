"""The routes of CSV imports."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import (
    Invalid,
    Malformed,
    NotFound,
    TooLarge,
    UnsupportedMedia,
)
from chalicelib.handlers.routing import routes
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.contacts import (
    ImportList,
    ImportOut,
    ImportRowList,
    ImportRowsQuery,
    ImportStart,
    ImportUpload,
    UploadOut,
)
from chalicelib.services.imports import starting

JSON = "application/json"
MAX_CSV_BYTES = 4 * 1024 * 1024

api = routes(__name__, "imports")
blueprint = api.blueprint


@api.route(
    "POST",
    "/api/contacts/imports",
    status=202,
    permission="contacts:write",
    content_types=("text/csv", "application/octet-stream", JSON),
    max_body_bytes=MAX_CSV_BYTES,
    errors=(Malformed, Invalid, NotFound, TooLarge, UnsupportedMedia),
    takes_idempotency_key=True,
)
def start_import(ctx: TenantContext, body: ImportStart | bytes) -> ImportOut:
    """Import contacts from a CSV.

    Send the CSV itself as the body (up to 4 MiB), or, as JSON, the `upload_id` of a larger file
    that was uploaded. Any usual delimiter and encoding is read; the first row names the columns,
    one of which must be the phone. Rows are worked on in the background: ask for the import until
    it is `completed`, then for its rows.
    """
    if isinstance(body, ImportStart):
        return starting.start_from_upload(ctx, body.upload_id)
    return starting.start_from_body(ctx, body)


@api.route(
    "POST",
    "/api/contacts/imports/uploads",
    status=201,
    permission="contacts:write",
    errors=(Invalid,),
)
def request_upload(ctx: TenantContext, body: ImportUpload) -> UploadOut:
    """Ask where to upload a CSV of more than 4 MiB.

    PUT the file to `url` with Content-Type text/csv and exactly the size that was announced, then
    start the import with the `upload_id`.
    """
    return starting.request_upload(ctx, body.size_bytes)


@api.route("GET", "/api/imports", permission="contacts:read")
def list_imports(ctx: TenantContext, query: PageQuery) -> ImportList:
    """List the imports of contacts, newest first."""
    return starting.list_imports(ctx, query)


@api.route(
    "GET",
    "/api/contacts/imports/{import_id}",
    permission="contacts:read",
    errors=(NotFound,),
)
def get_import(ctx: TenantContext, import_id: str) -> ImportOut:
    """Get how far an import has come."""
    return starting.get_import(ctx, import_id)


@api.route(
    "GET",
    "/api/contacts/imports/{import_id}/rows",
    permission="contacts:read",
    errors=(NotFound, Invalid),
)
def list_import_rows(ctx: TenantContext, import_id: str, query: ImportRowsQuery) -> ImportRowList:
    """List what became of each row, in the order of the file."""
    return starting.list_rows(ctx, import_id, query)
