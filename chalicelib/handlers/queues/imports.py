"""Lambda of the imports queue: contacts from CSV files, slice by slice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.handlers.queues.envelope import consumer
from chalicelib.services.imports import applying


def _go_on(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    applying.run(ctx, str(envelope["import_id"]))


handler = consumer({"import": _go_on})
