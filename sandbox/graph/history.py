"""message_history: what became of a message, from the sandbox's log."""

import hashlib

from sandbox.errors import no_such_object, required
from sandbox.model import Json, Message

from .call import Call, page

_DIGITS = 16


def history_id(message_id: str) -> str:
    """Return the id of a message's history: 16 digits that begin with 8."""
    digest = hashlib.blake2b(message_id.encode(), digest_size=8).digest()
    return f"8{int.from_bytes(digest, 'big') % 10**15:015d}"


def is_history(object_id: str) -> bool:
    """Tell whether an id has the shape of a message's history."""
    return len(object_id) == _DIGITS and object_id.isdigit() and object_id[0] == "8"


def _events(call: Call, message: Message) -> list[Json]:
    """Return the events of a message, newest first."""
    app, number = call.world.app, call.world.numbers[message.phone_number_id]
    waba = call.world.wabas[number.waba_id]
    url = number.override_url or waba.override_url or app.callback_url
    stamps = {"accepted": message.accepted_at, **message.stamps}
    return [
        {
            "id": f"{history_id(message.id)}{index}",
            "delivery_status": status.upper(),
            "timestamp": int(at),
            "webhook_update_state": "DELIVERED" if url else "NOT_SUBSCRIBED",
            "application": {"id": app.id, "name": app.name},
            **({"webhook_uri": url} if url else {}),
        }
        for index, (status, at) in reversed(list(enumerate(stamps.items())))
    ]


async def read(call: Call) -> Json:
    """GET /{phone_number_id}/message_history?message_id=."""
    call.require_account(call.world.numbers[call.object_id].waba_id)
    message_id = call.params.get("message_id")
    if not message_id:
        raise required("message_id")
    message = call.world.messages.get(str(message_id))
    if message is None or message.phone_number_id != call.object_id:
        return {"data": []}
    entry = {"id": history_id(message.id), "message_id": message.id}
    return page(call, [{**entry, "events": {"data": _events(call, message)}}])


async def read_events(call: Call) -> Json:
    """GET /{message_history_id}/events. Cost: one pass over the log."""
    for message in call.world.messages.values():
        if history_id(message.id) == call.object_id:
            call.require_account(call.world.numbers[message.phone_number_id].waba_id)
            return page(call, _events(call, message))
    raise no_such_object(call.object_id, "get")
