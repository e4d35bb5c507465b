"""Lambda of the tenant queue: all that is done over the whole of a business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.handlers.queues.envelope import Consumer
from chalicelib.services.deletion import erasing
from chalicelib.services.erasure import forgetting


def _export(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    from chalicelib.services.exports import writing

    writing.run(ctx, str(envelope["export_id"]))


handler = Consumer(
    {
        "export": _export,
        "forget": forgetting.forget,
        "stop": erasing.stop,
        "delete": erasing.delete,
        "erase": erasing.erase,
    },
    may_be_nobodys=True,  # it is gone before the proof that it is
    works_after=(erasing.delete, erasing.erase),
)
