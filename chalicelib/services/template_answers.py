"""What Meta answers when it is asked for a template, as changes of our row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.storage.templates import TemplateRow
from chalicelib.whatsapp.template_text import shape_of, variables

if TYPE_CHECKING:
    from chalicelib.whatsapp.templates import MetaTemplate

WITHOUT_REASON = frozenset({"APPROVED", "PENDING"})


def changes_of(row: TemplateRow, found: MetaTemplate, now_ms: int) -> dict[str, Any]:
    """Return the attributes of `row` that differ from what Meta says; empty if none does.

    A quality that is older than the newest event's is left alone. Meta tells the reasons of a
    rejection and of a pause by webhook only: they go when the status goes.
    """
    wanted: dict[str, Any] = {
        "status": found.status,
        "category": found.category or row.category,
        "rejected_reason": _reason(row, found),
        "parameter_format": found.parameter_format,
        "ttl_s": found.ttl_s,
        "previous_category": found.previous_category or row.previous_category,
        "rejection": row.rejection if found.status == row.status else None,
        "pause": row.pause if found.status == row.status else None,
        "disabled_at": row.disabled_at if found.status != "APPROVED" else None,
    }
    is_impending = found.correct_category not in {None, wanted["category"]}
    wanted["correct_category"] = found.correct_category if is_impending else None
    wanted["category_due_at"] = (
        (row.category_due_at or next_month_ms(now_ms)) if is_impending else None
    )
    if found.components:
        components = [dict(part) for part in found.components]
        wanted["components"] = components
        wanted["variables"] = list(variables(shape_of(row.name, row.language, components)))
    if found.quality_score is not None and found.quality_at_ms >= row.quality_at:
        wanted["quality_score"] = found.quality_score
    return {name: value for name, value in wanted.items() if value != getattr(row, name)}


def next_month_ms(at_ms: int) -> int:
    """Return the beginning of the next month: when Meta changes categories, if it names no day."""
    day = datetime.fromtimestamp(at_ms / 1000, UTC).replace(day=1) + timedelta(days=32)
    first = day.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return int(first.timestamp()) * 1000


def _reason(row: TemplateRow, found: MetaTemplate) -> str | None:
    """Return why the template is as it is: what a webhook said of this status, if Meta is silent.

    Of an approved template, and of one that is reviewed again, the old reason is none.
    """
    if found.status in WITHOUT_REASON:
        return None
    return found.rejected_reason or (row.rejected_reason if found.status == row.status else None)
