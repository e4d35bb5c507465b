"""The media library: files uploaded once, checked, and sent as often as wanted.

A browser uploads straight to the bucket (`uploads/`, gone after a day). What it put there is
checked and copied inside S3 to where only Parley writes, so that a file cannot change once checked.
The library's id follows from the upload's: taking an upload in twice finds the first.

Pictures and HTTP are imported where they are used: most routes do without.
"""

from __future__ import annotations

import tempfile
from typing import cast

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.ids import is_id, ordered_id
from chalicelib.core.log import log
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.media import (
    MediaCreate,
    MediaKind,
    MediaList,
    MediaOut,
    MediaUpload,
    MediaUploadOut,
)
from chalicelib.services.media_links import links, safe_filename
from chalicelib.services.media_types import (
    HEAD_BYTES,
    THUMBNAIL_TYPE,
    Wrong,
    canonical,
    find_audio_fault,
    find_breach,
    find_mismatch,
    find_picture_fault,
    find_png_fault,
)
from chalicelib.services.number_token import watching_token
from chalicelib.storage.media import MediaLibrary, MediaRow
from chalicelib.storage.numbers import Numbers, access_token, find_number
from chalicelib.storage.objects import ObjectFacts, Objects
from chalicelib.whatsapp.errors import Refused, WhatsAppError, as_app_error

UPLOAD_EXPIRES_S = 3600

_DAY_S = 86_400


def request_upload(
    ctx: TenantContext, body: MediaUpload, clock: Clock = SYSTEM_CLOCK
) -> MediaUploadOut:
    """Return where to PUT a file of exactly this size and type. No request.

    Raises Invalid, with Meta's rule, for what WhatsApp would not take.
    """
    _raise(find_breach(body.kind, body.mime_type, body.size_bytes))
    upload_id, content_type = ordered_id("upl", clock.now_ms()), canonical(body.mime_type)
    upload = Objects(ctx).upload_url(
        "uploads",
        upload_id,
        size_bytes=body.size_bytes,
        content_type=content_type,
        expires_in_s=UPLOAD_EXPIRES_S,
    )
    return MediaUploadOut(
        upload_id=upload_id,
        url=upload.url,
        content_type=content_type,
        expires_in_s=upload.expires_in_s,
    )


def create(ctx: TenantContext, body: MediaCreate, clock: Clock = SYSTEM_CLOCK) -> MediaOut:
    """Check an uploaded file by its bytes and take it into the library; again finds it there.

    Raises NotFound if nothing was uploaded, Invalid for what WhatsApp would not take, with its
    rule. 4 to 6 S3 requests, 1 RRU, 1 WRU.
    """
    if not is_id("upl", body.upload_id):
        raise NotFound("There is no such upload.")
    media_id = f"med_{body.upload_id.removeprefix('upl_')}"
    try:
        row = _take_in(ctx, media_id, body, clock.now_ms())
    except NotFound:
        row = _taken_in_before(ctx, media_id)
    return _out(ctx, row, clock.now_ms())


def _take_in(ctx: TenantContext, media_id: str, body: MediaCreate, now_ms: int) -> MediaRow:
    """Check an upload and move it into the library; NotFound if it is gone or changes meanwhile.

    The row is written before the upload is deleted: whoever finds no upload finds the row.
    """
    library, objects = MediaLibrary(ctx), Objects(ctx)
    facts = objects.head("uploads", body.upload_id)
    thumbnail, key = _check(objects, body, facts), f"out/{media_id}"
    objects.copy(("uploads", body.upload_id), ("media", key), facts)
    if thumbnail is not None:
        objects.put("media", f"{key}.thumbnail", thumbnail, THUMBNAIL_TYPE)
    row = MediaRow(
        ctx.tenant_id,
        media_id,
        kind=body.kind,
        mime_type=canonical(facts.content_type),
        filename=safe_filename(body.filename, facts.content_type, media_id),
        size_bytes=facts.size_bytes,
        key=key,
        thumbnail_key=None if thumbnail is None else f"{key}.thumbnail",
        created_by=ctx.user_id,
        created_at=now_ms,
        expires_at=now_ms // 1000 + settings().media_days * _DAY_S,
    )
    if not library.add(row):
        row = library.get(media_id)
    objects.delete("uploads", body.upload_id)
    return row


