"""What a file is by its bytes, whether that is what it is said to be, and what Meta would take.

Pure functions. Kinds, MIME types and sizes are those of Meta's media reference:
https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media

    sniffed as     agrees with a claim of
    image/…        the same type only
    iso-media      audio/mp4, video/mp4, video/3gpp, video/quicktime …: one container, many brands
    ogg            audio/ogg, video/ogg, audio/opus
    mpeg-audio     audio/mpeg, audio/aac: both begin with the same sync bits
    zip            docx, xlsx, pptx, OpenDocument, EPUB, and any application/… without a mark
    ole            doc, xls, ppt, and any application/… without a mark
    markup         text/…, image/svg+xml, and any application/… without a mark
    program        nothing: programs are refused whatever they are said to be
    unknown        everything of which no mark is known: text, CSV, RAR …
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, Protocol

Kind = Literal["image", "video", "audio", "document", "sticker"]

# How much of a file's beginning `sniff` looks at.
HEAD_BYTES = 8192

_KB, _MB = 1024, 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument"

# {kind: {MIME type: most bytes}}
LIMITS: dict[Kind, dict[str, int]] = {
    "image": dict.fromkeys(("image/jpeg", "image/png"), 5 * _MB),
    "video": dict.fromkeys(("video/mp4", "video/3gpp"), 16 * _MB),
    "audio": dict.fromkeys(
        ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"), 16 * _MB
    ),
    "document": dict.fromkeys(
        (
            "application/pdf",
            "text/plain",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            f"{_OFFICE}.wordprocessingml.document",
            f"{_OFFICE}.spreadsheetml.sheet",
            f"{_OFFICE}.presentationml.presentation",
        ),
        100 * _MB,
    ),
    "sticker": {"image/webp": 500 * _KB},
}
STATIC_STICKER_BYTES = 100 * _KB
STICKER_SIDE = 512
THUMBNAIL_TYPE = "image/webp"
# What customers send may exceed what a business may; beyond this it is not fetched.
MAX_INBOUND_BYTES = 100 * _MB

_ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "audio/mp3": "audio/mpeg",
    "audio/m4a": "audio/mp4",
    "audio/x-m4a": "audio/mp4",
    "audio/x-aac": "audio/aac",
    "audio/opus": "audio/ogg",
    "application/ogg": "audio/ogg",
}
_ISO_MEDIA = frozenset(
    {"audio/mp4", "video/mp4", "video/3gpp", "video/3gpp2", "video/quicktime", "video/x-m4v"}
    | {"audio/3gpp", "image/heic", "image/heif", "image/avif"}
)
_OLE = frozenset(
    {"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"}
)
_ZIPS = frozenset({"application/zip", "application/x-zip-compressed", "application/epub+zip"})
_ZIP_PREFIXES = (_OFFICE, "application/vnd.oasis.opendocument.")
_SVG = "image/svg+xml"
_ANYTHING = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_MEDIA_AND_TEXT = ("audio/", "image/", "text/", "video/")
_MPEG_AUDIO = frozenset({"audio/mpeg", "audio/aac"})
_OGG = frozenset({"audio/ogg", "video/ogg"})

# Beginnings that filetype does not know, or knows by one brand only.
_PROGRAM_MARKS = (
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",  # macOS, 32 and 64 bit, both byte orders
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",  # Java, and macOS for several processors
    b"dex\n",  # Android
    b"\x00asm",
    b"#!/",
    b"L\x00\x00\x00\x01\x14\x02\x00",  # a Windows shortcut
)
_PROGRAM_SUFFIXES = frozenset(
    {".apk", ".app", ".bat", ".cmd", ".com", ".cpl", ".dll", ".exe", ".hta", ".jar", ".js", ".jse"}
    | {".lnk", ".msi", ".ps1", ".reg", ".scr", ".sh", ".vbe", ".vbs", ".wsf", ".xpi"}
)
_MARKUP_MARKS = (b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<svg", b"<?xml", b"<!--")
_OLE_MARK = bytes.fromhex("d0cf11e0a1b11ae1")
_RGB = frozenset({2, 6})  # PNG colour types
_OPUS_AT = 28  # the first packet of an Ogg page with one segment


class Picture(Protocol):
    """What is known of an image that was looked at: see services.thumbnails."""

    @property
    def width(self) -> int:
        """Width in pixels."""

    @property
    def height(self) -> int:
        """Height in pixels."""

    @property
    def mode(self) -> str:
        """Pillow's name of its colours."""

    @property
    def is_animated(self) -> bool:
        """Whether it has several frames."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a file is not taken: a code for programs, a sentence that says what to do."""

    code: str
    message: str


def canonical(mime_type: str) -> str:
    """Return a MIME type in lower case, without parameters, by its usual name."""
    plain = mime_type.partition(";")[0].strip().lower()
    return _ALIASES.get(plain, plain)


def family(mime_type: str) -> str:
    """Return what the bytes of a (canonical) MIME type can be told to be; see the table above."""
    for name, members in (
        ("iso-media", _ISO_MEDIA),
        ("ogg", _OGG),
        ("mpeg-audio", _MPEG_AUDIO),
        ("ole", _OLE),
        ("zip", _ZIPS),
    ):
        if mime_type in members:
            return name
    if mime_type.startswith(_ZIP_PREFIXES):
        return "zip"
    if mime_type.startswith("image/") and mime_type != _SVG:
        return mime_type
    return mime_type if mime_type in {"application/pdf", "audio/amr"} else "unknown"


