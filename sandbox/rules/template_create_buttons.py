"""The buttons of a template: how many of which type, in which order, with which members."""

import re
from collections.abc import Callable
from itertools import groupby
from typing import Any

from sandbox.errors import invalid, required
from sandbox.model import Json

from .shape import as_list, as_object, one_of, optional_text, text_member
from .template_shape import VARIABLE
from .template_texts import check_length, refuse

_LIMITS = {
    "QUICK_REPLY": 10, "URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1, "FLOW": 1, "CATALOG": 1,
    "MPM": 1, "SPM": 1, "VOICE_CALL": 1, "APP": 1, "REQUEST_CONTACT_INFO": 1,
    "CALL_PERMISSION_REQUEST": 1,
}  # fmt: skip
_ALONE = ("CATALOG", "MPM", "SPM")
_OTP_TYPES = ("COPY_CODE", "ONE_TAP", "ZERO_TAP")
MAX_BUTTONS, _MAX_TEXT, _MAX_URL, _MAX_PHONE, _MAX_COUPON = 10, 25, 2000, 20, 20
_MAX_APPS, _HASH = 5, re.compile(r"[A-Za-z0-9+/=]{11}")
_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+")
_TEXTLESS = ("COPY_CODE", "REQUEST_CONTACT_INFO", "CALL_PERMISSION_REQUEST")


def _listed(component: Json) -> list[Json]:
    """Return the buttons of a component, their types in upper case."""
    name = "components['BUTTONS']['buttons']"
    buttons = [
        as_object(button, f"buttons[{i}]")
        for i, button in enumerate(as_list(component.get("buttons"), name))
    ]
    if not 1 <= len(buttons) <= MAX_BUTTONS:
        raise invalid(name, f"must have from 1 to {MAX_BUTTONS} elements.")
    for button in buttons:
        button["type"] = str(button.get("type", "")).upper()
    return buttons


def check_buttons(component: Json | None, category: str) -> None:
    """Check the buttons of any but an authentication template; types are put in upper case."""
    if component is None:
        return
    buttons = _listed(component)
    for index, button in enumerate(buttons):
        kind = one_of(button["type"], tuple(_LIMITS), f"buttons[{index}]['type']")
        _check_button(f"buttons[{index}]", kind, button)
    for kind, limit in _LIMITS.items():
        if sum(b["type"] == kind for b in buttons) > limit:
            raise refuse(2388060, "Too many buttons", f"At most {limit} of type {kind}.")
        if kind in _ALONE and len(buttons) > 1 and any(b["type"] == kind for b in buttons):
            raise refuse(2388060, "Too many buttons", f"A button of type {kind} stands alone.")
    if category != "MARKETING" and any(b["type"] == "COPY_CODE" for b in buttons):
        raise refuse(2388042, "Button type", "A coupon code is for MARKETING templates.")
    runs = [is_reply for is_reply, _ in groupby(b["type"] == "QUICK_REPLY" for b in buttons)]
    if runs.count(True) > 1 or len(runs) > 2:
        raise refuse(2388061, "Buttons order", "Quick replies must stand together, first or last.")


def _check_button(name: str, kind: str, button: Json) -> None:
    """Check the members of one button."""
    if kind not in _TEXTLESS:
        text = text_member(button, "text", f"{name}['text']")
        check_length(text, _MAX_TEXT, "Button text")
        if "{{" in text:
            raise refuse(2388074, "Button format", "A button's text can't have variables.")
    check = _CHECKS.get(kind)
    if check is not None:
        check(name, button)


def _phone(name: str, button: Json) -> None:
    """Check a call button."""
    text_member(button, "phone_number", f"{name}['phone_number']", _MAX_PHONE)


