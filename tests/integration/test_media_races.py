"""Media at the same moment, and a file exchanged under its check, on a real database and S3."""

from __future__ import annotations

import io
import tempfile
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest
from PIL import Image

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import AppError, NotFound
from chalicelib.core.ids import random_id
from chalicelib.schemas.media import MediaCreate, MediaOut, MediaUpload
from chalicelib.services import media_library
from chalicelib.storage.media import MediaLibrary, MetaId
from chalicelib.storage.objects import ObjectFacts, Objects

AT_ONCE = 8
PDF = b"%PDF-1.7\n" + b"0" * 5000
pytestmark = pytest.mark.usefixtures("stage")


@pytest.fixture
def ctx() -> TenantContext:
    """Give somebody of a tenant of its own."""
    return TenantContext(random_id("ten"), random_id("usr"), "agent", "req_test")


def uploaded(ctx: TenantContext, kind: Any, mime_type: str, body: bytes) -> MediaCreate:
    """PUT a file to a signed URL; return how to take it into the library."""
    asked = media_library.request_upload(
        ctx, MediaUpload(kind=kind, mime_type=mime_type, size_bytes=len(body))
    )
    headers = {"Content-Type": asked.content_type}
    httpx.put(asked.url, content=body, headers=headers).raise_for_status()
    return MediaCreate(upload_id=asked.upload_id, kind=kind, filename="x")


def at_once(work: Any) -> list[Any]:
    """Run `work` in threads that start together; return results, or errors of Parley's."""
    gate = Barrier(AT_ONCE)

    def run(number: int) -> object:
        gate.wait(timeout=10)
        try:
            return work(number)
        except AppError as error:
            return error

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def test_a_file_that_changes_while_it_is_checked(
    ctx: TenantContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever puts another file in place after the check does not get it into the library."""
    body = uploaded(ctx, "document", "application/pdf", PDF)
    checked = media_library._check

    def swap(objects: Objects, body: MediaCreate, facts: ObjectFacts) -> bytes | None:
        found = checked(objects, body, facts)
        objects.put("uploads", body.upload_id, b"MZ\x00" + PDF[3:], "application/pdf")
        return found

    monkeypatch.setattr(media_library, "_check", swap)
    with pytest.raises(NotFound):
        media_library.create(ctx, body)
    assert MediaLibrary(ctx).page(10, None).items == []


def test_one_upload_taken_in_by_many(ctx: TenantContext) -> None:
    """Many requests for one upload make one file, and all of them get it."""
    picture = io.BytesIO()
    Image.new("RGB", (600, 400), "teal").save(picture, "JPEG")
    body = uploaded(ctx, "image", "image/jpeg", picture.getvalue())
    results = at_once(lambda _number: media_library.create(ctx, body))
    assert {type(result) for result in results} == {MediaOut}
    (row,) = MediaLibrary(ctx).page(10, None).items
    assert {result.id for result in results} == {row.id}
    shown = httpx.get(media_library.get_media(ctx, row.id).url)
    assert shown.content == picture.getvalue()
    assert shown.headers["content-disposition"].startswith("inline; ")


def test_large_files_are_put_and_read_in_pieces(ctx: TenantContext) -> None:
    """A file of several pieces comes back as it went; one that has changed since is not found."""
    objects, body = Objects(ctx), bytes(range(256)) * 50_000
    with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as back:
        file.write(body)
        objects.put_file("media", "large", file, "video/mp4")
        facts = objects.head("media", "large")
        assert (facts.size_bytes, facts.content_type) == (len(body), "video/mp4")
        objects.read_into("media", "large", back, facts.etag)
        back.seek(0)
        assert back.read() == body
    objects.put("media", "large", b"other", "video/mp4")
    with pytest.raises(NotFound):
        objects.read_into("media", "large", io.BytesIO(), facts.etag)
    assert objects.get_range("media", "large", 0, 1, objects.head("media", "large").etag) == b"ot"
    with pytest.raises(NotFound):
        objects.get_range("media", "large", 0, 1, facts.etag)


def test_one_meta_id_wins(ctx: TenantContext) -> None:
    """Of many who uploaded a file to Meta at once, all go on with the same id."""
    made = media_library.create(ctx, uploaded(ctx, "document", "application/pdf", PDF))
    library = MediaLibrary(ctx)
    row = library.get(made.id)
    won = at_once(lambda n: library.keep_meta_id(row, "3001", MetaId(f"{600 + n}", 100), 1))
    assert len(set(won)) == 1
    assert library.meta_ids(library.get(made.id)) == {"3001": won[0]}
