"""Meta's review of templates: what it decides by itself, and what it is told to decide."""

from .model import Event, Json, Template
from .rules.review import verdict
from .simulation import Simulation
from .webhooks.payloads import template_update

_PAUSED: Json = {
    "other_info": {
        "title": "FIRST_PAUSE",
        "description": "Paused for 3 hours because of low quality.",
    }
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
    simulation: Simulation, template: Template, decision: str, reason: str = "", advice: str = ""
) -> None:
    """Set the template's status to `decision` and send message_template_status_update."""
    now = simulation.clock.now()
    template.status = decision
    template.updated_at = now
    template.rejected_reason = (reason or "INVALID_FORMAT") if decision == "REJECTED" else "NONE"
    other: Json = {}
    if decision == "PAUSED":
        other = _PAUSED
    elif decision == "DISABLED":
        other = {"disable_info": {"disable_date": int(now)}}
    elif decision == "REJECTED" and advice:
        other = {"rejection_info": {"reason": advice, "recommendation": "Edit and resubmit."}}
    simulation.tell(
        template_update(template, decision, template.rejected_reason, now, other),
        template.id,
        len(template.edits),
        "template",
    )
