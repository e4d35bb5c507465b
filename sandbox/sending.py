"""The accept path: from a request on /messages to a message with a fate, or a refusal."""

import json
from dataclasses import dataclass

from . import ids
from .chance import draw
from .errors import GraphError, invalid, known, required
from .model import Conversation, Event, Json, Message, Number, Template
from .rules.fate import Accident, Fate, accident, fate
from .rules.limits import pair_allows, pair_take
from .rules.messages import checked_content
from .rules.phone import to_wa_id
from .rules.pricing import is_free, month_of, window_open
from .rules.shape import one_of, optional_text
from .rules.template_send import check_send, named
from .simulation import Simulation

MAX_CALLBACK_DATA = 512


@dataclass(frozen=True)
class Draft:
    """A request that broke no rule: what would be sent, and to whom."""

    conversation: Conversation
    shown_input: str
    by_user_id: bool
    type: str
    content: Json
    callback_data: str
    context_id: str
    template: Template | None


@dataclass(frozen=True)
class Outcome:
    """An accepted message, the answer to give, and what goes wrong with giving it.

    With `sent_first` the caller of `submit` owes the `sent` webhook, before the answer.
    """

    message: Message
    answer: Json
    accident: str
    sent_first: bool


def submit(simulation: Simulation, number: Number, params: Json) -> Outcome:
    """Accept a message, or raise the GraphError that Meta would answer; a refusal is counted.

    Order: shape, recipient, template, number's rate, pair's rate, accidents. Never awaits, so the
    limits hold under concurrency. Cost: about 0.1 ms of CPU.
    """
    try:
        draft = _draft(simulation, number, params)
        _check_rates(simulation, number, draft.conversation)
        draft.conversation.attempts += 1
        mishap = accident(
            simulation.faults,
            simulation.seed,
            draft.conversation.wa_id,
            draft.conversation.attempts,
        )
        _refuse_by_accident(mishap)
    except GraphError as error:
        simulation.world.refused[f"{number.id}|{error.code}"] += 1
        raise
    message = _accept(simulation, number, draft)
    result = _fate(simulation, draft, message, mishap)
    sent_first = _sent_first(simulation, message, result)
    _schedule(simulation, message, result, sent_first=sent_first)
    kind = mishap.kind if mishap else ""
    return Outcome(message, _answer(draft, message), kind, sent_first)


def _draft(simulation: Simulation, number: Number, params: Json) -> Draft:
    """Return what the request asks for, or raise for the first rule it breaks."""
    one_of(params.get("messaging_product"), ("whatsapp",), "messaging_product")
    one_of(params.get("recipient_type", "individual"), ("individual",), "recipient_type")
    shown, wa_id, by_user_id = _recipient(simulation, params)
    if wa_id == number.digits:
        raise known(131021)
    if number.status != "CONNECTED":
        raise known(133010)
    kind, content = checked_content(params)
    template = None
    if kind == "template":
        found = simulation.world.translation(number.waba_id, *named(content))
        template = check_send(found, content)
    _check_media(simulation, number, kind, content)
    return Draft(
        conversation=simulation.world.conversation(number.id, wa_id),
        shown_input=shown,
        by_user_id=by_user_id,
        type=kind,
        content=content,
        callback_data=optional_text(
            params, "biz_opaque_callback_data", "biz_opaque_callback_data", MAX_CALLBACK_DATA
        ),
        context_id=_context(params, kind),
        template=template,
    )


def _recipient(simulation: Simulation, params: Json) -> tuple[str, str, bool]:
    """Return the recipient as written, as wa_id, and whether only the BSUID was given."""
    user_id = params.get("recipient")
    if params.get("to") or not user_id:
        brazil = simulation.behaviour.brazil_wa_id > 0
        return str(params.get("to")), to_wa_id(params.get("to"), brazil=brazil), False
    wa_id = simulation.world.users.get(str(user_id))
    if wa_id is None:
        raise known(131009, f"No person of this business has the user id {str(user_id)[:60]!r}.")
    return str(user_id), wa_id, True


