"""Asking Meta again for a template that it may know better: what a launch should decide on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.log import log
from chalicelib.services.number_calls import call
from chalicelib.services.template_answers import changes_of
from chalicelib.storage.numbers import NumberRow, Numbers
from chalicelib.storage.templates import TemplateRow, Templates
from chalicelib.whatsapp import templates as meta
from chalicelib.whatsapp.errors import WhatsAppError

ASK_INTERVAL_MS = 30_000
_PENDING = "PENDING"


def current_template(
    ctx: TenantContext, template_id: str, clock: Clock = SYSTEM_CLOCK
) -> TemplateRow:
    """Return the row of a template as `get_template` does: what a launch should decide on."""
    templates = Templates(ctx)
    row = templates.get(template_id)
    now_ms = clock.now_ms()
    if _is_in_doubt(row, now_ms) and templates.claim_question(row, now_ms, ASK_INTERVAL_MS):
        refresh(ctx, Numbers(ctx).get(row.number_id), row, now_ms)
    return row


def _is_in_doubt(row: TemplateRow, now_ms: int) -> bool:
    """Tell whether Meta may know better: in review, a pause that is over, a text half known."""
    pause: Mapping[str, Any] = row.pause or {}
    until_ms = pause.get("until_ms")
    is_over = row.status == "PAUSED" and until_ms is not None and int(until_ms) <= now_ms
    return row.status == _PENDING or is_over or row.components_at > row.asked_at


def refresh(ctx: TenantContext, number: NumberRow, row: TemplateRow, now_ms: int) -> None:
    """Write what Meta says now of a template that is in doubt.

    Meta not answering is no error of the caller's request: the webhook or the next look will tell.
    """
    templates = Templates(ctx)
    try:
        answer = call(ctx, number, meta.get_request(row.meta_template_id))
    except WhatsAppError as error:
        if meta.is_gone(error):
            templates.set_answer(row, {"status": "DELETED", "rejected_reason": None}, now_ms)
        else:
            log.warning("a template could not be read again", extra={"error": repr(error)})
        return
    changes = changes_of(row, meta.read_template(answer), now_ms)
    if changes:
        templates.set_answer(row, changes, now_ms)
