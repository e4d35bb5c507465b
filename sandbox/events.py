"""What happens when its time has come: statuses, answers, reviews."""

import json
from collections.abc import Callable

from .chance import draw
from .growth import conclude_throughput, raise_tier
from .inbound import write
from .model import HELD, Event, Message, Update
from .pacing import HOLDING, PAUSED, is_good
from .reviews import conclude, conclude_category, end_hold, unpause
from .rules.fate import Fate
from .rules.limits import note_delivered
from .rules.people import answer_of
from .sending import release, schedule
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
    message.stamps[status] = now = simulation.clock.now()
    if status == "delivered" and message.template_id:
        business = world.business_of(message.phone_number_id)
        if note_delivered(business, message.wa_id, now):
            raise_tier(simulation, business)
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


def _release(simulation: Simulation, event: Event) -> None:
    """End the hold of one message: it goes out, or fails if `event.arg` says so."""
    message = simulation.world.messages.get(event.ref)
    if message is not None and message.status == HELD:
        simulation.world.held[message.template_id].remove(message.id)
        release(simulation, message, good=event.arg != PAUSED)


def _assess(simulation: Simulation, event: Event) -> None:
    """End the hold of a template by what people made of it, unless it was ended before."""
    template = simulation.world.templates.get(event.ref)
    if template is not None and template.pacing == HOLDING:
        end_hold(simulation, template, good=is_good(simulation, template))


def _tier(simulation: Simulation, event: Event) -> None:
    """Let a business have the next messaging limit."""
    business = simulation.world.businesses.get(event.ref)
    if business is not None and business.is_growing:
        raise_tier(simulation, business)


def _throughput(simulation: Simulation, event: Event) -> None:
    """End the throughput upgrade of a number."""
    number = simulation.world.numbers.get(event.ref)
    if number is not None and number.maintenance_until:
        conclude_throughput(simulation, number)


def _unpause(simulation: Simulation, event: Event) -> None:
    """End a template's pause, unless another one has begun since."""
    template = simulation.world.templates.get(event.ref)
    if template is not None and event.arg == str(template.pauses):
        unpause(simulation, template)


def _category(simulation: Simulation, event: Event) -> None:
    """Let a template have the category that was announced."""
    template = simulation.world.templates.get(event.ref)
    if template is not None:
        conclude_category(simulation, template, event.arg)


_HANDLERS: dict[str, Callable[[Simulation, Event], None]] = {
    "status": _status,
    "fetch": _fetch,
    "answer": _answer,
    "review": _review,
    "release": _release,
    "assess": _assess,
    "tier": _tier,
    "throughput": _throughput,
    "unpause": _unpause,
    "category": _category,
}
