"""What Meta decides on templates: review, pauses, quality, category and wording; each is told.

A template that people dislike is paused for 3 hours, the second time for 6, and disabled the third
time. A pause by pacing (RATE_LIMITING_PAUSE) lasts until it is ended by the business.
"""

from .model import Event, Json, Template
from .pacing import PAUSED, RELEASED
from .rules.review import verdict
from .sending import release
from .simulation import Simulation
from .webhooks.accounts import about_template, components_update, template_update, value_update

_HOUR_S = 3600.0
# The title of a pause and how long it lasts, by how many there have been.
_PAUSES = {1: ("FIRST_PAUSE", 3), 2: ("SECOND_PAUSE", 6)}
_PACING_PAUSE: Json = {
    "title": "RATE_LIMITING_PAUSE",
    "description": "Paused because of low quality while messages were held.",
}


def submit_for_review(simulation: Simulation, template: Template) -> None:
    """Put the template under review; the verdict follows after `review_s`."""
    template.status = "PENDING"
    due = simulation.clock.now() + simulation.behaviour.review_s
    simulation.schedule.add(Event(due, "review", template.id))


def conclude(simulation: Simulation, template: Template) -> None:
    """Decide by the rules of review, and tell."""
    found = verdict(template)
    if found.category != template.category:
        template.previous_category, template.category = template.category, found.category
    decide(
        simulation, template, "REJECTED" if found.reason else "APPROVED", found.reason, found.advice
    )


def decide(
    simulation: Simulation,
    template: Template,
    decision: str,
    reason: str = "",
    advice: str = "",
    recommendation: str = "Edit and resubmit.",
) -> None:
    """Set the template's status to `decision` and send message_template_status_update.

    PAUSED is a pause for low quality, DISABLED after the second. FLAGGED and LOCKED are told
    without a change of status, REINSTATED and UNARCHIVED bring APPROVED back.
    """
    if decision == "PAUSED":
        _pause(simulation, template)
        return
    now = simulation.clock.now()
    other: Json = {}
    if decision in ("DISABLED", "FLAGGED"):
        other = {"disable_info": {"disable_date": int(now)}}
    elif decision == "REJECTED" and advice:
        other = {"rejection_info": {"reason": advice, "recommendation": recommendation}}
    status = {"REINSTATED": "APPROVED", "UNARCHIVED": "APPROVED"}.get(decision, decision)
    if decision not in ("FLAGGED", "LOCKED"):
        template.status = status
    template.rejected_reason = (reason or "INVALID_FORMAT") if decision == "REJECTED" else "NONE"
    if decision == "APPROVED" and template.pacing == PAUSED:
        template.pacing, template.paced = "", 0
    _tell_status(simulation, template, decision, other, reason=reason)


def _tell_status(
    simulation: Simulation, template: Template, event: str, other: Json, *, reason: str = ""
) -> None:
    """Send the status event of a template."""
    template.updated_at = simulation.clock.now()
    said = template.rejected_reason if event == "REJECTED" else reason or "NONE"
    update = template_update(template, event, said, template.updated_at, other)
    simulation.tell(update, template.id, simulation.world.serial("template event"), "template")


def _pause(simulation: Simulation, template: Template) -> None:
    """Pause a template for low quality, or disable it the third time."""
    template.pauses += 1
    template.rejected_reason = "NONE"
    if template.pauses not in _PAUSES:
        template.status = "DISABLED"
        other = {
            "disable_info": {"disable_date": int(simulation.clock.now())},
            "other_info": {"title": "DISABLED", "description": "Disabled after repeated pauses."},
        }
        _tell_status(simulation, template, "DISABLED", other)
        return
    title, hours = _PAUSES[template.pauses]
    template.status = "PAUSED"
    due = simulation.clock.now() + hours * _HOUR_S
    simulation.schedule.add(Event(due, "unpause", template.id, str(template.pauses)))
    description = f"Paused for {hours} hours because of low quality."
    other = {"other_info": {"title": title, "description": description}}
    _tell_status(simulation, template, "PAUSED", other)


def unpause(simulation: Simulation, template: Template) -> bool:
    """End a pause, and tell; return whether the template was paused. Pacing begins anew."""
    if template.status != "PAUSED":
        return False
    template.status, template.pacing, template.paced = "APPROVED", "", 0
    other = {"other_info": {"title": "UNPAUSE", "description": "The pause has ended."}}
    _tell_status(simulation, template, "APPROVED", other)
    return True


def end_hold(simulation: Simulation, template: Template, *, good: bool) -> None:
    """Let all held messages of a template go, or pause it and fail them with 132015."""
    template.pacing = RELEASED if good else PAUSED
    if not good:
        template.status = "PAUSED"
        _tell_status(simulation, template, "PAUSED", {"other_info": _PACING_PAUSE})
    for message_id in simulation.world.held.pop(template.id, []):
        release(simulation, simulation.world.messages[message_id], good=good)


def set_quality(simulation: Simulation, template: Template, score: str) -> None:
    """Change a template's quality, and tell."""
    previous, template.quality_score = template.quality_score, score
    template.updated_at = simulation.clock.now()
    value = {
        "previous_quality_score": previous,
        "new_quality_score": score,
        **about_template(template),
    }
    _tell(simulation, template, "message_template_quality_update", value)


def change_category(
    simulation: Simulation, template: Template, category: str, notice_s: float | None
) -> None:
    """Change a template's category now, or with `notice_s` announce that it will change then."""
    value = about_template(template)
    now = simulation.clock.now()
    if notice_s is None:
        previous, template.category = template.category, category
        template.previous_category, template.correct_category = previous, ""
        value |= {"previous_category": previous, "new_category": category}
    else:
        template.correct_category = category
        value |= {
            "new_category": template.category,
            "correct_category": category,
            "category_update_timestamp": int(now + notice_s),
        }
        simulation.schedule.add(Event(now + notice_s, "category", template.id, category))
    template.updated_at = now
    _tell(simulation, template, "template_category_update", value)


def conclude_category(simulation: Simulation, template: Template, category: str) -> None:
    """Carry out a change of category that was announced, unless it was withdrawn since."""
    if template.correct_category == category:
        change_category(simulation, template, category, None)


def change_components(simulation: Simulation, template: Template, components: list[Json]) -> None:
    """Put `components` (already checked) in place of a template's own, and tell."""
    template.components, template.updated_at = components, simulation.clock.now()
    simulation.tell(components_update(template, template.updated_at))


def _tell(simulation: Simulation, template: Template, field: str, value: Json) -> None:
    """Send a template webhook other than a status event."""
    simulation.tell(value_update(field, template.waba_id, value, simulation.clock.now()))
