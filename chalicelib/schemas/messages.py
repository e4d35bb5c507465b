"""The content of messages, in Meta's own JSON shape and names, checked before Meta is asked.

Limits follow Meta's reference of November 2026 (messages/*); each error names its field, e.g.
`interactive.action.buttons.0.reply.title`. Whom a message goes to is no part of it: see
`whatsapp.messages`.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    RootModel,
    field_serializer,
    model_validator,
)

from chalicelib.schemas.base import RequestModel
from chalicelib.schemas.fields import ERRORS_AS_SENT, refuse
from chalicelib.schemas.interactive import Interactive
from chalicelib.schemas.media_content import Audio, CaptionedMedia, Document, Sticker
from chalicelib.schemas.template_content import TemplateContent

MAX_CONTACTS = 257
# Of Direct Send, in seconds, by category.
_TIMES_TO_LIVE = {"utility": (30, 43_200), "authentication": (30, 900)}


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


class ContactName(RequestModel):
    """A person's name: as a whole, and at least one part of it."""

    formatted_name: str = Field(min_length=1, max_length=512)
    first_name: str | None = Field(default=None, max_length=256)
    last_name: str | None = Field(default=None, max_length=256)
    middle_name: str | None = Field(default=None, max_length=256)
    prefix: str | None = Field(default=None, max_length=256)
    suffix: str | None = Field(default=None, max_length=256)

    @model_validator(mode="after")
    def _has_a_part(self) -> Self:
        parts = (self.first_name, self.last_name, self.middle_name, self.prefix, self.suffix)
        if not any(parts):
            refuse("besides formatted_name one part of the name is needed", "first_name")
        return self


class ContactPhone(RequestModel):
    """A phone of a card; with `wa_id` the recipient may write to it at once."""

    phone: str | None = Field(default=None, min_length=1, max_length=64)
    wa_id: str | None = Field(default=None, pattern=r"^[0-9]{4,20}$")
    type: str | None = Field(default=None, max_length=32)


class ContactEmail(RequestModel):
    """An e-mail address of a card."""

    email: str = Field(min_length=3, max_length=320)
    type: str | None = Field(default=None, max_length=32)


class ContactUrl(RequestModel):
    """A web address of a card."""

    url: str = Field(min_length=1, max_length=2000)
    type: str | None = Field(default=None, max_length=32)


class ContactAddress(RequestModel):
    """A postal address of a card."""

    street: str | None = Field(default=None, max_length=512)
    city: str | None = Field(default=None, max_length=256)
    state: str | None = Field(default=None, max_length=256)
    zip: str | None = Field(default=None, max_length=32)
    country: str | None = Field(default=None, max_length=256)
    country_code: str | None = Field(default=None, pattern=r"^[A-Za-z]{2}$")
    type: str | None = Field(default=None, max_length=32)


class ContactOrg(RequestModel):
    """Where the person of a card works."""

    company: str | None = Field(default=None, max_length=256)
    department: str | None = Field(default=None, max_length=256)
    title: str | None = Field(default=None, max_length=256)


class ContactCard(RequestModel):
    """A person's card."""

    name: ContactName
    phones: list[ContactPhone] | None = Field(default=None, max_length=50)
    emails: list[ContactEmail] | None = Field(default=None, max_length=50)
    addresses: list[ContactAddress] | None = Field(default=None, max_length=50)
    urls: list[ContactUrl] | None = Field(default=None, max_length=50)
    org: ContactOrg | None = None
    birthday: date | None = Field(default=None, description="As YYYY-MM-DD.")

    @field_serializer("birthday")
    def _iso(self, value: date | None) -> str | None:
        return None if value is None else value.isoformat()


def _check_emoji(text: str) -> str:
    is_emoji = any(unicodedata.category(c) == "So" or c in "\ufe0f\u20e3" for c in text)
    if text and not is_emoji:
        message = "one emoji, or an empty text to take the reaction back"
        raise ValueError(message)
    return text


MessageId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=512,
        description="Of a message of the thread: Parley's id (`msg_…`) or Meta's (`wamid.…`).",
    ),
]


class Reaction(RequestModel):
    """An emoji on a message; an empty one takes it back."""

    message_id: MessageId
    emoji: Annotated[str, Field(max_length=32), AfterValidator(_check_emoji)]