def _taken_in_before(ctx: TenantContext, media_id: str) -> MediaRow:
    try:
        return MediaLibrary(ctx).get(media_id)
    except NotFound:
        raise NotFound("Nothing has been uploaded there yet; PUT the file first.") from None


def get_media(ctx: TenantContext, media_id: str, clock: Clock = SYSTEM_CLOCK) -> MediaOut:
    """Return a file with new addresses; raise NotFound. 1 RRU."""
    return _out(ctx, MediaLibrary(ctx).get(media_id), clock.now_ms())


def list_media(ctx: TenantContext, query: PageQuery, clock: Clock = SYSTEM_CLOCK) -> MediaList:
    """Return a page of the library, newest first. One query."""
    page, now_ms = MediaLibrary(ctx).page(query.limit, query.cursor), clock.now_ms()
    return MediaList(
        items=[_out(ctx, row, now_ms) for row in page.items], next_cursor=page.next_cursor
    )


def delete(ctx: TenantContext, media_id: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Delete a file at Meta, in the bucket and here; a death half-way is made good by repeating.

    Messages that carry it show it as expired. Where Meta refuses (a token that stopped working),
    its copy ends by itself after 30 days. Raises NotFound, and Unavailable or Upstream while Meta
    gives no answer.
    """
    library, objects = MediaLibrary(ctx), Objects(ctx)
    row, now_ms = library.get(media_id), clock.now_ms()
    for phone_number_id, known in library.meta_ids(row).items():
        if known.until_ms > now_ms:
            _delete_at_meta(ctx, phone_number_id, known.id)
    objects.delete("media", row.key)
    if row.thumbnail_key is not None:
        objects.delete("media", row.thumbnail_key)
    library.delete(media_id)


def _delete_at_meta(ctx: TenantContext, phone_number_id: str, meta_id: str) -> None:
    owner = find_number(phone_number_id)
    if owner is None or owner.tenant_id != ctx.tenant_id:
        return
    from chalicelib.whatsapp.client import graph_client
    from chalicelib.whatsapp.media import delete_request

    number = Numbers(ctx).get(owner.entity_id)
    try:
        with watching_token(ctx, number):
            graph_client().call(access_token(number), delete_request(meta_id, phone_number_id))
    except Refused as error:
        log.info("WhatsApp did not delete a file", extra={"code": error.code})
    except WhatsAppError as error:
        raise as_app_error(error) from error


def _check(objects: Objects, body: MediaCreate, facts: ObjectFacts) -> bytes | None:
    """Raise Invalid for a file that WhatsApp would not take; return an image's thumbnail."""
    kind, mime_type = body.kind, facts.content_type
    _raise(find_breach(kind, mime_type, facts.size_bytes))
    head = objects.get_range("uploads", body.upload_id, 0, HEAD_BYTES - 1, facts.etag)
    _raise(find_mismatch(mime_type, body.filename, head))
    _raise(find_audio_fault(mime_type, head))
    _raise(find_png_fault(mime_type, head))
    if kind not in {"image", "sticker"}:
        return None
    from chalicelib.services.thumbnails import ImageError, TooManyPixels, inspect

    with tempfile.TemporaryFile() as file:
        objects.read_into("uploads", body.upload_id, file, facts.etag)
        try:
            picture = inspect(file)
        except TooManyPixels:
            raise Invalid("The image has too many pixels.", code="image_too_large") from None
        except ImageError:
            raise Invalid("The image is damaged; export it anew.", code="image_damaged") from None
    _raise(find_picture_fault(kind, picture, facts.size_bytes))
    return picture.thumbnail


def _raise(wrong: Wrong | None) -> None:
    if wrong is not None:
        raise Invalid(wrong.message, code=wrong.code)


def _out(ctx: TenantContext, row: MediaRow, now_ms: int) -> MediaOut:
    found = links(ctx, row.key, row.mime_type, row.filename, row.thumbnail_key, now_ms)
    return MediaOut(
        id=row.id,
        kind=cast("MediaKind", row.kind),
        mime_type=row.mime_type,
        filename=row.filename,
        size_bytes=row.size_bytes,
        url=found.url,
        thumbnail_url=found.thumbnail_url,
        url_expires_at=to_iso(found.expires_at_ms),
        created_by=row.created_by,
        created_at=to_iso(int(row.created_at)),
        expires_at=to_iso(row.expires_at * 1000),
    )
