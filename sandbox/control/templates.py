"""Scenarios of templates: review, pause, quality, category, wording, pacing."""

from sandbox.model import Json, Template
from sandbox.pacing import HOLDING, hold
from sandbox.reviews import (
    change_category,
    change_components,
    decide,
    end_hold,
    set_quality,
    unpause,
)
from sandbox.rules.template_create import CATEGORIES, check_components
from sandbox.simulation import Simulation

from .parse import Refused, parse_choice, parse_number, parse_objects, parse_text

DECISIONS = (
    "APPROVED",
    "PENDING",
    "REJECTED",
    "PAUSED",
    "UNPAUSED",
    "DISABLED",
    "FLAGGED",
    "IN_APPEAL",
    "REINSTATED",
    "PENDING_DELETION",
    "ARCHIVED",
    "UNARCHIVED",
    "LOCKED",
)
REASONS = (
    "ABUSIVE_CONTENT",
    "INCORRECT_CATEGORY",
    "INVALID_FORMAT",
    "PROMOTIONAL",
    "SCAM",
    "TAG_CONTENT_MISMATCH",
)
SCORES = ("GREEN", "YELLOW", "RED", "UNKNOWN")
PACING = ("hold", "release", "pause")
_MONTH_S = 30 * 86_400


def review(simulation: Simulation, template: Template, body: Json) -> Json:
    """Decide on a template: `decision`, for REJECTED a `reason`, and what Meta explains with it:
    `rejection_reason` and `recommendation`.
    """
    decision = parse_choice(body, "decision", DECISIONS)
    if decision == "UNPAUSED":
        if not unpause(simulation, template):
            raise Refused(422, f"the template is not paused, it is {template.status}")
    else:
        reason = parse_text(body, "reason", default="")
        decide(
            simulation,
            template,
            decision,
            parse_choice(body, "reason", REASONS) if reason and decision == "REJECTED" else reason,
            parse_text(body, "rejection_reason", default=""),
            parse_text(body, "recommendation", default="Edit and resubmit."),
        )
    return {"id": template.id, "status": template.status}


def quality(simulation: Simulation, template: Template, body: Json) -> Json:
    """Set the `score`."""
    set_quality(simulation, template, parse_choice(body, "score", SCORES))
    return {"id": template.id, "quality_score": template.quality_score}


def category(simulation: Simulation, template: Template, body: Json) -> Json:
    """Change the `category`, at once or, announced now, after `notice_s`."""
    wanted = parse_choice(body, "category", CATEGORIES)
    notice = parse_number(body, "notice_s", 0, _MONTH_S) if "notice_s" in body else None
    change_category(simulation, template, wanted, notice)
    return {
        "id": template.id,
        "category": template.category,
        "correct_category": template.correct_category,
    }


def components(simulation: Simulation, template: Template, body: Json) -> Json:
    """Put other `components` in place, which must be ones that a template can have."""
    wanted = parse_objects(body, "components")
    checked = check_components(wanted, template.category, template.parameter_format)
    change_components(simulation, template, checked)
    return {"id": template.id, "components": template.components}


def pacing(simulation: Simulation, template: Template, body: Json) -> Json:
    """`hold` what is sent from now on (for `release_s`, else until told), `release` or `pause`."""
    action = parse_choice(body, "action", PACING)
    if action == "hold":
        seconds = parse_number(body, "release_s", 0, _MONTH_S) if "release_s" in body else None
        hold(simulation, template, seconds)
    elif template.pacing != HOLDING:
        raise Refused(422, "the template is not held: hold it first")
    else:
        end_hold(simulation, template, good=action == "release")
    held = len(simulation.world.held.get(template.id, ()))
    return {"id": template.id, "pacing": template.pacing, "held": held, "status": template.status}


ACTIONS = {
    "review": review,
    "quality": quality,
    "category": category,
    "components": components,
    "pacing": pacing,
}
