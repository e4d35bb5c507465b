"""Changing a template that Meta has: its text, its pause, whether it is put away."""

from __future__ import annotations

from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict
from chalicelib.schemas.template_edits import TemplateEdit
from chalicelib.schemas.templates import TemplateOut
from chalicelib.services.number_calls import call
from chalicelib.services.template_creation import is_equal
from chalicelib.services.template_drafts import draft_of, require_valid
from chalicelib.services.template_limits import recent_edits, require_editable
from chalicelib.services.template_refresh import refresh
from chalicelib.services.template_samples import with_handles
from chalicelib.services.template_view import template_out
from chalicelib.storage.numbers import NumberRow, Numbers
from chalicelib.storage.templates import TemplateRow, Templates
from chalicelib.whatsapp import templates as meta
from chalicelib.whatsapp.errors import OutcomeUnknown, WhatsAppError, as_app_error
from chalicelib.whatsapp.graph import GraphRequest
from chalicelib.whatsapp.template_rules import TemplateDraft
from chalicelib.whatsapp.template_text import shape_of, variables


def edit(
    ctx: TenantContext, template_id: str, body: TemplateEdit, clock: Clock = SYSTEM_CLOCK
) -> TemplateOut:
    """Replace what a template says; Meta reviews it again.

    Raises NotFound, Invalid for each rule that the new text breaks, Conflict where Meta takes no
    edit now (status, category, once in 24 hours and 10 times in 30 days). After an answer that was
    lost Meta is asked whether it has the new text. A process that dies in between leaves the row
    marked as in doubt, so that the next look asks Meta. 2 requests to Meta, 3 to 6 WRU.
    """
    templates, now_ms = Templates(ctx), clock.now_ms()
    row = templates.get(template_id)
    category = body.category or row.category
    draft = draft_of(body, name=row.name, language=row.language, category=category)
    require_valid(body, draft)
    require_editable(row, category, now_ms)
    number = Numbers(ctx).get(row.number_id)
    draft = with_handles(ctx, number, draft)
    was_approved = row.status == "APPROVED"
    templates.set_event(row, "components", {"asked_at": 0}, now_ms, now_ms)
    _submit(ctx, number, row, draft, with_category=not was_approved)
    _keep(templates, row, draft, now_ms, was_approved=was_approved)
    refresh(ctx, number, row, now_ms)
    return template_out(row, now_ms)


def unpause(ctx: TenantContext, template_id: str, clock: Clock = SYSTEM_CLOCK) -> TemplateOut:
    """End the pause of a template; Meta allows it after a pause for sending too fast.

    Raises NotFound, Conflict if it is not paused, and what Meta refuses. 2 requests to Meta.
    """
    row = Templates(ctx).get(template_id)
    if row.status != "PAUSED":
        raise Conflict(
            f"The template is {row.status}, not PAUSED: there is no pause to end.",
            code="template_not_paused",
        )
    return _act(ctx, row, meta.unpause_request(row.meta_template_id), clock)


def archive(
    ctx: TenantContext, template_id: str, *, is_archived: bool, clock: Clock = SYSTEM_CLOCK
) -> TemplateOut:
    """Put a template away, or take it out again; again changes nothing.

    Meta deletes what stays archived for 28 days. Raises NotFound, and what Meta refuses. 2 requests
    to Meta.
    """
    row = Templates(ctx).get(template_id)
    if (row.status == "ARCHIVED") == is_archived:
        return template_out(row, clock.now_ms())
    request = meta.archive_request(row.waba_id, [row.meta_template_id], is_archived=is_archived)
    return _act(ctx, row, request, clock)


def _act(ctx: TenantContext, row: TemplateRow, request: GraphRequest, clock: Clock) -> TemplateOut:
    """Make a call that changes a template, and read from Meta what it is now."""
    number, now_ms = Numbers(ctx).get(row.number_id), clock.now_ms()
    try:
        answer = call(ctx, number, request)
    except WhatsAppError as error:
        raise as_app_error(error) from error
    refresh(ctx, number, row, now_ms)
    refusal = meta.read_refusal(answer, row.meta_template_id)
    if refusal is not None:
        raise Conflict(
            f"WhatsApp refused: {refusal}. The template is {row.status} now.",
            code="template_state",
        )
    return template_out(row, now_ms)


def _submit(
    ctx: TenantContext,
    number: NumberRow,
    row: TemplateRow,
    draft: TemplateDraft,
    *,
    with_category: bool,
) -> None:
    """Have Meta take the new text; return if it surely has it."""
    request = meta.edit_request(row.meta_template_id, draft, with_category=with_category)
    try:
        call(ctx, number, request)
    except OutcomeUnknown as error:
        try:
            answer = call(ctx, number, meta.get_request(row.meta_template_id))
        except WhatsAppError:
            raise as_app_error(error) from error
        if not is_equal(meta.read_template(answer), draft):
            raise as_app_error(error) from error
    except WhatsAppError as error:
        raise as_app_error(error) from error


def _keep(
    templates: Templates,
    row: TemplateRow,
    draft: TemplateDraft,
    now_ms: int,
    *,
    was_approved: bool,
) -> None:
    """Write the new text; a verdict that came meanwhile stays."""
    components = [dict(part) for part in draft.components]
    changes: dict[str, Any] = {
        "components": components,
        "variables": list(variables(shape_of(row.name, row.language, components))),
        "parameter_format": draft.parameter_format,
        "category": draft.category,
        "edited_at": [*recent_edits(row, now_ms), *([now_ms] if was_approved else [])],
    }
    if draft.ttl_s is not None:
        changes["ttl_s"] = draft.ttl_s
    reviewed = {"status": "PENDING", "rejected_reason": None, "rejection": None, "pause": None}
    if not templates.set_answer(row, {**changes, **reviewed}, now_ms):
        row.refresh(consistent_read=True)
        templates.set_answer(row, changes, now_ms)
