"""A business that has used everything, another one beside it, and looks at all that is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from chalicelib.core import aws as aws_clients
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.handlers.queues import tenant
from chalicelib.schemas.media import MediaCreate, MediaUpload
from chalicelib.services import mail, media_library, passwords, sessions
from chalicelib.services.campaigns import drafts, rehearsals
from chalicelib.storage.contacts import ContactDraft, Contacts
from chalicelib.storage.daily_stats import ChargeKey, DailyCharges
from chalicelib.storage.message_media import set_message_media
from chalicelib.storage.messages import MessageRow, Messages
from chalicelib.storage.objects import Objects, put_unhandled
from chalicelib.storage.tenants import UniqueKeyRow, UserRow
from chalicelib.storage.users import Users
from tests.component import cloud, mailbox
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import (  # noqa: F401 - fixtures
    Bench,
    People,
    bench,
    close_loops,
    deliver,
    meta,
    meta_server,
    people,
    shifted,
    write_in,
)

PASSWORD = "correct horse battery"
EMAIL = "owner.of.acme@bakery.example"
PERSON = "+4915123456789"
NAME = "Adalbert Unmistakable"
TEXT = "The parcel is broken, says Adalbert"
CSV = f"phone,name,Ort\n{PERSON},{NAME},Kleinkleckersdorf\n+4915123456780,Bea,Ulm\n".encode()


def set_password(ctx: TenantContext) -> None:
    """Give the tenant's owner an e-mail and a password that is known."""
    UniqueKeyRow(f"email#{Users(ctx.tenant_id).get(ctx.user_id).email}").delete()
    Users(ctx.tenant_id).change(
        ctx.user_id,
        UserRow.password_hash.set(passwords.hash_password(PASSWORD)),
        UserRow.email.set(EMAIL),
        UserRow.email_verified_at.set(1),
    )
    UniqueKeyRow(f"email#{EMAIL}", tenant_id=ctx.tenant_id, entity_id=ctx.user_id).save()


@dataclass
class World:
    """The business under test, and what its tests need to know of it."""

    bench: Bench
    api: ApiClient
    person_id: str

    @property
    def ctx(self) -> TenantContext:
        """The owner."""
        return self.bench.ctx

    def work(self, *, hours: float = 0) -> None:
        """Let time pass, then work off the tenant queue until it is empty. All must pass."""
        self.bench.clock.advance(hours * 3600)
        for _ in range(60):
            records = self.bench.take("tenant")
            if not records:
                return
            for record in records:
                assert tenant.handler({"Records": [record]}, None) == {"batchItemFailures": []}
                self.bench.clock.advance(31)
        pytest.fail("the tenant queue does not come to its end")


