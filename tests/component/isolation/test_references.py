"""Another tenant's ids in bodies and query strings: refused or not found, and nothing changes.

Which fields of which routes name something is read from the schemas, so a new one must be written
down here, as one that is tried or as one that is no tenant's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from pydantic import BaseModel

from chalicelib.core.context import TenantContext
from chalicelib.core.contract import Contract
from chalicelib.schemas.media import MediaUpload
from chalicelib.services import media_library
from chalicelib.storage.objects import Objects
from tests.component.api_client import ApiClient
from tests.component.isolation.conftest import actors_of, nothing_changes
from tests.component.isolation.test_foreign_ids import ROUTES, ids, path_of

__all__ = ["ids"]

Ids = Mapping[str, str]
Request = dict[str, Any]
_EVERYBODY = {"type": "all"}
# Meta's names of things, or the caller's own: they are looked up with the caller's own token.
NO_TENANTS = {
    ("connect_number", "phone_number_id"),
    ("connect_number", "waba_id"),
    ("finish_signup", "business_id"),
    ("finish_signup", "error_id"),
    ("finish_signup", "phone_number_id"),
    ("finish_signup", "session_id"),
    ("finish_signup", "waba_id"),
    ("create_template", "flow_id"),
    ("update_template", "flow_id"),
    ("validate_template", "flow_id"),
    ("send_message", "catalog_id"),
    ("send_message", "flow_id"),
    ("send_message", "group_id"),
    ("send_message", "product_retailer_id"),
    ("send_message", "reference_id"),
    ("send_message", "thumbnail_product_retailer_id"),
    ("send_message", "wa_id"),
    # Filters of the caller's own trail: see test_filters_find_nothing_of_others.
    ("list_audit", "actor_id"),
    ("list_audit", "target_id"),
    ("export_audit", "actor_id"),
    ("export_audit", "target_id"),
}


def _campaign(ids: Ids, **changes: Any) -> Request:
    body = {
        "name": "Mine",
        "number_id": ids["own_number_id"],
        "template_id": ids["own_template_id"],
        "audience": _EVERYBODY,
        "variables": {"body.1": {"field": "name", "fallback": "friend"}},
        **changes,
    }
    return {"json": body}


def _template(ids: Ids, **changes: Any) -> Request:
    body = {
        "number_id": ids["own_number_id"],
        "name": "mine",
        "language": "en_US",
        "category": "UTILITY",
        "body": "Hello there",
        **changes,
    }
    return {"json": body}


def _header(ids: Ids) -> dict[str, Any]:
    return {"header": {"format": "DOCUMENT", "media_id": ids["media_id"]}}


AUDIENCES: dict[str, Callable[[Ids], dict[str, Any]]] = {
    "segment_id": lambda ids: {"type": "segment", "segment_id": ids["segment_id"]},
    "import_id": lambda ids: {"type": "import", "import_id": ids["import_id"]},
    "campaign_id": lambda ids: {
        "type": "outcome",
        "campaign_id": ids["campaign_id"],
        "outcome": "read",
    },
}


def _in_a_new_one(audience: Callable[[Ids], dict[str, Any]]) -> Callable[[Ids], Request]:
    return lambda ids: _campaign(ids, audience=audience(ids))


def _in_the_own_one(audience: Callable[[Ids], dict[str, Any]]) -> Callable[[Ids], Request]:
    return lambda ids: {"json": {"audience": audience(ids)}}


# What each request looks like, from the ids that are foreign, and the caller's own as `own_…`.
TRIED: dict[tuple[str, str], Callable[[Ids], Request]] = {
    ("get_costs", "waba_id"): lambda ids: {
        "params": {"waba_id": ids["waba_id"], "first_day": "2026-11-01", "last_day": "2026-11-02"}
    },
    ("create_campaign", "number_id"): lambda ids: _campaign(ids, number_id=ids["number_id"]),
    ("create_campaign", "template_id"): lambda ids: _campaign(ids, template_id=ids["template_id"]),
    ("update_campaign", "number_id"): lambda ids: {"json": {"number_id": ids["number_id"]}},
    ("update_campaign", "template_id"): lambda ids: {"json": {"template_id": ids["template_id"]}},
    **{("create_campaign", name): _in_a_new_one(make) for name, make in AUDIENCES.items()},
    **{("update_campaign", name): _in_the_own_one(make) for name, make in AUDIENCES.items()},
    ("test_campaign", "contact_ids"): lambda ids: {"json": {"contact_ids": [ids["contact_id"]]}},
    ("export_contacts", "segment_id"): lambda ids: {"json": {"segment_id": ids["segment_id"]}},
    ("start_import", "upload_id"): lambda ids: {"json": {"upload_id": ids["upload_id"]}},
    ("create_media", "upload_id"): lambda ids: {
        "json": {"upload_id": ids["upload_id"], "kind": "document"}
    },
    ("send_message", "number_id"): lambda ids: {
        "json": {"type": "text", "text": {"body": "Hi"}, "number_id": ids["number_id"]}
    },
    ("send_message", "message_id"): lambda ids: {
        "json": {
            "type": "text",
            "text": {"body": "Hi"},
            "number_id": ids["own_number_id"],
            "context": {"message_id": ids["message_id"]},
        }
    },
    ("send_message", "id"): lambda ids: {
        "json": {
            "type": "document",
            "document": {"id": ids["media_id"]},
            "number_id": ids["own_number_id"],
        }
    },
    ("update_conversation", "assignee_id"): lambda ids: {"json": {"assignee_id": ids["user_id"]}},
    ("block_contacts", "contact_ids"): lambda ids: {"json": {"contact_ids": [ids["contact_id"]]}},
    ("unblock_contacts", "contact_ids"): lambda ids: {"json": {"contact_ids": [ids["contact_id"]]}},
    ("change_profile", "picture_media_id"): lambda ids: {
        "json": {"picture_media_id": ids["media_id"]}
    },
    ("list_templates", "number_id"): lambda ids: {"params": {"number_id": ids["number_id"]}},
    ("list_template_names", "number_id"): lambda ids: {"params": {"number_id": ids["number_id"]}},
    ("create_template", "number_id"): lambda ids: _template(ids, number_id=ids["number_id"]),
    ("create_template", "media_id"): lambda ids: _template(ids, **_header(ids)),
    ("update_template", "media_id"): lambda ids: {"json": _header(ids)},
    ("sync_templates", "number_id"): lambda ids: {"json": {"number_id": ids["number_id"]}},
    ("validate_template", "number_id"): lambda ids: _template(ids, number_id=ids["number_id"]),
    ("validate_template", "template_id"): lambda ids: _template(
        ids, template_id=ids["template_id"]
    ),
    ("validate_template", "media_id"): lambda ids: _template(ids, **_header(ids)),
}


def _named_in(schema: Any, schemas: Mapping[str, Any], seen: set[str]) -> Iterator[str]:
    """Yield the names of fields below a schema that name something by its id."""
    if isinstance(schema, list):
        for one in schema:
            yield from _named_in(one, schemas, seen)
    elif isinstance(schema, dict):
        reference = schema.get("$ref", "").rpartition("/")[2]
        if reference and reference not in seen:
            seen.add(reference)
            yield from _named_in(schemas[reference], schemas, seen)
        for name, inner in schema.get("properties", {}).items():
            if name == "id" or name.endswith(("_id", "_ids")):
                yield name
            yield from _named_in(inner, schemas, seen)
        for key, inner in schema.items():
            if key not in {"properties", "$defs"}:
                yield from _named_in(inner, schemas, seen)


def references() -> set[tuple[str, str]]:
    """Return each (route, field) whose value names something."""
    found: set[tuple[str, str]] = set()
    for contract in ROUTES:
        for model in (contract.body, contract.query):
            if model is not None:
                schema = model.model_json_schema()
                names = _named_in(schema, schema.get("$defs", {}), set())
                found |= {(contract.name, name) for name in names}
    return found


@pytest.fixture
def foreign(ids: dict[str, str], ctx: TenantContext) -> dict[str, str]:
    """Give the first tenant's ids, an uploaded file of theirs among them."""
    asked = media_library.request_upload(
        ctx, MediaUpload(kind="document", mime_type="text/plain", size_bytes=2)
    )
    Objects(ctx).put("uploads", asked.upload_id, b"Hi", "text/plain")
    return {**ids, "upload_id": asked.upload_id}


