"""A file in a message: by the id of an upload, or by a link that Meta fetches."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from chalicelib.schemas.base import RequestModel
from chalicelib.schemas.fields import Link, refuse

_MEDIA_ID = r"^([0-9]{1,64}|med_[0-9a-z]{26})$"


class MediaContent(RequestModel):
    """A file: exactly one of `id` and `link`."""

    id: str | None = Field(
        default=None,
        pattern=_MEDIA_ID,
        description="Of a file uploaded to Parley (`med_…`), or Meta's own id of a file.",
    )
    link: Link | None = Field(
        default=None,
        description="Where Meta fetches the file; it keeps what it fetched for ten minutes.",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.id is None) == (self.link is None):
            refuse("exactly one of id and link is needed", "id")
        return self


class CaptionedMedia(MediaContent):
    """An image or a video."""

    caption: str | None = Field(default=None, min_length=1, max_length=1024)


class Document(CaptionedMedia):
    """A document; `filename` with its extension is what the recipient sees."""

    filename: str | None = Field(default=None, min_length=1, max_length=240)


class Audio(MediaContent):
    """A sound; `voice` shows it as a voice message, for which it must be OGG with OPUS."""

    voice: bool | None = None


class Sticker(MediaContent):
    """A sticker: a WebP image of 512 by 512 pixels."""