@pytest.fixture
def world(bench: Bench, people: People, api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> World:  # noqa: F811
    """Give a business that has used every feature: campaigns, inbox, files, imports, exports."""
    from chalicelib.services.imports import applying

    monkeypatch.setattr(applying, "_WORKERS", 1)  # moto's transactions do not stand several
    ctx = bench.ctx
    set_password(ctx)
    headers = {"Content-Type": "text/csv", "Idempotency-Key": "import-1"}
    assert api.post("/api/contacts/imports", content=CSV, headers=headers).status == 202
    bench.work("imports")
    person_id = Contacts(ctx).find_by_phones([PERSON])[PERSON]
    people(2, opted_out=1)
    draft = bench.draft(variables={"body.1": {"field": "name", "fallback": "friend"}})
    rehearsals.start(ctx, draft.id)
    bench.work("plan")
    drafts.launch(ctx, draft.id)
    bench.work("plan")
    bench.work("plan")
    bench.run_to_end()
    deliver(bench, "delivered")
    write_in(bench, person_id, TEXT)
    answered = api.post(f"/api/conversations/{person_id}/messages", json={"text": f"Sorry, {NAME}"})
    assert answered.status in {200, 201, 202}, answered.body
    _add_files(ctx, person_id)
    _add_the_rest(bench, api, person_id)
    return World(bench, api, person_id)


def _add_files(ctx: TenantContext, person_id: str) -> None:
    inbound = next(
        row for row in Messages(ctx).thread(person_id, 10, None).items if row.direction == "in"
    )
    stored = {"id": "600", "state": "stored", "key": f"in/{inbound.id}"}
    stored["thumbnail_key"] = f"in/{inbound.id}.thumbnail"
    assert set_message_media(ctx, person_id, inbound.id, inbound.media, json.dumps(stored))
    Objects(ctx).put("media", f"in/{inbound.id}", b"a photo of Adalbert", "image/jpeg")
    Objects(ctx).put("media", f"in/{inbound.id}.thumbnail", b"small Adalbert", "image/webp")
    asked = media_library.request_upload(
        ctx, MediaUpload(kind="document", mime_type="text/plain", size_bytes=2)
    )
    Objects(ctx).put("uploads", asked.upload_id, b"Hi", "text/plain")
    media_library.create(ctx, MediaCreate(upload_id=asked.upload_id, kind="document"))
    Objects(ctx).put("uploads", "upl_forgotten", b"Hi", "text/plain")


def _add_the_rest(bench: Bench, api: ApiClient, person_id: str) -> None:  # noqa: F811
    ctx = bench.ctx
    for path, body in (
        ("/api/segments", {"name": "All", "filter": {"type": "opt_in"}}),
        ("/api/api-keys", {"name": "Shop", "scopes": ["contacts:read"]}),
        ("/api/contacts/exports", {}),
        (f"/api/campaigns/{bench.campaign().id}/exports", {}),
        ("/api/users", {"email": "invited@bakery.example", "role": "agent"}),
    ):
        assert api.post(path, json=body).status in {201, 202}, path
    bench.work("imports")
    changed = api.patch(f"/api/contacts/{person_id}", json={"fields": {"note": f"{NAME} is kind"}})
    assert changed.status == 200
    former = Contacts(ctx).create(
        ContactDraft(phone="+4915123000000", name="Former", opted_out_at=5), bench.clock.now_ms()
    )
    assert api.delete(f"/api/contacts/{former.id}").status == 204
    sessions.begin(ctx.tenant_id, ctx.user_id)
    mail.ask_for_link("reset", EMAIL)
    mailbox.deliver()
    key = ChargeKey(date(2026, 11, 1), bench.number.waba_id, "DE", "utility", "regular")
    DailyCharges(ctx).add({key: 3})
    put_unhandled(f"{bench.number.waba_id}/2026-11-01/x.json", json.dumps({"p": PERSON}).encode())
    # A campaign that is going to start by itself.
    copy = api.post(f"/api/campaigns/{bench.campaign().id}/duplicate", json={})
    assert copy.status == 201, copy.body
    wish = {"at": "2026-12-24T18:00", "time_zone": "Europe/Berlin"}
    at = f"/api/campaigns/{copy.body['id']}/schedule"
    planned = api.post(at, json={**wish, "at": _in_a_week(bench)})
    assert planned.status == 200, planned.body


def _in_a_week(bench: Bench) -> str:  # noqa: F811
    from chalicelib.core.clock import to_iso

    return to_iso(bench.clock.now_ms() + 7 * 86_400_000)[:16]


@pytest.fixture
def neighbour(world: World, other_ctx: TenantContext) -> dict[str, Any]:
    """Give another business with the same person, and return all that is stored of it."""
    now_ms = world.bench.clock.now_ms()
    row = Contacts(other_ctx).create(ContactDraft(phone=PERSON, name=NAME), now_ms)
    thread = Messages(other_ctx).thread_key(row.id)
    Messages(other_ctx).add(MessageRow(thread, "msg_1", direction="in", text=TEXT, at=now_ms))
    Objects(other_ctx).put("media", "in/msg_1", b"another photo", "image/jpeg")
    other = world.api.acting_as(other_ctx)
    assert (
        other.post("/api/segments", json={"name": "S", "filter": {"type": "opt_in"}}).status == 201
    )
    return stored_of(other_ctx.tenant_id)


def items() -> Iterator[tuple[str, str]]:
    """Yield table and text of every item that there is."""
    tables = dynamodb_backends[DEFAULT_ACCOUNT_ID][cloud.REGION].tables
    client = aws_clients.client("dynamodb")
    for name in tables:
        start: dict[str, Any] = {}
        while True:
            answer = client.scan(TableName=name, **start)
            for item in answer["Items"]:
                yield name.removeprefix("parley-local-"), _readable(item)
            if "LastEvaluatedKey" not in answer:
                break
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _readable(item: dict[str, Any]) -> str:
    """Return an item as text, what is packed in it unpacked."""
    import zlib

    parts = [repr(item)]
    for value in item.values():
        if isinstance(value, dict) and isinstance(value.get("B"), bytes):
            try:
                parts.append(zlib.decompress(value["B"]).decode())
            except zlib.error:
                continue
    return " ".join(parts)


def files() -> Iterator[tuple[str, bytes]]:
    """Yield key and bytes of every file that there is."""
    s3 = aws_clients.client("s3")
    bucket = settings().bucket
    for found in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        yield found["Key"], s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()


def stored_of(tenant_id: str) -> dict[str, Any]:
    """Return every item and file in which a tenant's id stands."""
    found: dict[str, Any] = {f"{name}|{text}": True for name, text in items() if tenant_id in text}
    found.update({key: body for key, body in files() if tenant_id in key})
    return found


def queued(name: str) -> list[str]:
    """Return the bodies on a queue."""
    (queue,) = [
        one
        for one in sqs_backends[DEFAULT_ACCOUNT_ID][cloud.REGION].queues.values()
        if one.name.endswith(f"-{name}")
    ]
    return [message.body for message in queue._messages]
