"""Interactive messages that sell: links, products, catalogues, carousels, orders."""

from sandbox.errors import invalid, known
from sandbox.model import Json

from .interactive_requests import parameters_of
from .shape import as_list, as_object, as_text, member, one_of, optional_text, text_member, within

_ACTION = "interactive['action']"
MAX_PRODUCTS, MAX_SECTIONS = 30, 10
MIN_CARDS, MAX_CARDS, MAX_CARD_BODY = 2, 10, 160


def cta_url(action: Json) -> None:
    """Check a link button."""
    _check_link(parameters_of(action, "cta_url"), f"{_ACTION}['parameters']")


def _check_link(parameters: Json, name: str) -> None:
    """Check the text and the URL of a link button."""
    within(text_member(parameters, "display_text", f"{name}['display_text']"), 1, 20, "Button text")
    if not text_member(parameters, "url", f"{name}['url']").startswith(("https://", "http://")):
        raise invalid(f"{name}['url']", "is not a valid URI.")


def product(action: Json) -> None:
    """Check a single product."""
    _check_product(action, _ACTION)


def _check_product(owner: Json, name: str) -> None:
    """Check that `owner` names a product of a catalogue."""
    text_member(owner, "catalog_id", f"{name}['catalog_id']")
    text_member(owner, "product_retailer_id", f"{name}['product_retailer_id']")


def product_list(action: Json) -> None:
    """Check a list of products: at most 10 sections and 30 products in all."""
    text_member(action, "catalog_id", f"{_ACTION}['catalog_id']")
    name = f"{_ACTION}['sections']"
    check_product_sections(as_list(member(action, "sections", name), name), name)


def check_product_sections(sections: list[object], name: str) -> None:
    """Check sections of products, in a message or in a multi-product template."""
    if not 1 <= len(sections) <= MAX_SECTIONS:
        raise known(131009, f"Invalid sections count. Min: 1, Max: {MAX_SECTIONS}")
    total = 0
    for index, section in enumerate(sections):
        where = f"{name}[{index}]"
        item = as_object(section, where)
        if item.get("title") or len(sections) > 1:
            within(text_member(item, "title", f"{where}['title']"), 1, 24, "Section title")
        products = as_list(item.get("product_items"), f"{where}['product_items']")
        for position, entry in enumerate(products):
            part = f"{where}['product_items'][{position}]"
            text_member(
                as_object(entry, part), "product_retailer_id", f"{part}['product_retailer_id']"
            )
        total += len(products)
    if not 1 <= total <= MAX_PRODUCTS:
        raise known(131009, f"Total product count must be from 1 to {MAX_PRODUCTS}")


def catalog(action: Json) -> None:
    """Check a message that shows the catalogue."""
    one_of(action.get("name"), ("catalog_message",), f"{_ACTION}['name']")
    name = f"{_ACTION}['parameters']"
    parameters = as_object(action.get("parameters") or {}, name)
    key = "thumbnail_product_retailer_id"
    optional_text(parameters, key, f"{name}['{key}']")


def carousel(action: Json) -> None:
    """Check a carousel: 2 to 10 cards in order, all of one type and with the same parts."""
    name = f"{_ACTION}['cards']"
    cards = as_list(member(action, "cards", name), name)
    if not MIN_CARDS <= len(cards) <= MAX_CARDS:
        raise known(131009, f"Invalid cards count. Min: {MIN_CARDS}, Max: {MAX_CARDS}")
    shapes = set()
    for index, value in enumerate(cards):
        where = f"{name}[{index}]"
        card = as_object(value, where)
        if card.get("card_index") != index:
            raise invalid(f"{where}['card_index']", f"must be {index}.")
        shapes.add(_check_card(card, where))
    if len(shapes) > 1:
        raise known(131009, "All cards must have the same type and the same parts.")


def _check_card(card: Json, where: str) -> tuple[str, ...]:
    """Check one card; return its type and the names of its parts, which all cards must share."""
    kind = one_of(card.get("type"), ("cta_url", "product", "button"), f"{where}['type']")
    action = as_object(member(card, "action", f"{where}['action']"), f"{where}['action']")
    header = card.get("header")
    header_type = str(as_object(header, f"{where}['header']").get("type")) if header else ""
    if kind == "product":
        _check_product(action, f"{where}['action']")
        return kind, header_type
    if not header_type:
        member(card, "header", f"{where}['header']")
    if card.get("body") is not None:
        body = as_object(card["body"], f"{where}['body']")
        text_member(body, "text", f"{where}['body']['text']", MAX_CARD_BODY)
    if kind == "cta_url":
        one_of(action.get("name"), ("cta_url",), f"{where}['action']['name']")
        name = f"{where}['action']['parameters']"
        _check_link(as_object(member(action, "parameters", name), name), name)
    else:
        _check_card_buttons(action, f"{where}['action']['buttons']")
    return kind, header_type, "body" if card.get("body") is not None else ""


def _check_card_buttons(action: Json, name: str) -> None:
    """Check the quick replies of a card: one or two."""
    buttons = as_list(member(action, "buttons", name), name)
    if not 1 <= len(buttons) <= 2:
        raise known(131009, "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 2")
    for index, button in enumerate(buttons):
        where = f"{name}[{index}]"
        item = as_object(button, where)
        kind = one_of(item.get("type", "reply"), ("reply", "quick_reply"), f"{where}['type']")
        reply = as_object(member(item, kind, f"{where}['{kind}']"), f"{where}['{kind}']")
        within(text_member(reply, "id", f"{where}['{kind}']['id']"), 1, 256, "Button id")
        within(text_member(reply, "title", f"{where}['{kind}']['title']"), 1, 20, "Button title")


def order_details(action: Json) -> None:
    """Check a request for a payment (India, Brazil, Singapore)."""
    values = parameters_of(action, "review_and_pay")
    name = f"{_ACTION}['parameters']"
    text_member(values, "reference_id", f"{name}['reference_id']", 60)
    one_of(values.get("type"), ("digital-goods", "physical-goods"), f"{name}['type']")
    as_text(member(values, "currency", f"{name}['currency']"), f"{name}['currency']", 3)
    total = as_object(member(values, "total_amount", f"{name}['total_amount']"), name)
    if type(total.get("value")) is not int or type(total.get("offset")) is not int:
        raise invalid(f"{name}['total_amount']", "must have value and offset as whole numbers.")


def order_status(action: Json) -> None:
    """Check a notice about an order."""
    values = parameters_of(action, "review_order")
    name = f"{_ACTION}['parameters']"
    text_member(values, "reference_id", f"{name}['reference_id']", 60)
    order = as_object(member(values, "order", f"{name}['order']"), f"{name}['order']")
    statuses = ("pending", "processing", "partially_shipped", "shipped", "completed", "canceled")
    one_of(order.get("status"), statuses, f"{name}['order']['status']")
