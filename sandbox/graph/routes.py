"""The table of Graph paths, and the one endpoint that serves them.

A Graph path is `/[vN.0/]{object}/{edge}`; what it means depends on what the object's id names, so
the table is keyed by the kind of object. Archiving is served without a version, as on Meta's other
host.
"""

import json
import re
from collections.abc import Awaitable, Callable, Container, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox import errors
from sandbox.errors import GraphError
from sandbox.rules.usage import Throttled
from sandbox.simulation import Simulation
from sandbox.world import World

from . import (
    accounts,
    block_list,
    flows,
    history,
    insights,
    media,
    messages,
    number_assets,
    numbers,
    qr_codes,
    registration,
    template_authentication,
    template_library,
    template_lifecycle,
    templates,
    tokens,
    usernames,
)
from .call import Call, authenticate, read_params
from .usage import count
from .versions import LATEST, is_usable

Handler = Callable[[Call], Awaitable[Any]]

_VERSION = re.compile(r"v[0-9]+\.[0-9]+")

_NUMBER: dict[tuple[str, str], Handler] = {
    ("POST", "messages"): messages.post,
    ("POST", "marketing_messages"): messages.post_marketing,
    ("GET", ""): numbers.read,
    ("POST", ""): numbers.update,
    ("POST", "register"): registration.register,
    ("POST", "deregister"): registration.deregister,
    ("POST", "request_code"): registration.request_code,
    ("POST", "verify_code"): registration.verify_code,
    ("POST", "smb_app_data"): registration.sync,
    ("GET", "whatsapp_business_profile"): numbers.read_profile,
    ("POST", "whatsapp_business_profile"): numbers.update_profile,
    ("POST", "media"): media.upload,
    ("GET", "settings"): number_assets.read_settings,
    ("POST", "settings"): number_assets.update_settings,
    ("GET", "whatsapp_commerce_settings"): number_assets.read_commerce,
    ("POST", "whatsapp_commerce_settings"): number_assets.update_commerce,
    ("GET", "conversational_automation"): number_assets.read_automation,
    ("POST", "conversational_automation"): number_assets.update_automation,
    ("GET", "whatsapp_business_encryption"): number_assets.read_encryption,
    ("POST", "whatsapp_business_encryption"): number_assets.update_encryption,
    ("GET", "business_compliance_info"): number_assets.read_compliance,
    ("POST", "business_compliance_info"): number_assets.update_compliance,
    ("GET", "groups"): number_assets.groups,
    ("POST", "groups"): number_assets.groups,
    ("GET", "message_qrdls"): qr_codes.read_all,
    ("POST", "message_qrdls"): qr_codes.write,
    ("GET", "message_qrdls/"): qr_codes.read,
    ("DELETE", "message_qrdls/"): qr_codes.delete,
    ("GET", "username"): usernames.read,
    ("POST", "username"): usernames.write,
    ("DELETE", "username"): usernames.delete,
    ("GET", "username_suggestions"): usernames.suggest,
    ("GET", "block_users"): block_list.read_all,
    ("POST", "block_users"): block_list.block,
    ("DELETE", "block_users"): block_list.unblock,
    ("GET", "message_history"): history.read,
}
_WABA: dict[tuple[str, str], Handler] = {
    ("GET", ""): insights.read_account,
    ("POST", ""): insights.update_account,
    ("GET", "phone_numbers"): numbers.read_all,
    ("POST", "phone_numbers"): registration.create,
    ("GET", "message_templates"): templates.read_all,
    ("POST", "message_templates"): templates.create,
    ("DELETE", "message_templates"): template_lifecycle.delete,
    ("POST", "message_templates/archive"): template_lifecycle.archive,
    ("POST", "message_templates/unarchive"): template_lifecycle.unarchive,
    ("POST", "upsert_message_templates"): template_authentication.upsert,
    ("GET", "message_template_previews"): template_authentication.preview,
    ("POST", "migrate_message_templates"): template_lifecycle.migrate,
    ("GET", "template_analytics"): insights.template_analytics,
    ("GET", "flows"): flows.read_all,
    ("POST", "flows"): flows.create,
    ("POST", "migrate_flows"): flows.migrate,
    ("GET", "subscribed_apps"): accounts.read_subscription,
    ("POST", "subscribed_apps"): accounts.subscribe,
    ("DELETE", "subscribed_apps"): accounts.unsubscribe,
}
_OTHERS: dict[tuple[str, str, str], Handler] = {
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
    ("template", "POST", "unpause"): template_lifecycle.unpause,
    ("template", "GET", "compare"): template_lifecycle.compare,
    ("flow", "GET", ""): flows.read,
    ("flow", "POST", ""): flows.update,
    ("flow", "DELETE", ""): flows.delete,
    ("flow", "GET", "assets"): flows.read_assets,
    ("flow", "POST", "assets"): flows.write_assets,
    ("flow", "GET", "flow.json"): flows.download,
    ("flow", "POST", "publish"): flows.publish,
    ("flow", "POST", "deprecate"): flows.deprecate,
    ("media", "GET", ""): media.read,
    ("media", "DELETE", ""): media.delete,
    ("history", "GET", "events"): history.read_events,
    ("message_template_library", "GET", ""): template_library.read_all,
    ("debug_token", "GET", ""): tokens.debug,
    ("whatsapp_business", "GET", "attachments/"): media.download,
}
ROUTES: dict[tuple[str, str, str], Handler] = {
    **{("number", *key): handler for key, handler in _NUMBER.items()},
    **{("waba", *key): handler for key, handler in _WABA.items()},
    **_OTHERS,
}
_NAMES = ("debug_token", "oauth", "whatsapp_business", "message_template_library")


