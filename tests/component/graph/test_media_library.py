"""Files to send: uploaded by a browser, checked, known to Meta once; over moto and the sandbox."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from chalicelib.core import aws as aws_clients
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Invalid, NotFound, Upstream
from chalicelib.services import media
from chalicelib.storage.media import MediaLibrary, MetaId
from chalicelib.storage.numbers import NumberRow, Numbers
from chalicelib.whatsapp.media import MediaClient
from tests.component.api_client import Answer, ApiClient
from tests.component.conftest import SettableClock
from tests.component.graph.media_files import (
    PDF,
    Inbox,
    browser_get,
    browser_put,
    jpeg,
    keys,
    webp,
)
from tests.component.graph.server import GraphServer

DAY_S = 86_400


def ask(api: ApiClient, kind: str, mime_type: str, size_bytes: int) -> Answer:
    """Ask where to upload a file."""
    return api.post(
        "/api/media/uploads",
        json={"kind": kind, "mime_type": mime_type, "size_bytes": size_bytes},
    )


def upload(api: ApiClient, kind: str, mime_type: str, body: bytes, filename: str = "") -> Answer:
    """Upload a file as the app does, and take it into the library."""
    asked = ask(api, kind, mime_type, len(body)).body
    browser_put(asked["url"], body, asked["content_type"])
    taken = {"upload_id": asked["upload_id"], "kind": kind, "filename": filename}
    return api.post("/api/media", json=taken)


@pytest.fixture
def number(ctx: TenantContext, number_id: str) -> NumberRow:
    """Give the connected number."""
    return Numbers(ctx).get(number_id)


def test_upload_url_is_signed_for_size_and_type(api: ApiClient, ctx: TenantContext) -> None:
    """Another size or type would not fit the signature, and the place is the tenant's own."""
    asked = ask(api, "image", "image/JPG", 1234)
    assert asked.status == 201
    assert asked.body["content_type"] == "image/jpeg"
    parts = urlsplit(asked.body["url"])
    assert parts.path.endswith(f"/uploads/{ctx.tenant_id}/{asked.body['upload_id']}")
    signed = parse_qs(parts.query)["X-Amz-SignedHeaders"][0].split(";")
    assert {"content-length", "content-type", "host"} <= set(signed)


@pytest.mark.parametrize(
    ("kind", "mime_type", "size", "code"),
    [
        ("image", "image/jpeg", 5 * 1024**2 + 1, "file_too_large"),
        ("video", "video/webm", 10, "type_not_taken"),
        ("document", "application/pdf", 0, "empty_file"),
    ],
)
def test_refused_before_the_upload(
    api: ApiClient, kind: str, mime_type: str, size: int, code: str
) -> None:
    """What WhatsApp would not take is refused before a byte is sent."""
    answer = ask(api, kind, mime_type, size)
    assert (answer.status, answer.body["code"]) == (422, code)


def test_a_file_is_taken_into_the_library(
    api: ApiClient, ctx: TenantContext, clock: SettableClock
) -> None:
    """It is kept under its name with a thumbnail, and the upload is gone."""
    body = jpeg()
    made = upload(api, "image", "image/jpeg", body, "../Sommer 2026.jpg")
    assert made.status == 201
    out = made.body
    assert out["id"].startswith("med_")
    assert (out["filename"], out["size_bytes"]) == ("Sommer 2026.jpg", len(body))
    assert (out["created_by"], out["created_at"]) == (ctx.user_id, "2026-11-23T12:00:00.000Z")
    assert out["expires_at"] == "2027-11-23T12:00:00.000Z"
    assert keys() == [f"media/out/{out['id']}", f"media/out/{out['id']}.thumbnail"]
    shown = api.get(f"/api/media/{out['id']}").body
    content, headers = browser_get(shown["url"])
    assert content == body
    assert headers["content-disposition"].startswith('inline; filename="Sommer 2026.jpg"')
    assert browser_get(shown["thumbnail_url"])[1]["content-type"] == "image/webp"


def test_taking_in_twice_is_once(api: ApiClient, ctx: TenantContext) -> None:
    """Repeating the request answers the same file; so does one that died before its end."""
    asked = ask(api, "document", "application/pdf", len(PDF)).body
    browser_put(asked["url"], PDF, "application/pdf")
    taken = {"upload_id": asked["upload_id"], "kind": "document", "filename": "a.pdf"}
    first = api.post("/api/media", json=taken).body
    again = api.post("/api/media", json=taken)
    assert (again.status, again.body["id"]) == (201, first["id"])
    browser_put(asked["url"], PDF, "application/pdf")  # as if it had not been deleted yet
    third = api.post("/api/media", json=taken | {"filename": "b.pdf"}).body
    assert (third["id"], third["filename"]) == (first["id"], "a.pdf")
    assert len(api.get("/api/media").body["items"]) == 1
    assert keys() == [f"media/out/{first['id']}"]


