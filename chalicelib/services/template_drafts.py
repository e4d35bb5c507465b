"""A request for a template as Meta's components, and what is wrong with it by the request's fields.

The short form of a request (header, body, footer, buttons) becomes the same components, and what
the rules say of `components.1.text` is told of `body`.
"""

from __future__ import annotations

import re
from typing import Any

from chalicelib.core.errors import FieldError, Invalid
from chalicelib.schemas.template_edits import TemplateContent
from chalicelib.whatsapp.template_rules import TemplateDraft, problems
from chalicelib.whatsapp.template_warnings import warnings

Json = dict[str, Any]

_SHORT = ("header", "body_examples", "footer", "buttons")
# What a field of a component is called in the short form, by the component's type.
_SHORT_NAMES = (
    (re.compile(r"HEADER\.example\.header_text"), "header.examples"),
    (re.compile(r"HEADER"), "header"),
    (re.compile(r"BODY\.example\.body_text"), "body_examples"),
    (re.compile(r"BODY(\.text)?"), "body"),
    (re.compile(r"FOOTER(\.text)?"), "footer"),
    (re.compile(r"BUTTONS\.buttons"), "buttons"),
)


def draft_of(
    content: TemplateContent,
    *,
    name: str,
    language: str,
    category: str,
) -> TemplateDraft:
    """Return what would be submitted to Meta for a request."""
    given = content.components
    return TemplateDraft(
        name=name,
        language=language,
        category=category,
        parameter_format=content.parameter_format,
        ttl_s=content.message_send_ttl_seconds,
        components=_from_short_form(content)
        if given is None
        else [_component(part.model_dump(exclude_none=True)) for part in given],
    )


def problems_of(content: TemplateContent, draft: TemplateDraft) -> tuple[FieldError, ...]:
    """Return what WhatsApp would refuse, by the fields of the request."""
    if content.components is None:
        return tuple(_in_short_form(found, draft) for found in problems(draft))
    both = [n for n in (*_SHORT, "body") if getattr(content, n)]
    mixed = [
        FieldError(name, "Give either components or the short form, not both.") for name in both
    ]
    return (*mixed, *problems(draft))


def warnings_of(content: TemplateContent, draft: TemplateDraft) -> tuple[FieldError, ...]:
    """Return what to think over, by the fields of the request."""
    found = warnings(draft)
    if content.components is None:
        return tuple(_in_short_form(one, draft) for one in found)
    return found


def require_valid(content: TemplateContent, draft: TemplateDraft) -> None:
    """Raise Invalid with every problem of a request, if there is one."""
    found = problems_of(content, draft)
    if found:
        detail = "; ".join(f"{problem.field}: {problem.message}" for problem in found[:5])
        raise Invalid(detail, code="template_invalid", errors=found)


def _from_short_form(content: TemplateContent) -> list[Json]:
    components: list[Json] = []
    if content.header is not None:
        header: Json = {"type": "HEADER", "format": "TEXT", "text": content.header.text}
        if content.header.examples:
            header["example"] = {"header_text": list(content.header.examples)}
        components.append(header)
    if content.body is not None:
        body: Json = {"type": "BODY", "text": content.body}
        if content.body_examples:
            body["example"] = {"body_text": [list(content.body_examples)]}
        components.append(body)
    if content.footer:
        components.append({"type": "FOOTER", "text": content.footer})
    if content.buttons:
        buttons = [_button(button.model_dump(exclude_none=True)) for button in content.buttons]
        components.append({"type": "BUTTONS", "buttons": buttons})
    return components


def _component(part: Json) -> Json:
    """Return a component with its buttons as Meta takes them, those of its cards too."""
    if "buttons" in part:
        part = {**part, "buttons": [_button(button) for button in part["buttons"]]}
    if "cards" in part:
        cards = [
            {"components": [_component(inner) for inner in card["components"]]}
            for card in part["cards"]
        ]
        part = {**part, "cards": cards}
    return part


def _button(button: Json) -> Json:
    """Return a button with the example of its URL in a list, which is how Meta takes it."""
    if button["type"] == "URL" and isinstance(button.get("example"), str):
        return {**button, "example": [button["example"]]}
    return button


def _in_short_form(found: FieldError, draft: TemplateDraft) -> FieldError:
    first, _, rest = found.field.partition(".")
    if first != "components":
        return found
    position, _, below = rest.partition(".")
    if not position:
        return FieldError("body", found.message)
    kind = str(draft.components[int(position)]["type"])
    path = f"{kind}.{below}" if below else kind
    for pattern, name in _SHORT_NAMES:
        match = pattern.match(path)
        if match:
            return FieldError(f"{name}{path[match.end() :]}", found.message)
    return found
