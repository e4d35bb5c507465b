"""Which files Meta takes, and how large each may be."""

from sandbox.errors import GraphError

_MB = 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument."

LIMITS: dict[str, int] = {
    **dict.fromkeys(
        (
            "audio/aac",
            "audio/amr",
            "audio/mpeg",
            "audio/mp4",
            "audio/ogg",
            "video/mp4",
            "video/3gpp",
        ),
        16 * _MB,
    ),
    **dict.fromkeys(("image/jpeg", "image/png"), 5 * _MB),
    "image/webp": 500 * 1024,
    **dict.fromkeys(
        (
            "text/plain",
            "application/pdf",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            f"{_OFFICE}wordprocessingml.document",
            f"{_OFFICE}spreadsheetml.sheet",
            f"{_OFFICE}presentationml.presentation",
        ),
        100 * _MB,
    ),
}


def check_file(mime_type: str, size: int) -> str:
    """Return the MIME type without its parameters, or raise 100 for one not taken or a file too
    large.
    """
    kind = mime_type.partition(";")[0].strip().lower()
    limit = LIMITS.get(kind)
    if limit is None:
        raise GraphError(
            f"(#100) Param file must be a file with one of the following types: "
            f"{', '.join(LIMITS)}. Received file of type '{kind[:60]}'."
        )
    if not 0 < size <= limit:
        raise GraphError(
            f"(#100) Param file has {size} bytes; type {kind} allows from 1 to {limit}."
        )
    return kind
