"""Addresses at which a browser may read a file for a while, and how it may show it there."""

from __future__ import annotations

import mimetypes
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from chalicelib.core.context import TenantContext
from chalicelib.services.media_types import THUMBNAIL_TYPE, canonical
from chalicelib.storage.objects import Objects

LINK_EXPIRES_S = 900
MAX_NAME = 120

# What a browser shows by itself without running anything of it; all else is saved to disk.
_SHOWN = frozenset(
    {
        "application/pdf",
        "audio/aac",
        "audio/amr",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "video/3gpp",
        "video/mp4",
    }
)
_OPAQUE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Links:
    """Where a file and its thumbnail are, and until when."""

    url: str
    thumbnail_url: str | None
    expires_at_ms: int


def links(
    ctx: TenantContext,
    key: str,
    mime_type: str,
    filename: str,
    thumbnail_key: str | None,
    now_ms: int,
) -> Links:
    """Return addresses that are good for 15 minutes, of a file of this tenant. No request.

    An image of which no thumbnail could be made is not shown either, only saved.
    """
    objects, plain = Objects(ctx), canonical(mime_type)
    is_shown = plain in _SHOWN and not (plain.startswith("image/") and thumbnail_key is None)
    url = objects.download_url(
        "media",
        key,
        content_type=plain if is_shown else _OPAQUE,
        disposition=disposition(filename, is_shown=is_shown),
        expires_in_s=LINK_EXPIRES_S,
    )
    small = None
    if thumbnail_key is not None:
        small = objects.download_url(
            "media",
            thumbnail_key,
            content_type=THUMBNAIL_TYPE,
            disposition="inline",
            expires_in_s=LINK_EXPIRES_S,
        )
    return Links(url, small, now_ms + LINK_EXPIRES_S * 1000)


def safe_filename(name: str, mime_type: str, default: str) -> str:
    """Return a name that is a name only: no folders, no control or invisible characters.

    Invisible ones turn text around ("annexe.exe" shown as "annexxe.fdp"). A file without a name
    gets `default` and the suffix of its type.
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip(" .")
    if not visible:
        return default + (mimetypes.guess_extension(canonical(mime_type)) or "")
    if len(visible) <= MAX_NAME:
        return visible
    suffix = PurePosixPath(visible).suffix[:12]
    return visible[: MAX_NAME - len(suffix)] + suffix


def disposition(filename: str, *, is_shown: bool) -> str:
    """Return a Content-Disposition (RFC 6266): ASCII for old clients, UTF-8 for all others."""
    ascii_name = "".join(
        c if c.isascii() and (c.isalnum() or c in " ._-") else "_" for c in filename
    )
    how = "inline" if is_shown else "attachment"
    return f"{how}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(filename, safe='')}"
