"""Interactive messages that sell: products, the catalogue, carousels and orders to be paid.

Source: Meta's pages catalogs/*, messages/interactive-*, payments of November 2026.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from chalicelib.schemas.base import RequestModel
from chalicelib.schemas.fields import ERRORS_AS_SENT, refuse
from chalicelib.schemas.interactive_parts import (
    CardBody,
    Header,
    ImageHeader,
    InteractiveBody,
    InteractiveFooter,
    InteractiveTextHeader,
    UrlAction,
    VideoHeader,
)

MAX_PRODUCTS = 30


class ProductAction(RequestModel):
    """A product of a catalogue."""

    catalog_id: str = Field(min_length=1, max_length=64)
    product_retailer_id: str = Field(min_length=1, max_length=256)


class ProductInteractive(RequestModel):
    """A product; without header."""

    type: Literal["product"]
    body: InteractiveBody | None = None
    footer: InteractiveFooter | None = None
    action: ProductAction


class ProductItem(RequestModel):
    """A product in a list."""

    product_retailer_id: str = Field(min_length=1, max_length=256)


class ProductSection(RequestModel):
    """Some products under a title."""

    title: str | None = Field(default=None, min_length=1, max_length=24)
    product_items: list[ProductItem] = Field(min_length=1, max_length=MAX_PRODUCTS)


def check_product_sections(sections: list[ProductSection], *location: str | int) -> None:
    """Raise the error of sections with over 30 products in all, or without a title they need."""
    count = sum(len(section.product_items) for section in sections)
    if count > MAX_PRODUCTS:
        refuse(f"{MAX_PRODUCTS} products at most in all sections, not {count}", *location)
    for position, section in enumerate(sections):
        if len(sections) > 1 and section.title is None:
            refuse("each of several sections needs a title", *location, position, "title")


class ProductListAction(RequestModel):
    """Products of a catalogue, thirty at most in all sections."""

    catalog_id: str = Field(min_length=1, max_length=64)
    sections: list[ProductSection] = Field(min_length=1, max_length=10)

    @model_validator(mode="after")
    def _products(self) -> Self:
        check_product_sections(self.sections, "sections")
        return self


class ProductListInteractive(RequestModel):
    """A list of products under a text header."""

    type: Literal["product_list"]
    header: InteractiveTextHeader
    body: InteractiveBody
    footer: InteractiveFooter | None = None
    action: ProductListAction


class CatalogParameters(RequestModel):
    """The product whose picture stands for the catalogue."""

    thumbnail_product_retailer_id: str | None = Field(default=None, min_length=1, max_length=256)


class CatalogAction(RequestModel):
    """A button that opens the catalogue."""

    name: Literal["catalog_message"] = "catalog_message"
    parameters: CatalogParameters | None = None


class CatalogInteractive(RequestModel):
    """The whole catalogue."""

    type: Literal["catalog_message"]
    body: InteractiveBody
    footer: InteractiveFooter | None = None
    action: CatalogAction = CatalogAction()


CardHeader = Annotated[ImageHeader | VideoHeader, Field(discriminator="type"), ERRORS_AS_SENT]


class UrlCard(RequestModel):
    """A card with a picture and a button that opens a web page."""

    card_index: int = Field(ge=0, le=9)
    type: Literal["cta_url"]
    header: CardHeader
    body: CardBody | None = None
    action: UrlAction


class ProductCard(RequestModel):
    """A card with a product."""

    card_index: int = Field(ge=0, le=9)
    type: Literal["product"]
    action: ProductAction


Card = Annotated[UrlCard | ProductCard, Field(discriminator="type"), ERRORS_AS_SENT]


class CarouselAction(RequestModel):
    """Two to ten cards, all of one shape."""

    cards: list[Card] = Field(min_length=2, max_length=10)

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        check_card_order([card.card_index for card in self.cards], "cards")
        shapes = [_shape(card) for card in self.cards]
        for position, shape in enumerate(shapes):
            if shape != shapes[0]:
                refuse("all cards need the same parts as the first one", "cards", position)
        return self


def check_card_order(indexes: list[int], *location: str | int) -> None:
    """Raise the error of cards that are not numbered from 0 up."""
    for position, index in enumerate(indexes):
        if index != position:
            refuse(f"the cards are numbered from 0: {position}", *location, position, "card_index")


def _shape(card: UrlCard | ProductCard) -> tuple[object, ...]:
    if isinstance(card, ProductCard):
        return (card.type, card.action.catalog_id)
    return (card.type, card.header.type, card.body is None)


class CarouselInteractive(RequestModel):
    """Cards to swipe through."""

    type: Literal["carousel"]
    body: InteractiveBody
    action: CarouselAction


class _PaymentParameters(RequestModel):
    """An order as the payment provider wants it: beyond `reference_id` Meta checks it."""

    model_config = ConfigDict(extra="allow")

    reference_id: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,35}$")


class OrderDetailsParameters(_PaymentParameters):
    """What is to be paid."""

    type: Literal["digital-goods", "physical-goods"]
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    total_amount: dict[str, Any] = Field(min_length=1)
    order: dict[str, Any] = Field(min_length=1)


class OrderDetailsAction(RequestModel):
    """A button that pays."""

    name: Literal["review_and_pay"] = "review_and_pay"
    parameters: OrderDetailsParameters


class OrderDetailsInteractive(RequestModel):
    """An order to be paid; in India, Brazil and Singapore."""

    type: Literal["order_details"]
    header: Header | None = None
    body: InteractiveBody
    footer: InteractiveFooter | None = None
    action: OrderDetailsAction


class OrderStatusParameters(_PaymentParameters):
    """How far the order is."""

    order: dict[str, Any] = Field(min_length=1)


class OrderStatusAction(RequestModel):
    """A button that shows the order."""

    name: Literal["review_order"] = "review_order"
    parameters: OrderStatusParameters


class OrderStatusInteractive(RequestModel):
    """How far an order is that was asked to be paid."""

    type: Literal["order_status"]
    header: Header | None = None
    body: InteractiveBody
    footer: InteractiveFooter | None = None
    action: OrderStatusAction
