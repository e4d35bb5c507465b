"""Files that customers sent: fetched from Meta while it has them, checked, kept in the bucket.

    pending   being fetched, or waiting to be
    stored    in the bucket, the same bytes that Meta announced
    expired   Meta no longer has it                                          final
    refused   it is not what it is said to be, a program, or too large       final
    failed    Meta refused us; "fetch again" makes it pending once more

A download may run twice or die at any line: the key in the bucket follows from the message, and
the message is written last. What may pass (an outage, throttling) is raised, so that the queue
delivers it again.
"""

from __future__ import annotations

import base64
import binascii
import json
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.core.log import log
from chalicelib.services.media import read_media
from chalicelib.services.media_types import (
    HEAD_BYTES,
    MAX_INBOUND_BYTES,
    THUMBNAIL_TYPE,
    canonical,
    find_mismatch,
)
from chalicelib.services.number_token import watching_token
from chalicelib.services.thumbnails import DamagedImage, ImageError, TooManyPixels, inspect
from chalicelib.storage.contacts import Contacts
from chalicelib.storage.erasures import Erasures
from chalicelib.storage.message_media import read_message, set_message_media
from chalicelib.storage.numbers import NumberRow, Numbers, access_token
from chalicelib.storage.objects import Objects
from chalicelib.whatsapp.errors import Refused, TokenRefused
from chalicelib.whatsapp.media import Fetched, MediaGone, MediaTooLarge, media_client

FINAL = frozenset({"stored", "expired", "refused"})

_PICTURES = frozenset({"image", "sticker"})
_MOST_TURNS = 8


class MessageKeepsChanging(Exception):
    """A message was changed at each of several tries to note what became of its file."""


