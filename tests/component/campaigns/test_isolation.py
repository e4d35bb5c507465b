"""Another tenant's ids lead nowhere: every route that takes an id, for every role, answers 404."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.contract import contract_of
from chalicelib.core.permissions import OPERATE, ROLES, is_allowed
from chalicelib.schemas.media import MediaCreate, MediaUpload
from chalicelib.services import media_library, sessions
from chalicelib.services.campaigns import drafts, rehearsals
from chalicelib.storage.media import set_message_media
from chalicelib.storage.messages import Messages
from chalicelib.storage.objects import Objects
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import Bench, People, write_in
from tests.component.conftest import load_app

# What a route that takes a body needs, so that only the foreign id can be what is wrong.
BODIES: dict[str, dict[str, Any]] = {
    "update_campaign": {"name": "Taken over"},
    "test_campaign": {"phones": ["+14155550100"]},
    "retry_campaign": {},
    "schedule_campaign": {"at": "2030-01-01T10:00", "time_zone": "UTC"},
    "update_contact": {"name": "Taken over"},
    "update_conversation": {"state": "resolved"},
    "replace_segment": {"name": "Mine", "filter": {"type": "tag", "tag": "x"}},
    "update_template": {"body": "Hello from elsewhere"},
    "preview_template": {},
    "send_message": {"text": "Hello from elsewhere"},
    "read_conversation": {"typing": False},
    "create_number": {"phone": "+493012345678", "verified_name": "Mine"},
    "register_number": {},
    "change_pin": {"pin": "123456"},
    "request_code": {},
    "verify_code": {"code": "123456"},
    "change_profile": {"about": "Taken over"},
    "block_contacts": {"contact_ids": ["con_x"]},
    "unblock_contacts": {"contact_ids": ["con_x"]},
    "set_automation": {},
    "create_qr_code": {"prefilled_message": "Hi"},
    "change_qr_code": {"prefilled_message": "Hi"},
    "set_username": {"username": "taken.over"},
    "change_settings": {"is_cart_enabled": True},
    "export_recipients": {},
    "update_user": {"role": "viewer"},
}
ROUTES = [
    contract_of(entry.view_function)
    for views in load_app().routes.values()
    for entry in views.values()
]
WITH_ID = [contract for contract in ROUTES if contract.path_parameters]


@pytest.fixture
def ids(bench: Bench, people: People, api: ApiClient) -> dict[str, str]:
    """Give one of everything that the first tenant owns."""
    (contact_id,) = people(1)
    write_in(bench, contact_id, "Hello?")
    draft = bench.draft()
    rehearsals.start(bench.ctx, draft.id)
    bench.work("plan")
    drafts.launch(bench.ctx, draft.id)
    started = api.post(
        "/api/contacts/imports",
        content=b"phone,name\n+4915123456789,Ada\n",
        headers={"Content-Type": "text/csv"},
    )
    bench.work("plan")
    bench.work("plan")
    of_campaign = f"/api/campaigns/{bench.campaign().id}/exports"
    exported = api.post(of_campaign, json={}).body["id"]
    segment = {"name": "Everybody", "filter": {"type": "opt_in"}}
    return {
        "segment_id": api.post("/api/segments", json=segment).body["id"],
        "contact_id": contact_id,
        "number_id": bench.number.id,
        "waba_id": bench.number.waba_id,
        "code": "4O4YGZEG3RIVE1",
        "template_id": bench.template.id,
        "campaign_id": bench.campaign().id,
        "import_id": started.body["id"],
        "export_id": exported,
        "contacts_export_id": api.post("/api/contacts/exports", json={}).body["id"],
        "media_id": a_file(bench.ctx),
        "user_id": bench.ctx.user_id,
        "tenant_id": bench.ctx.tenant_id,
        "session_id": sessions.begin(bench.ctx.tenant_id, bench.ctx.user_id).id,
        "key_id": api.post(
            "/api/api-keys", json={"name": "Shop", "scopes": ["contacts:read"]}
        ).body["id"],
        "message_id": a_message_with_a_file(bench.ctx, contact_id),
    }


def a_file(ctx: TenantContext) -> str:
    """Return the id of a file of the tenant's library."""
    asked = media_library.request_upload(
        ctx, MediaUpload(kind="document", mime_type="text/plain", size_bytes=2)
    )
    Objects(ctx).put("uploads", asked.upload_id, b"Hi", "text/plain")
    return media_library.create(ctx, MediaCreate(upload_id=asked.upload_id, kind="document")).id


