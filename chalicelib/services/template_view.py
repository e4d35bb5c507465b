"""A template as the API shows it: its text, what Meta says of it, what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, iso_or_none, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.schemas.templates import (
    CategoryChange,
    Pause,
    Quality,
    Rejection,
    TemplateOut,
)
from chalicelib.services.template_limits import next_edit_ms
from chalicelib.services.template_preview import preview_of
from chalicelib.storage.templates import TemplateRow, Templates
from chalicelib.whatsapp.template_examples import example_values
from chalicelib.whatsapp.template_text import (
    TemplateShape,
    optional_variables,
    shape_of,
    variables,
)
from chalicelib.whatsapp.template_verdicts import pause_words, rejection_words

_BUTTON_FIELDS = ("type", "text", "url", "phone_number")


def shape(row: TemplateRow) -> TemplateShape:
    """Return what a message from this template needs and looks like."""
    return shape_of(row.name, row.language, row.components)


def template_out(row: TemplateRow, now_ms: int) -> TemplateOut:
    """Return a template as the API shows it; `now_ms` decides whether it may be edited now."""
    text = shape(row)
    next_ms = next_edit_ms(row, now_ms)
    return TemplateOut(
        id=row.id,
        number_id=row.number_id,
        waba_id=row.waba_id,
        meta_template_id=row.meta_template_id,
        name=row.name,
        language=row.language,
        category=row.category,
        status=row.status,
        is_sendable=row.status == "APPROVED",
        rejected_reason=row.rejected_reason,
        rejection=_rejection(row),
        pause=_pause(row),
        disabled_at=iso_or_none(row.disabled_at),
        quality=Quality(
            score=row.quality_score, changed_at=iso_or_none(int(row.quality_at) or None)
        ),
        previous_category=row.previous_category,
        category_change=_category_change(row),
        parameter_format=row.parameter_format,
        message_send_ttl_seconds=row.ttl_s,
        components=[dict(part) for part in row.components],
        header=text.header,
        header_format=text.header_format,
        body=text.body,
        footer=text.footer,
        buttons=plain_buttons(text),
        variables=list(variables(text)),
        optional_variables=list(optional_variables(text)),
        preview=preview_of(text, example_values(row.components)),
        next_edit_at=iso_or_none(next_ms),
        created_at=to_iso(int(row.created_at)),
        updated_at=to_iso(int(row.updated_at)),
    )


def kept(ctx: TenantContext, template_id: str, clock: Clock = SYSTEM_CLOCK) -> TemplateOut:
    """Return a template as it is kept, without asking Meta; raise NotFound. 1 RRU."""
    return template_out(Templates(ctx).get(template_id), clock.now_ms())


def plain_buttons(text: TemplateShape) -> list[dict[str, str]]:
    """Return what buttons say and where they lead."""
    return [
        {name: str(button[name]) for name in _BUTTON_FIELDS if button.get(name) is not None}
        for button in text.buttons
    ]


def _rejection(row: TemplateRow) -> Rejection | None:
    if row.status != "REJECTED":
        return None
    code = row.rejected_reason or "NONE"
    words, told = rejection_words(code), _told(row.rejection or {})
    return Rejection(
        code=code,
        reason=told.get("reason") or words.reason,
        recommendation=told.get("recommendation") or words.recommendation,
    )


def _pause(row: TemplateRow) -> Pause | None:
    if row.status != "PAUSED":
        return None
    stored: Mapping[str, Any] = row.pause or {}
    told = _told(stored)
    code = told.get("title") or row.rejected_reason or "PAUSED"
    words = pause_words(code)
    return Pause(
        code=code,
        reason=told.get("description") or words.reason,
        recommendation=words.recommendation,
        until=iso_or_none(stored.get("until_ms")),
    )


def _told(stored: Mapping[str, Any]) -> dict[str, str]:
    return {key: one for key, one in stored.items() if isinstance(one, str) and one}


def _category_change(row: TemplateRow) -> CategoryChange | None:
    if row.correct_category in {None, row.category} or row.category_due_at is None:
        return None
    day = to_iso(row.category_due_at)
    return CategoryChange(
        category=row.category,
        correct_category=row.correct_category,
        effective_at=day,
        message=(
            f"From {day[:10]} on WhatsApp treats and charges this template as "
            f"{row.correct_category} instead of {row.category}. Change its text, or appeal in "
            "WhatsApp Manager within 60 days."
        ),
    )