def _url(name: str, button: Json) -> None:
    """Check a link: at most one variable, at the end, with an example."""
    url = text_member(button, "url", f"{name}['url']", _MAX_URL)
    if not url.startswith(("https://", "http://")):
        raise invalid(f"{name}['url']", "is not a valid URI.")
    found: list[Any] = VARIABLE.findall(url)
    if not found:
        return
    if len(found) > 1 or not url.endswith("}}"):
        raise refuse(2388074, "URL format", "A URL has at most one variable, at its end.")
    if not button.get("example"):
        raise refuse(2388043, "Sample is missing", f"{name} needs an example of the whole URL.")


def _coupon(name: str, button: Json) -> None:
    """Check a coupon: a sample of at most 20 characters."""
    example = button.get("example")
    if isinstance(example, list) and example:
        example = example[0]
    if not isinstance(example, str) or not example:
        raise refuse(2388043, "Sample is missing", f"{name} needs an example.")
    check_length(example, _MAX_COUPON, "A coupon code")


def _flow(name: str, button: Json) -> None:
    """Check a flow button: exactly one of id, name and JSON; a first screen where it navigates."""
    given = [key for key in ("flow_id", "flow_name", "flow_json") if button.get(key)]
    if len(given) != 1:
        raise invalid(name, "must have exactly one of flow_id, flow_name and flow_json.")
    actions = ("navigate", "data_exchange")
    one_of(str(button.get("flow_action") or "navigate").lower(), actions, f"{name}['flow_action']")


def _app(name: str, button: Json) -> None:
    """Check a deep link into an app."""
    if not isinstance(button.get("app_deep_link") or button.get("url"), str | dict):
        raise required(f"{name}['app_deep_link']")


_CHECKS: dict[str, Callable[[str, Json], None]] = {
    "PHONE_NUMBER": _phone,
    "URL": _url,
    "COPY_CODE": _coupon,
    "FLOW": _flow,
    "APP": _app,
}


def check_otp(component: Json | None) -> None:
    """Check the one button of an authentication template; its link is Meta's own."""
    buttons = _listed(component) if component and component.get("buttons") else []
    if len(buttons) != 1 or buttons[0]["type"] not in ("OTP", "URL"):
        raise refuse(2388042, "Button is missing", "An AUTHENTICATION template has one OTP button.")
    button = buttons[0]
    name = "buttons[0]"
    kind = one_of(str(button.get("otp_type", "")).upper(), _OTP_TYPES, f"{name}['otp_type']")
    button["otp_type"] = kind
    for key in ("text", "autofill_text"):
        check_length(optional_text(button, key, f"{name}['{key}']"), _MAX_TEXT, "Button text")
    if kind != "COPY_CODE":
        _check_apps(button, name)
    if kind == "ZERO_TAP" and button.get("zero_tap_terms_accepted") is not True:
        raise refuse(
            2388042, "Zero-tap terms", "zero_tap_terms_accepted must be true for a ZERO_TAP button."
        )
    button.setdefault("text", "Copy code")
    button.setdefault("url", "https://www.whatsapp.com/otp/code/?code={{1}}")


def _check_apps(button: Json, name: str) -> None:
    """Check the apps that may take the code: 1 to 5, package and hash each."""
    apps = button.get("supported_apps") or ([button] if button.get("package_name") else None)
    found = as_list(apps, f"{name}['supported_apps']")
    if not 1 <= len(found) <= _MAX_APPS:
        raise invalid(f"{name}['supported_apps']", f"must have from 1 to {_MAX_APPS} elements.")
    for index, app in enumerate(found):
        where = f"{name}['supported_apps'][{index}]"
        item = as_object(app, where)
        if not _PACKAGE.fullmatch(text_member(item, "package_name", f"{where}['package_name']")):
            raise invalid(f"{where}['package_name']", "must be an Android package name.")
        key = "signature_hash"
        if not _HASH.fullmatch(text_member(item, key, f"{where}['{key}']")):
            raise invalid(f"{where}['{key}']", "must be the 11 characters of the app's key hash.")
