"""The messages by which the erasure of a person goes on."""

from __future__ import annotations

from chalicelib.core import aws
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.envelopes import write_envelope


def send(
    ctx: TenantContext, contact_id: str, *, delay_s: int = 0, walk: dict[str, object] | None = None
) -> None:
    """Have an erasure begin, or go on where `walk` says. One request."""
    body = write_envelope("forget", ctx.tenant_id, contact_id=contact_id, walk=walk)
    aws.send_messages(settings().tenant_queue_url, [(body, ctx.tenant_id, delay_s)])
