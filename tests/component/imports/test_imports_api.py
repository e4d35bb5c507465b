"""CSV imports as a client of the API meets them: what is refused, and what becomes of rows."""

from __future__ import annotations

import codecs
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.core import aws as cloud
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.services.imports import applying, starting
from chalicelib.storage.contacts import ContactRow
from chalicelib.storage.imports import ImportRow
from chalicelib.storage.objects import Objects
from tests.component.api_client import ApiClient
from tests.component.imports.conftest import CSV, rows_of, start, take, work

PEOPLE = """\
Phone;Name;Country;Order ID;Tags;Unsubscribed
+44 7400 123456;Ada;;P-1;vip,spring;
07400 123456;Ada again;GB;;;
0151 23456789;Bébé;Germany;P-3;;yes
;Nobody;;;;
+49 30 123456;Landline;;;;
(202) 555-0123;Here;;;;
""".encode()


def contacts(api: ApiClient) -> dict[str, dict[str, Any]]:
    """Return the contacts by phone."""
    return {c["phone"]: c for c in api.get("/api/contacts").body["items"]}


def test_an_import(api: ApiClient) -> None:
    """Each row ends as created, updated, duplicate or invalid with its reason; counts add up."""
    import_id = start(api, PEOPLE)
    path = f"/api/contacts/imports/{import_id}"
    queued = api.get(path).body
    assert (queued["state"], queued["rows_total"], queued["rows_done"]) == ("queued", 6, 0)
    assert queued["columns"]["Order ID"] == "fields.order_id"
    work()
    done = api.get(path).body
    assert (done["state"], done["rows_done"], done["error"]) == ("completed", 6, None)
    counts = {name: done[name] for name in ("created", "updated", "duplicate", "invalid")}
    assert counts == {"created": 3, "updated": 0, "duplicate": 1, "invalid": 2}
    assert done["completed_at"] >= done["created_at"]
    rows = rows_of(api, import_id)
    assert [(r["row"], r["outcome"], r["code"]) for r in rows] == [
        (2, "created", None),
        (3, "duplicate", "same_number"),
        (4, "created", None),
        (5, "invalid", "missing_phone"),
        (6, "invalid", "landline"),
        (7, "created", None),
    ]
    assert rows[1]["reason"] == "same number as row 2"
    assert rows[1]["contact_id"] == rows[0]["contact_id"]
    found = contacts(api)
    assert found["+447400123456"]["tags"] == ["spring", "vip"]
    assert found["+447400123456"]["fields"] == {"order_id": "P-1"}
    assert found["+4915123456789"]["opted_out"] is True
    assert found["+4915123456789"]["name"] == "Bébé"
    assert "+12025550123" in found


def test_people_who_hide_the_phone(api: ApiClient) -> None:
    """A file may name people by WhatsApp's user ids; again it changes nothing, once is enough."""
    file = b"BSUID,Name,Unsubscribed\nUS.714912,Ana,\nGB.1,Bo,yes\nUS.714912,Ana,\nnobody,X,\n"
    first = start(api, file)
    work()
    assert [(r["outcome"], r["code"], r["phone"]) for r in rows_of(api, first)] == [
        ("created", None, "US.714912"),
        ("created", None, "GB.1"),
        ("duplicate", "same_user_id", "US.714912"),
        ("invalid", "not_a_user_id", "nobody"),
    ]
    found = {one["bsuid"]: one for one in api.get("/api/contacts").body["items"]}
    assert set(found) == {"US.714912", "GB.1"}
    assert (found["US.714912"]["phone"], found["US.714912"]["country"]) == (None, "US")
    assert found["GB.1"]["opted_out"] is True
    second = start(api, file.replace(b"Ana", b"Ana Lima"))
    work()
    outcomes = [row["outcome"] for row in rows_of(api, second)]
    assert outcomes == ["updated", "duplicate", "duplicate", "invalid"]


