"""Calls about templates that Meta wrote, that are made in bulk, compared, or moved: as values.

From templates/template-library, authentication-templates, template-comparison and
template-migration of Meta's documentation, November 2026.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.whatsapp.graph import GraphRequest, node, read_items
from chalicelib.whatsapp.templates import MOST_AT_ONCE, PAGE

COMPARED_DAYS = (7, 30, 60, 90)
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two templates did: sends by template id, why they were blocked, least blocked first."""

    sends: Mapping[str, int]
    block_reasons: Mapping[str, str]
    by_block_rate: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Migration:
    """What was copied into an account, and why the rest was not, by template id."""

    migrated: tuple[str, ...]
    failed: Mapping[str, str]


def library_request(
    *, search: str = "", language: str = "", topic: str = "", after: str | None = None
) -> GraphRequest:
    """Return the call for a page of Meta's library."""
    given = {"search": search, "language": language, "topic": topic, "after": after or ""}
    params = {name: value for name, value in given.items() if value}
    return GraphRequest(
        "GET", node("message_template_library"), params={**params, "limit": str(PAGE)}
    )


def create_from_library_request(
    waba_id: str,
    *,
    name: str,
    language: str,
    library_name: str,
    button_inputs: Sequence[Mapping[str, Any]] = (),
) -> GraphRequest:
    """Return the call that makes a template of the library one's own; all of them are UTILITY.

    `button_inputs` are, in the order of its buttons, `{"type": "URL", "url": {"base_url",
    "url_suffix_example"}}` or `{"type": "PHONE_NUMBER", "phone_number"}`.
    """
    body: dict[str, Any] = {
        "name": name,
        "language": language,
        "category": "UTILITY",
        "library_template_name": library_name,
    }
    if button_inputs:
        body["library_template_button_inputs"] = list(button_inputs)
    return GraphRequest("POST", node(waba_id, "message_templates"), json=body)


def upsert_request(
    waba_id: str,
    name: str,
    languages: Sequence[str],
    components: Sequence[Mapping[str, Any]],
    ttl_s: int | None = None,
) -> GraphRequest:
    """Return the call that makes or edits an authentication template in many languages at once.

    The answer's `data` has `id`, `status` and `language` of each.
    """
    body: dict[str, Any] = {
        "name": name,
        "languages": list(languages),
        "category": "AUTHENTICATION",
        "components": list(components),
    }
    if ttl_s is not None:
        body["message_send_ttl_seconds"] = ttl_s
    return GraphRequest("POST", node(waba_id, "upsert_message_templates"), json=body)


def previews_request(
    waba_id: str,
    languages: Sequence[str],
    *,
    add_security_recommendation: bool = False,
    code_expiration_minutes: int | None = None,
) -> GraphRequest:
    """Return the call for Meta's own words of an authentication template, in some languages."""
    params = {
        "category": "AUTHENTICATION",
        "languages": ",".join(languages),
        "button_types": "OTP",
        "add_security_recommendation": json.dumps(add_security_recommendation),
    }
    if code_expiration_minutes is not None:
        params["code_expiration_minutes"] = str(code_expiration_minutes)
    return GraphRequest("GET", node(waba_id, "message_template_previews"), params=params)


def read_previews(answer: Mapping[str, Any]) -> dict[str, tuple[str, str | None]]:
    """Return body and footer (None without one) by language."""
    return {
        str(item.get("language")): (
            str(item.get("body") or ""),
            str(item["footer"]) if item.get("footer") else None,
        )
        for item in read_items(answer)
    }


def compare_request(
    meta_template_id: str, other_ids: Sequence[str], end_s: int, days: int
) -> GraphRequest:
    """Return the call that compares templates over the 7, 30, 60 or 90 days up to `end_s`.

    Raises ValueError for another span.
    """
    if days not in COMPARED_DAYS:
        message = f"Meta compares {COMPARED_DAYS} days, not {days}"
        raise ValueError(message)
    params = {
        "template_ids": json.dumps(list(other_ids)),
        "start": str(end_s - days * _DAY_S),
        "end": str(end_s),
    }
    return GraphRequest("GET", node(meta_template_id, "compare"), params=params)


def read_comparison(answer: Mapping[str, Any]) -> Comparison:
    """Return how the templates did; what Meta leaves out is empty."""
    found = {str(item.get("metric")): item for item in read_items(answer)}
    rate = found.get("BLOCK_RATE", {})
    return Comparison(
        sends={
            str(one["key"]): int(one["value"])
            for one in found.get("MESSAGE_SENDS", {}).get("number_values") or ()
        },
        block_reasons={
            str(one["key"]): str(one["value"])
            for one in found.get("TOP_BLOCK_REASON", {}).get("string_values") or ()
        },
        by_block_rate=tuple(str(one) for one in rate.get("order_by_relative_metric") or ()),
    )


def migrate_request(waba_id: str, source_waba_id: str, page: int = 0) -> GraphRequest:
    """Return the call that copies a page of another account's approved templates into this one.

    Both belong to the same business; what is here already is left alone.
    """
    body = {"source_waba_id": source_waba_id, "page_number": page, "count": MOST_AT_ONCE}
    return GraphRequest("POST", node(waba_id, "migrate_message_templates"), json=body)


def read_migration(answer: Mapping[str, Any]) -> Migration:
    """Return what was copied and what was not."""
    failed = answer.get("failed_templates")
    pairs = failed if isinstance(failed, list) else []
    reasons = failed if isinstance(failed, Mapping) else {}
    return Migration(
        migrated=tuple(str(one) for one in answer.get("migrated_templates") or ()),
        failed={str(one["id"]): str(one["reason"]) for one in pairs}
        | {str(key): str(value) for key, value in reasons.items()},
    )
