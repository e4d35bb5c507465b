"""The parts that interactive messages share: header, body, footer, and the link button."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.schemas.base import RequestModel
from chalicelib.schemas.fields import ERRORS_AS_SENT, Link
from chalicelib.schemas.media_content import Document, MediaContent


class InteractiveTextHeader(RequestModel):
    """A line above the body."""

    type: Literal["text"]
    text: str = Field(min_length=1, max_length=60)


class ImageHeader(RequestModel):
    """An image above the body."""

    type: Literal["image"]
    image: MediaContent


class VideoHeader(RequestModel):
    """A video above the body."""

    type: Literal["video"]
    video: MediaContent


class DocumentHeader(RequestModel):
    """A document above the body."""

    type: Literal["document"]
    document: Document


Header = Annotated[
    InteractiveTextHeader | ImageHeader | VideoHeader | DocumentHeader,
    Field(discriminator="type"),
    ERRORS_AS_SENT,
]


class InteractiveBody(RequestModel):
    """The text."""

    text: str = Field(min_length=1, max_length=1024)


class ListBody(RequestModel):
    """The text of a list."""

    text: str = Field(min_length=1, max_length=4096)


class CardBody(RequestModel):
    """The text of a card in a carousel."""

    text: str = Field(min_length=1, max_length=160)


class InteractiveFooter(RequestModel):
    """A line below the body."""

    text: str = Field(min_length=1, max_length=60)


class UrlParameters(RequestModel):
    """Where the button leads."""

    display_text: str = Field(min_length=1, max_length=20)
    url: Link


class UrlAction(RequestModel):
    """A button that opens a web page."""

    name: Literal["cta_url"] = "cta_url"
    parameters: UrlParameters
