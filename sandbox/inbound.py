"""A person writes to a business."""

import json

from . import ids
from .model import Inbound, Json
from .simulation import Simulation
from .webhooks.payloads import inbound_update


def write(
    simulation: Simulation,
    phone_number_id: str,
    wa_id: str,
    kind: str,
    content: Json | list[Json] | None,
    *,
    context_id: str = "",
    answers: str = "",
    extra: Json | None = None,
) -> Inbound:
    """Record the message, tell the subscriber and return it. It opens the window and counts as
    traffic. Nothing of it reaches a number that has blocked the person.

    `content` is the member that `kind` names, None for a message without one; `extra` are members
    beside it. A `referral` among them lets the business's answer open a free entry point.
    """
    world, now = simulation.world, simulation.clock.now()
    number = world.numbers[phone_number_id]
    conversation = world.conversation(phone_number_id, wa_id)
    conversation.received += 1
    message = Inbound(
        id=ids.wamid(
            f"{world.salt}|{phone_number_id}", wa_id, conversation.received, outbound=False
        ),
        phone_number_id=phone_number_id,
        wa_id=wa_id,
        type=kind,
        content=json.dumps(content),
        at=now,
        context_id=context_id,
        extra=json.dumps(extra) if extra else "",
        answers=answers or context_id,
    )
    opened_at = conversation.last_inbound_at
    world.add_inbound(message)
    if wa_id in world.assets_of(phone_number_id).blocked:
        conversation.last_inbound_at = opened_at
        return message
    if extra and "referral" in extra:
        conversation.referral_at = now
    number.peak_in_1s = max(number.peak_in_1s, simulation.rate(phone_number_id).note(now))
    world.counters["answers"] += bool(answers)
    update = inbound_update(world, message)
    simulation.tell(update, wa_id, conversation.received, "inbound")
    return message
