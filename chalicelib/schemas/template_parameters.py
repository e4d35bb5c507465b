"""The values that fill in a template, in Meta's own JSON shape: of header, body and buttons.

Source: Meta's pages templates/* of November 2026.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from chalicelib.schemas.base import RequestModel
from chalicelib.schemas.fields import ERRORS_AS_SENT, Link
from chalicelib.schemas.interactive_products import ProductSection, check_product_sections
from chalicelib.schemas.media_content import Document, MediaContent

# https://developers.facebook.com/documentation/business-messaging/whatsapp/templates: Meta refuses
# (132012, 132018) a value with a line break, a tab, or more than four spaces in a row.
_REFUSED_IN_VALUE = re.compile(r"[\n\r\t\v\f\x85\u2028\u2029]| {5,}")


def _check_value(text: str) -> str:
    if _REFUSED_IN_VALUE.search(text):
        message = "without line breaks, tabs, and more than four spaces in a row"
        raise ValueError(message)
    return text


Value = Annotated[str, Field(min_length=1, max_length=1024), AfterValidator(_check_value)]
ParameterName = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")]


class TextParameter(RequestModel):
    """The value of a variable; `parameter_name` if the template's variables have names."""

    type: Literal["text"]
    text: Value
    parameter_name: ParameterName | None = None


class Currency(RequestModel):
    """An amount of money: `amount_1000` is it times 1,000; `fallback_value` is what is shown."""

    fallback_value: Value
    code: str = Field(pattern=r"^[A-Z]{3}$")
    amount_1000: int


class CurrencyParameter(RequestModel):
    """An amount of money as the value of a variable."""

    type: Literal["currency"]
    currency: Currency
    parameter_name: ParameterName | None = None


class DateTime(RequestModel):
    """A moment, as the text that is shown."""

    fallback_value: Value


class DateTimeParameter(RequestModel):
    """A moment as the value of a variable."""

    type: Literal["date_time"]
    date_time: DateTime
    parameter_name: ParameterName | None = None


class GroupParameter(RequestModel):
    """A group that the recipient is invited to."""

    type: Literal["group_id"]
    group_id: str = Field(min_length=1, max_length=256)


class ImageParameter(RequestModel):
    """The image of the header."""

    type: Literal["image"]
    image: MediaContent


class VideoParameter(RequestModel):
    """The video of the header."""

    type: Literal["video"]
    video: MediaContent


class GifParameter(RequestModel):
    """The GIF of the header, an MP4 of at most 3.5 MB; Marketing Messages API only."""

    type: Literal["gif"]
    gif: MediaContent


class DocumentParameter(RequestModel):
    """The document of the header."""

    type: Literal["document"]
    document: Document


class Place(RequestModel):
    """A place on the map."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: str = Field(min_length=1, max_length=1000)
    address: str = Field(min_length=1, max_length=1000)


class LocationParameter(RequestModel):
    """The place of the header."""

    type: Literal["location"]
    location: Place


class Product(RequestModel):
    """A product of a catalogue."""

    product_retailer_id: str = Field(min_length=1, max_length=256)
    catalog_id: str = Field(min_length=1, max_length=64)


class ProductParameter(RequestModel):
    """The product of the header."""

    type: Literal["product"]
    product: Product


HeaderParameter = Annotated[
    TextParameter
    | ImageParameter
    | VideoParameter
    | GifParameter
    | DocumentParameter
    | LocationParameter
    | ProductParameter,
    Field(discriminator="type"),
    ERRORS_AS_SENT,
]
BodyParameter = Annotated[
    TextParameter | CurrencyParameter | DateTimeParameter | GroupParameter,
    Field(discriminator="type"),
    ERRORS_AS_SENT,
]


class ButtonText(RequestModel):
    """What completes the address of a URL button; for an OTP button the code."""

    type: Literal["text"]
    text: Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_check_value)]


class PayloadParameter(RequestModel):
    """What comes back when the button is pressed."""

    type: Literal["payload"]
    payload: str = Field(min_length=1, max_length=256)


class CouponParameter(RequestModel):
    """The code that the button copies."""

    type: Literal["coupon_code"]
    coupon_code: str = Field(min_length=1, max_length=20)


class TtlParameter(RequestModel):
    """How long a call button works."""

    type: Literal["ttl_minutes"]
    ttl_minutes: int = Field(ge=1, le=43_200)


class TemplateButtonAction(RequestModel):
    """What a catalogue, product-list, form or payment button needs."""

    thumbnail_product_retailer_id: str | None = Field(default=None, min_length=1, max_length=256)
    sections: list[ProductSection] | None = Field(default=None, min_length=1, max_length=10)
    flow_token: str | None = Field(default=None, min_length=1, max_length=512)
    flow_action_data: dict[str, Any] | None = None
    order_details: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _products(self) -> Self:
        check_product_sections(self.sections or [], "sections")
        return self


class ActionParameter(RequestModel):
    """What a catalogue, product-list, form or payment button needs."""

    type: Literal["action"]
    action: TemplateButtonAction


ButtonParameter = Annotated[
    ButtonText | PayloadParameter | CouponParameter | TtlParameter | ActionParameter,
    Field(discriminator="type"),
    ERRORS_AS_SENT,
]


class Expiration(RequestModel):
    """When the offer ends, in milliseconds since 1970."""

    expiration_time_ms: int = Field(ge=1_000_000_000_000)


class OfferParameter(RequestModel):
    """When the offer ends."""

    type: Literal["limited_time_offer"] = "limited_time_offer"
    limited_time_offer: Expiration


class TapTarget(RequestModel):
    """Where a tap on the message leads, and the title shown for it."""

    url: Link
    title: str = Field(min_length=1, max_length=256)


class TapTargetParameter(RequestModel):
    """Where a tap on the message leads."""

    type: Literal["tap_target_configuration"] = "tap_target_configuration"
    tap_target_configuration: list[TapTarget] = Field(min_length=1, max_length=1)
