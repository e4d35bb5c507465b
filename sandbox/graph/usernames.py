"""A number's own username."""

import re

from sandbox.errors import known
from sandbox.model import Json
from sandbox.rules.shape import one_of, text_member

from .call import Call
from .number_assets import assets_of

_USERNAME = re.compile(r"(?!www\.)(?=.*[a-z])[a-z0-9_](?:[a-z0-9_]|\.(?!\.)){1,33}[a-z0-9_]")
_DOMAIN = re.compile(r"\.(com|net|org|html)$")


async def read(call: Call) -> Json:
    """GET /{phone_number_id}/username."""
    username = assets_of(call).username
    return {"username": username, "status": "approved"} if username else {}


async def suggest(call: Call) -> Json:
    """GET /{phone_number_id}/username_suggestions: names made of the verified name."""
    assets_of(call)
    name = call.world.numbers[call.object_id].verified_name.lower()
    base = re.sub(r"[^a-z0-9]+", "_", name).strip("_") or "business"
    taken = {a.username for a in call.world.assets.values()}
    names = [n for n in (base, f"{base}.official", f"{base}_shop") if n not in taken]
    return {"data": [{"username_suggestions": names}]}


async def write(call: Call) -> Json:
    """POST /{phone_number_id}/username: claim one; 147001 where another number has it."""
    assets = assets_of(call)
    username = text_member(call.params, "username", "username").removeprefix("@").lower()
    action = call.params.get("transfer_action") or "none"
    one_of(action, ("none", "force_transfer"), "transfer_action")
    if not _USERNAME.fullmatch(username) or _DOMAIN.search(username):
        raise known(
            147001,
            "A username has 3 to 35 lower-case letters, digits, periods and underscores, with at "
            "least one letter; it does not look like an address of the web.",
        )
    for other in call.world.assets.values():
        if other.id != assets.id and other.username == username:
            if action == "none":
                raise known(147001, f"The username {username} is taken.")
            other.username = ""
    assets.username = username
    return {"success": True, "username": username, "status": "approved"}


async def delete(call: Call) -> Json:
    """DELETE /{phone_number_id}/username."""
    assets_of(call).username = ""
    return {"success": True}
