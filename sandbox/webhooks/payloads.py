"""What a webhook says of messages: statuses, what people write, preferences; and how all updates
are batched.
"""

import json
from collections.abc import Iterable

from sandbox import ids
from sandbox.errors import webhook_error
from sandbox.model import Inbound, Json, Message, Update
from sandbox.rules.pricing import pricing
from sandbox.world import World

NOT_ON_WHATSAPP = 131026

# The fields of numbers. Only these follow an override of the callback; everything else goes to the
# app's URL, in an entry with its time.
OVERRIDABLE = frozenset({
    "messages", "message_echoes", "calls", "consumer_profile", "messaging_handovers",
    "group_lifecycle_update", "group_participants_update", "group_settings_update",
    "group_status_update", "smb_message_echoes", "smb_app_state_sync", "history",
    "account_settings_update",
})  # fmt: skip


def contact_of(world: World, wa_id: str, user_id: str, *, named: bool = True) -> Json:
    """Return an element of `contacts`; a `sent` status carries no name, a hidden phone no wa_id."""
    person = world.people.get(wa_id)
    contact: Json = {}
    if named:
        contact["profile"] = {"name": world.name_of(wa_id)}
        if person and person.username:
            contact["profile"]["username"] = person.username
    if not (person and person.hides_phone):
        contact["wa_id"] = wa_id
    return {**contact, "user_id": user_id}


def hides_phone(world: World, wa_id: str) -> bool:
    """Tell whether a person's phone number stays out of webhooks."""
    person = world.people.get(wa_id)
    return person is not None and person.hides_phone


def status_update(
    world: World, message: Message, status: str, at: float, *, priced: bool
) -> Update:
    """Return the update for `message` reaching `status`; a failed one has errors and no contact."""
    user_id = world.user_id_for(message.phone_number_id, message.wa_id)
    body: Json = {
        "id": message.id,
        "status": status,
        "timestamp": str(int(at)),
        "recipient_id": message.wa_id,
        "recipient_user_id": user_id,
    }
    contact = None
    if message.error_code == NOT_ON_WHATSAPP:
        del body["recipient_user_id"]
    elif hides_phone(world, message.wa_id):
        del body["recipient_id"]
    if status == "failed":
        body["errors"] = [webhook_error(message.error_code, message.error_details)]
    else:
        contact = contact_of(world, message.wa_id, user_id, named=status != "sent")
        if message.price_type == "free_entry_point":
            body["conversation"] = _conversation(world, message, status)
        if priced:
            body["pricing"] = pricing(message)
    if message.template_id and message.type != "template":
        body["template_id"] = message.template_id
    if message.callback_data:
        body["biz_opaque_callback_data"] = message.callback_data
    number = world.numbers[message.phone_number_id]
    return Update(at, "messages", number.waba_id, number.id, "statuses", body, contact, at)


def _conversation(world: World, message: Message, status: str) -> Json:
    """Return the `conversation` that only a free entry point still has."""
    until = world.conversation(message.phone_number_id, message.wa_id).free_until
    shown: Json = {
        "id": ids.conversation_id(message.phone_number_id, message.wa_id, until),
        "origin": {"type": "referral_conversion"},
    }
    if status == "sent":
        shown["expiration_timestamp"] = str(int(until))
    return shown


def inbound_update(world: World, message: Inbound) -> Update:
    """Return the update for a message that a person wrote."""
    number = world.numbers[message.phone_number_id]
    user_id = world.user_id_for(number.id, message.wa_id)
    body: Json = {
        "from": message.wa_id,
        "from_user_id": user_id,
        "id": message.id,
        "timestamp": str(int(message.at)),
        "type": message.type,
    }
    if hides_phone(world, message.wa_id):
        del body["from"]
    content = json.loads(message.content)
    if content is not None:
        body[message.type] = content
    if message.context_id:
        author = message.wa_id if message.context_id in world.inbound else number.digits
        body["context"] = {"from": author, "id": message.context_id}
    if message.extra:
        extra = json.loads(message.extra)
        context = {**body.get("context", {}), **extra.pop("context", {})}
        body |= {**extra, "context": context} if context else extra
    contact = None
    if message.type != "system":
        contact = contact_of(world, message.wa_id, user_id)
        if world.assets_of(number.id).checks_identity:
            generation = world.serials[f"identity|{message.wa_id}"]
            contact["identity_key_hash"] = ids.identity_key_hash(message.wa_id, generation)
        contact |= body.pop("contact", {})
    return Update(
        message.at, "messages", number.waba_id, number.id, "messages", body, contact, message.at
    )


def number_update(
    world: World, number_id: str, where: tuple[str, str], item: Json, at: float, wa_id: str = ""
) -> Update:
    """Return an update of a number's own: `where` is the field and the list of its value that
    `item` goes into.

    With `wa_id`, that person is in the value's contacts.
    """
    (field, part), contact = where, None
    if wa_id:
        contact = contact_of(world, wa_id, world.user_id_for(number_id, wa_id))
    waba_id = world.numbers[number_id].waba_id
    return Update(at, field, waba_id, number_id, part, item, contact, at)


def envelope(world: World, updates: Iterable[Update], *, mix: bool = False) -> Json:
    """Return one webhook body for several updates: an entry per account, a change per number,
    field and part; with `mix` messages and statuses of a number share a value.
    """
    entries: dict[str, Json] = {}
    values: dict[tuple[str, str, str], Json] = {}
    for update in updates:
        if update.part == "value":
            owner = update.entry_id or update.waba_id
            empty: Json = {"id": owner, "time": int(update.at), "changes": []}
            if update.field in OVERRIDABLE:
                del empty["time"]
            entry = entries.setdefault(f"{owner}@{update.at}@{len(empty)}", empty)
            entry["changes"].append({"field": update.field, "value": update.body})
            continue
        key = (update.phone_number_id, update.field, "" if mix else update.part)
        value = values.get(key)
        if value is None:
            value = values[key] = _empty_value(world, update)
            entry = entries.setdefault(update.waba_id, {"id": update.waba_id, "changes": []})
            entry["changes"].append({"value": value, "field": update.field})
        _add(value, update)
    for value in values.values():
        value["contacts"] = list(value["contacts"].values())
        if not value["contacts"]:
            del value["contacts"]
    return {"object": "whatsapp_business_account", "entry": list(entries.values())}


def _empty_value(world: World, update: Update) -> Json:
    """Return the value of a change before its first item."""
    return {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": world.numbers[update.phone_number_id].digits,
            "phone_number_id": update.phone_number_id,
        },
        "contacts": {},
    }


def _add(value: Json, update: Update) -> None:
    """Add an update's item, and its contact once per person, the named form winning."""
    value.setdefault(update.part, []).append(update.body)
    if update.contact is not None:
        known = value["contacts"].setdefault(update.contact["user_id"], update.contact)
        if "profile" not in known:
            value["contacts"][update.contact["user_id"]] = update.contact
