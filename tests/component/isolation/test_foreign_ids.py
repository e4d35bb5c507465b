"""Another tenant's ids lead nowhere: every route that takes an id, for everybody, answers 404.

In the path, in the query and in the body; alone, and beside ids of one's own. A route with an id
that is not written down here fails these tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.contract import Contract, contract_of
from chalicelib.core.permissions import OPERATE
from chalicelib.schemas.media import MediaCreate, MediaUpload
from chalicelib.services import media_library, sessions
from chalicelib.services.campaigns import drafts, rehearsals
from chalicelib.storage.message_media import set_message_media
from chalicelib.storage.messages import Messages
from chalicelib.storage.objects import Objects
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import Bench, People, write_in
from tests.component.conftest import load_app
from tests.component.isolation.conftest import actors_of, nothing_changes

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
    contact_id, erased_id = people(2)
    assert api.post(f"/api/contacts/{erased_id}/erasure").status == 202
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
        "get_contact_erasure": erased_id,  # by the route's name: it is about who is gone
        "tenant_export_id": api.post("/api/tenants/export").body["id"],
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


def path_of(contract: Contract, ids: Mapping[str, str]) -> str:
    """Return the route's path with these ids; an id under the route's own name goes first."""
    path = contract.path
    for name in contract.path_parameters:
        path = path.replace(f"{{{name}}}", ids.get(contract.name, ids[name]))
    return path


def test_foreign_ids_are_not_found(
    api: ApiClient, other_ctx: TenantContext, ids: dict[str, str]
) -> None:
    """404 for each route and each actor that may use it, 403 for one that may not, and nothing
    changes; a route with a parameter that this test does not know fails it.
    """
    actors = actors_of(other_ctx, api)
    for contract in WITH_ID:
        path = path_of(contract, ids)
        with nothing_changes(contract.name):
            for actor in actors:
                body = BODIES.get(contract.name)
                answer = actor.request(contract.method, path, json=body)
                expected = 404 if actor.may(contract.permission) else 403
                assert answer.status == expected, (contract.name, actor.name, answer.body)
                for one in ids.values():
                    assert one not in answer.text, (contract.name, actor.name)


def test_a_foreign_id_below_one_s_own_is_not_found(
    api: ApiClient, other_ctx: TenantContext, ids: dict[str, str], own_ids: dict[str, str]
) -> None:
    """Who owns the first id of a path does not get through it to another tenant's second one, nor
    through another's first to their own second.
    """
    intruder = api.acting_as(other_ctx)
    deep = [contract for contract in WITH_ID if len(contract.path_parameters) > 1]
    assert len(deep) >= 3
    for contract in deep:
        first, *rest = contract.path_parameters
        mixed = {first: own_ids[first], **{name: ids[name] for name in rest}}
        # What is Meta's own is asked of Meta with the token of the number, which finds nothing.
        if "code" in rest:
            continue
        with nothing_changes(contract.name):
            answer = intruder.request(
                contract.method, path_of(contract, mixed), json=BODIES.get(contract.name)
            )
            assert answer.status == 404, (contract.name, answer.body)


def test_owner_finds_them(api: ApiClient, ids: dict[str, str]) -> None:
    """The same ids are found by their owner, so that the 404s above are about the tenant."""
    for contract in WITH_ID:
        if contract.method == "GET" and contract.permission != OPERATE:
            assert api.get(path_of(contract, ids)).status == 200, contract.name


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
