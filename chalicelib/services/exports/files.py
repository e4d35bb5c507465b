"""What asking for an export and writing it share: where its file lies, its message to the queue."""

from __future__ import annotations

from chalicelib.core.aws import send_messages
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.envelopes import write_envelope

CSV = "text/csv; charset=utf-8"
ZIP = "application/zip"
TENANT = "tenant"


def file_path(export_id: str, kind: str) -> str:
    """Return where the file of an export lies in the area `exports`."""
    return f"{export_id}.{suffix(kind)}"


def suffix(kind: str) -> str:
    """Return how the name of an export's file ends."""
    return "zip" if kind == TENANT else "csv"


def content_type(kind: str) -> str:
    """Return what an export's file is."""
    return ZIP if kind == TENANT else CSV


def send_export(ctx: TenantContext, export_id: str, kind: str) -> None:
    """Ask the queue to go on with an export. One request.

    That of a whole business is the tenant queue's, whose function alone may read all of it.
    """
    body = write_envelope("export", ctx.tenant_id, export_id=export_id)
    url = settings().tenant_queue_url if kind == TENANT else settings().imports_queue_url
    send_messages(url, [(body, ctx.tenant_id, 0)])
