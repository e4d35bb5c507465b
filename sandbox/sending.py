"""The accept path: from a draft to a message with a fate, or a refusal."""

import json
from dataclasses import dataclass

from . import ids
from .chance import draw
from .drafts import CLOUD_API, Draft, draft
from .errors import GraphError, invalid, known
from .model import Conversation, Event, Json, Message, Number
from .rules.fate import Accident, Fate, accident, fate
from .rules.limits import pair_allows, pair_take
from .rules.pricing import is_free, month_of, window_open
from .rules.shape import one_of
from .simulation import Simulation


@dataclass(frozen=True)
class Outcome:
    """An accepted message, the answer to give, and what goes wrong with giving it.

    With `sent_first` the caller of `submit` owes the `sent` webhook, before the answer.
    """

    message: Message
    answer: Json
    accident: str
    sent_first: bool


def submit(simulation: Simulation, number: Number, params: Json, edge: str = CLOUD_API) -> Outcome:
    """Accept a message, or raise the GraphError that Meta would answer; a refusal is counted.

    Order: shape, recipient, template, number's rate, pair's rate, accidents. Never awaits, so the
    limits hold under concurrency. Cost: about 0.1 ms of CPU.
    """
    try:
        wanted = draft(simulation, number, params, edge)
        _check_rates(simulation, number, wanted.conversation)
        wanted.conversation.attempts += 1
        mishap = accident(
            simulation.faults,
            simulation.seed,
            wanted.conversation.wa_id,
            wanted.conversation.attempts,
        )
        _refuse_by_accident(mishap)
    except GraphError as error:
        simulation.world.refused[f"{number.id}|{error.code}"] += 1
        raise
    message = _accept(simulation, number, wanted)
    result = _fate(simulation, wanted, message, mishap)
    message.error_code = result.error_code
    kind = mishap.kind if mishap else ""
    if wanted.links and not result.error_code:
        _schedule_fetch(simulation, wanted, message, result)
        return Outcome(message, _answer(wanted, message), kind, sent_first=False)
    sent_first = _sent_first(simulation, message, result)
    schedule(simulation, message, result, sent_first=sent_first)
    return Outcome(message, _answer(wanted, message), kind, sent_first)


def _check_rates(simulation: Simulation, number: Number, conversation: Conversation) -> None:
    """Raise 130429 or 131056 where a limit is reached."""
    now = simulation.clock.now()
    if not simulation.rate(number.id).allows(now, number.messages_per_second):
        raise known(130429)
    if not pair_allows(conversation, now):
        raise known(131056)


def _refuse_by_accident(mishap: Accident | None) -> None:
    """Raise if the accident is one that keeps the message from being accepted."""
    codes = {"fail_sync": 131026, "throttle": 130429, "error_before_accept": 131000}
    if mishap is not None and mishap.kind in codes:
        raise known(codes[mishap.kind])


def _accept(simulation: Simulation, number: Number, wanted: Draft) -> Message:
    """Record the message: from here on it is sent, whatever the caller gets to hear."""
    world, now, conversation = simulation.world, simulation.clock.now(), wanted.conversation
    conversation.accepted += 1
    number.accepted += 1
    pair_take(conversation, now)
    number.peak_in_1s = max(number.peak_in_1s, simulation.rate(number.id).note(now))
    category = wanted.category
    in_window = window_open(conversation, now)
    month = f"service|{number.id}|{month_of(now)}"
    free = is_free(category, in_window=in_window, at=now, service_this_month=world.counters[month])
    world.counters[month] += category == "service"
    message = Message(
        id=ids.wamid(
            f"{world.salt}|{number.id}", conversation.wa_id, conversation.accepted, outbound=True
        ),
        phone_number_id=number.id,
        wa_id=conversation.wa_id,
        nth=conversation.accepted,
        type=wanted.type,
        content=json.dumps(wanted.content, separators=(",", ":")),
        accepted_at=now,
        category=category,
        callback_data=wanted.callback_data,
        template_id=wanted.template.id if wanted.template else "",
        context_id=wanted.context_id,
        in_window=in_window,
        free=free,
    )
    world.add_message(message)
    return message


def _fate(simulation: Simulation, wanted: Draft, message: Message, mishap: Accident | None) -> Fate:
    """Return what happens to the accepted message."""
    result = fate(
        simulation.behaviour,
        simulation.seed,
        message.wa_id,
        message.nth,
        marketing=message.category.startswith("marketing"),
        reachable=wanted.conversation.received > 0,
        only_sent=message.type == "reaction",
    )
    if message.category == "service" and not message.in_window:
        return Fate(131047, (("failed", result.steps[0][1]),))
    if wanted.doom is not None:
        message.error_details = wanted.doom.details
        return Fate(wanted.doom.code, (("failed", result.steps[0][1]),))
    if mishap is not None and mishap.kind == "fail_async":
        return Fate(mishap.code, (("failed", result.steps[0][1]),))
    return result


def _sent_first(simulation: Simulation, message: Message, result: Fate) -> bool:
    """Tell whether the `sent` webhook of this message is to overtake the HTTP response."""
    share = simulation.faults.status_before_response
    if not share or result.steps[0][0] != "sent":
        return False
    return draw(simulation.seed, message.wa_id, message.nth, "status before response") < share


def schedule(
    simulation: Simulation, message: Message, result: Fate, *, sent_first: bool = False
) -> None:
    """Schedule the statuses and the answer of a message, counted from now."""
    now = simulation.clock.now()
    for status, after in result.steps[1:] if sent_first else result.steps:
        simulation.schedule.add(Event(now + after, "status", message.id, status))
    if result.answer_after is not None:
        simulation.schedule.add(Event(now + result.answer_after, "answer", message.id))


def _schedule_fetch(simulation: Simulation, wanted: Draft, message: Message, result: Fate) -> None:
    """Schedule the fetch of a message's links; what would follow it is written with the event."""
    plan = {"links": wanted.links, "steps": result.steps, "answer_after": result.answer_after}
    event = Event(simulation.clock.now(), "fetch", message.id, json.dumps(plan))
    simulation.schedule.add(event)


def _answer(wanted: Draft, message: Message) -> Json:
    """Return the body of the 200."""
    sent: Json = {"id": message.id}
    if message.type == "template":
        sent["message_status"] = "accepted"
    return {"messaging_product": "whatsapp", "contacts": [wanted.contact], "messages": [sent]}


def mark_read(simulation: Simulation, number: Number, params: Json) -> Json:
    """Mark an inbound message, and those before it in its thread, as read."""
    one_of(params.get("messaging_product"), ("whatsapp",), "messaging_product")
    one_of(params.get("status"), ("read",), "status")
    message = simulation.world.inbound.get(str(params.get("message_id")))
    if message is None or message.phone_number_id != number.id:
        raise known(
            131009, "Message ID not found: message_id must name a message that was received."
        )
    typing = params.get("typing_indicator")
    if typing is not None and (not isinstance(typing, dict) or typing.get("type") != "text"):
        raise invalid("typing_indicator['type']", "must be one of {text}.")
    for message_id in simulation.world.conversation(number.id, message.wa_id).message_ids:
        earlier = simulation.world.inbound.get(message_id)
        if earlier is not None:
            earlier.read = True
        if message_id == message.id:
            break
    return {"success": True}
