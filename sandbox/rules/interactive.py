"""Interactive messages: reply buttons, lists, a link button and a request for a location."""

from collections.abc import Callable
from typing import Any

from sandbox.errors import invalid, known
from sandbox.model import Json

from .shape import as_list, as_object, as_text, member, one_of, text_member, within

_HEADER_TYPES = ("text", "image", "video", "document")
MAX_BUTTONS, MAX_SECTIONS, MAX_ROWS = 3, 10, 10


def check_interactive(content: Json, check_media: Callable[..., None]) -> None:
    """Raise GraphError unless `content` is an interactive message within Meta's limits."""
    kind = as_text(member(content, "type", "interactive['type']"), "interactive['type']")
    if kind not in _ACTIONS:
        raise known(
            131051, f"Interactive type {kind[:40]!r} is not supported; use {', '.join(_ACTIONS)}."
        )
    limit = 4096 if kind == "list" else 1024
    body = as_object(member(content, "body", "interactive['body']"), "interactive['body']")
    text_member(body, "text", "interactive['body']['text']", limit)
    _check_edges(kind, content, check_media)
    action = as_object(member(content, "action", "interactive['action']"), "interactive['action']")
    _ACTIONS[kind](action)


def _check_edges(kind: str, content: Json, check_media: Callable[..., None]) -> None:
    """Check header and footer."""
    if kind == "location_request_message" and (content.get("header") or content.get("footer")):
        raise invalid("interactive", "of type location_request_message has no header or footer.")
    if content.get("footer") is not None:
        footer = as_object(content["footer"], "interactive['footer']")
        text_member(footer, "text", "interactive['footer']['text']", 60)
    if content.get("header") is None:
        return
    header = as_object(content["header"], "interactive['header']")
    allowed = ("text",) if kind == "list" else _HEADER_TYPES
    header_type = one_of(header.get("type"), allowed, "interactive['header']['type']")
    name = f"interactive['header']['{header_type}']"
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


def _cta_url(action: Json) -> None:
    """Check a link button."""
    one_of(action.get("name"), ("cta_url",), "interactive['action']['name']")
    name = "interactive['action']['parameters']"
    parameters = as_object(member(action, "parameters", name), name)
    within(text_member(parameters, "display_text", f"{name}['display_text']"), 1, 20, "Button text")
    if not text_member(parameters, "url", f"{name}['url']").startswith(("https://", "http://")):
        raise invalid(f"{name}['url']", "is not a valid URI.")


def _location_request(action: Json) -> None:
    """Check a request for a location."""
    one_of(action.get("name"), ("send_location",), "interactive['action']['name']")


_ACTIONS: dict[str, Callable[[Json], None]] = {
    "button": _buttons,
    "list": _list,
    "cta_url": _cta_url,
    "location_request_message": _location_request,
}
