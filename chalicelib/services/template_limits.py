"""How often Meta takes an edit, and for how long it keeps the name of a deleted template.

From templates/template-management of Meta's documentation, November 2026: an approved template can
be edited once in 24 hours and 10 times in 30 days; its name and category cannot. The name of a
deleted template that was approved cannot be used for 30 days.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.core.clock import to_iso
from chalicelib.core.errors import Conflict
from chalicelib.storage.templates import NAME_KEPT_MS, TemplateRow

_DAY_MS = 86_400_000
_MONTH_MS = 30 * _DAY_MS
_EDITS_A_MONTH = 10
EDITABLE = frozenset({"APPROVED", "REJECTED", "PAUSED"})
_NEVER_APPROVED = frozenset({"PENDING", "REJECTED", "LIMIT_EXCEEDED"})


def recent_edits(row: TemplateRow, now_ms: int) -> list[int]:
    """Return when the approved template was edited in the last 30 days, oldest first."""
    return sorted(int(at) for at in row.edited_at or () if int(at) > now_ms - _MONTH_MS)


def next_edit_ms(row: TemplateRow, now_ms: int) -> int | None:
    """Return when Meta takes the next edit of the approved text, None if it does so now."""
    edits = recent_edits(row, now_ms)
    if row.status != "APPROVED" or not edits:
        return None
    after_day = edits[-1] + _DAY_MS
    after_month = edits[-_EDITS_A_MONTH] + _MONTH_MS if len(edits) >= _EDITS_A_MONTH else 0
    next_ms = max(after_day, after_month)
    return next_ms if next_ms > now_ms else None


def require_editable(row: TemplateRow, category: str, now_ms: int) -> None:
    """Raise Conflict where Meta would refuse an edit now, with what to wait for."""
    if row.status not in EDITABLE:
        raise Conflict(
            f"The template is {row.status}; WhatsApp takes edits of approved, rejected and paused "
            "templates only. Wait for its review, or create another.",
            code="template_not_editable",
        )
    if row.status == "APPROVED" and category != row.category:
        raise Conflict(
            f"The category of an approved template cannot be changed from {row.category}; create "
            "another template.",
            code="template_category_fixed",
        )
    next_ms = next_edit_ms(row, now_ms)
    if next_ms is not None:
        raise Conflict(
            "WhatsApp takes one edit of an approved template in 24 hours and 10 in 30 days; the "
            f"next is possible at {to_iso(next_ms)}.",
            code="template_edit_limit",
        )


def was_approved(row: TemplateRow) -> bool:
    """Tell whether Meta has approved the template at any time, as far as is known here."""
    return row.status not in _NEVER_APPROVED or bool(row.edited_at)


def require_free_name(rows: Sequence[TemplateRow], language: str, now_ms: int) -> None:
    """Raise Conflict for a name that Meta still keeps because it was deleted.

    `rows` are all languages of the name, with those deleted of late: a language that was deleted is
    blocked, and the whole name where nothing else of it is left.
    """
    deleted = [row for row in rows if row.deleted_at is not None]
    blocking = [
        row.deleted_at + NAME_KEPT_MS
        for row in deleted
        if row.deleted_at is not None and (row.language == language or len(deleted) == len(rows))
    ]
    free_ms = max(blocking, default=0)
    if free_ms > now_ms:
        raise Conflict(
            "WhatsApp keeps the name of a deleted template for 30 days; choose another name, or "
            f"come back after {to_iso(free_ms)}.",
            code="template_name_blocked",
        )
