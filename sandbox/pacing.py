"""Template pacing: after a first batch, messages of a new template are held until Meta has seen how
people take it; then they go out, or the template is paused and every held message fails (132015).

    (new) ── pacing_first sent ──> held ──┬── released: the held and all later ones go out
                                          └── paused:   the held fail, later sends are refused

A template is judged once. `held` can also be told for a template by the control API, and the fault
`hold` holds single messages whatever their template.
"""

from .chance import draw
from .model import Event, Message, Template
from .simulation import Simulation

HOLDING, RELEASED, PAUSED = "held", "released", "paused"


def is_held(simulation: Simulation, message: Message, template: Template | None) -> bool:
    """Tell whether an accepted message is held; what ends the hold is scheduled."""
    if template is None or message.type != "template" or template.category == "AUTHENTICATION":
        return False
    if _is_paced(simulation, template):
        return True
    faults, now = simulation.faults, simulation.clock.now()
    share = draw(simulation.seed, message.wa_id, message.nth, "hold") if faults.hold else 1.0
    if share >= faults.hold:
        return False
    fails = draw(simulation.seed, message.wa_id, message.nth, "hold fails") < faults.hold_fails
    simulation.schedule.add(
        Event(now + faults.hold_s, "release", message.id, PAUSED if fails else "")
    )
    return True


def _is_paced(simulation: Simulation, template: Template) -> bool:
    """Count a send of the template and tell whether pacing holds it."""
    first = simulation.behaviour.pacing_first
    if template.pacing == HOLDING:
        return True
    if not first or template.pacing:
        return False
    template.paced += 1
    if template.paced <= first:
        return False
    hold(simulation, template, simulation.behaviour.pacing_release_s)
    return True


def hold(simulation: Simulation, template: Template, seconds: float | None) -> None:
    """Hold what is sent of a template from now on: for `seconds`, or until told (None)."""
    template.pacing = HOLDING
    if seconds is not None:
        now = simulation.clock.now()
        simulation.schedule.add(Event(now + seconds, "assess", template.id))


def is_good(simulation: Simulation, template: Template) -> bool:
    """Tell by the seed whether people take a template well enough to let it go on."""
    subject = f"{template.name}|{template.language}"
    return draw(simulation.seed, subject, 0, "pacing") >= simulation.behaviour.pacing_pause
