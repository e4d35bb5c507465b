"""What webhooks say of templates; apart from `templates` so that the webhook loads little.

Each matter (status, flag, quality, components, category, and the change of category that Meta
announces) keeps the time of its newest report: an older one changes nothing, the same one again
changes nothing twice. A status tells the category too, so one event may report two matters. A
report for a template that is not here is quiet: the next comparison with Meta finds the template
with all that was said of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import system_context
from chalicelib.core.errors import NotFound
from chalicelib.core.log import log
from chalicelib.services.template_answers import WITHOUT_REASON, next_month_ms
from chalicelib.storage.templates import TemplateRow, Templates, find_template
from chalicelib.storage.tenants import Owner
from chalicelib.whatsapp.events import (
    TemplateCategory,
    TemplateComponents,
    TemplateQuality,
    TemplateStatus,
)
from chalicelib.whatsapp.template_text import shape_of, variables
from chalicelib.whatsapp.template_updates import with_texts
from chalicelib.whatsapp.template_verdicts import pause_words

# Meta's statuses, and the events that say the same in another word. Other events (FLAGGED, LOCKED,
# any new one) do not change what can be sent.
_STATUS_OF_EVENT = {
    **{
        status: status
        for status in (
            *("PENDING", "APPROVED", "REJECTED", "PAUSED", "DISABLED", "IN_APPEAL"),
            *("PENDING_DELETION", "DELETED", "LIMIT_EXCEEDED", "ARCHIVED"),
        )
    },
    "REINSTATED": "APPROVED",
    "UNARCHIVED": "APPROVED",
}
SENDABLE = frozenset({"APPROVED"})

Event = TemplateStatus | TemplateQuality | TemplateComponents | TemplateCategory
Changes = Mapping[str, Any]


def apply_status(event: TemplateStatus, clock: Clock = SYSTEM_CLOCK) -> bool:
    """Write what a webhook says of a template; tell whether it changed one of ours.

    False, and no error, for a template that is not here, an event that changes nothing that can be
    sent, and an event older than what is known: webhooks come repeated and out of order. A date on
    which Meta will disable the template is kept whatever the event. 2 RRU, 2 WRU.
    """
    status = _STATUS_OF_EVENT.get(event.event)
    if status is not None:
        is_new = _apply(event, "status", lambda _row, at_ms: _verdict(status, event, at_ms), clock)
        is_new |= _apply(event, "flag", lambda _row, at_ms: _flag(status, event, at_ms), clock)
        return _note_category(event, event.category, clock) or is_new
    if _moment(event.disabled_on) is not None:
        return _apply(event, "flag", lambda _row, at_ms: _flag("", event, at_ms), clock)
    log.info("template event without effect", extra={"event": event.event[:40]})
    return False


def apply_quality(event: TemplateQuality, clock: Clock = SYSTEM_CLOCK) -> bool:
    """Write a template's new quality; as `apply_status` otherwise."""
    score = event.score or "UNKNOWN"
    return _apply(event, "quality", lambda _row, _at: {"quality_score": score}, clock)


def apply_components(event: TemplateComponents, clock: Clock = SYSTEM_CLOCK) -> bool:
    """Write a template's new texts; as `apply_status` otherwise.

    The event leaves out examples and some kinds of parts, so the next look at the template asks
    Meta for all of it.
    """

    def changes(row: TemplateRow, _at_ms: int) -> Changes:
        components = with_texts(row.components, event)
        shape = shape_of(row.name, row.language, components)
        return {"components": components, "variables": list(variables(shape)), "asked_at": 0}

    return _apply(event, "components", changes, clock)


def apply_category(event: TemplateCategory, clock: Clock = SYSTEM_CLOCK) -> bool:
    """Write a template's new category, or that Meta is going to change it; as `apply_status`."""

    def changes(_row: TemplateRow, at_ms: int) -> Changes:
        if event.correct_category in {None, event.category}:
            return {
                "previous_category": event.previous_category,
                "correct_category": None,
                "category_due_at": None,
            }
        return {
            "correct_category": event.correct_category,
            "category_due_at": event.effective_at_ms or next_month_ms(at_ms),
        }

    is_new = _apply(event, "change", changes, clock)
    return _note_category(event, event.category, clock) or is_new


def _note_category(event: Event, category: str | None, clock: Clock) -> bool:
    if not category:
        return False
    return _apply(event, "category", lambda _row, _at: {"category": category}, clock)


def stopping(event: Event) -> Owner | None:
    """Return whose template an event stops from being sent, and which, if it does. 0.5 RRU."""
    if not isinstance(event, TemplateStatus):
        return None
    status = _STATUS_OF_EVENT.get(event.event)
    if status is None or status in SENDABLE:
        return None
    return find_template(event.meta_template_id)


def _apply(
    event: Event, matter: str, changes: Callable[[TemplateRow, int], Changes], clock: Clock
) -> bool:
    owner = find_template(event.meta_template_id)
    if owner is None:
        log.info("template event for nobody here", extra={"matter": matter})
        return False
    templates = Templates(system_context(owner.tenant_id, "webhook"))
    try:
        row = templates.get(owner.entity_id)
    except NotFound:
        return False
    now_ms = clock.now_ms()
    at_ms = now_ms if event.at_ms is None else event.at_ms
    return templates.set_event(row, matter, changes(row, at_ms), at_ms, now_ms)


def _verdict(status: str, event: TemplateStatus, at_ms: int) -> Changes:
    """Return what a new status changes: why it was refused, until when it is paused."""
    code, _, words = (event.reason or "").partition(": ")
    changes: dict[str, Any] = {
        "status": status,
        "rejected_reason": None if status in WITHOUT_REASON else code or event.pause,
        "rejection": None,
        "pause": None,
    }
    if status == "REJECTED":
        changes["rejection"] = {"reason": words, "recommendation": event.recommendation or ""}
    if status == "PAUSED":
        title = event.pause or code
        lasts_ms = pause_words(title).lasts_ms
        until_ms = None if lasts_ms is None else at_ms + lasts_ms
        changes["pause"] = {"title": title, "description": words, "until_ms": until_ms}
    return changes


def _flag(status: str, event: TemplateStatus, at_ms: int) -> Changes:
    """Return when Meta disables the template, or did; None where it is not going to."""
    disabled_at = _moment(event.disabled_on)
    if status == "DISABLED" and disabled_at is None:
        disabled_at = at_ms
    return {"disabled_at": disabled_at}


def _moment(value: int | str | None) -> int | None:
    """Return a date of Meta in milliseconds; as text it is written like `April 17, 2026`."""
    if not isinstance(value, str):
        return value
    try:
        day = datetime.strptime(value, "%B %d, %Y").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(day.timestamp()) * 1000
