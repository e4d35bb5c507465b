"""Messages of a text, a file, a place or a reaction, in Meta's own JSON shape and limits."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from chalicelib.schemas.base import RequestModel
from chalicelib.schemas.media_content import Audio, CaptionedMedia, Document, Sticker
from chalicelib.schemas.message_base import (
    AnyMessage,
    DirectMessage,
    MessageId,
    ReplyingMessage,
)


class Text(RequestModel):
    """A text; `preview_url` shows the first link of it as a card."""

    body: str = Field(min_length=1, max_length=4096)
    preview_url: bool = False


class Location(RequestModel):
    """A place on the map."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: str | None = Field(default=None, min_length=1, max_length=1000)
    address: str | None = Field(default=None, min_length=1, max_length=1000)


def _check_emoji(text: str) -> str:
    is_emoji = any(unicodedata.category(c) == "So" or c in "\ufe0f\u20e3" for c in text)
    if text and not is_emoji:
        message = "one emoji, or an empty text to take the reaction back"
        raise ValueError(message)
    return text


class Reaction(RequestModel):
    """An emoji on a message; an empty one takes it back."""

    message_id: MessageId
    emoji: Annotated[str, Field(max_length=32), AfterValidator(_check_emoji)]


class TextMessage(DirectMessage):
    """A text."""

    type: Literal["text"]
    text: Text


class ImageMessage(ReplyingMessage):
    """An image: JPEG or PNG, at most 5 MB."""

    type: Literal["image"]
    image: CaptionedMedia


class VideoMessage(ReplyingMessage):
    """A video: MP4 or 3GP, at most 16 MB."""

    type: Literal["video"]
    video: CaptionedMedia


class DocumentMessage(ReplyingMessage):
    """A document of at most 100 MB."""

    type: Literal["document"]
    document: Document


class AudioMessage(ReplyingMessage):
    """A sound of at most 16 MB, or a voice message."""

    type: Literal["audio"]
    audio: Audio


class StickerMessage(ReplyingMessage):
    """A sticker: at most 100 KB, animated 500 KB."""

    type: Literal["sticker"]
    sticker: Sticker


class LocationMessage(ReplyingMessage):
    """A place."""

    type: Literal["location"]
    location: Location


class ReactionMessage(AnyMessage):
    """A reaction; it quotes nothing, so it has no `context`."""

    type: Literal["reaction"]
    reaction: Reaction
