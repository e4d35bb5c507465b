"""Numbers that are in the WhatsApp Business app too: its echoes, contacts and history."""

from . import ids
from .model import Json
from .simulation import Simulation
from .webhooks.payloads import hides_phone, number_update


def _id(simulation: Simulation, wa_id: str, *, outbound: bool) -> str:
    """Return a message id of the app's own."""
    world = simulation.world
    return ids.wamid(f"{world.salt}|app", wa_id, world.serial("app"), outbound=outbound)


def echo(simulation: Simulation, phone_number_id: str, wa_id: str, kind: str, content: Json) -> str:
    """Tell that the business wrote to a person from the app; return the message's id."""
    world, now = simulation.world, simulation.clock.now()
    number = world.numbers[phone_number_id]
    world.conversation(phone_number_id, wa_id)
    message: Json = {
        "from": number.digits,
        "to": wa_id,
        "to_user_id": world.user_id_for(phone_number_id, wa_id),
        "id": _id(simulation, wa_id, outbound=True),
        "timestamp": str(int(now)),
        "type": kind,
        kind: content,
    }
    if hides_phone(world, wa_id):
        del message["to"]
    where = ("smb_message_echoes", "message_echoes")
    simulation.tell(number_update(world, phone_number_id, where, message, now, wa_id))
    return str(message["id"])


def sync_contact(
    simulation: Simulation, phone_number_id: str, wa_id: str, name: str, action: str
) -> None:
    """Tell that the business has added a person to its contacts in the app, or removed them."""
    now = simulation.clock.now()
    contact = {"phone_number": wa_id}
    if action == "add":
        name = name or simulation.world.name_of(wa_id)
        contact = {"full_name": name, "first_name": name.split()[0], **contact}
    item = {
        "type": "contact",
        "contact": contact,
        "action": action,
        "metadata": {"timestamp": str(int(now))},
    }
    where = ("smb_app_state_sync", "state_sync")
    simulation.tell(number_update(simulation.world, phone_number_id, where, item, now))


def history(simulation: Simulation, phone_number_id: str, wa_ids: list[str], each: int) -> None:
    """Send the chats of the last days in chunks of one person, `each` messages of each.

    Phase 0 is the last day, as at Meta; the last chunk has progress 100.
    """
    world, now = simulation.world, simulation.clock.now()
    number = world.numbers[phone_number_id]
    for order, wa_id in enumerate(wa_ids, 1):
        messages = []
        for index in range(each):
            outbound = index % 2 == 1
            at = now - 3600 - 60 * (each - index)
            message: Json = {
                "from": number.digits if outbound else wa_id,
                "id": _id(simulation, wa_id, outbound=outbound),
                "timestamp": str(int(at)),
                "type": "text",
                "text": {"body": f"Message {index + 1} from before"},
                "history_context": {"status": "DELIVERED" if outbound else "READ"},
            }
            messages.append({**message, "to": wa_id} if outbound else message)
        progress = round(100 * order / len(wa_ids))
        chunk = {
            "metadata": {"phase": 0, "chunk_order": order, "progress": progress},
            "threads": [{"id": wa_id, "messages": messages}],
        }
        simulation.tell(number_update(world, phone_number_id, ("history", "history"), chunk, now))


def decline_history(simulation: Simulation, phone_number_id: str) -> None:
    """Tell that the business does not share its history."""
    title = "History sync is turned off by the business from the WhatsApp Business App"
    error = {
        "code": 2593109,
        "title": title,
        "message": title,
        "error_data": {"details": "History sharing is turned off by the business"},
    }
    now = simulation.clock.now()
    update = number_update(
        simulation.world, phone_number_id, ("history", "history"), {"errors": [error]}, now
    )
    simulation.tell(update)
