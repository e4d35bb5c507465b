"""Message templates: create, list, get, edit, delete."""

import json

from sandbox.errors import GraphError, invalid
from sandbox.model import Json, Template
from sandbox.reviews import submit_for_review
from sandbox.rules.shape import one_of, text_member
from sandbox.rules.template_create import (
    CATEGORIES,
    FORMATS,
    check_components,
    check_language,
    check_name,
    refuse,
)

from .call import Call, page, selected

_DEFAULT_FIELDS = ("name", "parameter_format", "components", "language", "status", "category")
MAX_TEMPLATES = 6000
_DAY_S = 86_400.0
_EDITS_A_DAY, _EDITS_A_MONTH = 1, 10


def _as_json(params: Json, key: str) -> object:
    """Return a parameter that a form or a query gives as JSON text."""
    value = params.get(key)
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError as error:
            raise invalid(key, "must be valid JSON.") from error
    return value


def _ttl(params: Json) -> int | None:
    """Return message_send_ttl_seconds if it is given and possible."""
    value = params.get("message_send_ttl_seconds")
    if value is None:
        return None
    if not isinstance(value, int) or not (value == -1 or 30 <= value <= 2_592_000):
        raise invalid("message_send_ttl_seconds", "must be -1 or from 30 to 2592000.")
    return value


async def create(call: Call) -> Json:
    """POST /{waba}/message_templates: check, and put under review."""
    call.require_account(call.object_id)
    params, world = call.params, call.world
    name = check_name(text_member(params, "name", "name"))
    language = check_language(text_member(params, "language", "language"))
    category = one_of(text_member(params, "category", "category").upper(), CATEGORIES, "category")
    wanted_format = str(params.get("parameter_format") or "POSITIONAL").upper()
    parameter_format = one_of(wanted_format, FORMATS, "parameter_format")
    components = check_components(_as_json(params, "components"), category, parameter_format)
    if world.translation(call.object_id, name, language):
        raise refuse(
            2388024,
            "Content in This Language Already Exists",
            f"There is already {language} content for this template. You can create a new template "
            "and try again.",
        )
    if len(world.templates_of(call.object_id)) >= MAX_TEMPLATES:
        raise refuse(2388019, "Template limit reached", "The account has no room for templates.")
    now = call.simulation.clock.now()
    template = Template(
        id=world.new_id("template"),
        waba_id=call.object_id,
        name=name,
        language=language,
        category=category,
        components=components,
        parameter_format=parameter_format,
        message_send_ttl_seconds=_ttl(params),
        created_at=now,
        updated_at=now,
    )
    world.add_template(template)
    submit_for_review(call.simulation, template)
    return {"id": template.id, "status": template.status, "category": template.category}


def _values(template: Template) -> Json:
    """Return every field of a template that can be asked for."""
    return {
        "id": template.id,
        "name": template.name,
        "language": template.language,
        "status": template.status,
        "category": template.category,
        "previous_category": template.previous_category or None,
        "correct_category": None,
        "sub_category": None,
        "library_template_name": None,
        "degrees_of_freedom_spec": None,
        "cta_url_link_tracking_opted_out": False,
        "parameter_format": template.parameter_format,
        "components": template.components,
        "quality_score": {"score": template.quality_score, "date": int(template.updated_at)},
        "rejected_reason": template.rejected_reason,
        "message_send_ttl_seconds": template.message_send_ttl_seconds,
        "last_updated_time": int(template.updated_at),
    }


def _shown(call: Call, template: Template) -> Json:
    """Return a template with the fields that the call asks for."""
    default = [*_DEFAULT_FIELDS]
    if template.message_send_ttl_seconds is not None:
        default.append("message_send_ttl_seconds")
    if template.previous_category:
        default.append("previous_category")
    return selected(_values(template), call.params.get("fields"), default, "MessageTemplate")


async def read_all(call: Call) -> Json:
    """GET /{waba}/message_templates, filtered by name, language, status, category, content."""
    call.require_account(call.object_id)
    source = str(call.params.get("source") or "")
    found = [t for t in call.world.templates_of(call.object_id) if t.source == source]
    for key in ("status", "category", "language"):
        wanted = call.params.get(key)
        if wanted:
            found = [t for t in found if str(getattr(t, key)).lower() == str(wanted).lower()]
    if name := call.params.get("name"):
        found = [t for t in found if str(name) in t.name]
    if content := call.params.get("content"):
        found = [t for t in found if str(content).lower() in json.dumps(t.components).lower()]
    result = page(call, [_shown(call, template) for template in reversed(found)])
    if summary := call.params.get("summary"):
        result["summary"] = _summary(call, len(found), str(summary))
    return result


def _summary(call: Call, found: int, wanted: str) -> Json:
    """Return the aggregates that `summary` asks for."""
    values: Json = {
        "total_count": found,
        "message_template_count": len(call.world.templates_of(call.object_id)),
        "message_template_limit": MAX_TEMPLATES,
        "are_translations_complete": True,
    }
    names = [name.strip() for name in wanted.split(",")]
    return {name: values[name] for name in names if name in values}


async def read(call: Call) -> Json:
    """GET /{template}."""
    template = call.world.templates[call.object_id]
    call.require_account(template.waba_id)
    return _shown(call, template)


async def edit(call: Call) -> Json:
    """POST /{template}: change the components, category or TTL; the template is reviewed again."""
    template = call.world.templates[call.object_id]
    call.require_account(template.waba_id)
    now = call.simulation.clock.now()
    _check_may_edit(template, now)
    category = str(call.params.get("category") or template.category).upper()
    one_of(category, CATEGORIES, "category")
    if category != template.category and template.status == "APPROVED":
        raise refuse(2388042, "Category", "The category of an approved template can't be changed.")
    components = template.components
    if call.params.get("components") is not None:
        components = check_components(
            _as_json(call.params, "components"), category, template.parameter_format
        )
    ttl = _ttl(call.params)
    template.components, template.category, template.updated_at = components, category, now
    if ttl is not None:
        template.message_send_ttl_seconds = ttl
    if template.status == "APPROVED":
        template.edits.append(now)
    submit_for_review(call.simulation, template)
    return {"success": True}


def _check_may_edit(template: Template, now: float) -> None:
    """Raise unless the template's status and its earlier edits allow one more."""
    if template.status not in ("APPROVED", "REJECTED", "PAUSED"):
        raise refuse(
            2388003,
            "This template can't be edited",
            f"Only approved, rejected or paused templates can be edited; it is {template.status}.",
        )
    recent = [at for at in template.edits if now - at < 30 * _DAY_S]
    today = [at for at in recent if now - at < _DAY_S]
    if len(today) >= _EDITS_A_DAY or len(recent) >= _EDITS_A_MONTH:
        raise refuse(
            2388025,
            "Edit limit reached",
            "An approved template can be edited once a day, 10 times a month.",
        )


async def delete(call: Call) -> Json:
    """DELETE /{waba}/message_templates?name=&hsm_id=: all languages of a name, or one."""
    call.require_account(call.object_id)
    name, hsm_id = call.params.get("name"), call.params.get("hsm_id")
    if not name:
        raise GraphError("(#100) The parameter name is required.")
    found = call.world.templates_of(call.object_id, str(name))
    if hsm_id:
        found = [template for template in found if template.id == str(hsm_id)]
    if not found:
        raise refuse(
            2593002, "Message Template Not Found", f"The template {str(name)[:80]} does not exist."
        )
    for template in found:
        call.world.remove_template(template)
    return {"success": True}