def _context(params: Json, kind: str) -> str:
    """Return the id of the quoted message, "" for none."""
    context = params.get("context")
    if context is None:
        return ""
    if kind == "reaction":
        raise invalid("context", "is not allowed with a reaction.")
    if not isinstance(context, dict) or not isinstance(context.get("message_id"), str):
        raise required("context['message_id']")
    return str(context["message_id"])


def _check_media(simulation: Simulation, number: Number, kind: str, content: Json) -> None:
    """Raise unless every media id in the content belongs to the sending number."""
    for owner in media_objects(kind, content):
        media_id = owner.get("id")
        if media_id is None:
            continue
        media = simulation.world.media.get(str(media_id))
        if media is None or media.phone_number_id != number.id:
            raise invalid(
                f"{kind}['id']", "is not a valid whatsapp business account media attachment ID."
            )


def media_objects(kind: str, content: Json) -> list[Json]:
    """Return the media objects of a message: its own, its header's, its template's parameters'."""
    if kind in ("image", "video", "audio", "document", "sticker"):
        return [content]
    parameters: list[Json] = []
    if kind == "template":
        for component in content.get("components") or []:
            parameters += component.get("parameters") or []
    elif kind == "interactive" and content.get("header"):
        parameters = [content["header"]]
    return [p[p["type"]] for p in parameters if p.get("type") in ("image", "video", "document")]


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


def _accept(simulation: Simulation, number: Number, draft: Draft) -> Message:
    """Record the message: from here on it is sent, whatever the caller gets to hear."""
    world, now, conversation = simulation.world, simulation.clock.now(), draft.conversation
    conversation.accepted += 1
    number.accepted += 1
    pair_take(conversation, now)
    number.peak_in_1s = max(number.peak_in_1s, simulation.rate(number.id).note(now))
    category = draft.template.category.lower() if draft.template else "service"
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
        type=draft.type,
        content=json.dumps(draft.content, separators=(",", ":")),
        accepted_at=now,
        category=category,
        callback_data=draft.callback_data,
        template_id=draft.template.id if draft.template else "",
        context_id=draft.context_id,
        in_window=in_window,
        free=free,
    )
    world.add_message(message)
    return message


def _fate(simulation: Simulation, draft: Draft, message: Message, mishap: Accident | None) -> Fate:
    """Return what happens to the accepted message."""
    result = fate(
        simulation.behaviour,
        simulation.seed,
        message.wa_id,
        message.nth,
        marketing=message.category == "marketing",
        reachable=draft.conversation.received > 0,
        only_sent=message.type == "reaction",
    )
    if message.type != "template" and not message.in_window:
        return Fate(131047, (("failed", result.steps[0][1]),))
    if mishap is not None and mishap.kind == "fail_async":
        return Fate(mishap.code, (("failed", result.steps[0][1]),))
    return result


def _sent_first(simulation: Simulation, message: Message, result: Fate) -> bool:
    """Tell whether the `sent` webhook of this message is to overtake the HTTP response."""
    share = simulation.faults.status_before_response
    if not share or result.steps[0][0] != "sent":
        return False
    return draw(simulation.seed, message.wa_id, message.nth, "status before response") < share


def _schedule(simulation: Simulation, message: Message, result: Fate, *, sent_first: bool) -> None:
    """Schedule the statuses and the answer of a message."""
    message.error_code = result.error_code
    for status, after in result.steps[1:] if sent_first else result.steps:
        simulation.schedule.add(Event(message.accepted_at + after, "status", message.id, status))
    if result.answer_after is not None:
        simulation.schedule.add(
            Event(message.accepted_at + result.answer_after, "answer", message.id)
        )


def _answer(draft: Draft, message: Message) -> Json:
    """Return the body of the 200."""
    contact: Json = {"input": draft.shown_input}
    if draft.by_user_id:
        contact["user_id"] = draft.shown_input
    else:
        contact["wa_id"] = message.wa_id
    sent: Json = {"id": message.id}
    if message.type == "template":
        sent["message_status"] = "accepted"
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [sent]}


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
