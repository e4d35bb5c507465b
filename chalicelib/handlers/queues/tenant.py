"""Lambda of the tenant queue: all that is done over the whole of a business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.handlers.queues.envelope import consumer
from chalicelib.services.deletion import erasing
from chalicelib.services.erasure import forgetting
from chalicelib.services.exports import writing


def _export(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    writing.run(ctx, str(envelope["export_id"]))


handler = consumer(
    {
        "export": _export,
        "forget": forgetting.forget,
        "stop": erasing.stop,
        "delete": erasing.delete,
        "erase": erasing.erase,
    },
    works_after=(erasing.delete, erasing.erase),
)
