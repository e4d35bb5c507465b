"""The people whom a number has blocked."""

from sandbox.errors import HREF, GraphError, known
from sandbox.model import Json
from sandbox.rules.phone import to_wa_id
from sandbox.rules.pricing import WINDOW_S
from sandbox.rules.shape import as_list, as_object, one_of

from .call import Call, page
from .number_assets import assets_of, json_value

MAX_BLOCKED = 64_000


class PartlyBlocked(GraphError):
    """Error 139100, whose body also says who was changed and who was not."""

    def __init__(self, result: Json) -> None:
        entry = known(139100)
        super().__init__(entry.message, code=entry.code, details=entry.details)
        self.result = result

    def body(self, trace: str) -> Json:
        """Return the error beside the result of each user."""
        return {"messaging_product": "whatsapp", "block_users": self.result, **super().body(trace)}


def _users(call: Call) -> list[tuple[str, str, str]]:
    """Return (input, wa_id, user_id) of each user named; wa_id is empty for nobody known."""
    one_of(call.params.get("messaging_product"), ("whatsapp",), "messaging_product")
    found = []
    named = as_list(json_value(call.params, "block_users"), "block_users")
    for index, value in enumerate(named):
        item = as_object(value, f"block_users[{index}]")
        user_id, user = item.get("user_id"), item.get("user")
        if user_id and not user:
            found.append((str(user_id), call.world.users.get(str(user_id), ""), str(user_id)))
            continue
        try:
            found.append((str(user), to_wa_id(user), ""))
        except GraphError:
            found.append((str(user), "", ""))
    return found


def _entry(given: str, wa_id: str, user_id: str) -> Json:
    """Return a user as the answer shows it: by the phone or by the user id, as it was given."""
    return {"input": given, **({"user_id": user_id} if user_id else {"wa_id": wa_id})}


def _failure(given: str, details: str) -> Json:
    """Return a user who could not be changed."""
    error = {
        "message": "(#131021) User could not be blocked",
        "code": 131021,
        "error_data": {"details": details},
        "href": HREF,
    }
    return {"input": given, "errors": [error]}


async def block(call: Call) -> Json:
    """POST /{phone_number_id}/block_users: only people who wrote within 24 hours."""
    assets, now = assets_of(call), call.simulation.clock.now()
    added, failed = [], []
    for given, wa_id, user_id in _users(call):
        conversation = call.world.conversations.get(f"{call.object_id}:{wa_id}")
        if conversation is None or now - conversation.last_inbound_at >= WINDOW_S:
            failed.append(_failure(given, "The user has not written to you in the last 24 hours."))
            continue
        if wa_id not in assets.blocked and len(assets.blocked) >= MAX_BLOCKED:
            raise known(139101)
        entry = _entry(given, wa_id, user_id)
        assets.blocked[wa_id] = entry
        added.append(entry)
    return _answered({"added_users": added}, failed)


async def unblock(call: Call) -> Json:
    """DELETE /{phone_number_id}/block_users."""
    assets, removed, failed = assets_of(call), [], []
    for given, wa_id, user_id in _users(call):
        if assets.blocked.pop(wa_id, None) is None:
            failed.append(_failure(given, "The user is not blocked."))
        else:
            removed.append(_entry(given, wa_id, user_id))
    return _answered({"removed_users": removed}, failed)


def _answered(done: Json, failed: list[Json]) -> Json:
    """Return the answer, or raise 139100 with it where some could not be changed."""
    if failed:
        raise PartlyBlocked({**done, "failed_users": failed})
    return {"messaging_product": "whatsapp", "block_users": done}


async def read_all(call: Call) -> Json:
    """GET /{phone_number_id}/block_users."""
    product = {"messaging_product": "whatsapp"}
    return page(call, [{**product, **entry} for entry in assets_of(call).blocked.values()])
