"""Flows: create, change, publish, deprecate, delete. A flow's JSON is checked in outline."""

import json
from datetime import UTC, datetime

from starlette.datastructures import UploadFile
from starlette.responses import Response

from sandbox.assets import Flow
from sandbox.errors import GraphError, invalid, known, required
from sandbox.model import Json
from sandbox.rules.flow_json import validation_errors, version_of
from sandbox.rules.shape import as_list, one_of, optional_text, text_member

from .call import Call, page, selected
from .number_assets import boolean, json_value

CATEGORIES = (
    "SIGN_UP",
    "SIGN_IN",
    "APPOINTMENT_BOOKING",
    "LEAD_GENERATION",
    "SHOPPING",
    "CONTACT_US",
    "CUSTOMER_SUPPORT",
    "SURVEY",
    "OTHER",
)
_DEFAULT_FIELDS = ("name", "status", "categories", "validation_errors")
_PREVIEW_S = 30 * 86_400


def _iso(at: float) -> str:
    """Return an instant as Graph writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _flow(call: Call) -> Flow:
    """Return the call's flow, if the token reaches it."""
    flow = call.world.flows[call.object_id]
    call.require_account(flow.waba_id)
    return flow


def _categories(params: Json) -> list[str]:
    """Return the categories of a flow: one at least."""
    found = as_list(json_value(params, "categories"), "categories")
    if not found:
        raise required("categories")
    return [one_of(value, CATEGORIES, f"categories[{i}]") for i, value in enumerate(found)]


async def create(call: Call) -> Json:
    """POST /{waba}/flows: a draft, from nothing, from JSON, or cloned; published if asked for."""
    call.require_account(call.object_id)
    params, world = call.params, call.world
    name = text_member(params, "name", "name", 200)
    if any(f.name == name and f.waba_id == call.object_id for f in world.flows.values()):
        raise GraphError(
            "Invalid parameter",
            subcode=4016019,
            user_title="Flow name is not unique",
            user_message="A flow with this name exists already in the account.",
        )
    text = optional_text(params, "flow_json", "flow_json")
    if source := params.get("clone_flow_id"):
        cloned = world.flows.get(str(source))
        if cloned is None or cloned.waba_id != call.object_id:
            raise invalid("clone_flow_id", "is not a flow of this account.")
        text = text or cloned.flow_json
    flow = Flow(
        id=world.new_id("flow"),
        waba_id=call.object_id,
        name=name,
        categories=_categories(params),
        flow_json=text,
        endpoint_uri=optional_text(params, "endpoint_uri", "endpoint_uri"),
        updated_at=call.simulation.clock.now(),
    )
    world.flows[flow.id] = flow
    problems = validation_errors(text) if text else []
    if boolean(params, "publish") and not problems:
        _publish(flow)
    return {"id": flow.id, "success": not problems, "validation_errors": problems}


def _values(call: Call, flow: Flow) -> Json:
    """Return every field of a flow that can be asked for."""
    now = call.simulation.clock.now()
    preview = f"https://business.facebook.com/wa/manage/flows/{flow.id}/preview/"
    waba = call.world.wabas[flow.waba_id]
    can = {"BLOCKED": "BLOCKED", "THROTTLED": "LIMITED"}.get(flow.status, "AVAILABLE")
    entity = {"entity_type": "FLOW", "id": flow.id, "can_send_message": can}
    return {
        "id": flow.id,
        "name": flow.name,
        "status": flow.status,
        "categories": flow.categories,
        "validation_errors": validation_errors(flow.flow_json) if flow.flow_json else [],
        "json_version": version_of(flow.flow_json, "version"),
        "data_api_version": version_of(flow.flow_json, "data_api_version"),
        "endpoint_uri": flow.endpoint_uri or None,
        "preview": {"preview_url": preview, "expires_at": _iso(now + _PREVIEW_S)},
        "whatsapp_business_account": {
            "id": waba.id,
            "name": waba.name,
            "currency": waba.currency,
            "timezone_id": waba.timezone_id,
            "message_template_namespace": f"ns_{waba.id}",
        },
        "application": {"id": call.world.app.id, "name": call.world.app.name, "link": "https://"},
        "updated_at": _iso(flow.updated_at),
        "health_status": {"can_send_message": can, "entities": [entity]},
    }


def _shown(call: Call, flow: Flow) -> Json:
    """Return a flow with the fields that the call asks for; arguments of a field are ignored."""
    fields = call.params.get("fields")
    names = ",".join(name.partition(".")[0] for name in str(fields).split(",")) if fields else None
    return selected(_values(call, flow), names, _DEFAULT_FIELDS, "WhatsAppFlow")


