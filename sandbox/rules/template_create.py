"""Creating and editing templates: Meta's constraints on names, texts, variables and buttons.

Errors are code 100 with Meta's subcode and a text for people (`error_user_msg`).
"""

import re
from itertools import groupby
from typing import Any

from sandbox.errors import GraphError, invalid
from sandbox.model import Json

from .languages import LANGUAGES
from .shape import as_list, as_object, one_of, optional_text, text_member
from .template_shape import VARIABLE, variables

CATEGORIES = ("AUTHENTICATION", "MARKETING", "UTILITY")
FORMATS = ("POSITIONAL", "NAMED")
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_NAMED = re.compile(r"[a-z_][a-z0-9_]*")
_ADJACENT = re.compile(r"\}\}\s*\{\{")
_BUTTON_LIMITS = {"QUICK_REPLY": 10, "URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1, "OTP": 1,
                  "FLOW": 1, "CATALOG": 1, "MPM": 1, "SPM": 1, "VOICE_CALL": 1}  # fmt: skip
_COMPONENTS = ("HEADER", "BODY", "FOOTER", "BUTTONS")
_HEADERS = ("TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION")


def refuse(subcode: int, title: str, message: str) -> GraphError:
    """Return the error of a template that cannot be taken."""
    return GraphError("Invalid parameter", subcode=subcode, user_title=title, user_message=message)


def check_name(name: str) -> str:
    """Return a template name that is allowed."""
    if not _NAME.fullmatch(name):
        raise invalid(
            "name", "must be at most 512 lower-case letters, digits and underscores (a-z, 0-9, _)."
        )
    return name


def check_language(language: str) -> str:
    """Return a language code that Meta knows, spelled exactly."""
    if language not in LANGUAGES:
        raise invalid("language", f"{language[:20]!r} is not a supported language code.")
    return language


def check_components(components: object, category: str, parameter_format: str) -> list[Json]:
    """Return the components, types in upper case, or raise for the first that breaks a rule."""
    parts = [
        as_object(part, f"components[{i}]")
        for i, part in enumerate(as_list(components, "components"))
    ]
    found: list[Json] = []
    for index, part in enumerate(parts):
        kind = one_of(
            str(part.get("type", "")).upper(), _COMPONENTS, f"components[{index}]['type']"
        )
        if any(other["type"] == kind for other in found):
            raise invalid("components", f"has {kind} more than once.")
        found.append({**part, "type": kind})
    by_kind = {part["type"]: part for part in found}
    if "BODY" not in by_kind:
        raise refuse(2388043, "Body is missing", "components must include one of type BODY.")
    if category == "AUTHENTICATION":
        _check_authentication(by_kind)
        return found
    _check_header(by_kind.get("HEADER"), parameter_format)
    _check_body(by_kind["BODY"], parameter_format)
    _check_footer(by_kind.get("FOOTER"))
    _check_buttons(by_kind.get("BUTTONS"))
    return found


def _check_authentication(by_kind: dict[str, Json]) -> None:
    """Check a one-time-password template: fixed body, an OTP button, nothing else of one's own."""
    if "HEADER" in by_kind or by_kind["BODY"].get("text"):
        raise refuse(
            2388042,
            "Authentication template",
            "An AUTHENTICATION template has no header and no text.",
        )
    minutes = by_kind.get("FOOTER", {}).get("code_expiration_minutes")
    if minutes is not None and not (isinstance(minutes, int) and 1 <= minutes <= 90):
        raise invalid("code_expiration_minutes", "must be from 1 to 90.")
    buttons = by_kind.get("BUTTONS", {}).get("buttons") or []
    if len(buttons) != 1 or str(buttons[0].get("type", "")).upper() != "OTP":
        raise refuse(2388042, "Button is missing", "An AUTHENTICATION template has one OTP button.")
    by_kind["BODY"]["text"] = "*{{1}}* is your verification code."
    buttons[0].setdefault("url", "https://www.whatsapp.com/otp/code/?code={{1}}")


def _check_variables(text: str, parameter_format: str, what: str) -> tuple[str, ...]:
    """Return the variables of a text if they are well formed for the format."""
    found = variables(text)
    if len(VARIABLE.findall(text)) != text.count("{{"):
        raise refuse(2388072, f"{what} format", f"{what} has an unfinished or empty variable.")
    if parameter_format == "NAMED":
        if not all(_NAMED.fullmatch(name) for name in found):
            raise refuse(
                2388072, f"{what} format", "Named variables are lower-case letters, digits and _."
            )
    elif sorted(found, key=lambda n: (len(n), n)) != [str(i + 1) for i in range(len(found))]:
        raise refuse(
            2388072, f"{what} format", "Positional variables must be {{1}}, {{2}}, ... in sequence."
        )
    return found


