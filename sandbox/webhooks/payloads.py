"""What a webhook says: a status, an inbound message, a review; and how they are batched."""

import json
from collections.abc import Iterable

from sandbox.errors import webhook_error
from sandbox.model import Inbound, Json, Message, Template, Update
from sandbox.rules.people import name_of
from sandbox.rules.pricing import pricing
from sandbox.world import World

NOT_ON_WHATSAPP = 131026


def contact_of(wa_id: str, user_id: str, *, named: bool) -> Json:
    """Return an element of `contacts`; a `sent` status carries no name."""
    contact: Json = {"profile": {"name": name_of(wa_id)}} if named else {}
    return {**contact, "wa_id": wa_id, "user_id": user_id}


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
    if status == "failed":
        body["errors"] = [webhook_error(message.error_code, message.error_details)]
    else:
        contact = contact_of(message.wa_id, user_id, named=status != "sent")
        if priced:
            body["pricing"] = pricing(message)
    if message.template_id and message.type != "template":
        body["template_id"] = message.template_id
    if message.callback_data:
        body["biz_opaque_callback_data"] = message.callback_data
    number = world.numbers[message.phone_number_id]
    return Update(at, "messages", number.waba_id, number.id, "statuses", body, contact, at)


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
        message.type: json.loads(message.content),
    }
    if message.context_id:
        author = message.wa_id if message.context_id in world.inbound else number.digits
        body["context"] = {"from": author, "id": message.context_id}
    contact = contact_of(message.wa_id, user_id, named=True)
    return Update(
        message.at, "messages", number.waba_id, number.id, "messages", body, contact, message.at
    )


def template_update(template: Template, event: str, reason: str, at: float, other: Json) -> Update:
    """Return the message_template_status_update for a template; always for the app's own URL."""
    value: Json = {
        "event": event,
        "message_template_id": int(template.id),
        "message_template_name": template.name,
        "message_template_language": template.language,
        "reason": reason,
        "message_template_category": template.category,
        **other,
    }
    return Update(
        at, "message_template_status_update", template.waba_id, "", "value", value, None, at
    )


def envelope(world: World, updates: Iterable[Update]) -> Json:
    """Return one webhook body for several updates: an entry per account, a change per number and
    part.
    """
    entries: dict[str, Json] = {}
    values: dict[tuple[str, str], Json] = {}
    for update in updates:
        if update.part == "value":
            entry = entries.setdefault(
                f"{update.waba_id}@{update.at}",
                {"id": update.waba_id, "time": int(update.at), "changes": []},
            )
            entry["changes"].append({"field": update.field, "value": update.body})
            continue
        value = values.get((update.phone_number_id, update.part))
        if value is None:
            value = _empty_value(world, update)
            values[update.phone_number_id, update.part] = value
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
        update.part: [],
    }


def _add(value: Json, update: Update) -> None:
    """Add an update's item, and its contact once per person, the named form winning."""
    value[update.part].append(update.body)
    if update.contact is not None:
        known = value["contacts"].setdefault(update.contact["wa_id"], update.contact)
        if "profile" not in known:
            value["contacts"][update.contact["wa_id"]] = update.contact
