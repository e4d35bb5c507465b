"""The accept path: from a draft to a message with a fate, or a refusal."""

import json
from dataclasses import dataclass

from . import ids
from .chance import draw
from .drafts import CLOUD_API, Doom, Draft, draft, media_objects
from .errors import GraphError, invalid, known
from .growth import consider
from .limits import check_limits, doom_of
from .model import HELD, Event, Json, Message, Number
from .pacing import is_held
from .rules.fate import REFUSALS, Accident, Fate, accident, fate
from .rules.limits import limit_take, pair_take
from .rules.pricing import Price, enter_free, is_international, month_of, price_of, window_open
from .rules.shape import one_of
from .rules.usage import CALL_LIMIT, Throttled, usage_headers
from .simulation import Simulation

_REGAIN_MIN = 1
_PAUSED_WHILE_HELD = "The template was paused because of low quality while this message was held."


@dataclass(frozen=True)
class Outcome:
    """An accepted message, the answer to give, and what goes wrong with giving it.

    With `sent_first` the caller of `submit` owes the `sent` webhook, before the answer.
    """

    message: Message
    answer: Json
    accident: str
    sent_first: bool


class Interrupted(Exception):
    """A send that is not accepted and gets no Graph answer: `kind` is the fault's name."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def submit(simulation: Simulation, number: Number, params: Json, edge: str = CLOUD_API) -> Outcome:
    """Accept a message, or raise the GraphError that Meta would answer, or Interrupted; both are
    counted as refusals.

    Order: shape, recipient, template, limits (`limits.py`), accidents. Never awaits, so the limits
    hold under concurrency. Cost: about 0.1 ms of CPU.
    """
    try:
        wanted = draft(simulation, number, params, edge)
        check_limits(simulation, number, wanted)
        conversation = wanted.conversation
        conversation.attempts += 1
        mishap = accident(
            simulation.faults, simulation.seed, conversation.wa_id, conversation.attempts
        )
        _refuse_by_accident(number, mishap)
    except GraphError as error:
        simulation.world.refused[f"{number.id}|{error.code}"] += 1
        raise
    except Interrupted as interrupted:
        simulation.world.refused[f"{number.id}|{interrupted.kind}"] += 1
        raise
    doom = doom_of(simulation, number, wanted)
    if doom is None and mishap is not None and mishap.kind == "fail_async":
        doom = Doom(mishap.code, "")
    message = _accept(simulation, number, wanted, doom)
    result = _fate(simulation, message)
    message.error_code = result.error_code
    kind = mishap.kind if mishap else ""
    if is_held(simulation, message, wanted.template):
        message.status = HELD
        simulation.world.held.setdefault(message.template_id, []).append(message.id)
        return Outcome(message, _answer(wanted, message), kind, sent_first=False)
    if wanted.links and not result.error_code:
        _schedule_fetch(simulation, wanted.links, message, result)
        return Outcome(message, _answer(wanted, message), kind, sent_first=False)
    sent_first = _sent_first(simulation, message, result)
    schedule(simulation, message, result, sent_first=sent_first)
    return Outcome(message, _answer(wanted, message), kind, sent_first)


def _refuse_by_accident(number: Number, mishap: Accident | None) -> None:
    """Raise if the accident is one that keeps the message from being accepted."""
    if mishap is None or mishap.kind not in REFUSALS:
        return
    code = mishap.code or REFUSALS[mishap.kind]
    if code == CALL_LIMIT:
        raise Throttled(usage_headers(number.waba_id, 100, _REGAIN_MIN))
    if code:
        raise known(code)
    raise Interrupted(mishap.kind)


def _accept(simulation: Simulation, number: Number, wanted: Draft, doom: Doom | None) -> Message:
    """Record the message: from here on it is sent, whatever the caller gets to hear."""
    world, now, conversation = simulation.world, simulation.clock.now(), wanted.conversation
    conversation.accepted += 1
    number.accepted += 1
    pair_take(conversation, now)
    number.peak_in_1s = max(number.peak_in_1s, simulation.rate(number.id).note(now))
    in_window = window_open(conversation, now)
    price = _price(simulation, number, wanted, in_window=in_window, doomed=doom is not None)
    if price.type == "regular" and not world.wabas[number.waba_id].has_payment_method:
        doom = doom or Doom(131042, "")
    if wanted.category != "service" and not in_window and doom is None:
        limit_take(world.business_of(number.id), conversation.wa_id, now)
        consider(simulation, number)
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
        category=wanted.category,
        callback_data=wanted.callback_data,
        template_id=wanted.template.id if wanted.template else "",
        context_id=wanted.context_id,
        in_window=in_window,
        price_type=price.type,
        price_category=price.category,
        error_code=doom.code if doom else 0,
        error_details=doom.details if doom else "",
    )
    world.add_message(message)
    return message


def _price(
    simulation: Simulation, number: Number, wanted: Draft, *, in_window: bool, doomed: bool
) -> Price:
    """Return what the message is priced as; one that will be delivered counts for the month."""
    world, now, conversation = simulation.world, simulation.clock.now(), wanted.conversation
    waba = world.wabas[number.waba_id]
    month = f"service|{number.id}|{month_of(now, waba.timezone_id)}"
    free_entry = not doomed and enter_free(conversation, now)
    if wanted.category == "service" and not doomed and not free_entry:
        world.counters[month] += 1
    return price_of(
        wanted.category,
        in_window=in_window,
        free_entry=free_entry,
        at=now,
        service_this_month=world.counters[month] - 1,
        international=wanted.category == "authentication"
        and is_international(waba, conversation.wa_id, now),
    )


def _fate(simulation: Simulation, message: Message) -> Fate:
    """Return what happens to an accepted message: it fails if it is doomed, else chance decides."""
    result = fate(
        simulation.behaviour,
        simulation.seed,
        message.wa_id,
        message.nth,
        marketing=message.category.startswith("marketing"),
        reachable=simulation.world.conversation(message.phone_number_id, message.wa_id).received
        > 0,
        only_sent=message.type == "reaction",
    )
    if message.error_code:
        return Fate(message.error_code, (("failed", result.steps[0][1]),))
    lost = simulation.faults.never_delivered
    if lost and draw(simulation.seed, message.wa_id, message.nth, "never delivered") < lost:
        return Fate(result.error_code, result.steps[:1])
    return result


def release(simulation: Simulation, message: Message, *, good: bool = True) -> None:
    """Let a held message go its way as if it had just been accepted; fail it if not `good`."""
    message.status = "accepted"
    if not good:
        message.error_code, message.error_details = 132015, _PAUSED_WHILE_HELD
    result = _fate(simulation, message)
    media = media_objects(message.type, json.loads(message.content))
    links = tuple((kind, str(m["link"])) for kind, m in media if m.get("link") is not None)
    if links and not result.error_code:
        _schedule_fetch(simulation, links, message, result)
    else:
        schedule(simulation, message, result)


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


def _schedule_fetch(
    simulation: Simulation, links: tuple[tuple[str, str], ...], message: Message, result: Fate
) -> None:
    """Schedule the fetch of a message's links; what would follow it is written with the event."""
    plan = {"links": links, "steps": result.steps, "answer_after": result.answer_after}
    event = Event(simulation.clock.now(), "fetch", message.id, json.dumps(plan))
    simulation.schedule.add(event)


def _answer(wanted: Draft, message: Message) -> Json:
    """Return the body of the 200."""
    sent: Json = {"id": message.id}
    if message.type == "template":
        held = message.status == HELD
        sent["message_status"] = "held_for_quality_assessment" if held else "accepted"
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
