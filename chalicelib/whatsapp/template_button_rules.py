"""The rules of a template's buttons: how many of which type, in which order, what each needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from chalicelib.core.errors import FieldError
from chalicelib.core.hosts import may_be_public
from chalicelib.whatsapp.template_text_rules import BRACES, length_problems

Component = Mapping[str, Any]

_MOST_BUTTONS = 10
_MOST_OF_TYPE = {"QUICK_REPLY": 10, "URL": 2}  # of every other type one
_MAX_TEXT, _MAX_URL, _MAX_COUPON, _MAX_PHONE = 25, 2000, 20, 20
_WITHOUT_TEXT = frozenset({"COPY_CODE", "OTP", "REQUEST_CONTACT_INFO"})
_ALONE = frozenset({"CATALOG", "MPM"})
_URL = re.compile(r"https?://[^\s{}/?#]+[^\s]*")
_PHONE = re.compile(r"\+\d{7,15}")


def button_problems(field: str, component: Component) -> Iterator[FieldError]:
    """Check the buttons of a message or of a card."""
    buttons: Sequence[Component] = component.get("buttons") or ()
    where = f"{field}.buttons"
    kinds = [str(button.get("type")) for button in buttons]
    if not 1 <= len(buttons) <= _MOST_BUTTONS:
        yield FieldError(where, f"There are 1 to {_MOST_BUTTONS} buttons, or no such component.")
    for kind in dict.fromkeys(kinds):
        most = _MOST_OF_TYPE.get(kind, 1)
        if kinds.count(kind) > most:
            plural = "button" if most == 1 else "buttons"
            yield FieldError(where, f"At most {most} {plural} may be of type {kind}.")
    changes = sum((a == "QUICK_REPLY") != (b == "QUICK_REPLY") for a, b in pairwise(kinds))
    if changes > 1:
        yield FieldError(where, "Quick replies must stand together, first or last.")
    for kind in sorted(_ALONE & set(kinds)):
        if len(kinds) > 1:
            yield FieldError(where, f"A button of type {kind} must be the only one.")
    for position, button in enumerate(buttons):
        yield from _button(f"{where}.{position}", button)


def _button(field: str, button: Component) -> Iterator[FieldError]:
    kind, text = str(button.get("type")), str(button.get("text") or "")
    if kind not in _WITHOUT_TEXT:
        yield from length_problems(f"{field}.text", text, _MAX_TEXT, "button")
    if BRACES.search(text):
        yield FieldError(f"{field}.text", "A button's text takes no variables.")
    if kind == "OTP":
        yield FieldError(
            f"{field}.type", "Only a template of category AUTHENTICATION has an OTP button."
        )
    elif kind == "URL":
        yield from _url(field, str(button.get("url") or ""), button.get("example") or ())
    elif kind == "PHONE_NUMBER":
        yield from _phone(field, str(button.get("phone_number") or ""))
    elif kind == "COPY_CODE":
        yield from _coupon(field, button.get("example"))
    elif kind == "FLOW":
        yield from _flow(field, button)


def _phone(field: str, phone: str) -> Iterator[FieldError]:
    if not _PHONE.fullmatch(phone) or len(phone) > _MAX_PHONE:
        yield FieldError(
            f"{field}.phone_number", "Write the number with + and country code, like +15550100001."
        )


def _coupon(field: str, example: object) -> Iterator[FieldError]:
    code = str((example[0] if example else "") if isinstance(example, list) else example or "")
    if not 1 <= len(code.strip()) <= _MAX_COUPON:
        yield FieldError(
            f"{field}.example", f"Give a code of 1 to {_MAX_COUPON} characters as an example."
        )


def _flow(field: str, button: Component) -> Iterator[FieldError]:
    named = [key for key in ("flow_id", "flow_name", "flow_json") if button.get(key)]
    if len(named) != 1:
        yield FieldError(
            f"{field}.flow_id", "Name the flow by exactly one of flow_id, flow_name and flow_json."
        )


def _url(field: str, url: str, examples: Sequence[str]) -> Iterator[FieldError]:
    start = url.removesuffix("{{1}}")
    if len(url) > _MAX_URL:
        yield FieldError(f"{field}.url", f"A URL has at most {_MAX_URL} characters.")
    if BRACES.search(start):
        yield FieldError(f"{field}.url", "A URL takes one variable, {{1}}, and only at its end.")
        return
    if not _is_address(start):
        yield FieldError(
            f"{field}.url", "Write the address in full, like https://example.com/orders/{{1}}."
        )
        return
    if start == url and examples:
        yield FieldError(f"{field}.example", "The URL has no variable, so it takes no example.")
    example = examples[0] if len(examples) == 1 else ""
    if start != url and not (example.startswith(start) and example != start):
        yield FieldError(
            f"{field}.example",
            f"Give the whole address as an example of the variable, like {start}77.",
        )


def _is_address(url: str) -> bool:
    """Tell whether a URL, without its variable, is one that a customer's phone can open."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return may_be_public(host) and _URL.fullmatch(url) is not None
