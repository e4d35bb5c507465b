"""What asking for an export and writing it share: where its file lies, its message to the queue."""

from __future__ import annotations

from chalicelib.core.aws import send_messages
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.envelopes import write_envelope

CSV = "text/csv; charset=utf-8"


def file_path(export_id: str) -> str:
    """Return where the file of an export lies in the area `exports`."""
    return f"{export_id}.csv"


def send_export(ctx: TenantContext, export_id: str) -> None:
    """Ask the queue to go on with an export. One request."""
    body = write_envelope("export", ctx.tenant_id, export_id=export_id)
    send_messages(settings().imports_queue_url, [(body, ctx.tenant_id, 0)])
