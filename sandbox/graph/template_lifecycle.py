"""What happens to templates after they were made: delete, archive, unpause, compare, migrate."""

from dataclasses import replace

from sandbox import reviews
from sandbox.errors import GraphError, invalid, required
from sandbox.model import Json, Template
from sandbox.rules.field_list import whole, words
from sandbox.rules.shape import text_member
from sandbox.rules.template_texts import refuse

from .call import Call
from .templates import add

MAX_IDS = 100
_BLOCKED_S, _DAY_S = 30 * 86_400.0, 86_400
_COMPARED_DAYS = (7, 30, 60, 90)


def _ids(call: Call, key: str) -> list[str]:
    """Return template ids: a list, JSON text, or text separated by commas; at most 100."""
    value = call.params.get(key)
    found = [str(item) for item in value] if isinstance(value, list) else None
    if found is None:
        found = words({key: str(value or "")}, key)
    if not 1 <= len(found) <= MAX_IDS:
        raise invalid(key, f"must have from 1 to {MAX_IDS} elements.")
    return found


async def delete(call: Call) -> Json:
    """DELETE /{waba}/message_templates?name=&hsm_id=&hsm_ids=: a name in all languages, one, many.

    The name of an approved template cannot be used for 30 days.
    """
    call.require_account(call.object_id)
    name, hsm_id = call.params.get("name"), call.params.get("hsm_id")
    if call.params.get("hsm_ids") is not None:
        wanted = set(_ids(call, "hsm_ids"))
        found = [t for t in call.world.templates_of(call.object_id) if t.id in wanted]
    elif name:
        found = call.world.templates_of(call.object_id, str(name))
        if hsm_id:
            found = [template for template in found if template.id == str(hsm_id)]
    else:
        raise required("name")
    if not found:
        what = str(name or call.params.get("hsm_ids"))[:80]
        raise refuse(2593002, "Message Template Not Found", f"The template {what} does not exist.")
    for template in found:
        if template.source:
            raise refuse(2388330, "Generated template", "A template made by Meta can't be deleted.")
        if template.status == "DISABLED":
            raise refuse(2388042, "Template is disabled", "A disabled template can't be deleted.")
    waba, now = call.world.wabas[call.object_id], call.simulation.clock.now()
    for template in found:
        call.world.remove_template(template)
        if template.status == "APPROVED":
            waba.blocked_names[template.name] = now + _BLOCKED_S
    return {"success": True}


async def archive(call: Call) -> Json:
    """POST /{waba}/message_templates/archive {"hsm_ids"}: out of lists, and not to be sent."""
    return _moved(call, "APPROVED", "ARCHIVED", "archived_templates")


async def unarchive(call: Call) -> Json:
    """POST /{waba}/message_templates/unarchive {"hsm_ids"}."""
    return _moved(call, "ARCHIVED", "UNARCHIVED", "unarchived_templates")


def _moved(call: Call, before: str, event: str, member: str) -> Json:
    """Let `event` happen to templates whose status is `before`; return which were moved or not."""
    call.require_account(call.object_id)
    moved, failed = [], {}
    for template_id in _ids(call, "hsm_ids"):
        template = call.world.templates.get(template_id)
        if template is None or template.waba_id != call.object_id:
            failed[template_id] = "Template not found"
        elif template.status != before:
            failed[template_id] = f"Template is {template.status}, not {before}"
        else:
            reviews.decide(call.simulation, template, event)
            moved.append(template_id)
    return {member: moved, "failed_templates": failed}


async def unpause(call: Call) -> Json:
    """POST /{template}/unpause."""
    template = _template(call)
    if reviews.unpause(call.simulation, template):
        return {"success": True}
    return {"success": False, "reason": f"Template is {template.status}, not PAUSED"}


def _template(call: Call) -> Template:
    """Return the call's template, if the token reaches it."""
    template = call.world.templates[call.object_id]
    call.require_account(template.waba_id)
    return template


async def compare(call: Call) -> Json:
    """GET /{template}/compare?template_ids=&start=&end=: sends of two templates over 7 to 90 days.

    Nobody in the sandbox blocks: the block rates are all the same. Cost: one pass over the log.
    """
    template = _template(call)
    others = _ids(call, "template_ids")
    for other in others:
        found = call.world.templates.get(other)
        if found is None or found.waba_id != template.waba_id:
            raise invalid("template_ids", f"{other[:40]!r} is not a template of the account.")
    arguments = {key: str(value) for key, value in call.params.items()}
    start, end = whole(arguments, "start"), whole(arguments, "end")
    if (end - start) // _DAY_S not in _COMPARED_DAYS:
        raise invalid("end", f"must be {', '.join(map(str, _COMPARED_DAYS))} days after start.")
    ids = list(dict.fromkeys([template.id, *others]))
    sends = dict.fromkeys(ids, 0)
    for message in call.world.messages.values():
        if message.template_id in sends and start <= message.accepted_at < end:
            sends[message.template_id] += 1
    numbers = [{"key": key, "value": value} for key, value in sends.items()]
    reasons = [{"key": key, "value": "UNKNOWN_BLOCK_REASON"} for key in ids]
    return {
        "data": [
            {"metric": "BLOCK_RATE", "type": "RELATIVE", "order_by_relative_metric": ids},
            {"metric": "MESSAGE_SENDS", "type": "NUMBER_VALUES", "number_values": numbers},
            {"metric": "TOP_BLOCK_REASON", "type": "STRING_VALUES", "string_values": reasons},
        ]
    }


async def migrate(call: Call) -> Json:
    """POST /{waba}/migrate_message_templates?source_waba_id=: copy approved templates of an account
    of the same business; each is reviewed again.
    """
    call.require_account(call.object_id)
    source = text_member(call.params, "source_waba_id", "source_waba_id")
    call.require_account(source)
    if source == call.object_id:
        raise GraphError("(#100) The source and the destination are the same account.")
    migrated, failed = [], []
    for template in call.world.templates_of(source):
        if template.status != "APPROVED" or template.source:
            continue
        if call.world.translation(call.object_id, template.name, template.language):
            reason = "A template of this name and language exists in the destination."
            failed.append({"id": template.id, "reason": reason})
            continue
        copy = replace(template, id=call.world.new_id("template"), waba_id=call.object_id, edits=[])
        add(call, copy)
        migrated.append(copy.id)
    return {"migrated_templates": migrated, "failed_templates": failed}
