"""Message templates: create, list, get, edit."""

import json

from sandbox.errors import known
from sandbox.model import Json, Template
from sandbox.reviews import submit_for_review
from sandbox.rules.shape import as_object, one_of, text_member
from sandbox.rules.template_create import (
    CATEGORIES,
    FORMATS,
    check_components,
    check_language,
    check_name,
    check_ttl,
)
from sandbox.rules.template_texts import refuse

from .call import Call, page, selected
from .number_assets import boolean, json_value
from .template_library import from_library

_DEFAULT_FIELDS = ("name", "parameter_format", "components", "language", "status", "category")
MAX_TEMPLATES, MAX_UNVERIFIED = 6000, 250
_HOUR_S, _DAY_S = 3600.0, 86_400.0
_EDITS_A_DAY, _EDITS_A_MONTH = 1, 10
_EDITABLE = ("APPROVED", "REJECTED", "PAUSED")


async def create(call: Call) -> Json:
    """POST /{waba}/message_templates: check, and put under review."""
    call.require_account(call.object_id)
    params = from_library(call.params)
    name = check_name(text_member(params, "name", "name"))
    language = check_language(text_member(params, "language", "language"))
    category = one_of(text_member(params, "category", "category").upper(), CATEGORIES, "category")
    wanted_format = str(params.get("parameter_format") or "POSITIONAL").upper()
    parameter_format = one_of(wanted_format, FORMATS, "parameter_format")
    components = check_components(json_value(params, "components"), category, parameter_format)
    check_room(call, name, language)
    template = Template(
        id=call.world.new_id("template"),
        waba_id=call.object_id,
        name=name,
        language=language,
        category=category,
        components=components,
        parameter_format=parameter_format,
        message_send_ttl_seconds=check_ttl(params.get("message_send_ttl_seconds"), category),
        library_template_name=str(params.get("library_template_name") or ""),
        cta_url_link_tracking_opted_out=boolean(params, "cta_url_link_tracking_opted_out") or False,
        optimization_spec=_optimization(params, category),
    )
    add(call, template)
    return {"id": template.id, "status": template.status, "category": template.category}


def check_room(call: Call, name: str, language: str) -> None:
    """Raise unless the account may make one more template, of that name in that language."""
    waba, now = call.world.wabas[call.object_id], call.simulation.clock.now()
    waba.template_creations = [at for at in waba.template_creations if now - at < _HOUR_S]
    if len(waba.template_creations) >= call.simulation.behaviour.templates_per_hour:
        raise known(80007, "Too many templates were created in the last hour.")
    if call.world.translation(call.object_id, name, language):
        raise refuse(
            2388024,
            "Content in This Language Already Exists",
            f"There is already {language} content for this template. You can create a new template "
            "and try again.",
        )
    if waba.blocked_names.get(name, 0.0) > now:
        raise refuse(
            2388023,
            "Message Template Language Is Being Deleted",
            f"New {language} content can't be added while the existing content is being deleted. "
            "Try again in 4 weeks or create a new template.",
        )
    is_verified = waba.business_verification_status == "verified"
    limit = MAX_TEMPLATES if is_verified else MAX_UNVERIFIED
    if len(call.world.templates_of(call.object_id)) >= limit:
        raise refuse(
            2388019,
            "Message Template Limit Exceeded",
            f"The account can have {limit} templates. Delete some, or verify the business.",
        )


def add(call: Call, template: Template) -> None:
    """Add a new template to its account and put it under review."""
    now = call.simulation.clock.now()
    template.created_at = template.updated_at = now
    call.world.wabas[template.waba_id].template_creations.append(now)
    call.world.add_template(template)
    submit_for_review(call.simulation, template)


def _optimization(params: Json, category: str) -> Json:
    """Return a marketing template's maximum price, empty for none."""
    value = json_value(params, "optimization_spec")
    if value is None:
        return {}
    spec = as_object(value, "optimization_spec")
    one_of(category, ("MARKETING",), "category")
    strategy = spec.get("bid_strategy")
    one_of(strategy, ("LOWEST_COST_WITH_BID_CAP",), "optimization_spec['bid_strategy']")
    if type(spec.get("bid_amount")) is not int or spec["bid_amount"] <= 0:
        raise refuse(2388042, "Maximum price", "bid_amount must be a whole number above 0.")
    return spec


