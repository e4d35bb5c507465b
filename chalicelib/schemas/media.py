"""Requests and responses of media."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from chalicelib.schemas.base import RequestModel, ResponseModel

MediaKind = Literal["image", "video", "audio", "document", "sticker"]
MediaState = Literal["pending", "stored", "expired", "refused", "failed"]


class MediaUpload(RequestModel):
    """A file to be uploaded straight to storage, and the kind of message that it is for."""

    kind: MediaKind
    mime_type: str = Field(min_length=3, max_length=120, examples=["image/jpeg"])
    size_bytes: int = Field(ge=0)


class MediaUploadOut(ResponseModel):
    """Where to PUT the file, within an hour, with this Content-Type and of the announced size."""

    upload_id: str
    url: str
    content_type: str
    expires_in_s: int


class MediaCreate(RequestModel):
    """Take an uploaded file into the library."""

    upload_id: str = Field(max_length=60)
    kind: MediaKind
    filename: str = Field(
        default="", max_length=240, description="Shown to customers where it is a document."
    )


class MediaOut(ResponseModel):
    """A file of the library; it can be sent from every number of the business."""

    id: str
    kind: MediaKind
    mime_type: str
    filename: str
    size_bytes: int
    url: str = Field(description="Until `url_expires_at`; ask again for a new one.")
    thumbnail_url: str | None = Field(description="A WebP of at most 320 × 320, of an image.")
    url_expires_at: str
    created_by: str
    created_at: str
    expires_at: str = Field(description="When the file is deleted.")


class MediaList(ResponseModel):
    """A page of the library, newest first."""

    items: list[MediaOut]
    next_cursor: str | None


class MessageMediaOut(ResponseModel):
    """The file of a message; there is a `url` where its state is `stored`."""

    state: MediaState = Field(
        description="`pending`: being fetched from WhatsApp. `expired`: WhatsApp or Parley no "
        "longer has it. `refused`: not kept, for `reason`. `failed`: for `reason`; it can be "
        "fetched again."
    )
    mime_type: str | None
    filename: str | None
    size_bytes: int | None
    url: str | None
    thumbnail_url: str | None
    url_expires_at: str | None
    reason: str | None