async def read(call: Call) -> Json:
    """GET /{flow}?fields=."""
    return _shown(call, _flow(call))


async def read_all(call: Call) -> Json:
    """GET /{waba}/flows."""
    call.require_account(call.object_id)
    flows = [f for f in call.world.flows.values() if f.waba_id == call.object_id]
    return page(call, [_shown(call, flow) for flow in flows])


async def update(call: Call) -> Json:
    """POST /{flow}: name, categories, endpoint."""
    flow = _flow(call)
    name = optional_text(call.params, "name", "name", 200) or flow.name
    endpoint = optional_text(call.params, "endpoint_uri", "endpoint_uri") or flow.endpoint_uri
    categories = flow.categories
    if call.params.get("categories") is not None:
        categories = _categories(call.params)
    flow.name, flow.endpoint_uri, flow.categories = name, endpoint, categories
    flow.updated_at = call.simulation.clock.now()
    return {"success": True}


async def write_assets(call: Call) -> Json:
    """POST /{flow}/assets (multipart: file, name, asset_type): the flow's JSON; drafts alone."""
    flow = _flow(call)
    async with call.request.form() as form:
        one_of(form.get("asset_type"), ("FLOW_JSON",), "asset_type")
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise required("file")
        content = await file.read()
    if flow.status != "DRAFT":
        raise known(139001)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise invalid("file", "must be JSON in UTF-8.") from error
    problems = validation_errors(text)
    flow.flow_json, flow.updated_at = text, call.simulation.clock.now()
    return {"success": not problems, "validation_errors": problems}


async def read_assets(call: Call) -> Json:
    """GET /{flow}/assets."""
    flow = _flow(call)
    if not flow.flow_json:
        return {"data": []}
    base = str(call.request.base_url).rstrip("/")
    asset = {"name": "flow.json", "asset_type": "FLOW_JSON"}
    return page(call, [{**asset, "download_url": f"{base}/{flow.id}/flow.json"}])


async def download(call: Call) -> Response:
    """GET the download_url of a flow's JSON."""
    return Response(_flow(call).flow_json, media_type="application/json")


def _publish(flow: Flow) -> None:
    """Publish a draft whose JSON is valid, else raise 139002."""
    if flow.status != "DRAFT" or not flow.flow_json or validation_errors(flow.flow_json):
        raise known(139002, "Only a DRAFT flow with valid JSON can be published.")
    if "data_api_version" in json.loads(flow.flow_json) and not flow.endpoint_uri:
        raise known(139002, "A flow with data_api_version needs endpoint_uri.")
    flow.status = "PUBLISHED"


async def publish(call: Call) -> Json:
    """POST /{flow}/publish: for good."""
    flow = _flow(call)
    _publish(flow)
    flow.updated_at = call.simulation.clock.now()
    return {"success": True}


async def deprecate(call: Call) -> Json:
    """POST /{flow}/deprecate."""
    flow = _flow(call)
    if flow.status not in ("PUBLISHED", "THROTTLED", "BLOCKED"):
        raise known(139003)
    flow.status, flow.updated_at = "DEPRECATED", call.simulation.clock.now()
    return {"success": True}


async def delete(call: Call) -> Json:
    """DELETE /{flow}: drafts alone."""
    flow = _flow(call)
    if flow.status != "DRAFT":
        raise known(139004)
    del call.world.flows[flow.id]
    return {"success": True}


async def migrate(call: Call) -> Json:
    """POST /{waba}/migrate_flows: copy flows of another account, by name."""
    call.require_account(call.object_id)
    source = text_member(call.params, "source_waba_id", "source_waba_id")
    call.require_account(source)
    wanted = text_member(call.params, "source_flow_names", "source_flow_names").split(",")
    migrated, failed = [], []
    for name in wanted:
        flows = call.world.flows.values()
        flow = next((f for f in flows if f.waba_id == source and f.name == name), None)
        if flow is None:
            message = "There is no flow of this name in the source account."
            failed.append({"source_name": name, "error_code": "4016037", "error_message": message})
            continue
        copy = Flow(
            id=call.world.new_id("flow"),
            waba_id=call.object_id,
            name=name,
            categories=list(flow.categories),
            flow_json=flow.flow_json,
            endpoint_uri=flow.endpoint_uri,
            updated_at=call.simulation.clock.now(),
        )
        call.world.flows[copy.id] = copy
        migrated.append({"source_id": flow.id, "source_name": name, "migrated_id": copy.id})
    return {"migrated_flows": migrated, "failed_flows": failed}