def _check_header(header: Json | None, parameter_format: str) -> None:
    """Check the header: a text with at most one variable, or media with an example."""
    if header is None:
        return
    kind = one_of(str(header.get("format", "")).upper(), _HEADERS, "components['HEADER']['format']")
    header["format"] = kind
    example = as_object(header.get("example") or {}, "components['HEADER']['example']")
    if kind == "LOCATION":
        return
    if kind != "TEXT":
        if not as_list(example.get("header_handle") or [], "example['header_handle']"):
            raise refuse(
                2388273, "Sample is missing", "A media header needs example.header_handle."
            )
        return
    text = text_member(header, "text", "components['HEADER']['text']")
    _check_length(text, 60, "Header")
    found = _check_variables(text, parameter_format, "Header")
    if len(found) > 1:
        raise refuse(2388047, "Header format", "The header can have at most one variable.")
    key = "header_text_named_params" if parameter_format == "NAMED" else "header_text"
    _check_example(example, key, len(found), "Header")


def _check_length(text: str, limit: int, what: str) -> None:
    """Raise 2388040 for a text over its limit."""
    if len(text) > limit:
        raise refuse(
            2388040, "Character limit exceeded", f"{what} must be at most {limit} characters long."
        )


def _check_example(example: Json, key: str, count: int, what: str) -> None:
    """Raise unless there is a sample value for each of `count` variables."""
    if not count:
        return
    samples = example.get(key)
    if key == "body_text" and isinstance(samples, list) and samples:
        samples = samples[0]
    if not isinstance(samples, list) or len(samples) != count:
        raise refuse(
            2388043,
            "Sample is missing",
            f"{what} has {count} variable(s): example.{key} must have a value for each.",
        )


def _check_body(body: Json, parameter_format: str) -> None:
    """Check the body: length, variables neither at the ends nor side by side, enough words."""
    text = text_member(body, "text", "components['BODY']['text']")
    _check_length(text, 1024, "Body")
    found = _check_variables(text, parameter_format, "Body")
    stripped = text.strip()
    if found and (stripped.startswith("{{") or stripped.endswith("}}")):
        raise refuse(
            2388299,
            "Variables at the ends",
            "Variables can't be at the start or end of the template.",
        )
    if _ADJACENT.search(text):
        raise refuse(2388299, "Variables side by side", "Put text between two variables.")
    words = [word for word in VARIABLE.sub(" ", text).split() if any(c.isalnum() for c in word)]
    if len(words) < 2 * len(found) - 1:
        raise refuse(
            2388293, "Too many variables", "This template has too many variables for its length."
        )
    example = as_object(body.get("example") or {}, "components['BODY']['example']")
    key = "body_text_named_params" if parameter_format == "NAMED" else "body_text"
    _check_example(example, key, len(found), "Body")


def _check_footer(footer: Json | None) -> None:
    """Check the footer: short, without variables."""
    if footer is None:
        return
    text = text_member(footer, "text", "components['FOOTER']['text']")
    _check_length(text, 60, "Footer")
    if "{{" in text:
        raise refuse(2388073, "Footer format", "The footer can't have variables.")


def _check_buttons(component: Json | None) -> None:
    """Check the buttons: how many of which type, their texts, quick replies together."""
    if component is None:
        return
    buttons = [
        as_object(b, f"buttons[{i}]")
        for i, b in enumerate(as_list(component.get("buttons"), "components['BUTTONS']['buttons']"))
    ]
    if not 1 <= len(buttons) <= 10:
        raise invalid("components['BUTTONS']['buttons']", "must have from 1 to 10 elements.")
    for index, button in enumerate(buttons):
        button["type"] = one_of(
            str(button.get("type", "")).upper(), tuple(_BUTTON_LIMITS), f"buttons[{index}]['type']"
        )
        _check_button(index, button)
    for kind, limit in _BUTTON_LIMITS.items():
        if sum(b["type"] == kind for b in buttons) > limit:
            raise refuse(2388060, "Too many buttons", f"At most {limit} of type {kind}.")
    runs = [is_reply for is_reply, _ in groupby(b["type"] == "QUICK_REPLY" for b in buttons)]
    if runs.count(True) > 1 or len(runs) > 2:
        raise refuse(2388061, "Buttons order", "Quick replies must stand together, first or last.")


def _check_button(index: int, button: Json) -> None:
    """Check the members of one button."""
    name = f"buttons[{index}]"
    kind = button["type"]
    if kind == "COPY_CODE":
        if not button.get("example"):
            raise refuse(2388043, "Sample is missing", f"{name} needs an example.")
        return
    text = (
        text_member(button, "text", f"{name}['text']")
        if kind != "OTP"
        else optional_text(button, "text", f"{name}['text']")
    )
    _check_length(text, 25, "Button text")
    if kind == "PHONE_NUMBER":
        text_member(button, "phone_number", f"{name}['phone_number']", 20)
    elif kind == "URL":
        _check_url(name, button)


def _check_url(name: str, button: Json) -> None:
    """Check a link: at most one variable, at the end, with an example."""
    url = text_member(button, "url", f"{name}['url']", 2000)
    if not url.startswith(("https://", "http://")):
        raise invalid(f"{name}['url']", "is not a valid URI.")
    found: list[Any] = VARIABLE.findall(url)
    if not found:
        return
    if len(found) > 1 or not url.endswith("}}"):
        raise refuse(2388074, "URL format", "A URL has at most one variable, at its end.")
    if not button.get("example"):
        raise refuse(2388043, "Sample is missing", f"{name} needs an example of the whole URL.")
