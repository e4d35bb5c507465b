"""Which files Meta takes, how large each may be, and how long it keeps them."""

from sandbox.errors import GraphError
from sandbox.model import Media

_KB, _MB = 1024, 1024 * 1024
_DAY_S = 86_400.0
_OFFICE = "application/vnd.openxmlformats-officedocument."

AUDIO = ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg")
DOCUMENT = (
    "text/plain",
    "application/pdf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    f"{_OFFICE}wordprocessingml.document",
    f"{_OFFICE}spreadsheetml.sheet",
    f"{_OFFICE}presentationml.presentation",
)
IMAGE = ("image/jpeg", "image/png")
VIDEO = ("video/mp4", "video/3gpp")
STICKER = ("image/webp",)

# Kind of message: the types it takes and the most bytes. A sticker's limit is an animated one's.
KINDS: dict[str, tuple[tuple[str, ...], int]] = {
    "audio": (AUDIO, 16 * _MB),
    "document": (DOCUMENT, 100 * _MB),
    "image": (IMAGE, 5 * _MB),
    "sticker": (STICKER, 500 * _KB),
    "video": (VIDEO, 16 * _MB),
    "gif": (("video/mp4",), 3_670_016),
}
LIMITS: dict[str, int] = {
    mime_type: KINDS[kind][1]
    for kind in ("audio", "video", "image", "sticker", "document")
    for mime_type in KINDS[kind][0]
}
LARGEST = max(LIMITS.values())
_STATIC_STICKER = 100 * _KB

# Uploaded media live 30 days, media that a person sent 7.
_UPLOADED_S, _RECEIVED_S = 30 * _DAY_S, 7 * _DAY_S

# The first bytes of the types that have some of their own; office files are zip or OLE archives.
_SIGNATURES: tuple[tuple[int, bytes, tuple[str, ...]], ...] = (
    (0, b"\x89PNG", ("image/png",)),
    (0, b"\xff\xd8\xff", ("image/jpeg",)),
    (0, b"%PDF-", ("application/pdf",)),
    (8, b"WEBP", ("image/webp",)),
    (0, b"GIF8", ("image/gif",)),
    (0, b"OggS", ("audio/ogg",)),
    (0, b"#!AMR", ("audio/amr",)),
    (0, b"ID3", ("audio/mpeg",)),
    (4, b"ftyp3g", ("video/3gpp",)),
    (4, b"ftypM4A", ("audio/mp4",)),
    (4, b"ftyp", ("video/mp4", "audio/mp4", "video/3gpp")),
    (0, b"PK\x03\x04", DOCUMENT[5:]),
    (0, b"\xd0\xcf\x11\xe0", DOCUMENT[2:5]),
)


def true_type(head: bytes, declared: str) -> str:
    """Return the type that a file's first bytes say, `declared` where they say nothing else."""
    for offset, mark, types in _SIGNATURES:
        if head[offset : offset + len(mark)] == mark:
            return declared if declared in types else types[0]
    return declared


def check_file(mime_type: str, content: bytes) -> str:
    """Return the MIME type without its parameters, or raise 100: a type not taken, a size not
    allowed, or bytes that are of another type.
    """
    kind = mime_type.partition(";")[0].strip().lower()
    limit, size = LIMITS.get(kind), len(content)
    if limit is None:
        raise GraphError(
            f"(#100) Param file must be a file with one of the following types: "
            f"{', '.join(LIMITS)}. Received file of type '{kind[:60]}'."
        )
    if kind in STICKER and not _is_animated(content):
        limit = _STATIC_STICKER
    if not 0 < size <= limit:
        raise GraphError(
            f"(#100) Param file has {size} bytes; type {kind} allows from 1 to {limit}."
        )
    found = true_type(content[:64], kind)
    if found != kind:
        raise GraphError(
            f"(#100) Param file is of type '{found}' by its bytes, not of type '{kind}'."
        )
    return kind


def _is_animated(webp: bytes) -> bool:
    """Tell whether a WebP has the animation flag of its extended header."""
    return webp[12:16] == b"VP8X" and len(webp) > 20 and bool(webp[20] & 0x02)


def kind_problem(kind: str, mime_type: str, size: int, *, voice: bool = False) -> str:
    """Return why a file cannot be sent as a message of `kind`, "" if it can."""
    types, limit = KINDS[kind]
    if mime_type not in types:
        return (
            f"Unsupported {kind} mime type {mime_type or '(none)'}. Please use one of "
            f"{', '.join(types)}."
        )
    if not 0 < size <= limit:
        return f"The {kind} has {size} bytes; from 1 to {limit} are allowed."
    if voice and mime_type != "audio/ogg":
        return f"A voice message must be audio/ogg with the opus codec, not {mime_type}."
    return ""


def media_expired(media: Media, now: float) -> bool:
    """Tell whether Meta has dropped a file: 30 days after the upload, 7 after its receipt."""
    kept = _RECEIVED_S if media.received else _UPLOADED_S
    return now - media.uploaded_at > kept