def test_nothing_uploaded(api: ApiClient, other_ctx: TenantContext) -> None:
    """An upload that was never made, or is another tenant's, is not found."""
    asked = ask(api, "document", "application/pdf", len(PDF)).body
    taken = {"upload_id": asked["upload_id"], "kind": "document"}
    assert api.post("/api/media", json=taken).status == 404
    browser_put(asked["url"], PDF, "application/pdf")
    assert api.acting_as(other_ctx).post("/api/media", json=taken).status == 404
    assert api.post("/api/media", json=taken | {"upload_id": "upl_../../x"}).status == 404


def _png(mode: str) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (16, 16)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "mime_type", "body", "code"),
    [
        ("image", "image/jpeg", b"<html><script>", "content_mismatch"),
        ("image", "image/jpeg", _png("RGB"), "content_mismatch"),
        ("image", "image/png", _png("P"), "image_not_rgb"),
        ("image", "image/jpeg", jpeg()[:700], "image_damaged"),
        ("document", "application/pdf", b"MZ\x00\x00" + bytes(99), "program"),
        ("sticker", "image/webp", webp(500), "sticker_size"),
        ("audio", "audio/ogg", b"OggS\x00\x02" + bytes(22) + b"\x01vorbis", "audio_not_opus"),
    ],
)
def test_content_is_checked(
    api: ApiClient, kind: str, mime_type: str, body: bytes, code: str
) -> None:
    """A file that is not what its type says, or breaks a rule of its kind, is refused, unkept."""
    answer = upload(api, kind, mime_type, body)
    assert (answer.status, answer.body["code"]) == (422, code)
    assert not [key for key in keys() if key.startswith("media/")]
    assert api.get("/api/media").body["items"] == []


def test_list_is_paged_newest_first(api: ApiClient, clock: SettableClock) -> None:
    """Pages follow each other, newest first."""
    ids = []
    for number in range(3):
        clock.advance(1)
        ids.append(upload(api, "document", "text/plain", b"x" * (number + 1)).body["id"])
    first = api.get("/api/media", params={"limit": 2}).body
    second = api.get("/api/media", params={"limit": 2, "cursor": first["next_cursor"]}).body
    assert [item["id"] for item in first["items"] + second["items"]] == ids[::-1]


def test_roles(api: ApiClient, ctx: TenantContext) -> None:
    """An agent may upload and send, a viewer may look."""
    made = upload(api, "document", "text/plain", b"x").body
    agent = api.acting_as(TenantContext(ctx.tenant_id, ctx.user_id, "agent", "req"))
    viewer = api.acting_as(TenantContext(ctx.tenant_id, ctx.user_id, "viewer", "req"))
    assert ask(agent, "document", "text/plain", 1).status == 201
    assert viewer.get(f"/api/media/{made['id']}").status == 200
    assert ask(viewer, "document", "text/plain", 1).status == 403
    assert viewer.delete(f"/api/media/{made['id']}").status == 403


def test_meta_id_is_made_once(
    graph: GraphServer, api: ApiClient, ctx: TenantContext, number: NumberRow, clock: SettableClock
) -> None:
    """Uploaded to Meta at the first use, reused for 29 days, then uploaded anew."""
    body = jpeg()
    media_id = upload(api, "image", "image/jpeg", body).body["id"]
    first = media.meta_id(ctx, number, media_id)
    at_meta = graph.simulation.world.media[first]
    assert (at_meta.mime_type, at_meta.file_size) == ("image/jpeg", len(body))
    clock.advance(29 * DAY_S - 1)
    assert media.meta_id(ctx, number, media_id) == first
    clock.advance(1)
    second = media.meta_id(ctx, number, media_id)
    assert second != first
    assert media.meta_id(ctx, number, media_id) == second
    assert len(graph.simulation.world.media) == 2


