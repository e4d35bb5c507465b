"""What other parts need of media: a customer's file fetched, a file of ours known to Meta.

What stands on a message (`MessageRow.media`) is JSON text:

    {"id": Meta's media id, "mime_type", "sha256", "filename"?, "caption"?, "voice"?, "animated"?,
     "state": "pending|stored|expired|refused|failed", "key"?, "size_bytes"?, "thumbnail_key"?,
     "reason"?, "number_id"? (to fetch it again with), "media_id"? (when it is of our library)}

HTTP is imported only where it is used: the consumer of inbound messages does without.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any

from chalicelib.core import aws
from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.envelopes import write_envelope
from chalicelib.core.errors import Invalid
from chalicelib.storage.media import MediaLibrary, MediaRow, MetaId
from chalicelib.storage.numbers import NumberRow, access_token
from chalicelib.storage.objects import Objects

_DAY_MS = 86_400_000
# Meta keeps an upload for 30 days; the day before, it is uploaded again.
_USED_MS = 29 * _DAY_MS


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of the library as a message carries it.

    `media` is what to keep on the message's row, as JSON text.
    """

    kind: str
    meta_id: str
    filename: str
    media: Mapping[str, Any]


def read_media(text: str | None) -> dict[str, Any]:
    """Return `MessageRow.media` as an object, an empty one where there is none."""
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}


def request_download(
    ctx: TenantContext, contact_id: str, message_id: str, number_id: str, media: Mapping[str, Any]
) -> None:
    """Have a customer's file fetched; durable on return, and harmless when repeated.

    `media` is what Meta's webhook said of it (`id`, `mime_type`, `sha256` …). Write the message
    before: a download that finds no message comes back to the queue. 1 request.
    """
    body = write_envelope(
        "media",
        ctx.tenant_id,
        contact_id=contact_id,
        message_id=message_id,
        number_id=number_id,
        media=dict(media),
    )
    aws.send_messages(settings().media_queue_url, [(body, ctx.tenant_id, 0)])


def meta_id(
    ctx: TenantContext, number: NumberRow, media_id: str, clock: Clock = SYSTEM_CLOCK
) -> str:
    """Return Meta's id of a file of ours at a number, good for a day at least.

    Uploads at most once in 29 days; two callers at once may upload twice, and one id wins.
    1 RRU, and for an upload 1 WRU, 1 S3 request, 1 request to Meta. Raises NotFound, and what Meta
    refuses as Invalid, Upstream or Unavailable.
    """
    return _meta_id(ctx, number, MediaLibrary(ctx).get(media_id), clock)


def attachment(
    ctx: TenantContext, number: NumberRow, media_id: str, clock: Clock = SYSTEM_CLOCK
) -> Attachment:
    """Return a file of ours as a message of `number` carries it; costs and raises as `meta_id`."""
    row = MediaLibrary(ctx).get(media_id)
    found = _meta_id(ctx, number, row, clock)
    media = {
        "id": found,
        "media_id": row.id,
        "mime_type": row.mime_type,
        "filename": row.filename,
        "size_bytes": row.size_bytes,
        "key": row.key,
        "state": "stored",
    }
    if row.thumbnail_key is not None:
        media["thumbnail_key"] = row.thumbnail_key
    return Attachment(row.kind, found, row.filename, media)


def header_handle(ctx: TenantContext, number: NumberRow, media_id: str) -> str:
    """Return a new handle of a file of ours, for a template's header or a profile's picture.

    Raises NotFound, Invalid for a type that Meta takes no sample of, and what Meta refuses as
    Invalid, Upstream or Unavailable. 1 RRU, 1 S3 request, 2 requests to Meta.
    """
    from chalicelib.core.secrets import platform_secrets
    from chalicelib.whatsapp.media import SAMPLE_TYPES, media_client

    row = MediaLibrary(ctx).get(media_id)
    if row.mime_type not in SAMPLE_TYPES:
        raise Invalid(
            "WhatsApp takes a JPEG or PNG image, an MP4 video or a PDF here, "
            f"and this file is {row.mime_type}.",
            code="type_not_taken",
        )
    token, app_id = access_token(number), platform_secrets().meta_app_id
    return _with_file(
        ctx,
        number,
        row,
        lambda file: media_client().upload_sample(
            token, app_id, file, row.mime_type, name_at_meta(row)
        ),
    )


def name_at_meta(row: MediaRow) -> str:
    """Return what a file is called towards Meta: what customers see is named in the message."""
    return f"{row.id}.{row.mime_type.rpartition('/')[2].rpartition('.')[2]}"


def _meta_id(ctx: TenantContext, number: NumberRow, row: MediaRow, clock: Clock) -> str:
    library, now_ms = MediaLibrary(ctx), clock.now_ms()
    known = library.meta_ids(row).get(number.phone_number_id)
    if known is not None and known.until_ms > now_ms:
        return known.id
    from chalicelib.whatsapp.media import media_client

    token = access_token(number)
    uploaded = _with_file(
        ctx,
        number,
        row,
        lambda file: media_client().upload(
            token, number.phone_number_id, file, row.mime_type, name_at_meta(row)
        ),
    )
    new = MetaId(uploaded, now_ms + _USED_MS)
    return library.keep_meta_id(row, number.phone_number_id, new, now_ms).id


def _with_file(
    ctx: TenantContext, number: NumberRow, row: MediaRow, use: Callable[[IO[bytes]], str]
) -> str:
    """Give `use` the file, on disk rather than in memory; what Meta refuses as an AppError."""
    from chalicelib.services.number_token import watching_token
    from chalicelib.whatsapp.errors import WhatsAppError, as_app_error

    with tempfile.TemporaryFile() as file:
        Objects(ctx).read_into("media", row.key, file)
        try:
            with watching_token(ctx, number):
                return use(file)
        except WhatsAppError as error:
            raise as_app_error(error) from error