def a_message_with_a_file(ctx: TenantContext, contact_id: str) -> str:
    """Return the id of a message of the contact that has a file."""
    (message,) = Messages(ctx).thread(contact_id, 1, None).items
    assert set_message_media(ctx, contact_id, message.id, message.media, '{"id": "600"}')
    return message.id


def test_foreign_ids_are_not_found(
    api: ApiClient, other_ctx: TenantContext, ids: dict[str, str]
) -> None:
    """404 for each route and each role that may use it, 403 for one that may not; a route with a
    parameter that this test does not know fails it.
    """
    for contract in WITH_ID:
        path = contract.path
        for name in contract.path_parameters:
            path = path.replace(f"{{{name}}}", ids[name])
        for role in ROLES:
            intruder = TenantContext(other_ctx.tenant_id, other_ctx.user_id, role, "req_test")
            answer = api.acting_as(intruder).request(
                contract.method, path, json=BODIES.get(contract.name)
            )
            may = contract.permission is None or is_allowed(role, contract.permission)
            assert answer.status == (404 if may else 403), (contract.name, role, answer.body)


def test_owner_finds_them(api: ApiClient, ids: dict[str, str]) -> None:
    """The same ids are found by their owner, so that the 404s above are about the tenant."""
    for contract in WITH_ID:
        if contract.method == "GET" and contract.permission != OPERATE:
            path = contract.path
            for name in contract.path_parameters:
                path = path.replace(f"{{{name}}}", ids[name])
            assert api.get(path).status == 200, contract.name


def test_lists_hold_nothing_of_others(
    api: ApiClient, other_ctx: TenantContext, ids: dict[str, str]
) -> None:
    """Every list of another tenant is empty."""
    intruder = api.acting_as(other_ctx)
    lists = [
        c
        for c in ROUTES
        if c.method == "GET"
        and not c.path_parameters
        and c.permission != OPERATE
        and c.response is not None
        and "items" in c.response.model_fields
    ]
    assert len(lists) >= 5
    for contract in lists:
        found = [str(item) for item in intruder.get(contract.path).body["items"]]
        # One's own team and the roles that everybody has are there; nothing of the other tenant.
        if contract.name in {"list_users", "list_roles"}:
            assert not [item for item in found if ids["user_id"] in item]
        else:
            assert found == [], contract.name


def test_foreign_references_in_bodies_are_refused(
    api: ApiClient, other_ctx: TenantContext, ids: dict[str, str]
) -> None:
    """A campaign or template cannot name another tenant's number or template."""
    intruder = api.acting_as(other_ctx)
    campaign = {
        "name": "Mine",
        "number_id": ids["number_id"],
        "template_id": ids["template_id"],
        "audience": {"type": "all"},
    }
    assert intruder.post("/api/campaigns", json=campaign).status == 422
    template = {
        "number_id": ids["number_id"],
        "name": "mine",
        "language": "en_US",
        "category": "UTILITY",
        "body": "Hello there",
    }
    assert intruder.post("/api/templates", json=template).status in {404, 422}
    started = intruder.post("/api/contacts/imports", json={"upload_id": ids["import_id"]})
    assert started.status in {404, 422}


def test_cursor_of_another_tenant_is_refused(
    api: ApiClient, other_ctx: TenantContext, bench: Bench, people: People
) -> None:
    """A list's cursor works for the tenant that it was given to, and for nobody else."""
    people(3)
    cursor = api.get("/api/contacts", params={"limit": 1}).body["next_cursor"]
    assert api.get("/api/contacts", params={"limit": 1, "cursor": cursor}).status == 200
    stolen = api.acting_as(other_ctx).get("/api/contacts", params={"limit": 1, "cursor": cursor})
    assert (stolen.status, stolen.body["code"]) == (422, "invalid_cursor")
