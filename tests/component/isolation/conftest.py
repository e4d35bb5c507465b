"""Two tenants side by side, and a look at all that is kept, to see that nothing has changed."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from chalicelib.core import aws as aws_clients
from chalicelib.core.clock import SYSTEM_CLOCK
from chalicelib.core.context import TenantContext
from chalicelib.core.permissions import KEY_SCOPES, PERMISSIONS, ROLES
from chalicelib.core.tokens import Claims, issue_access_token
from chalicelib.schemas.api_keys import ApiKeyCreate
from chalicelib.services import api_keys, inbound
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.contacts import ContactDraft, Contacts
from chalicelib.storage.numbers import Connection, NumberRow, Numbers
from chalicelib.storage.templates import TemplateRow, Templates
from chalicelib.storage.tenants import set_roles
from tests.component import cloud
from tests.component.api_client import Answer, ApiClient
from tests.component.campaigns.conftest import (
    COMPONENTS,
    bench,
    close_loops,
    meta,
    meta_server,
    people,
    shifted,
)
from tests.component.conftest import NOON_MS

__all__ = ["bench", "close_loops", "meta", "meta_server", "people", "shifted"]

# What a refused request may write: how often somebody asked, and that they may not any more.
_COUNTERS = ("rate_limits", "rate-limits")
Kept = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who asks: a user of a role, or a program with an API key."""

    name: str
    client: ApiClient
    headers: Mapping[str, str]
    permissions: frozenset[str]
    is_key: bool = False

    def request(self, method: str, path: str, **options: Any) -> Answer:
        """Call a route as this actor."""
        headers = {**self.headers, **options.pop("headers", {})}
        # Each from an address of their own: refusals count by it, and a walk is refused a lot.
        digest = zlib.crc32(self.name.encode())
        address = f"10.{digest >> 16 & 255}.{digest >> 8 & 255}.{digest & 255}"
        return self.client.request(method, path, headers=headers, source_ip=address, **options)

    def may(self, permission: str | None) -> bool:
        """Tell whether a route that needs `permission` is open to this actor."""
        if permission is None:
            return not self.is_key
        return permission in self.permissions


def actors_of(ctx: TenantContext, api: ApiClient) -> list[Actor]:
    """Return one of each kind: every built-in role, two of the tenant's own, an unknown, two keys.

    The tenant's own roles are one that may do everything and one that may do a single thing.
    """
    own = {"everything": sorted(PERMISSIONS), "reader": ["contacts:read"]}
    set_roles(ctx.tenant_id, own)
    roles = {**ROLES, **{name: frozenset(held) for name, held in own.items()}, "gone": frozenset()}
    actors = []
    for role, held in roles.items():
        claims = Claims(
            ctx.tenant_id, ctx.user_id, role, "ses_test", held if role in own else frozenset()
        )
        token = issue_access_token(claims, SYSTEM_CLOCK.now_ms())
        actors.append(Actor(role, api.acting_as(None), _bearer(token), held))
    may_all = dataclasses.replace(ctx, permissions=PERMISSIONS)
    for name, scopes in (("key", KEY_SCOPES), ("small key", frozenset({"contacts:read"}))):
        made = api_keys.create(may_all, ApiKeyCreate(name=name, scopes=sorted(scopes)))
        actor = Actor(name, api.acting_as(None), _bearer(made.key), scopes, is_key=True)
        assert actor.request("GET", "/api/contacts").status == 200  # notes its use, once
        actors.append(actor)
    return actors


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def everything() -> Kept:
    """Return every item, file and message that is kept, by where it is; counters are left out."""
    found: Kept = {}
    for table in dynamodb_backends[DEFAULT_ACCOUNT_ID][cloud.REGION].tables.values():
        if table.name.endswith(_COUNTERS):
            continue
        for item in table.all_items():
            keys = [item.attrs[name].to_json() for name in table.table_key_attrs]
            found[f"{table.name} {keys}"] = repr(item.to_json())
    for bucket in s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.values():
        found |= {f"s3 {name}": key.etag for name, key in bucket.keys.items()}
    for queue in sqs_backends[DEFAULT_ACCOUNT_ID][cloud.REGION].queues.values():
        found |= {f"{queue.name} {m.id}": m.body for m in queue._messages}
    return found


@contextmanager
def nothing_changes(what: object) -> Iterator[None]:
    """Fail if anything that is kept is another after the block than it was before."""
    before = everything()
    yield
    after = everything()
    changed = sorted(k for k in before.keys() | after.keys() if before.get(k) != after.get(k))
    assert not changed, (what, changed)


@pytest.fixture
def own_ids(other_ctx: TenantContext) -> dict[str, str]:
    """Give what the intruder owns, so that one id of a request can be theirs and another not."""
    number = Numbers(other_ctx).connect(
        Connection(
            phone_number_id="777000777000777",
            waba_id="777000777000778",
            display_phone_number="+1 555 010 0777",
            verified_name="Other",
            quality_rating="GREEN",
            throughput_level="STANDARD",
            status="CONNECTED",
            token_ciphertext=aws_clients.encrypt(other_ctx.tenant_id, "EAAother"),
        ),
        NOON_MS,
    )
    return {
        "number_id": number.id,
        "waba_id": number.waba_id,
        "contact_id": _contact(other_ctx, number),
        "template_id": _template(other_ctx, number),
        "campaign_id": _campaign(other_ctx, number),
    }


def _contact(ctx: TenantContext, number: NumberRow) -> str:
    """Return the id of a contact who has just written, so that anything may be sent to them."""
    draft = ContactDraft(phone="+15557770777", name="Own")
    assert Contacts(ctx).create_together([draft], NOON_MS)
    inbound.receive(ctx, envelope_of(number, "+15557770777", "wamid.own"))
    return draft.id


def envelope_of(number: NumberRow, phone: str, wamid: str) -> dict[str, Any]:
    """Return what the webhook leaves on the inbound queue for a text from `phone`."""
    message = {
        "from_phone": phone,
        "from_user_id": None,
        "profile_name": "Own",
        "message_id": wamid,
        "at_ms": SYSTEM_CLOCK.now_ms(),
        "type": "text",
        "text": "Hello?",
        "context_message_id": None,
    }
    return {"number_id": number.id, "opens_window": True, "message": message}


def _template(ctx: TenantContext, number: NumberRow) -> str:
    row = TemplateRow(
        ctx.tenant_id,
        f"tpl_{'1' * 26}",
        number_id=number.id,
        waba_id=number.waba_id,
        meta_template_id="990",
        name="own",
        language="en_US",
        category="UTILITY",
        status="APPROVED",
        components=COMPONENTS,
        variables=["body.1"],
        created_at=NOON_MS,
        updated_at=NOON_MS,
    )
    Templates(ctx).add(row)
    return row.id


def _campaign(ctx: TenantContext, number: NumberRow) -> str:
    row = CampaignRow(
        ctx.tenant_id,
        f"cmp_{'1' * 26}",
        name="Own",
        state="draft",
        number_id=number.id,
        template_id=f"tpl_{'1' * 26}",
        audience_filter={"type": "all"},
        variables={"body.1": {"field": "name", "fallback": "friend"}},
        created_at=NOON_MS,
    )
    Campaigns(ctx).create(row)
    return row.id