def _kind(world: World, object_id: str) -> str:
    """Return what an id names, "" if nothing."""
    if object_id == world.app.id:
        return "app"
    if object_id in _NAMES:
        return object_id
    collections: dict[str, Container[str]] = {
        "number": world.numbers,
        "waba": world.wabas,
        "template": world.templates,
        "media": world.media,
        "upload": world.uploads,
        "flow": world.flows,
    }
    for kind, collection in collections.items():
        if object_id in collection:
            return kind
    if any(waba.business_id == object_id for waba in world.wabas.values()):
        return "business"
    return "history" if history.is_history(object_id) else ""


def split_path(path: str, now: float) -> tuple[str, str]:
    """Return the object id and the edge of a path.

    Raises GraphError for an unknown or expired version, a bare one, and archiving under a version.
    """
    parts = [part for part in path.split("/") if part]
    version = parts.pop(0) if parts and _VERSION.fullmatch(parts[0]) else ""
    is_archiving = parts[-1:] in (["archive"], ["unarchive"])
    if not parts or (version and (is_archiving or not is_usable(version, now))):
        raise errors.unknown_path("/".join(filter(None, [version, *parts])))
    return parts[0], "/".join(parts[1:])


async def answer(simulation: Simulation, request: Request) -> Response:
    """Serve one Graph request; every refusal is a Graph error body with the error's status."""
    headers: dict[str, str] = {}
    try:
        result = await _call(simulation, request, headers)
    except GraphError as error:
        if isinstance(error, Throttled):
            headers |= error.headers
        return _json(error.body(simulation.world.trace()), error.status, headers)
    if isinstance(result, Response):
        return result
    return _json(result, 200, headers)


async def _call(simulation: Simulation, request: Request, headers: dict[str, str]) -> object:
    """Find the handler of a request and call it; `headers` gets those of the answer."""
    object_id, edge = split_path(request.url.path, simulation.clock.now())
    raw_upload = object_id.startswith("upload:")
    params = dict(request.query_params) if raw_upload else await read_params(request)
    if (object_id, edge) == ("oauth", "access_token"):
        return await tokens.exchange(
            Call(simulation, request, object_id, edge, params, None, is_app=False)
        )
    token, is_app = authenticate(simulation, request, params)
    kind = _kind(simulation.world, object_id)
    handler, name, rest = _route(kind, request.method, edge)
    if handler is None:
        verb = request.method.lower()
        if kind or object_id.isdigit():
            raise errors.no_such_object(object_id, verb)
        raise errors.unknown_path(request.url.path.strip("/"))
    headers |= count(simulation, kind, object_id, name)
    return await handler(Call(simulation, request, object_id, name, params, token, is_app, rest))


def _route(kind: str, method: str, edge: str) -> tuple[Handler | None, str, str]:
    """Return the handler of an edge, the edge's name, and what follows it in the path."""
    handler = ROUTES.get((kind, method, edge))
    if handler is not None:
        return handler, edge, ""
    name, slash, rest = edge.partition("/")
    return ROUTES.get((kind, method, f"{name}/")) if slash else None, name, rest


def _json(value: object, status: int, headers: Mapping[str, str]) -> Response:
    """Return a JSON response with Graph's headers."""
    return Response(
        json.dumps(value, separators=(",", ":")),
        status_code=status,
        media_type="application/json; charset=UTF-8",
        headers={"facebook-api-version": LATEST, **headers},
    )
