"""The messages by which the deletion of a business goes on."""

from __future__ import annotations

from chalicelib.core import aws
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.envelopes import write_envelope
from chalicelib.storage.deletions import DeletionRow


def envelope(ctx: TenantContext, kind: str, row: DeletionRow) -> str:
    """Return a message of a deletion for the tenant queue."""
    return write_envelope(kind, ctx.tenant_id, request=row.request)


def send(ctx: TenantContext, kind: str, row: DeletionRow, delay_s: int = 0) -> None:
    """Put a message of a deletion on the tenant queue. One request."""
    message = envelope(ctx, kind, row), ctx.tenant_id, delay_s
    aws.send_messages(settings().tenant_queue_url, [message])