def _values(template: Template) -> Json:
    """Return every field of a template that can be asked for."""
    can = {"APPROVED": "AVAILABLE"}.get(template.status, "BLOCKED")
    entity = {"entity_type": "MESSAGE_TEMPLATE", "id": template.id, "can_send_message": can}
    return {
        "id": template.id,
        "name": template.name,
        "language": template.language,
        "status": template.status,
        "category": template.category,
        "previous_category": template.previous_category or None,
        "correct_category": template.correct_category or None,
        "sub_category": None,
        "library_template_name": template.library_template_name or None,
        "degrees_of_freedom_spec": None,
        "optimization_spec": template.optimization_spec or None,
        "cta_url_link_tracking_opted_out": template.cta_url_link_tracking_opted_out,
        "parameter_format": template.parameter_format,
        "components": template.components,
        "quality_score": {"score": template.quality_score, "date": int(template.updated_at)},
        "rejected_reason": template.rejected_reason,
        "message_send_ttl_seconds": template.message_send_ttl_seconds,
        "last_updated_time": int(template.updated_at),
        "health_status": {"can_send_message": can, "entities": [entity]},
    }


def _shown(call: Call, template: Template) -> Json:
    """Return a template with the fields that the call asks for."""
    values = _values(template)
    optional = ("message_send_ttl_seconds", "previous_category", "correct_category")
    default = [*_DEFAULT_FIELDS, *(name for name in optional if values[name] is not None)]
    return selected(values, call.params.get("fields"), default, "MessageTemplate")


async def read_all(call: Call) -> Json:
    """GET /{waba}/message_templates: newest first; archived and hidden ones if they are asked for.

    Filters: name, language, status, category, quality_score (one or several, separated by commas),
    content, name_or_content, source.
    """
    call.require_account(call.object_id)
    source = str(call.params.get("source") or "")
    found = [t for t in call.world.templates_of(call.object_id) if t.source == source]
    if not call.params.get("status"):
        found = [t for t in found if t.status != "ARCHIVED"]
    for key in ("status", "category", "language", "quality_score"):
        if wanted := call.params.get(key):
            names = {name.strip().lower() for name in str(wanted).strip("[]").split(",")}
            names = {name.strip("\"'") for name in names}
            found = [t for t in found if str(getattr(t, key)).lower() in names]
    if name := call.params.get("name"):
        found = [t for t in found if str(name).lower() in t.name]
    if content := call.params.get("content"):
        found = [t for t in found if _mentions(t, str(content))]
    if text := call.params.get("name_or_content"):
        found = [t for t in found if str(text).lower() in t.name or _mentions(t, str(text))]
    result = page(call, [_shown(call, template) for template in reversed(found)])
    if summary := call.params.get("summary"):
        result["summary"] = _summary(call, len(found), str(summary))
    return result


def _mentions(template: Template, text: str) -> bool:
    """Tell whether a template's components contain a text, whatever its case."""
    return text.lower() in json.dumps(template.components, ensure_ascii=False).lower()


def _summary(call: Call, found: int, wanted: str) -> Json:
    """Return the aggregates that `summary` asks for."""
    waba = call.world.wabas[call.object_id]
    is_verified = waba.business_verification_status == "verified"
    values: Json = {
        "total_count": found,
        "message_template_count": len(call.world.templates_of(call.object_id)),
        "message_template_limit": MAX_TEMPLATES if is_verified else MAX_UNVERIFIED,
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
    """POST /{template}: components, category, format, TTL: reviewed again; link tracking: not."""
    template = call.world.templates[call.object_id]
    call.require_account(template.waba_id)
    opted_out = boolean(call.params, "cta_url_link_tracking_opted_out")
    names = ("components", "message_send_ttl_seconds", "parameter_format", "optimization_spec")
    if opted_out is not None and not any(call.params.get(name) is not None for name in names):
        template.cta_url_link_tracking_opted_out = opted_out
        return {"success": True}
    now = call.simulation.clock.now()
    _check_may_edit(template, now)
    category = str(call.params.get("category") or template.category).upper()
    one_of(category, CATEGORIES, "category")
    if category != template.category and template.status == "APPROVED":
        raise refuse(2388042, "Category", "The category of an approved template can't be changed.")
    wanted_format = str(call.params.get("parameter_format") or template.parameter_format).upper()
    parameter_format = one_of(wanted_format, FORMATS, "parameter_format")
    components = template.components
    if call.params.get("components") is not None:
        given = json_value(call.params, "components")
        components = check_components(given, category, parameter_format)
    ttl = check_ttl(call.params.get("message_send_ttl_seconds"), category)
    if call.params.get("optimization_spec") is not None:
        template.optimization_spec = _optimization(call.params, category)
    template.components, template.category, template.updated_at = components, category, now
    template.parameter_format = parameter_format
    if ttl is not None:
        template.message_send_ttl_seconds = ttl
    if template.status == "APPROVED":
        template.edits.append(now)
    submit_for_review(call.simulation, template)
    return {"success": True, "id": template.id, "name": template.name, "category": category}


def _check_may_edit(template: Template, now: float) -> None:
    """Raise unless the template's status and its earlier edits allow one more."""
    if template.source:
        raise refuse(2388318, "Generated template", "A template made by Meta can't be edited.")
    if template.status not in _EDITABLE:
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
