"""Lambda of the plan queue: pages of an audience to freeze, and campaigns to look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.handlers.queues.envelope import consumer
from chalicelib.services.campaigns import planning, ticking


def _plan(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    planning.plan_part(ctx, envelope["campaign_id"], envelope["part"], envelope["cursor"])


def _tick(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    ticking.tick(ctx, envelope["campaign_id"], envelope["tick"])


handler = consumer({"plan": _plan, "tick": _tick})
