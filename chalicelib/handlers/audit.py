"""Routes of the audit trail."""

from __future__ import annotations

from urllib.parse import urlencode

from chalicelib.core.context import TenantContext
from chalicelib.core.contract import Reply
from chalicelib.core.errors import Invalid
from chalicelib.handlers.routing import routes
from chalicelib.schemas.audit import AuditExportQuery, AuditList, AuditQuery
from chalicelib.services import audit

api = routes(__name__, "audit")
blueprint = api.blueprint


@api.route("GET", "/api/audit", permission="audit:read", errors=(Invalid,))
def list_audit(ctx: TenantContext, query: AuditQuery) -> AuditList:
    """List who changed what, newest first.

    With a filter a page may be short, or empty, and still have a `next_cursor`: go on with it.
    """
    return audit.list_page(ctx, query)


@api.route(
    "GET",
    "/api/audit/export",
    permission="audit:read",
    errors=(Invalid,),
    # Not text/csv: that type is read as bytes here, so an answer in it is given only to who asks
    # for that very type (Chalice), and browsers do not.
    response_type="text/plain; charset=utf-8",
)
def export_audit(ctx: TenantContext, query: AuditExportQuery) -> Reply[str]:
    """Export the audit trail as CSV, newest first, 2,000 records at a time.

    The header `Link` (rel="next") says where to go on.
    """
    found = audit.export(ctx, query)
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    if found.next_cursor is not None:
        given = query.model_dump(mode="json", exclude_none=True) | {"cursor": found.next_cursor}
        headers["Link"] = f'</api/audit/export?{urlencode(given)}>; rel="next"'
    return Reply(found.text, headers)