def receive(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    """Fetch the file of one message, unless that is done. 4 RRU, 1 to 2 WRU, 2 requests to Meta.

    Where two contacts turned out to be one meanwhile, the thread that is kept learns it as well.
    Raises NotFound while the message is not written yet, and NotSent or OutcomeUnknown while Meta
    cannot be reached: the queue delivers it again.
    """
    contact_id, message_id = str(envelope["contact_id"]), str(envelope["message_id"])
    try:
        row = read_message(ctx, contact_id, message_id)
    except NotFound:
        if Erasures(ctx).erased([contact_id]):
            log.info("a file of a person who was erased", extra={"message_id": message_id})
            return
        raise
    media = {**envelope["media"], **read_media(row.media)}
    if media.get("state") in FINAL:
        return
    found = _fetch(ctx, str(envelope["number_id"]), message_id, row.type or "", media)
    if found["state"] == "failed":
        found["number_id"] = str(envelope["number_id"])
    log.info(
        "a customer's file was looked after",
        extra={"message_id": message_id, "state": found["state"]},
    )
    note(ctx, contact_id, message_id, envelope["media"], found)
    with suppress(NotFound):  # a thread that is copied afterwards takes along what was just noted
        kept_id = Contacts(ctx).get(contact_id).merged_into
        if kept_id is not None:
            note(ctx, kept_id, message_id, envelope["media"], found)


def note(
    ctx: TenantContext,
    contact_id: str,
    message_id: str,
    announced: Mapping[str, Any],
    found: Mapping[str, Any],
) -> None:
    """Write what was found of a message's file into what stands there; a final state stays.

    `announced` is what Meta's webhook said, for a message that does not hold it yet.

    Whoever else changes it meanwhile (an edited caption) keeps the change. 1 RRU and 1 WRU a turn.
    """
    for _ in range(_MOST_TURNS):
        before = read_message(ctx, contact_id, message_id).media
        known = read_media(before)
        if known.get("state") in FINAL:
            return
        after = {**announced, **known, "reason": None, **found}
        if after["reason"] is None:
            del after["reason"]
        if set_message_media(
            ctx, contact_id, message_id, before, json.dumps(after, ensure_ascii=False)
        ):
            return
    raise MessageKeepsChanging(message_id)


def _fetch(
    ctx: TenantContext, number_id: str, message_id: str, kind: str, media: Mapping[str, Any]
) -> dict[str, Any]:
    if not media.get("id"):
        return _without(
            "failed",
            "WhatsApp could not take the file over from the customer's phone (131052); "
            "ask for it to be sent again.",
        )
    try:
        number = Numbers(ctx).get(number_id)
    except NotFound:
        return _without("failed", "The number that it was sent to is not connected any more.")
    with tempfile.TemporaryFile() as file:
        try:
            fetched = _download(ctx, number, str(media["id"]), file)
        except MediaGone:
            return _without("expired", "WhatsApp no longer has the file; it keeps them for 7 days.")
        except MediaTooLarge as error:
            return _without("refused", f"The file was not fetched: {error.detail}.")
        except TokenRefused as error:
            return _without(
                "failed",
                f"WhatsApp refuses the number's access token ({error.detail.removesuffix('.')}). "
                "Connect the number again with a new one, then fetch the file again.",
            )
        except Refused as error:
            return _without("failed", f"WhatsApp refused: {error.detail}")
        return _keep(ctx, message_id, kind, media, fetched, file)


def _download(ctx: TenantContext, number: NumberRow, media_id: str, file: IO[bytes]) -> Fetched:
    with watching_token(ctx, number):
        return media_client().fetch(
            access_token(number), number.phone_number_id, media_id, file, MAX_INBOUND_BYTES
        )


def _keep(
    ctx: TenantContext,
    message_id: str,
    kind: str,
    media: Mapping[str, Any],
    fetched: Fetched,
    file: IO[bytes],
) -> dict[str, Any]:
    """Check a file that was fetched, and put it into the bucket; return what is known of it."""
    announced = {hex_digest(media.get("sha256")), hex_digest(fetched.facts.sha256)} - {None}
    if announced - {fetched.sha256}:
        return _without("failed", "The file does not have the checksum that WhatsApp announced.")
    mime_type = fetched.facts.mime_type or str(media.get("mime_type") or "")
    filename = media.get("filename")
    file.seek(0)
    wrong = find_mismatch(
        mime_type, filename if isinstance(filename, str) else None, file.read(HEAD_BYTES)
    )
    if wrong is not None:
        return _without("refused", wrong.message)
    try:
        thumbnail = _thumbnail(kind, mime_type, file)
    except ImageError as error:
        many = isinstance(error, TooManyPixels)
        what = "has more pixels than can be shown" if many else "is no image that can be shown"
        return _without("refused", f"The file {what}.")
    key, objects = f"in/{message_id}", Objects(ctx)
    objects.put_file("media", key, file, canonical(mime_type) or "application/octet-stream")
    known: dict[str, Any] = {
        "state": "stored",
        "mime_type": mime_type,
        "sha256": fetched.sha256,
        "size_bytes": fetched.size_bytes,
        "key": key,
    }
    if thumbnail is not None:
        known["thumbnail_key"] = f"{key}.thumbnail"
        objects.put("media", known["thumbnail_key"], thumbnail, THUMBNAIL_TYPE)
    return known


def _thumbnail(kind: str, mime_type: str, file: IO[bytes]) -> bytes | None:
    """Return a small picture of an image, None of anything else.

    Raises ImageError where a message's image is none; one that came as a document, or is damaged
    behind its beginning, is kept without a picture.
    """
    if kind not in _PICTURES and not canonical(mime_type).startswith("image/"):
        return None
    try:
        return inspect(file).thumbnail
    except DamagedImage:
        return None
    except ImageError:
        if kind in _PICTURES:
            raise
        return None


def hex_digest(text: object) -> str | None:
    """Return a SHA-256 as hex, given as hex or base64 (Meta does both); None for anything else."""
    if not isinstance(text, str):
        return None
    if len(text) == 64:
        return text.lower()
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw.hex() if len(raw) == 32 else None


def _without(state: str, reason: str) -> dict[str, Any]:
    return {"state": state, "reason": reason}