def test_every_reference_is_written_down() -> None:
    """Each field that names something is tried below, or is known to be no tenant's."""
    known = NO_TENANTS | TRIED.keys()
    assert references() - known == set()
    assert known - references() == set(), "these are gone"


def test_foreign_references_are_refused(
    api: ApiClient, other_ctx: TenantContext, foreign: dict[str, str], own_ids: dict[str, str]
) -> None:
    """404 or 422 for each, by every actor that may use the route, and nothing changes."""
    contracts: dict[str, Contract] = {contract.name: contract for contract in ROUTES}
    actors = actors_of(other_ctx, api)
    named = foreign | prefixed(own_ids)
    for (name, field), make in TRIED.items():
        contract = contracts[name]
        path = path_of(contract, own_ids)
        with nothing_changes((name, field)):
            for actor in actors:
                answer = actor.request(contract.method, path, **make(named))
                if not actor.may(contract.permission):
                    assert answer.status == 403, (name, field, actor.name, answer.body)
                    continue
                is_empty_list = answer.status == 200 and answer.body.get("items") == []
                refused = answer.status in {404, 422} or is_empty_list
                assert refused, (name, field, actor.name, answer.status, answer.body)
                if answer.status == 422 and not is_empty_list:
                    assert answer.body["code"] != "validation_failed" or _blames(
                        answer.body, field
                    ), (name, field, answer.body)