def test_a_second_import(api: ApiClient) -> None:
    """A file imported again changes nothing; a changed row updates; no opt-out is undone."""
    start(api, PEOPLE)
    work()
    second = start(api, PEOPLE.replace(b"Ada;;P-1", b"Ada;;P-9").replace(b";yes", b";no"))
    work()
    rows = rows_of(api, second)
    assert [r["outcome"] for r in rows] == [
        "updated",
        "duplicate",
        "duplicate",
        "invalid",
        "invalid",
        "duplicate",
    ]
    assert rows[2]["reason"] == "already known, nothing to change"
    found = contacts(api)
    assert found["+447400123456"]["fields"] == {"order_id": "P-9"}
    assert found["+4915123456789"]["opted_out"] is True


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_file"),
        (codecs.BOM_UTF8 + b"\r\n", "empty_file"),
        (b"PK\x03\x04\x14\x00", "not_text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not_text"),
        (b"phone\n\x81\x8d\n", "not_text"),
        (b"name,email\nAda,ada@example.com\n", "no_phone_column"),
        (b"phone,name\n\n", "no_rows"),
        (b"phone,name,Name\n1,2,3\n", "duplicate_columns"),
        (b"phone," + b",".join(b"c%d" % n for n in range(60)) + b"\n1\n", "too_many_columns"),
        (b"phone,name\n1," + b"x" * 20_000, "field_too_long"),
        (b'phone,name\n1,"Ada\n2,Bob\n', "broken_row"),
    ],
)
def test_refusals(api: ApiClient, body: bytes, code: str) -> None:
    """A file that cannot be imported is answered 422 with its code, and nothing is written."""
    answer = api.post("/api/contacts/imports", content=body, headers=CSV)
    assert (answer.status, answer.body["code"]) == (422, code)
    assert ImportRow.count() == 0
    assert take() == []
    listed = cloud.client("s3").list_objects_v2(Bucket=settings().bucket)
    assert listed["KeyCount"] == 0


def test_wrong_content_types(api: ApiClient) -> None:
    """A form or an unknown type is answered 415 with the types that are taken."""
    for kind in ("multipart/form-data; boundary=x", "application/xml", ""):
        answer = api.post("/api/contacts/imports", content=PEOPLE, headers={"Content-Type": kind})
        assert (answer.status, answer.body["code"]) == (415, "unsupported_media")
        assert "text/csv" in answer.body["detail"]
    octets = {"Content-Type": "application/octet-stream"}
    assert api.post("/api/contacts/imports", content=PEOPLE, headers=octets).status == 202


def test_too_large(api: ApiClient) -> None:
    """A body over 4 MiB is answered 413."""
    body = b"phone\n" + b"+447400123456\n" * 310_000
    assert api.post("/api/contacts/imports", content=body, headers=CSV).status == 413


def upload(api: ApiClient, ctx: TenantContext, body: bytes) -> str:
    """Ask for an upload and put a file there, as the client's PUT does; return the upload's id."""
    asked = api.post("/api/contacts/imports/uploads", json={"size_bytes": len(body)}).body
    query = parse_qs(urlsplit(asked["url"]).query)
    assert set(query["X-Amz-SignedHeaders"][0].split(";")) == {
        "content-length",
        "content-type",
        "host",
    }
    assert f"/imports/{ctx.tenant_id}/{asked['upload_id']}.csv?" in asked["url"]
    Objects(ctx).put("imports", f"{asked['upload_id']}.csv", body, "text/csv")
    return str(asked["upload_id"])


def test_an_upload(api: ApiClient, ctx: TenantContext) -> None:
    """An uploaded file is imported as a sent one is; its size is known once it is read through."""
    upload_id = upload(api, ctx, PEOPLE)
    answer = api.post("/api/contacts/imports", json={"upload_id": upload_id})
    assert (answer.status, answer.body["rows_total"]) == (202, 0)
    work()
    done = api.get(f"/api/contacts/imports/{answer.body['id']}").body
    assert (done["state"], done["rows_total"], done["rows_done"]) == ("completed", 6, 6)
    assert done["created"] == 3


def test_an_upload_that_is_broken_further_on(api: ApiClient, ctx: TenantContext) -> None:
    """A fault behind the beginning ends the import with the reason; nothing of it is written."""
    body = b"phone\n" + b"+447400123456\n" * 20_000 + b"\x81\n"
    answer = api.post("/api/contacts/imports", json={"upload_id": upload(api, ctx, body)})
    work()
    done = api.get(f"/api/contacts/imports/{answer.body['id']}").body
    assert (done["state"], done["rows_done"]) == ("failed", 0)
    assert "UTF-8" in done["error"]
    assert ContactRow.count() == 0


