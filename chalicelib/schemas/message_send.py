"""The body by which a message is sent, checked before Meta is asked."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

from pydantic import (
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    RootModel,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_plain_validator_function

from chalicelib.schemas.fields import refuse

# The model of each type, and where it is: to load and build all of them, as the union does that is
# `schemas.messages.Message`, takes a fifth of a cold start, and a request is of one type.
MODELS = {
    "text": "plain_messages.TextMessage",
    "image": "plain_messages.ImageMessage",
    "video": "plain_messages.VideoMessage",
    "document": "plain_messages.DocumentMessage",
    "audio": "plain_messages.AudioMessage",
    "sticker": "plain_messages.StickerMessage",
    "location": "plain_messages.LocationMessage",
    "contacts": "contact_cards.ContactsMessage",
    "interactive": "interactive.InteractiveMessage",
    "reaction": "plain_messages.ReactionMessage",
    "template": "template_content.TemplateMessage",
}


def _read(value: Any) -> Any:  # noqa: ANN401 - any JSON; one of `schemas.messages.Message`
    """Return a message as the model of its type, which is loaded for it; raise ValidationError."""
    if not isinstance(value, dict):
        refuse("a message is an object")
    kind = value["type"]
    if not isinstance(kind, str) or kind not in MODELS:
        refuse(f"Input should be one of {', '.join(map(repr, MODELS))}", "type")
    module, _, name = MODELS[kind].partition(".")
    model = getattr(import_module(f"chalicelib.schemas.{module}"), name)
    # As strictly as any body is read; what the request said as JSON has no other types anyway.
    return model.model_validate(value, strict=True)


class _ByType:
    """Has pydantic read a message of any type, and tell of `schemas.messages.Message`."""

    def __get_pydantic_core_schema__(self, _source: Any, _of: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 - pydantic's
        return no_info_plain_validator_function(_read)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, of: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        from pydantic import TypeAdapter

        from chalicelib.schemas.messages import Message

        return of(TypeAdapter[Any](Message).core_schema)


class MessageSend(RootModel[Any]):
    """A message in Meta's own shape; a plain text may be given as `{"text": "Hello"}`.

    Without a type it is a text, as with Meta.
    """

    root: Annotated[Any, _ByType()]

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, value: Any) -> Any:  # noqa: ANN401 - any JSON
        if not isinstance(value, dict) or "type" in value:
            return value
        text = value.get("text")
        short = {"text": {"body": text}} if isinstance(text, str) else {}
        return {**value, **short, "type": "text"}
