"""The file of a message: where it can be read just now, and having it fetched again."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.schemas.media import MediaState, MessageMediaOut
from chalicelib.services.assignment import check_reach
from chalicelib.services.media import read_media, request_download
from chalicelib.services.media_links import links, safe_filename
from chalicelib.storage.conversations import Conversations
from chalicelib.storage.message_media import read_message, set_message_media
from chalicelib.storage.messages import MessageRow
from chalicelib.storage.objects import Objects

_AGAIN = frozenset({"pending", "failed"})


def get(
    ctx: TenantContext, contact_id: str, message_id: str, clock: Clock = SYSTEM_CLOCK
) -> MessageMediaOut:
    """Return the file of a message and addresses good for 15 minutes. 1 RRU, 1 S3 request.

    Raises NotFound for a message without a file. One whose days in the bucket are over is expired.
    """
    check_reach(ctx, contact_id)
    row = read_message(ctx, contact_id, message_id)
    return _out(ctx, row, _media_of(row), clock.now_ms())


def fetch_again(
    ctx: TenantContext, contact_id: str, message_id: str, clock: Clock = SYSTEM_CLOCK
) -> MessageMediaOut:
    """Have the file of a message fetched (again) from Meta; several times at once is harmless.

    Raises NotFound, and Conflict if there is nothing to fetch: it is stored, expired or refused,
    or sent from the library. 3 RRU, 1 WRU, 1 SQS request.
    """
    check_reach(ctx, contact_id)
    row = read_message(ctx, contact_id, message_id)
    media = _media_of(row)
    number_id = media.get("number_id") or Conversations(ctx).get(contact_id).number_id
    state = str(media.get("state") or "pending")
    is_ours = "media_id" in media
    if is_ours or state not in _AGAIN or not media.get("id") or number_id is None:
        raise Conflict(f"There is nothing to fetch: the file is {state}.", code="media_settled")
    request_download(ctx, contact_id, message_id, number_id, media)
    if state == "failed":
        media = {name: value for name, value in media.items() if name != "reason"}
        media["state"] = "pending"
        text = json.dumps(media, ensure_ascii=False)
        set_message_media(ctx, contact_id, message_id, row.media, text)
    return _out(ctx, row, media, clock.now_ms())


def _media_of(row: MessageRow) -> dict[str, Any]:
    media = read_media(row.media)
    if not media:
        raise NotFound("This message has no file.")
    return media


def _out(
    ctx: TenantContext, row: MessageRow, media: dict[str, Any], now_ms: int
) -> MessageMediaOut:
    state: MediaState = media.get("state") or "pending"
    mime_type = media.get("mime_type")
    name = safe_filename(str(media.get("filename") or ""), mime_type or "", row.id)
    found = None
    if state == "stored":
        try:
            Objects(ctx).head("media", media["key"])
            thumbnail_key = media.get("thumbnail_key")
            found = links(ctx, media["key"], mime_type or "", name, thumbnail_key, now_ms)
        except NotFound:
            state = "expired"
    return MessageMediaOut(
        state=state,
        mime_type=mime_type,
        filename=name,
        size_bytes=media.get("size_bytes"),
        url=None if found is None else found.url,
        thumbnail_url=None if found is None else found.thumbnail_url,
        url_expires_at=None if found is None else to_iso(found.expires_at_ms),
        reason=media.get("reason"),
    )
