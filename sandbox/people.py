"""What people do besides writing: stop marketing, change their number or user id, hide their phone.

Each tells the businesses that it concerns: those that the person has a conversation with.
"""

import json

from . import ids
from .inbound import write
from .model import Conversation, Inbound, Json, Person
from .simulation import Simulation
from .webhooks.payloads import inbound_update, number_update

_WORDS = {
    "stop": "User requested to stop marketing messages",
    "resume": "User requested to resume marketing messages",
}


def prefer_marketing(simulation: Simulation, phone_number_id: str, wa_id: str, value: str) -> None:
    """Let a person `stop` or `resume` the marketing of the business that owns a number.

    While it is stopped, marketing templates of that business fail with 131050.
    """
    world, now = simulation.world, simulation.clock.now()
    business, person = world.business_of(phone_number_id), world.person(wa_id)
    world.conversation(phone_number_id, wa_id)
    person.stopped = [b for b in person.stopped if b != business.id]
    if value == "stop":
        person.stopped.append(business.id)
    preference: Json = {
        "wa_id": wa_id,
        "user_id": world.user_id(business.id, wa_id),
        "detail": _WORDS[value],
        "category": "marketing_messages",
        "value": value,
        "timestamp": int(now),
    }
    if person.hides_phone:
        del preference["wa_id"]
    where = ("user_preferences", "user_preferences")
    simulation.tell(number_update(world, phone_number_id, where, preference, now, wa_id))


def change_number(simulation: Simulation, wa_id: str, new_wa_id: str) -> None:
    """Let a person move to another phone number: new user ids, and a system message to each number
    that they talk to. The old number is not on WhatsApp any more.
    """
    world = simulation.world
    old, new = world.person(wa_id), world.person(new_wa_id)
    new.name, new.username, new.hides_phone = world.name_of(wa_id), old.username, old.hides_phone
    new.stopped, new.moved_to = list(old.stopped), ""
    for conversation in list(world.conversations_of(wa_id)):
        number_id = conversation.phone_number_id
        before, after = (world.user_id_for(number_id, person) for person in (wa_id, new_wa_id))
        world.conversation(number_id, new_wa_id)
        said = {
            "body": f"User {world.name_of(wa_id)} changed from {wa_id} to {new_wa_id}",
            "type": "user_changed_number",
            "wa_id": new_wa_id,
            "user_id": after,
            "previous_user_id": before,
        }
        if old.hides_phone:
            del said["wa_id"]
            said["body"] = f"User {world.name_of(wa_id)} changed their number"
        _tell_system(simulation, conversation, said)
    old.moved_to, old.username = new_wa_id, ""


def change_user_id(simulation: Simulation, wa_id: str) -> None:
    """Give a person new business-scoped user ids, and tell each number that they talk to."""
    world, conversations = simulation.world, list(simulation.world.conversations_of(wa_id))
    before = [world.user_id_for(c.phone_number_id, wa_id) for c in conversations]
    updates = []
    for conversation, previous in zip(conversations, before, strict=True):
        updates.append((conversation, previous))
        world.users.pop(previous, None)
    world.person(wa_id).user_id_changes += 1
    for conversation, previous in updates:
        user_id = world.user_id_for(conversation.phone_number_id, wa_id)
        world.users[user_id] = wa_id
        said = {
            "body": f"User {world.name_of(wa_id)} changed user ID",
            "type": "user_changed_user_id",
            "wa_id": wa_id,
            "user_id": user_id,
            "previous_user_id": previous,
        }
        if world.person(wa_id).hides_phone:
            del said["wa_id"]
        _tell_system(simulation, conversation, said, from_user_id=previous)


def change_identity(simulation: Simulation, wa_id: str) -> None:
    """Let a person install WhatsApp anew: the identity key changes, and each number hears of it."""
    world = simulation.world
    world.serials[f"identity|{wa_id}"] += 1
    key_hash = ids.identity_key_hash(wa_id, world.serials[f"identity|{wa_id}"])
    for conversation in list(world.conversations_of(wa_id)):
        said = {
            "body": f"{world.name_of(wa_id)}'s security code changed",
            "type": "customer_identity_changed",
        }
        now = str(int(simulation.clock.now()))
        identity = {"acknowledged": False, "created_timestamp": now, "hash": key_hash}
        _tell_system(simulation, conversation, said, extra={"identity": identity})


def _tell_system(
    simulation: Simulation,
    conversation: Conversation,
    said: Json,
    *,
    from_user_id: str = "",
    extra: Json | None = None,
) -> None:
    """Send a system message of a conversation. It opens no window and is not on the phone."""
    world, now = simulation.world, simulation.clock.now()
    serial = world.serial("system")
    message = Inbound(
        ids.wamid(f"{world.salt}|system", conversation.wa_id, serial, outbound=False),
        conversation.phone_number_id,
        conversation.wa_id,
        "system",
        json.dumps(said),
        now,
        extra=json.dumps(extra) if extra else "",
    )
    update = inbound_update(world, message)
    if from_user_id:
        update.body["from_user_id"] = from_user_id
    simulation.tell(update, conversation.wa_id, serial, "system")


def set_username(simulation: Simulation, wa_id: str, username: str) -> Person:
    """Give a person a username, or with "" take it away."""
    person = simulation.world.person(wa_id)
    person.username = username.removeprefix("@")
    return person


def click_link(simulation: Simulation, phone_number_id: str, wa_id: str) -> str:
    """Let a person tap the button of a marketing message; return the click's id. The webhook names
    the number that sent it, and not the person: as Meta's does.
    """
    world, now = simulation.world, simulation.clock.now()
    click = f"CLICK{world.serial('click'):08d}{wa_id[-4:]}"
    action = {
        "action_type": "marketing_messages_link_click",
        "timestamp": str(int(now)),
        "marketing_messages_link_click_data": {
            "click_component": "cta",
            "product_id": "SKU-7",
            "click_id": click,
            "tracking_token": f"TOKEN{click}",
        },
    }
    where = ("messages", "user_actions")
    simulation.tell(number_update(world, phone_number_id, where, action, now))
    return click


def share_contact(simulation: Simulation, phone_number_id: str, wa_id: str, context_id: str) -> str:
    """Answer a request for contact information: the person's card, and the phone is hidden no
    longer. Returns the message's id.
    """
    world = simulation.world
    name = world.name_of(wa_id)
    card = (
        f"BEGIN:VCARD\nVERSION:3.0\nN:;{name};;;\nFN:{name}\n"
        f"TEL;type=CELL;waid={wa_id}:+{wa_id}\nEND:VCARD"
    )
    phones = [{"phone": f"+{wa_id}", "wa_id": wa_id}]
    contact = {"origin": "contact_request", "vcard": card, "phones": phones}
    message = write(
        simulation, phone_number_id, wa_id, "contacts", [contact], context_id=context_id
    )
    world.person(wa_id).hides_phone = False
    return message.id
