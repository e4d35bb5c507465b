"""Authentication templates: made in many languages at once, and previewed."""

from sandbox.errors import invalid, required
from sandbox.model import Json, Template
from sandbox.reviews import submit_for_review
from sandbox.rules.field_list import words
from sandbox.rules.shape import as_list, as_object, one_of, text_member
from sandbox.rules.template_create import check_components, check_language, check_name, check_ttl

from .call import Call
from .number_assets import boolean, json_value
from .templates import add, check_room


async def upsert(call: Call) -> Json:
    """POST /{waba}/upsert_message_templates: an authentication template in many languages."""
    call.require_account(call.object_id)
    params, world = call.params, call.world
    name = check_name(text_member(params, "name", "name"))
    category = one_of(str(params.get("category")).upper(), ("AUTHENTICATION",), "category")
    languages = as_list(json_value(params, "languages"), "languages")
    if not languages:
        raise required("languages")
    for language in languages:
        check_language(str(language))
    ttl = check_ttl(params.get("message_send_ttl_seconds"), category)
    made = []
    for language in map(str, languages):
        given = as_list(json_value(params, "components"), "components")
        copies = [_copied(part, i) for i, part in enumerate(given)]
        components = check_components(copies, category, "POSITIONAL")
        template = world.translation(call.object_id, name, language)
        if template is None:
            check_room(call, name, language)
            template = Template(
                world.new_id("template"), call.object_id, name, language, category, components,
                message_send_ttl_seconds=ttl,
            )  # fmt: skip
            add(call, template)
        else:
            template.components, template.message_send_ttl_seconds = components, ttl
            template.updated_at = call.simulation.clock.now()
            submit_for_review(call.simulation, template)
        shown = {"id": template.id, "status": template.status, "language": language}
        made.append({**shown, "category": template.category})
    return {"data": made}


def _copied(part: object, index: int) -> Json:
    """Return a component of which nothing is shared with another language's."""
    found = dict(as_object(part, f"components[{index}]"))
    if isinstance(found.get("buttons"), list):
        found["buttons"] = [dict(b) if isinstance(b, dict) else b for b in found["buttons"]]
    return found


async def preview(call: Call) -> Json:
    """GET /{waba}/message_template_previews?category=AUTHENTICATION: the texts that Meta uses."""
    call.require_account(call.object_id)
    params = call.params
    one_of(str(params.get("category")).upper(), ("AUTHENTICATION",), "category")
    kinds = words({"button_types": str(params.get("button_types") or "OTP")}, "button_types")
    for kind in kinds:
        one_of(kind, ("OTP",), "button_types")
    minutes = str(params.get("code_expiration_minutes") or "")
    if minutes and not (minutes.isdigit() and 1 <= int(minutes) <= 90):
        raise invalid("code_expiration_minutes", "must be from 1 to 90.")
    advice = " For your security, do not share this code."
    is_advised = boolean(params, "add_security_recommendation")
    languages = words({"languages": str(params.get("languages") or "en_US")}, "languages")
    footer = {"footer": f"This code expires in {minutes} minutes."} if minutes else {}
    return {
        "data": [
            {
                "body": f"*{{{{1}}}}* is your verification code.{advice if is_advised else ''}",
                "buttons": [{"autofill_text": "Autofill", "text": "Copy code"}],
                **footer,
                "language": check_language(language),
            }
            for language in languages
        ]
    }
