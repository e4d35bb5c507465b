"""Calls about message templates: create, read, find, edit, delete, unpause, archive."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.whatsapp.errors import Refused, WhatsAppError
from chalicelib.whatsapp.graph import GraphRequest, node
from chalicelib.whatsapp.template_rules import TemplateDraft

PAGE = 100
_FIELDS = (
    "id,name,language,status,category,components,rejected_reason,parameter_format,quality_score,"
    "previous_category,correct_category,message_send_ttl_seconds"
)
# "Content in this language already exists": the name and language are taken in this account.
_EXISTS_SUBCODE = 2388024
MOST_AT_ONCE = 100  # templates that one call deletes or archives


@dataclass(frozen=True, slots=True)
class MetaTemplate:
    """A template as Meta has it; `components` is empty in the answer of a creation.

    `quality_at_ms` is when the quality changed, `ttl_s` how long a message may take.
    """

    meta_template_id: str
    name: str
    language: str
    status: str
    category: str
    rejected_reason: str | None
    components: tuple[Mapping[str, Any], ...]
    parameter_format: str = "POSITIONAL"
    quality_score: str | None = None
    quality_at_ms: int = 0
    previous_category: str | None = None
    correct_category: str | None = None
    ttl_s: int | None = None


def create_request(waba_id: str, draft: TemplateDraft) -> GraphRequest:
    """Return the call that submits a template for review."""
    body: dict[str, Any] = {
        "name": draft.name,
        "language": draft.language,
        "category": draft.category,
        "parameter_format": draft.parameter_format,
        "components": list(draft.components),
    }
    if draft.ttl_s is not None:
        body["message_send_ttl_seconds"] = draft.ttl_s
    return GraphRequest("POST", node(waba_id, "message_templates"), json=body)


def edit_request(
    meta_template_id: str, draft: TemplateDraft, *, with_category: bool
) -> GraphRequest:
    """Return the call that replaces what a template says and has it reviewed again.

    An approved template keeps its category, so it must not be given.
    """
    body: dict[str, Any] = {
        "components": list(draft.components),
        "parameter_format": draft.parameter_format,
    }
    if with_category:
        body["category"] = draft.category
    if draft.ttl_s is not None:
        body["message_send_ttl_seconds"] = draft.ttl_s
    return GraphRequest("POST", node(meta_template_id), json=body)


def get_request(meta_template_id: str) -> GraphRequest:
    """Return the call for one template."""
    return GraphRequest("GET", node(meta_template_id), params={"fields": _FIELDS})


def find_request(waba_id: str, name: str, after: str | None = None) -> GraphRequest:
    """Return the call for a page of the templates of an account whose name contains `name`."""
    request = list_request(waba_id, after)
    return GraphRequest(
        request.method, request.path, params={**(request.params or {}), "name": name}
    )


def list_request(waba_id: str, after: str | None = None) -> GraphRequest:
    """Return the call for a page of the templates of an account."""
    params = {"fields": _FIELDS, "limit": str(PAGE)} | ({"after": after} if after else {})
    return GraphRequest("GET", node(waba_id, "message_templates"), params=params)


def delete_request(waba_id: str, name: str, meta_template_id: str | None) -> GraphRequest:
    """Return the call that deletes one translation of a template; without id, all of them."""
    params = {"name": name} | ({"hsm_id": meta_template_id} if meta_template_id else {})
    return GraphRequest("DELETE", node(waba_id, "message_templates"), params=params)


def delete_many_request(waba_id: str, meta_template_ids: Sequence[str]) -> GraphRequest:
    """Return the call that deletes up to 100 templates of an account."""
    params = {"hsm_ids": json.dumps(list(meta_template_ids[:MOST_AT_ONCE]))}
    return GraphRequest("DELETE", node(waba_id, "message_templates"), params=params)


def unpause_request(meta_template_id: str) -> GraphRequest:
    """Return the call that ends the pause of a template that was sent too fast."""
    return GraphRequest("POST", node(meta_template_id, "unpause"))


def archive_request(
    waba_id: str, meta_template_ids: Sequence[str], *, is_archived: bool
) -> GraphRequest:
    """Return the call that puts up to 100 templates away, or takes them out again."""
    edge = "archive" if is_archived else "unarchive"
    body = {"hsm_ids": ",".join(meta_template_ids[:MOST_AT_ONCE])}
    path = node(waba_id, "message_templates", edge)
    return GraphRequest("POST", path, json=body, is_versioned=False)


def read_refusal(answer: Mapping[str, Any], meta_template_id: str) -> str | None:
    """Return why Meta did not do what `unpause` or `archive` asked for, None if it did.

    These calls answer 200 either way.
    """
    failed = answer.get("failed_templates")
    if isinstance(failed, Mapping) and failed.get(meta_template_id):
        return str(failed[meta_template_id])
    if answer.get("success") is False:
        return str(answer.get("reason") or "no reason given")
    return None


def read_template(answer: Mapping[str, Any]) -> MetaTemplate:
    """Return the template in an answer; an unknown status or category stands as it came."""
    components, reason = answer.get("components"), answer.get("rejected_reason")
    quality = answer.get("quality_score")
    score = quality if isinstance(quality, Mapping) else {}
    ttl_s, date = answer.get("message_send_ttl_seconds"), score.get("date")
    return MetaTemplate(
        meta_template_id=str(answer.get("id") or ""),
        name=str(answer.get("name") or ""),
        language=str(answer.get("language") or ""),
        status=str(answer.get("status") or "PENDING").upper(),
        category=str(answer.get("category") or "").upper(),
        rejected_reason=reason if isinstance(reason, str) and reason != "NONE" else None,
        components=tuple(c for c in components if isinstance(c, Mapping))
        if isinstance(components, list)
        else (),
        parameter_format=str(answer.get("parameter_format") or "POSITIONAL").upper(),
        quality_score=_word(score.get("score")),
        quality_at_ms=int(date) * 1000 if isinstance(date, (int, float)) else 0,
        previous_category=_word(answer.get("previous_category")),
        correct_category=_word(answer.get("correct_category")),
        ttl_s=ttl_s if isinstance(ttl_s, int) else None,
    )


def _word(value: object) -> str | None:
    return value.upper() if isinstance(value, str) and value else None


def is_name_taken(error: WhatsAppError) -> bool:
    """Tell whether a creation was refused because the name exists in this language already."""
    return isinstance(error, Refused) and error.subcode == _EXISTS_SUBCODE


def is_gone(error: WhatsAppError) -> bool:
    """Tell whether Meta says that the template does not exist (any more)."""
    return isinstance(error, Refused) and error.code == 33
