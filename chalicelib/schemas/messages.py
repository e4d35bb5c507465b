"""The content of messages of every type, in Meta's own JSON shape and names.

Limits follow Meta's reference of November 2026 (messages/*); each error names its field, e.g.
`interactive.action.buttons.0.reply.title`. Whom a message goes to is no part of it: see
`whatsapp.messages`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.schemas.contact_cards import ContactsMessage
from chalicelib.schemas.fields import ERRORS_AS_SENT
from chalicelib.schemas.interactive import InteractiveMessage
from chalicelib.schemas.plain_messages import (
    AudioMessage,
    DocumentMessage,
    ImageMessage,
    LocationMessage,
    ReactionMessage,
    StickerMessage,
    TextMessage,
    VideoMessage,
)
from chalicelib.schemas.template_content import TemplateMessage

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