class Context(RequestModel):
    """The message that is answered: it is shown as a quotation."""

    message_id: MessageId


class _Message(RequestModel):
    """What every message may say besides its content."""

    type: str
    number_id: str | None = Field(
        default=None,
        pattern=r"^num_[0-9a-z]{26}$",
        description="The number that sends, by Parley's id; by default the conversation's.",
    )
    recipient_identity_key_hash: str | None = Field(
        default=None,
        min_length=1,
        max_length=256,
        description="The message is sent only if this is still the recipient's identity.",
    )

    def content(self) -> Any:  # noqa: ANN401 - an object or, of contacts, a list
        """Return the member that `type` names, as JSON."""
        return self.model_dump(mode="json", include={self.type}, exclude_none=True)[self.type]


class _Reply(_Message):
    context: Context | None = None


class _Direct(_Reply):
    """A message that may go out without a template (Direct Send), where Meta allows the account."""

    category: Literal["utility", "authentication"] | None = Field(
        default=None,
        description="Sends it outside the 24-hour window, for accounts that Meta allows it.",
    )
    ttl_seconds: int | None = Field(
        default=None, description="How long Meta tries: 30 to 43,200 s (authentication: to 900)."
    )

    @model_validator(mode="after")
    def _lives_as_long_as_allowed(self) -> Self:
        if self.ttl_seconds is None:
            return self
        if self.category is None:
            refuse("only a message with a category has a time to live", "ttl_seconds")
        shortest, longest = _TIMES_TO_LIVE[self.category]
        if not shortest <= self.ttl_seconds <= longest:
            refuse(
                f"{shortest} to {longest} seconds for the category {self.category}", "ttl_seconds"
            )
        return self


class TextMessage(_Direct):
    """A text."""

    type: Literal["text"]
    text: Text


class ImageMessage(_Reply):
    """An image: JPEG or PNG, at most 5 MB."""

    type: Literal["image"]
    image: CaptionedMedia


class VideoMessage(_Reply):
    """A video: MP4 or 3GP, at most 16 MB."""

    type: Literal["video"]
    video: CaptionedMedia


class DocumentMessage(_Reply):
    """A document of at most 100 MB."""

    type: Literal["document"]
    document: Document


class AudioMessage(_Reply):
    """A sound of at most 16 MB, or a voice message."""

    type: Literal["audio"]
    audio: Audio


class StickerMessage(_Reply):
    """A sticker: at most 100 KB, animated 500 KB."""

    type: Literal["sticker"]
    sticker: Sticker


class LocationMessage(_Reply):
    """A place."""

    type: Literal["location"]
    location: Location


class ContactsMessage(_Reply):
    """People's cards."""

    type: Literal["contacts"]
    contacts: list[ContactCard] = Field(min_length=1, max_length=MAX_CONTACTS)


class InteractiveMessage(_Direct):
    """A message with buttons, a list, a form, products or a request."""

    type: Literal["interactive"]
    interactive: Interactive


class ReactionMessage(_Message):
    """A reaction; it quotes nothing, so it has no `context`."""

    type: Literal["reaction"]
    reaction: Reaction


class TemplateMessage(_Reply):
    """A message from an approved template: the only kind that may begin a conversation."""

    type: Literal["template"]
    template: TemplateContent


Message = Annotated[
    TextMessage
    | ImageMessage
    | VideoMessage
    | DocumentMessage
    | AudioMessage
    | StickerMessage
    | LocationMessage
    | ContactsMessage
    | InteractiveMessage
    | ReactionMessage
    | TemplateMessage,
    Field(discriminator="type"),
    ERRORS_AS_SENT,
]


class MessageSend(RootModel[Any]):
    """A message in Meta's own shape; a plain text may be given as `{"text": "Hello"}`.

    Without a type it is a text, as with Meta.
    """

    # Not RootModel[Message], which would be built on import, whatever its subclass says.
    root: Message

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, value: Any) -> Any:  # noqa: ANN401 - any JSON
        if not isinstance(value, dict) or "type" in value:
            return value
        text = value.get("text")
        short = {"text": {"body": text}} if isinstance(text, str) else {}
        return {**value, **short, "type": "text"}
