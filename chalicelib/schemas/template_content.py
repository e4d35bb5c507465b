"""The content of a message from a template: by Parley's id and values, or in Meta's own JSON shape.

Source: Meta's pages templates/* of November 2026. What a template's variables are called in
`values` says `whatsapp.template_text`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    model_validator,
)

from chalicelib.schemas.base import RequestModel
from chalicelib.schemas.fields import ERRORS_AS_SENT, refuse, refuse_repeated
from chalicelib.schemas.interactive_products import check_card_order
from chalicelib.schemas.message_base import ReplyingMessage
from chalicelib.schemas.template_parameters import (
    ActionParameter,
    BodyParameter,
    ButtonParameter,
    CurrencyParameter,
    DateTimeParameter,
    HeaderParameter,
    OfferParameter,
    TapTargetParameter,
    TextParameter,
)


class HeaderComponent(RequestModel):
    """The value of the header: one text, file, place or product."""

    type: Literal["header"]
    parameters: list[HeaderParameter] = Field(min_length=1, max_length=1)


class BodyComponent(RequestModel):
    """The values of the body's variables, in their order or by name."""

    type: Literal["body"]
    parameters: list[BodyParameter] = Field(min_length=1, max_length=100)


# What a button of each kind takes, and the member of its action that it cannot do without.
_BUTTON_PARAMETERS: dict[str, tuple[str, ...]] = {
    "url": ("text",),
    "quick_reply": ("payload",),
    "copy_code": ("coupon_code",),
    "catalog": ("action",),
    "mpm": ("action",),
    "flow": ("action",),
    "order_details": ("action",),
    "voice_call": ("payload", "ttl_minutes"),
}
_BUTTON_ACTIONS = {"mpm": "sections", "order_details": "order_details"}


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _number(value: object) -> object:
    """Return a number that is written as a text, as Meta writes positions."""
    return int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,3}", value) else value


def _as_meta_spells(sub_type: str) -> str:
    return "CATALOG" if sub_type == "catalog" else sub_type


class ButtonComponent(RequestModel):
    """The value of one button; `index` is its position, from 0."""

    type: Literal["button"]
    sub_type: Annotated[
        Literal[
            "url", "quick_reply", "copy_code", "catalog", "mpm", "flow", "order_details",
            "voice_call",
        ],
        BeforeValidator(_lower),
        PlainSerializer(_as_meta_spells),
    ]  # fmt: skip
    index: Annotated[int, Field(ge=0, le=9), BeforeValidator(_number), PlainSerializer(str)]
    parameters: list[ButtonParameter] = Field(min_length=1, max_length=2)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        taken = _BUTTON_PARAMETERS[self.sub_type]
        if len(self.parameters) > len(taken):
            refuse(f"a {self.sub_type} button takes {len(taken)}", "parameters")
        for position, parameter in enumerate(self.parameters):
            if parameter.type not in taken:
                words = " or ".join(taken)
                refuse(f"a {self.sub_type} button takes {words}", "parameters", position, "type")
            member = _BUTTON_ACTIONS.get(self.sub_type)
            if (
                member is not None
                and isinstance(parameter, ActionParameter)
                and getattr(parameter.action, member) is None
            ):
                refuse("Field required", "parameters", position, "action", member)
        return self


CardComponent = Annotated[
    HeaderComponent | BodyComponent | ButtonComponent,
    Field(discriminator="type"),
    ERRORS_AS_SENT,
]


def _shape(components: list[CardComponent]) -> tuple[object, ...]:
    """Return what must be alike in all cards: the parts and the kinds of their values."""
    return tuple(
        (
            part.type,
            part.sub_type if isinstance(part, ButtonComponent) else None,
            tuple(parameter.type for parameter in part.parameters),
        )
        for part in components
    )


class CardContent(RequestModel):
    """The values of a card."""

    card_index: int = Field(ge=0, le=9)
    components: list[CardComponent] = Field(min_length=1, max_length=4)


class CarouselComponent(RequestModel):
    """Two to ten cards, all with the same parts."""

    type: Literal["carousel"]
    cards: list[CardContent] = Field(min_length=2, max_length=10)

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        check_card_order([card.card_index for card in self.cards], "cards")
        for position, card in enumerate(self.cards):
            if _shape(card.components) != _shape(self.cards[0].components):
                message = "all cards need the same parts as the first one"
                refuse(message, "cards", position, "components")
        return self


class OfferComponent(RequestModel):
    """The value of a limited-time offer."""

    type: Literal["limited_time_offer"]
    parameters: list[OfferParameter] = Field(min_length=1, max_length=1)


class TapTargetComponent(RequestModel):
    """Where a tap on the message leads."""

    type: Literal["tap_target_configuration"]
    parameters: list[TapTargetParameter] = Field(min_length=1, max_length=1)


Component = Annotated[
    HeaderComponent
    | BodyComponent
    | ButtonComponent
    | CarouselComponent
    | OfferComponent
    | TapTargetComponent,
    Field(discriminator="type"),
    ERRORS_AS_SENT,
]


class Language(RequestModel):
    """The language of an approved translation, exactly as it was created."""

    code: str = Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2,3})?$", description="E.g. `pt_BR`.")
    policy: Literal["deterministic"] | None = None


class MetaTemplate(RequestModel):
    """A template by its name and language, filled in as Meta takes it."""

    name: str = Field(pattern=r"^[a-z0-9_]{1,512}$")
    language: Language
    components: list[Component] = Field(default_factory=list, max_length=20)

    @model_validator(mode="after")
    def _parts(self) -> Self:
        singles = [part.type for part in self.components if not isinstance(part, ButtonComponent)]
        refuse_repeated(singles, "the component", "components")
        indexes = [part.index for part in self.components if isinstance(part, ButtonComponent)]
        refuse_repeated(map(str, indexes), "the button", "components")
        names = [
            parameter.parameter_name
            for part in self.components
            if isinstance(part, (HeaderComponent, BodyComponent))
            for parameter in part.parameters
            if isinstance(parameter, (TextParameter, CurrencyParameter, DateTimeParameter))
        ]
        if None in names and any(names):
            refuse("every text has a parameter_name, or none has", "components")
        return self


class StoredTemplate(RequestModel):
    """A template by Parley's id, and the values of its variables, e.g. `{"body.1": "Ana"}`."""

    id: str = Field(pattern=r"^tpl_[0-9a-z]{26}$")
    values: dict[str, Annotated[str, Field(max_length=2000)]] = Field(
        default_factory=dict, max_length=200
    )


def _choose(value: object) -> str:
    if isinstance(value, Mapping):
        return "stored" if "id" in value else "meta"
    return "stored" if isinstance(value, StoredTemplate) else "meta"


TemplateContent = Annotated[
    Annotated[MetaTemplate, Tag("meta")] | Annotated[StoredTemplate, Tag("stored")],
    Discriminator(_choose),
    ERRORS_AS_SENT,
]


class TemplateMessage(ReplyingMessage):
    """A message from an approved template: the only kind that may begin a conversation."""

    type: Literal["template"]
    template: TemplateContent
