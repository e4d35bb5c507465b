"""Lambda of the imports queue: contacts from CSV files, slice by slice, and exports to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.handlers.queues.envelope import Consumer
from chalicelib.services.imports import applying


def _go_on(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    applying.run(ctx, str(envelope["import_id"]))


def _export(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    from chalicelib.services.exports import writing

    writing.run(ctx, str(envelope["export_id"]))


handler = Consumer({"import": _go_on, "export": _export})