def test_bad_uploads(api: ApiClient, ctx: TenantContext, other_ctx: TenantContext) -> None:
    """An upload that is unknown, empty-handed, another tenant's or no CSV is refused."""
    asked = api.post("/api/contacts/imports/uploads", json={"size_bytes": 9}).body
    theirs = upload(api.acting_as(other_ctx), other_ctx, PEOPLE)
    for upload_id in (asked["upload_id"], theirs, "upl_x", "../secret"):
        answer = api.post("/api/contacts/imports", json={"upload_id": upload_id})
        assert answer.status == 404
    for body, code in ((b"name\nAda\n", "no_phone_column"), (b"PK\x03\x04", "not_text")):
        answer = api.post("/api/contacts/imports", json={"upload_id": upload(api, ctx, body)})
        assert (answer.status, answer.body["code"]) == (422, code)
    for wrong, status in (({"upload": 1}, 422), ([], 422)):
        assert api.post("/api/contacts/imports", json=wrong).status == status
    broken = api.post(
        "/api/contacts/imports", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert (broken.status, broken.body["code"]) == (400, "malformed_json")
    too_big = api.post("/api/contacts/imports/uploads", json={"size_bytes": 600_000_000})
    assert too_big.status == 422
    assert ImportRow.count() == 0


def test_pages_of_rows(api: ApiClient, ctx: TenantContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are paged over slices without gap or repetition, all or of one outcome."""
    monkeypatch.setattr(applying, "SLICE_ROWS", 4)
    monkeypatch.setattr(starting, "_SLICES_A_PAGE", 3)
    lines = [f"+4474001234{n:02d}" if n % 3 else f"bad {n}" for n in range(50)]
    import_id = start(api, "\n".join(["phone", *lines]).encode())
    work()
    everything = rows_of(api, import_id, limit=7)
    assert [r["row"] for r in everything] == list(range(2, 52))
    for outcome in ("created", "invalid", "updated"):
        expected = [r for r in everything if r["outcome"] == outcome]
        assert rows_of(api, import_id, limit=5, outcome=outcome) == expected
    path = f"/api/contacts/imports/{import_id}/rows"
    page = api.get(path, params={"limit": 7}).body
    stolen = {"cursor": page["next_cursor"], "outcome": "invalid"}
    assert api.get(path, params=stolen).body["code"] == "invalid_cursor"
    assert api.get(path, params={"outcome": "lost"}).status == 422


def test_a_queue_that_does_not_answer(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import that cannot be queued is not left behind as if it would come."""

    def refused(*_: object) -> None:
        raise RuntimeError("SQS refused 1 of 1 messages: InternalError")

    monkeypatch.setattr(starting, "send_import", refused)
    answer = api.post("/api/contacts/imports", content=PEOPLE, headers=CSV)
    assert answer.status == 500
    (row,) = ImportRow.scan()
    assert (row.state, row.error) == ("failed", "The import could not be queued; try again.")


def test_others(api: ApiClient, ctx: TenantContext, other_ctx: TenantContext) -> None:
    """Another tenant finds no import, an agent may not start one, nobody gets 401."""
    import_id = start(api, PEOPLE)
    work()
    other = api.acting_as(other_ctx)
    for path in (f"/api/contacts/imports/{import_id}", f"/api/contacts/imports/{import_id}/rows"):
        assert other.get(path).status == 404
        assert api.acting_as(None).get(path).status == 401
    assert api.get("/api/contacts/imports/imp_x").status == 404
    agent = api.acting_as(replace(ctx, role="agent"))
    assert agent.post("/api/contacts/imports", content=PEOPLE, headers=CSV).status == 403


def test_imports_are_listed_newest_first(api: ApiClient, other_ctx: TenantContext) -> None:
    """Page by page, each import once, and nobody else's."""
    made = [start(api, PEOPLE) for _ in range(3)]
    starting.start_from_body(other_ctx, PEOPLE)
    first = api.get("/api/imports?limit=2").body
    second = api.get(f"/api/imports?limit=2&cursor={first['next_cursor']}").body
    found = [one["id"] for one in (*first["items"], *second["items"])]
    assert found == sorted(made, reverse=True)
    assert second["next_cursor"] is None
    assert first["items"][0]["rows_total"] == 6
