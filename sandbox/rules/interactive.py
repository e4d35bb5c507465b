"""Interactive messages: header, body and footer of each kind, and the actions of ordinary ones.

| kind | header | body | action |
| --- | --- | --- | --- |
| button, cta_url, flow, address_message, order_details | any | 1024 | yes |
| list | text | 4096 | yes |
| product_list | text, required | 1024 | yes |
| product | none | optional | yes |
| catalog_message, carousel, order_status, request_contact_info, voice_call | none | 1024 | yes |
| location_request_message, call_permission_request | none, nor a footer | 1024 | yes |
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.errors import invalid, known
from sandbox.model import Json

from . import interactive_commerce as commerce, interactive_requests as requests
from .shape import as_list, as_object, as_text, member, one_of, text_member, within

MAX_BUTTONS, MAX_SECTIONS, MAX_ROWS = 3, 10, 10
_ANY, _TEXT, _NONE = ("text", "image", "video", "document"), ("text",), ()


@dataclass(frozen=True)
class Kind:
    """What a kind of interactive message may have."""

    action: Callable[[Json], None]
    headers: tuple[str, ...] = _ANY
    body: int = 1024
    body_required: bool = True
    header_required: bool = False
    footer: bool = True


def check_interactive(content: Json, check_media: Callable[..., None]) -> None:
    """Raise GraphError unless `content` is an interactive message within Meta's limits."""
    name = as_text(member(content, "type", "interactive['type']"), "interactive['type']")
    kind = _KINDS.get(name)
    if kind is None:
        raise known(
            131051, f"Interactive type {name[:40]!r} is not supported; use {', '.join(_KINDS)}."
        )
    if kind.body_required or content.get("body") is not None:
        body = as_object(member(content, "body", "interactive['body']"), "interactive['body']")
        text_member(body, "text", "interactive['body']['text']", kind.body)
    _check_edges(name, kind, content, check_media)
    action = as_object(member(content, "action", "interactive['action']"), "interactive['action']")
    kind.action(action)
    if name == "carousel":
        for index, card in enumerate(action["cards"]):
            header = card.get("header")
            if header is not None:
                where = f"interactive['action']['cards'][{index}]['header']"
                _check_header(header, ("image", "video"), where, check_media)


def _check_edges(name: str, kind: Kind, content: Json, check_media: Callable[..., None]) -> None:
    """Check header and footer."""
    header, footer = content.get("header"), content.get("footer")
    if header is not None and not kind.headers:
        raise invalid("interactive['header']", f"is not allowed for type {name}.")
    if footer is not None and not kind.footer:
        raise invalid("interactive['footer']", f"is not allowed for type {name}.")
    if footer is not None:
        parts = as_object(footer, "interactive['footer']")
        text_member(parts, "text", "interactive['footer']['text']", 60)
    if header is None:
        if kind.header_required:
            member(content, "header", "interactive['header']")
        return
    _check_header(header, kind.headers, "interactive['header']", check_media)


def _check_header(
    value: object, allowed: tuple[str, ...], where: str, check_media: Callable[..., None]
) -> None:
    """Check a header: a text of at most 60 characters, or media."""
    header = as_object(value, where)
    header_type = one_of(header.get("type"), allowed, f"{where}['type']")
    name = f"{where}['{header_type}']"
    if header_type == "text":
        text_member(header, "text", name, 60)
    else:
        check_media(header_type, as_object(member(header, header_type, name), name), name=name)


def _buttons(action: Json) -> None:
    """Check reply buttons: 1 to 3, ids and titles unique."""
    name = "interactive['action']['buttons']"
    buttons = as_list(member(action, "buttons", name), name)
    if not 1 <= len(buttons) <= MAX_BUTTONS:
        raise known(131009, "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3")
    replies = []
    for index, button in enumerate(buttons):
        item = as_object(button, f"{name}[{index}]")
        one_of(item.get("type"), ("reply",), f"{name}[{index}]['type']")
        reply_name = f"{name}[{index}]['reply']"
        reply = as_object(member(item, "reply", reply_name), reply_name)
        replies.append(reply)
        within(text_member(reply, "id", f"{reply_name}['id']"), 1, 256, "Button id")
        within(text_member(reply, "title", f"{reply_name}['title']"), 1, 20, "Button title")
    _unique(replies, "id", "Button id")
    _unique(replies, "title", "Button title")


def _unique(items: list[Any], key: str, what: str) -> None:
    """Raise if two items have the same value of `key`."""
    if len({item[key] for item in items}) != len(items):
        raise known(131009, f"{what} is duplicated: each must be unique in the message.")


def _list(action: Json) -> None:
    """Check a list: at most 10 sections and 10 rows in all; several sections need titles."""
    name = "interactive['action']['button']"
    within(text_member(action, "button", name), 1, 20, "Button label")
    name = "interactive['action']['sections']"
    sections = as_list(member(action, "sections", name), name)
    if not 1 <= len(sections) <= MAX_SECTIONS:
        raise known(131009, "Invalid sections count. Min: 1, Max: 10")
    rows: list[Json] = []
    for index, section in enumerate(sections):
        item = as_object(section, f"{name}[{index}]")
        title = item.get("title")
        if title or len(sections) > 1:
            within(text_member(item, "title", f"{name}[{index}]['title']"), 1, 24, "Section title")
        rows += _rows(item, f"{name}[{index}]")
    if not 1 <= len(rows) <= MAX_ROWS:
        raise known(131009, "Total row count exceed max allowed count: 10")
    _unique(rows, "id", "Row id")


def _rows(section: Json, name: str) -> list[Json]:
    """Return the checked rows of a section."""
    name = f"{name}['rows']"
    rows = [
        as_object(row, f"{name}[{i}]") for i, row in enumerate(as_list(section.get("rows"), name))
    ]
    for index, row in enumerate(rows):
        within(text_member(row, "id", f"{name}[{index}]['id']"), 1, 200, "Row id")
        within(text_member(row, "title", f"{name}[{index}]['title']"), 1, 24, "Row title")
        if row.get("description") is not None:
            within(
                as_text(row["description"], f"{name}[{index}]['description']"),
                0, 72, "Row description",
            )  # fmt: skip
    return rows


_KINDS: dict[str, Kind] = {
    "button": Kind(_buttons),
    "list": Kind(_list, _TEXT, body=4096),
    "cta_url": Kind(commerce.cta_url),
    "location_request_message": Kind(requests.location, _NONE, footer=False),
    "flow": Kind(requests.flow),
    "product": Kind(commerce.product, _NONE, body_required=False),
    "product_list": Kind(commerce.product_list, _TEXT, header_required=True),
    "catalog_message": Kind(commerce.catalog, _NONE),
    "carousel": Kind(commerce.carousel, _NONE, footer=False),
    "address_message": Kind(requests.address),
    "voice_call": Kind(requests.voice_call, _NONE),
    "call_permission_request": Kind(
        requests.call_permission, _NONE, body_required=False, footer=False
    ),
    "request_contact_info": Kind(requests.contact_info, _NONE),
    "order_details": Kind(commerce.order_details),
    "order_status": Kind(commerce.order_status, _NONE),
}