def sniff(head: bytes) -> str:
    """Return the family that the beginning of a file shows, `unknown` if it shows none."""
    is_windows = head.startswith(b"MZ") and b"\x00" in head[:64]
    if is_windows or head.startswith(_PROGRAM_MARKS):
        return "program"
    text = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\x00").lower()
    if text.startswith(_MARKUP_MARKS):
        return "markup"
    if head.startswith(_OLE_MARK):
        return "ole"
    if head[4:8] == b"ftyp":
        return "iso-media"
    import filetype

    found = filetype.guess_mime(head[:HEAD_BYTES])
    if found is None and b"%PDF-" in head[:1024]:  # readers take it anywhere there
        return "application/pdf"
    return "unknown" if found is None else family(canonical(found))


def find_mismatch(claimed: str, filename: str | None, head: bytes) -> Wrong | None:
    """Return why the bytes are not what they are said to be; None if they may be. No I/O."""
    mime_type, shown = canonical(claimed), sniff(head)
    suffix = PurePosixPath((filename or "").replace("\\", "/")).suffix.lower()
    if shown == "program" or suffix in _PROGRAM_SUFFIXES:
        return Wrong("program", "The file is a program or a script; those are not kept.")
    if _agrees(mime_type, shown):
        return None
    return Wrong(
        "content_mismatch",
        f"The file is said to be {mime_type or 'of no type'}, but its content is not.",
    )


def _agrees(mime_type: str, shown: str) -> bool:
    claim = family(mime_type)
    if claim != "unknown":
        return shown == claim
    if shown == "markup":
        return mime_type == _SVG or not mime_type.startswith(("audio/", "image/", "video/"))
    if shown in {"zip", "ole"}:
        return not mime_type.startswith(_MEDIA_AND_TEXT)
    return shown == "unknown" or mime_type in _ANYTHING


def find_breach(kind: Kind, claimed: str, size_bytes: int) -> Wrong | None:
    """Return which of Meta's rules on type and size a file breaks; None if none. No I/O."""
    mime_type = canonical(claimed)
    sizes = LIMITS[kind]
    if mime_type not in sizes:
        return Wrong(
            "type_not_taken",
            f"WhatsApp takes no {kind} of type {mime_type or 'unknown'}; "
            f"send it as {_one_of(sorted(sizes))}.",
        )
    if size_bytes < 1:
        return Wrong("empty_file", "The file is empty.")
    if size_bytes > sizes[mime_type]:
        return Wrong(
            "file_too_large",
            f"The file has {size_bytes:,} bytes; WhatsApp takes a {kind} of at most "
            f"{_size(sizes[mime_type])}.",
        )
    return None


def find_audio_fault(claimed: str, head: bytes) -> Wrong | None:
    """Return why WhatsApp would not play an Ogg file: it takes Opus with one channel only."""
    if canonical(claimed) != "audio/ogg":
        return None
    opus = head[_OPUS_AT : _OPUS_AT + 10]
    if opus.startswith(b"OpusHead") and len(opus) == 10 and opus[9] == 1:
        return None
    return Wrong(
        "audio_not_opus",
        "WhatsApp plays Ogg files with the Opus codec and one channel only; convert the file "
        "(ffmpeg -i in.ogg -ac 1 -c:a libopus out.ogg), or send it as MP3.",
    )


def find_png_fault(claimed: str, head: bytes) -> Wrong | None:
    """Return why WhatsApp would not take a PNG: it takes 8 bits a channel, RGB or RGBA.

    Both stand in the header chunk, which comes first (PNG specification, 11.2.1).
    """
    if canonical(claimed) != "image/png" or len(head) < 26 or (head[24] == 8 and head[25] in _RGB):
        return None
    return Wrong(
        "image_not_rgb",
        "WhatsApp takes PNG images with 8 bits a channel in RGB or RGBA only; save it so, or as "
        "JPEG.",
    )


def find_picture_fault(kind: Kind, picture: Picture, size_bytes: int) -> Wrong | None:
    """Return which rule on pictures an image or sticker breaks; None if none."""
    if kind == "image" and picture.mode == "CMYK":
        return Wrong("image_not_rgb", "WhatsApp takes RGB images only; convert it from CMYK.")
    if kind != "sticker":
        return None
    if (picture.width, picture.height) != (STICKER_SIDE, STICKER_SIDE):
        return Wrong(
            "sticker_size",
            f"A sticker has {STICKER_SIDE} × {STICKER_SIDE} pixels; this image has "
            f"{picture.width} × {picture.height}.",
        )
    if not picture.is_animated and size_bytes > STATIC_STICKER_BYTES:
        return Wrong(
            "file_too_large",
            f"The file has {size_bytes:,} bytes; WhatsApp takes a sticker that does not move of "
            f"at most {_size(STATIC_STICKER_BYTES)}.",
        )
    return None


def _one_of(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _size(size_bytes: int) -> str:
    return f"{size_bytes // _MB} MB" if size_bytes >= _MB else f"{size_bytes // _KB} KB"
