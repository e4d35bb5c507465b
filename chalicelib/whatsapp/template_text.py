"""A template as text with gaps: which values it needs, and what comes out when they are filled in.

A variable is named by where it stands: `header.1`, `body.2`, and `button.0` for the URL button at
position 0. Pure, and light to import, because every sender needs it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_LINE_OR_TAB = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_MANY_SPACES = re.compile(r" {5,}")


@dataclass(frozen=True, slots=True)
class TemplateShape:
    """The parts of a template that matter for sending; a header that is not text is None."""

    name: str
    language: str
    header: str | None
    body: str
    footer: str | None
    buttons: tuple[dict[str, Any], ...]


def shape_of(name: str, language: str, components: Iterable[Mapping[str, Any]]) -> TemplateShape:
    """Return the shape of Meta's `components`."""
    header, body, footer = None, "", None
    buttons: tuple[dict[str, Any], ...] = ()
    for component in components:
        kind = str(component.get("type", "")).upper()
        if kind == "HEADER" and str(component.get("format", "TEXT")).upper() == "TEXT":
            header = str(component.get("text", ""))
        elif kind == "BODY":
            body = str(component.get("text", ""))
        elif kind == "FOOTER":
            footer = str(component.get("text", ""))
        elif kind == "BUTTONS":
            buttons = tuple(dict(button) for button in component.get("buttons") or ())
    return TemplateShape(name, language, header, body, footer, buttons)


def placeholders(text: str) -> tuple[str, ...]:
    """Return the distinct variables of `text`, numbers in their order, names as they appear."""
    found = tuple(dict.fromkeys(_VARIABLE.findall(text)))
    return tuple(sorted(found, key=int)) if all(map(_is_number, found)) else found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def variables(shape: TemplateShape) -> tuple[str, ...]:
    """Return the names of the values that a send needs, e.g. `("header.1", "button.0")`."""
    return (
        *(f"header.{name}" for name in placeholders(shape.header or "")),
        *(f"body.{name}" for name in placeholders(shape.body)),
        *(f"button.{position}" for position in _url_buttons(shape)),
    )


def _url_buttons(shape: TemplateShape) -> tuple[int, ...]:
    return tuple(
        position
        for position, button in enumerate(shape.buttons)
        if str(button.get("type", "")).upper() == "URL" and placeholders(str(button.get("url", "")))
    )


def send_components(shape: TemplateShape, values: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the `components` of a message that fills the template with `values`.

    Values are cleaned; WhatsApp refuses empty ones. Raises KeyError with a variable's name where a
    value is missing.
    """
    components: list[dict[str, Any]] = []
    for part, text in (("header", shape.header or ""), ("body", shape.body)):
        names = placeholders(text)
        if names:
            parameters = [_parameter(name, values[f"{part}.{name}"]) for name in names]
            components.append({"type": part, "parameters": parameters})
    components.extend(
        {
            "type": "button",
            "sub_type": "url",
            "index": str(position),
            "parameters": [{"type": "text", "text": clean_value(values[f"button.{position}"])}],
        }
        for position in _url_buttons(shape)
    )
    return components


def _parameter(name: str, value: str) -> dict[str, str]:
    text = {"type": "text", "text": clean_value(value)}
    return text if _is_number(name) else {**text, "parameter_name": name}


def preview(shape: TemplateShape, values: Mapping[str, str]) -> str:
    """Return header, body and footer as the recipient reads them; a missing value shows its gap."""
    header = _fill("header", shape.header or "", values)
    body = _fill("body", shape.body, values)
    return "\n".join(part for part in (header, body, shape.footer) if part)


def _fill(part: str, text: str, values: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        given = values.get(f"{part}.{match[1]}")
        return match[0] if given is None else clean_value(given)

    return _VARIABLE.sub(value, text)


def clean_value(text: str) -> str:
    """Return `text` as WhatsApp takes it in a variable: no line break, no tab, no 5 spaces."""
    return _MANY_SPACES.sub("    ", _LINE_OR_TAB.sub(" ", text)).strip()