def prefixed(own_ids: Ids) -> dict[str, str]:
    """Return the caller's own ids as the requests name them."""
    return {f"own_{name}": value for name, value in own_ids.items()}


def _blames(problem: Mapping[str, Any], field: str) -> bool:
    """Tell whether an error is about the field, not about how this test writes the rest."""
    return any(field.removesuffix("s") in one["field"] for one in problem.get("errors", ()))


def test_own_references_are_taken(
    api: ApiClient, other_ctx: TenantContext, own_ids: dict[str, str]
) -> None:
    """The same requests with ids of one's own are taken, so that the refusals are about whose they
    are: a campaign, a dry list, a template's check.
    """
    intruder = api.acting_as(other_ctx)
    assert intruder.post("/api/campaigns", **_campaign(prefixed(own_ids))).status == 201
    assert intruder.post("/api/templates/validate", **_template(prefixed(own_ids))).status == 200
    listed = intruder.get("/api/templates", params={"number_id": own_ids["number_id"]})
    assert [item["id"] for item in listed.body["items"]] == [own_ids["template_id"]]


def test_filters_find_nothing_of_others(
    api: ApiClient, other_ctx: TenantContext, foreign: dict[str, str], ctx: TenantContext
) -> None:
    """The audit trail filtered by another tenant's user, or by what is theirs, is empty."""
    intruder = api.acting_as(other_ctx)
    for name in ("actor_id", "target_id"):
        for value in (ctx.user_id, foreign["contact_id"], foreign["campaign_id"]):
            assert intruder.get("/api/audit", params={name: value}).body["items"] == []
            exported = intruder.get("/api/audit/export", params={name: value})
            assert value not in exported.text


def test_cursors_of_another_tenant_are_refused(
    api: ApiClient, other_ctx: TenantContext, foreign: dict[str, str]
) -> None:
    """The cursor of each list that has a second page works for its tenant, and for nobody else."""
    intruder = api.acting_as(other_ctx)
    for path, body in (
        ("/api/contacts", {"phone": "+4915123456700"}),
        ("/api/segments", {"name": "Again", "filter": {"type": "opt_in"}}),
        ("/api/api-keys", {"name": "Again", "scopes": ["contacts:read"]}),
    ):
        assert api.post(path, json=body).status == 201
    tried = 0
    for contract in ROUTES:
        if contract.query is None or "cursor" not in contract.query.model_fields:
            continue
        if contract.path_parameters or not _takes_limit(contract.query):
            continue
        cursor = api.get(contract.path, params={"limit": 1}).body.get("next_cursor")
        if cursor is None:
            continue
        tried += 1
        assert api.get(contract.path, params={"limit": 1, "cursor": cursor}).status == 200
        stolen = intruder.get(contract.path, params={"limit": 1, "cursor": cursor})
        assert (stolen.status, stolen.body["code"]) == (422, "invalid_cursor"), contract.name
    assert tried >= 4


def _takes_limit(query: type[BaseModel]) -> bool:
    return "limit" in query.model_fields