def test_two_uploads_at_once(
    graph: GraphServer,
    api: ApiClient,
    ctx: TenantContext,
    number: NumberRow,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two who upload at the same time end with one and the same id."""
    media_id = upload(api, "document", "application/pdf", PDF).body["id"]
    real, ids = MediaClient.upload, list[str]()

    def overtaken(self: MediaClient, *args: Any) -> str:
        monkeypatch.setattr(MediaClient, "upload", real)
        ids.append(media.meta_id(ctx, number, media_id))
        return real(self, *args)

    monkeypatch.setattr(MediaClient, "upload", overtaken)
    ids.append(media.meta_id(ctx, number, media_id))
    assert ids[0] == ids[1] == media.meta_id(ctx, number, media_id)
    assert len(graph.simulation.world.media) == 2


def test_each_number_has_its_own_id(ctx: TenantContext, api: ApiClient, number_id: str) -> None:
    """Ids of two numbers stand side by side; one that is still good is not overwritten."""
    library = MediaLibrary(ctx)
    row = library.get(upload(api, "document", "text/plain", b"x").body["id"])
    assert library.keep_meta_id(row, "3001", MetaId("600", 100), 1).id == "600"
    assert library.keep_meta_id(row, "3002", MetaId("700", 100), 1).id == "700"
    assert library.keep_meta_id(row, "3001", MetaId("601", 200), 99).id == "600"
    assert library.keep_meta_id(row, "3001", MetaId("602", 200), 100).id == "602"
    found = library.meta_ids(library.get(row.id))
    assert found == {"3001": MetaId("602", 200), "3002": MetaId("700", 100)}
    library.delete(row.id)
    with pytest.raises(NotFound):
        library.keep_meta_id(row, "3003", MetaId("1", 9), 1)
    with pytest.raises(NotFound):
        library.get(row.id)


def test_attachment_is_what_a_message_holds(
    graph: GraphServer, api: ApiClient, ctx: TenantContext, number: NumberRow
) -> None:
    """A message that carries a file of ours shows it as one that came in."""
    made = upload(api, "image", "image/jpeg", jpeg(), "a.jpg").body
    found = media.attachment(ctx, number, made["id"])
    assert (found.kind, found.filename) == ("image", "a.jpg")
    assert found.meta_id in graph.simulation.world.media
    inbox = Inbox(ctx, number.id)
    message_id = inbox.send("image", {**found.media}, is_asked=False)
    assert inbox.media(message_id)["media_id"] == made["id"]
    row = json.dumps(dict(found.media))
    assert json.loads(row)["state"] == "stored"


def test_dead_token_marks_the_number(
    graph: GraphServer, api: ApiClient, ctx: TenantContext, number: NumberRow
) -> None:
    """An upload whose token Meta refuses says so, and turns the number red."""
    media_id = upload(api, "document", "text/plain", b"x").body["id"]
    dead = aws_clients.encrypt(ctx.tenant_id, "EAA-dead")
    number.update(actions=[NumberRow.token_ciphertext.set(dead)])
    with pytest.raises(Upstream, match="refused"):
        media.meta_id(ctx, number, media_id)
    assert Numbers(ctx).get(number.id).token_error
    assert MediaLibrary.meta_ids(MediaLibrary(ctx).get(media_id)) == {}


def test_header_handle(
    graph: GraphServer, api: ApiClient, ctx: TenantContext, number: NumberRow
) -> None:
    """A sample for a template's header goes to Meta resumably and comes back as a handle."""
    media_id = upload(api, "image", "image/jpeg", jpeg()).body["id"]
    graph.simulation.world.app.id = "100200300400500"  # the app of the tests' platform secret
    handle = media.header_handle(ctx, number, media_id)
    assert handle.startswith("4::")
    text_id = upload(api, "document", "text/plain", b"x").body["id"]
    with pytest.raises(Invalid, match="JPEG or PNG"):
        media.header_handle(ctx, number, text_id)
    with pytest.raises(NotFound):
        media.header_handle(ctx, number, "med_00000000000000000000000000")


def test_delete(graph: GraphServer, api: ApiClient, ctx: TenantContext, number: NumberRow) -> None:
    """A file is deleted at Meta, in the bucket and here; again is not found."""
    made = upload(api, "image", "image/jpeg", jpeg()).body
    meta_id = media.meta_id(ctx, number, made["id"])
    assert api.delete(f"/api/media/{made['id']}").status == 204
    assert meta_id not in graph.simulation.world.media
    assert keys() == []
    assert api.delete(f"/api/media/{made['id']}").status == 404
    with pytest.raises(NotFound):
        media.meta_id(ctx, number, made["id"])


def test_delete_where_meta_refuses(
    graph: GraphServer, api: ApiClient, ctx: TenantContext, number: NumberRow
) -> None:
    """A dead token does not keep a file alive here, and turns the number red."""
    made = upload(api, "document", "text/plain", b"x").body
    media.meta_id(ctx, number, made["id"])
    dead = aws_clients.encrypt(ctx.tenant_id, "EAA-dead")
    number.update(actions=[NumberRow.token_ciphertext.set(dead)])
    assert api.delete(f"/api/media/{made['id']}").status == 204
    assert Numbers(ctx).get(number.id).token_error


def test_delete_while_meta_is_away(
    graph: GraphServer,
    api: ApiClient,
    ctx: TenantContext,
    number: NumberRow,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While Meta cannot be reached nothing is deleted, and the answer says to come back."""
    from chalicelib.core.config import settings

    made = upload(api, "document", "text/plain", b"x").body
    media.meta_id(ctx, number, made["id"])
    monkeypatch.setenv("GRAPH_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    assert api.delete(f"/api/media/{made['id']}").status == 503
    monkeypatch.setenv("GRAPH_URL", graph.url)
    settings.cache_clear()
    assert api.get(f"/api/media/{made['id']}").status == 200
    assert api.delete(f"/api/media/{made['id']}").status == 204


def test_other_tenants_files(
    api: ApiClient, ctx: TenantContext, other_ctx: TenantContext, number: NumberRow
) -> None:
    """Another tenant's file is not there: to read, to send, to delete, in the list."""
    media_id = upload(api, "document", "text/plain", b"x").body["id"]
    theirs = api.acting_as(other_ctx)
    assert theirs.get(f"/api/media/{media_id}").status == 404
    assert theirs.delete(f"/api/media/{media_id}").status == 404
    assert theirs.get("/api/media").body["items"] == []
    with pytest.raises(NotFound):
        media.meta_id(other_ctx, number, media_id)
