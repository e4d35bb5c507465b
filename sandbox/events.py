"""What happens when its time has come: statuses, answers, reviews."""

import json
from collections.abc import Callable

from .chance import draw
from .inbound import write
from .model import Event, Message, Update
from .reviews import conclude
from .rules.fate import Fate
from .rules.people import answer_of
from .sending import schedule
from .simulation import Simulation
from .webhooks.payloads import status_update

# How often a message looks whether its link has been fetched.
_FETCH_POLL_S = 0.05


def happen(simulation: Simulation, event: Event) -> None:
    """Let `event` happen. What it is about may have been reset meanwhile: then nothing does."""
    _HANDLERS[event.kind](simulation, event)


def _status(simulation: Simulation, event: Event) -> None:
    """Let a message reach the status `event.arg` and tell the subscriber."""
    message = simulation.world.messages.get(event.ref)
    if message is None:
        return
    update = advance(simulation, message, event.arg)
    if update is not None:
        simulation.tell(update, message.wa_id, message.nth, event.arg)


def advance(simulation: Simulation, message: Message, status: str) -> Update | None:
    """Record that a message reached `status`; return what to tell, None if that is dropped."""
    world = simulation.world
    message.status = status
    message.stamps[status] = simulation.clock.now()
    drop = simulation.faults.drop_delivered
    share = draw(simulation.seed, message.wa_id, message.nth, "drop delivered") if drop else 1.0
    if status == "delivered" and share < drop:
        return None
    priced = status == "sent" or (status in ("delivered", "read") and not message.priced_delivery)
    message.priced_delivery = message.priced_delivery or status in ("delivered", "read")
    return status_update(world, message, status, message.stamps[status], priced=priced)


def _fetch(simulation: Simulation, event: Event) -> None:
    """Let a message wait for its links; then let what was to follow happen, or fail it (131053)."""
    message = simulation.world.messages.get(event.ref)
    if message is None:
        return
    plan = json.loads(event.arg)
    problems = [simulation.links.problem(kind, url) for kind, url in plan["links"]]
    found = next((problem for problem in problems if problem), "")
    if found:
        message.error_code, message.error_details = 131053, found
        schedule(simulation, message, Fate(131053, (("failed", 0.0),)))
    elif None in problems:
        event.due = simulation.clock.now() + _FETCH_POLL_S
        simulation.schedule.add(event)
    else:
        steps = tuple((status, after) for status, after in plan["steps"])
        schedule(simulation, message, Fate(0, steps, plan["answer_after"]))


def _answer(simulation: Simulation, event: Event) -> None:
    """Let the person answer a message in words."""
    message = simulation.world.messages.get(event.ref)
    if message is None:
        return
    share = draw(simulation.seed, message.wa_id, message.nth, "answer text")
    write(
        simulation,
        message.phone_number_id,
        message.wa_id,
        "text",
        {"body": answer_of(message.wa_id, share)},
        answers=message.id,
    )


def _review(simulation: Simulation, event: Event) -> None:
    """Let Meta conclude the review of a template, if it is still under review."""
    template = simulation.world.templates.get(event.ref)
    if template is not None and template.status == "PENDING":
        conclude(simulation, template)


_HANDLERS: dict[str, Callable[[Simulation, Event], None]] = {
    "status": _status,
    "fetch": _fetch,
    "answer": _answer,
    "review": _review,
}
