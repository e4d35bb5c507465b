"""What a template asks for: the variables of its header, body and buttons."""

import re
from dataclasses import dataclass

from sandbox.model import Json, Template

VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
MEDIA_FORMATS = ("IMAGE", "VIDEO", "DOCUMENT")


@dataclass(frozen=True)
class Shape:
    """The parts of a template that a send must fill in."""

    header_format: str
    header_text: str
    header_variables: tuple[str, ...]
    body_text: str
    body_variables: tuple[str, ...]
    buttons: tuple[Json, ...]


def variables(text: str) -> tuple[str, ...]:
    """Return the distinct variables of a text, in the order of first use."""
    return tuple(dict.fromkeys(VARIABLE.findall(text)))


def hydrate(text: str, values: dict[str, str]) -> str:
    """Return `text` with its variables replaced; those without a value stay as written."""
    return VARIABLE.sub(lambda m: values.get(m[1], m[0]), text)


def shape_of(template: Template) -> Shape:
    """Return the shape of a template."""
    header = component(template, "HEADER")
    body_text = str(component(template, "BODY").get("text", ""))
    header_text = str(header.get("text", ""))
    return Shape(
        header_format=str(header.get("format", "")).upper(),
        header_text=header_text,
        header_variables=variables(header_text),
        body_text=body_text,
        body_variables=variables(body_text),
        buttons=tuple(component(template, "BUTTONS").get("buttons", ())),
    )


def component(template: Template, kind: str) -> Json:
    """Return the template's component of a type, an empty object if it has none."""
    for part in template.components:
        if str(part.get("type", "")).upper() == kind:
            return part
    return {}
