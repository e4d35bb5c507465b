"""Calls about message templates: create, read, find, delete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.whatsapp.errors import Refused, WhatsAppError
from chalicelib.whatsapp.graph import GraphRequest, node

_FIELDS = "id,name,language,status,category,components,rejected_reason"
# "Content in this language already exists": the name and language are taken in this account.
_EXISTS_SUBCODE = 2388024


@dataclass(frozen=True, slots=True)
class MetaTemplate:
    """A template as Meta has it; `components` is empty in the answer of a creation."""

    meta_template_id: str
    name: str
    language: str
    status: str
    category: str
    rejected_reason: str | None
    components: tuple[Mapping[str, Any], ...]


def create_request(
    waba_id: str,
    name: str,
    language: str,
    category: str,
    components: Sequence[Mapping[str, Any]],
) -> GraphRequest:
    """Return the call that submits a template, with numbered variables, for review."""
    body = {
        "name": name,
        "language": language,
        "category": category,
        "parameter_format": "POSITIONAL",
        "components": list(components),
    }
    return GraphRequest("POST", node(waba_id, "message_templates"), json=body)


def get_request(meta_template_id: str) -> GraphRequest:
    """Return the call for one template."""
    return GraphRequest("GET", node(meta_template_id), params={"fields": _FIELDS})


def find_request(waba_id: str, name: str, after: str | None = None) -> GraphRequest:
    """Return the call for a page of the templates of an account whose name contains `name`."""
    params = {"fields": _FIELDS, "name": name, "limit": "100"} | ({"after": after} if after else {})
    return GraphRequest("GET", node(waba_id, "message_templates"), params=params)


def delete_request(waba_id: str, name: str, meta_template_id: str) -> GraphRequest:
    """Return the call that deletes one translation of a template."""
    params = {"name": name, "hsm_id": meta_template_id}
    return GraphRequest("DELETE", node(waba_id, "message_templates"), params=params)


def read_template(answer: Mapping[str, Any]) -> MetaTemplate:
    """Return the template in an answer; an unknown status or category stands as it came."""
    components = answer.get("components")
    reason = answer.get("rejected_reason")
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
    )


def is_name_taken(error: WhatsAppError) -> bool:
    """Tell whether a creation was refused because the name exists in this language already."""
    return isinstance(error, Refused) and error.subcode == _EXISTS_SUBCODE


def is_gone(error: WhatsAppError) -> bool:
    """Tell whether Meta says that the template does not exist (any more)."""
    return isinstance(error, Refused) and error.code == 33
