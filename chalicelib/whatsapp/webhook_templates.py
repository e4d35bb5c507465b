"""What a delivery says of templates: verdicts, quality, text and category."""

from __future__ import annotations

from typing import Any

from chalicelib.whatsapp.events import (
    Event,
    TemplateCategory,
    TemplateComponents,
    TemplateQuality,
    TemplateStatus,
)
from chalicelib.whatsapp.webhook_values import (
    TEXT_CHARACTERS,
    detail,
    identifier,
    member,
    milliseconds,
    objects,
    text,
)

Value = dict[str, Any]
FIELDS = frozenset(
    {
        "message_template_status_update",
        "message_template_quality_update",
        "message_template_components_update",
        "template_category_update",
    }
)
_PREFIX = "message_template_"


def read_template(waba_id: str, value: Value, at_ms: int | None) -> Event | None:
    """Return what a value says of a template, None if it cannot be read.

    Told apart by what is in it: Meta's own sample of a quality update names the status field.
    """
    if not identifier(value.get("message_template_id")):
        return None
    if text(value.get("new_quality_score")):
        return TemplateQuality(
            **_common(waba_id, value),
            previous=_word(value, "previous_quality_score"),
            score=_word(value, "new_quality_score"),
            at_ms=at_ms,
        )
    if text(value.get("new_category")):
        return TemplateCategory(
            **_common(waba_id, value),
            category=_word(value, "new_category"),
            previous_category=_word(value, "previous_category") or None,
            correct_category=_word(value, "correct_category") or None,
            effective_at_ms=milliseconds(value.get("category_update_timestamp")),
            at_ms=at_ms,
        )
    if text(value.get("message_template_element")):
        return _components(waba_id, value, at_ms)
    if text(value.get("event")):
        return _status(waba_id, value, at_ms)
    return None


def _common(waba_id: str, value: Value) -> dict[str, str]:
    return {
        "waba_id": waba_id,
        "meta_template_id": identifier(value.get("message_template_id")),
        "name": text(value.get("message_template_name"))[:512],
        "language": text(value.get("message_template_language")).replace("-", "_")[:20],
    }


def _word(value: Value, key: str) -> str:
    return text(value.get(key)).upper()[:60]


def _components(waba_id: str, value: Value, at_ms: int | None) -> TemplateComponents:
    def part(key: str) -> str | None:
        return text(value.get(f"{_PREFIX}{key}"))[:TEXT_CHARACTERS] or None

    buttons = [detail(button) for button in objects(value.get("message_template_buttons"))[:20]]
    return TemplateComponents(
        **_common(waba_id, value),
        title=part("title"),
        body=part("element") or "",
        footer=part("footer"),
        buttons=tuple(buttons),
        at_ms=at_ms,
    )


def _status(waba_id: str, value: Value, at_ms: int | None) -> TemplateStatus:
    day = member(value.get("disable_info"), "disable_date")
    recommendation = text(member(value.get("rejection_info"), "recommendation"))
    return TemplateStatus(
        **_common(waba_id, value),
        event=_word(value, "event"),
        reason=_reason(value),
        at_ms=at_ms,
        category=_word(value, "message_template_category") or None,
        recommendation=recommendation[:TEXT_CHARACTERS] or None,
        pause=text(member(value.get("other_info"), "title")).upper()[:60] or None,
        disabled_on=milliseconds(day) or text(day)[:60] or None,
    )


def _reason(value: Value) -> str | None:
    """Return Meta's code of the reason and its words, as far as they are given."""
    reason = text(value.get("reason"))
    parts = [] if reason == "NONE" else [reason]
    for key, names in (("other_info", ("title", "description")), ("rejection_info", ("reason",))):
        parts.extend(text(member(value.get(key), part)) for part in names)
    return ": ".join(filter(None, parts))[:TEXT_CHARACTERS] or None
