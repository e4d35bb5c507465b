"""The table of Graph paths, and the one endpoint that serves them.

A Graph path is `/[vN.0/]{object}/{edge}`; what it means depends on what the object's id names, so
the table is keyed by the kind of object.
"""

import json
import re
from collections.abc import Awaitable, Callable, Container
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox import errors
from sandbox.errors import GraphError
from sandbox.simulation import Simulation
from sandbox.world import World

from . import accounts, media, messages, numbers, registration, templates, tokens
from .call import Call, authenticate, read_params

Handler = Callable[[Call], Awaitable[Any]]

VERSIONS = ("v21.0", "v22.0", "v23.0", "v24.0", "v25.0", "v26.0")
LATEST = VERSIONS[-1]
_VERSION = re.compile(r"v[0-9]+\.[0-9]+")

ROUTES: dict[tuple[str, str, str], Handler] = {
    ("number", "POST", "messages"): messages.post,
    ("number", "POST", "marketing_messages"): messages.post_marketing,
    ("number", "GET", ""): numbers.read,
    ("number", "POST", ""): numbers.update,
    ("number", "POST", "register"): registration.register,
    ("number", "POST", "deregister"): registration.deregister,
    ("number", "POST", "request_code"): registration.request_code,
    ("number", "POST", "verify_code"): registration.verify_code,
    ("number", "POST", "smb_app_data"): registration.sync,
    ("number", "GET", "whatsapp_business_profile"): numbers.read_profile,
    ("number", "POST", "whatsapp_business_profile"): numbers.update_profile,
    ("number", "POST", "media"): media.upload,
    ("waba", "GET", ""): accounts.read,
    ("waba", "GET", "phone_numbers"): numbers.read_all,
    ("waba", "POST", "phone_numbers"): registration.create,
    ("waba", "GET", "message_templates"): templates.read_all,
    ("waba", "POST", "message_templates"): templates.create,
    ("waba", "DELETE", "message_templates"): templates.delete,
    ("waba", "GET", "subscribed_apps"): accounts.read_subscription,
    ("waba", "POST", "subscribed_apps"): accounts.subscribe,
    ("waba", "DELETE", "subscribed_apps"): accounts.unsubscribe,
    ("business", "GET", "owned_whatsapp_business_accounts"): accounts.read_business_accounts,
    ("business", "GET", "client_whatsapp_business_accounts"): accounts.read_business_accounts,
    ("app", "GET", ""): accounts.read_app,
    ("app", "GET", "subscriptions"): accounts.read_app_subscription,
    ("app", "POST", "subscriptions"): accounts.set_app_subscription,
    ("app", "DELETE", "subscriptions"): accounts.delete_app_subscription,
    ("app", "POST", "uploads"): media.open_upload,
    ("upload", "POST", ""): media.continue_upload,
    ("upload", "GET", ""): media.read_upload,
    ("template", "GET", ""): templates.read,
    ("template", "POST", ""): templates.edit,
    ("media", "GET", ""): media.read,
    ("media", "DELETE", ""): media.delete,
    ("debug_token", "GET", ""): tokens.debug,
    ("whatsapp_business", "GET", "attachments"): media.download,
}


def _kind(world: World, object_id: str) -> str:
    """Return what an id names, "" if nothing."""
    if object_id == world.app.id:
        return "app"
    if object_id in ("debug_token", "oauth", "whatsapp_business"):
        return object_id
    collections: dict[str, Container[str]] = {
        "number": world.numbers,
        "waba": world.wabas,
        "template": world.templates,
        "media": world.media,
        "upload": world.uploads,
    }
    for kind, collection in collections.items():
        if object_id in collection:
            return kind
    if any(waba.business_id == object_id for waba in world.wabas.values()):
        return "business"
    return ""


def split_path(path: str) -> tuple[str, str]:
    """Return the object id and the edge of a path; raise for an unknown version or shape."""
    parts = [part for part in path.split("/") if part]
    if parts and _VERSION.fullmatch(parts[0]):
        if parts[0] not in VERSIONS:
            raise errors.unknown_path("/".join(parts))
        del parts[0]
    if not parts:
        raise errors.unknown_path(path.strip("/"))
    return parts[0], "/".join(parts[1:])


async def answer(simulation: Simulation, request: Request) -> Response:
    """Serve one Graph request; every refusal is a Graph error body with the error's status."""
    try:
        result = await _call(simulation, request)
    except GraphError as error:
        return _json(error.body(simulation.world.trace()), error.status)
    if isinstance(result, Response):
        return result
    return _json(result, 200)


async def _call(simulation: Simulation, request: Request) -> object:
    """Find the handler of a request and call it."""
    object_id, edge = split_path(request.url.path)
    raw_upload = object_id.startswith("upload:")
    params = dict(request.query_params) if raw_upload else await read_params(request)
    if (object_id, edge) == ("oauth", "access_token"):
        return await tokens.exchange(
            Call(simulation, request, object_id, edge, params, None, is_app=False)
        )
    token, is_app = authenticate(simulation, request, params)
    kind = _kind(simulation.world, object_id)
    name = edge
    if kind == "whatsapp_business":
        name, _, edge = edge.partition("/")
        if edge.count("/") != 2:
            raise errors.unknown_path(request.url.path.strip("/"))
    handler = ROUTES.get((kind, request.method, name))
    if handler is None:
        verb = request.method.lower()
        if kind or object_id.isdigit():
            raise errors.no_such_object(object_id, verb)
        raise errors.unknown_path(request.url.path.strip("/"))
    return await handler(Call(simulation, request, object_id, edge, params, token, is_app))


def _json(value: object, status: int) -> Response:
    """Return a JSON response with Graph's headers."""
    return Response(
        json.dumps(value, separators=(",", ":")),
        status_code=status,
        media_type="application/json; charset=UTF-8",
        headers={"facebook-api-version": LATEST},
    )
