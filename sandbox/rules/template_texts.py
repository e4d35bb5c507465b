"""The texts of a template: variables, samples, lengths; header, body and footer."""

import re
from typing import Any

from sandbox.errors import GraphError
from sandbox.model import Json

from .shape import as_list, as_object, one_of, text_member
from .template_shape import MEDIA_FORMATS, VARIABLE, variables

_NAMED = re.compile(r"[a-z_][a-z0-9_]*")
_ADJACENT = re.compile(r"\}\}\s*\{\{")
_HEADERS = ("TEXT", "IMAGE", "VIDEO", "GIF", "DOCUMENT", "LOCATION", "PRODUCT")
_FORMATTING = re.compile(r"[*~`\n]")


def refuse(subcode: int, title: str, message: str) -> GraphError:
    """Return the error of a template that cannot be taken."""
    return GraphError("Invalid parameter", subcode=subcode, user_title=title, user_message=message)


def check_length(text: str, limit: int, what: str) -> None:
    """Raise 2388040 for a text over its limit."""
    if len(text) > limit:
        raise refuse(
            2388040, "Character limit exceeded", f"{what} must be at most {limit} characters long."
        )


def _check_variables(text: str, parameter_format: str, what: str, subcode: int) -> tuple[str, ...]:
    """Return the variables of a text if they are well formed for the format."""
    found = variables(text)
    if len(VARIABLE.findall(text)) != text.count("{{"):
        raise refuse(subcode, f"{what} format", f"{what} has an unfinished or empty variable.")
    if parameter_format == "NAMED":
        if not all(_NAMED.fullmatch(name) for name in found):
            raise refuse(
                subcode, f"{what} format", "Named variables are lower-case letters, digits and _."
            )
    elif sorted(found, key=lambda n: (len(n), n)) != [str(i + 1) for i in range(len(found))]:
        raise refuse(
            subcode, f"{what} format", "Positional variables must be {{1}}, {{2}}, ... in sequence."
        )
    return found


def _check_example(example: Json, key: str, found: tuple[str, ...], what: str) -> None:
    """Raise unless there is a sample value for each variable, by name where they have names."""
    if not found:
        return
    samples: Any = example.get(key)
    if key == "body_text" and isinstance(samples, list) and samples:
        samples = samples[0]
    if key == "header_text" and isinstance(samples, str):
        samples = [samples]
    is_complete = isinstance(samples, list) and len(samples) == len(found) and all(samples)
    if is_complete and key.endswith("_named_params"):
        names = {s.get("param_name") for s in samples if isinstance(s, dict) and s.get("example")}
        is_complete = names == set(found)
    if not is_complete:
        raise refuse(
            2388043,
            "Sample is missing",
            f"{what} has {len(found)} variable(s): example.{key} must have a value for each.",
        )


def check_header(header: Json | None, parameter_format: str, category: str) -> None:
    """Check the header: a text with at most one variable, media with a sample, a place, a product.

    Its format is put in upper case. Locations are for utility and marketing, GIFs and products for
    marketing alone.
    """
    if header is None:
        return
    kind = one_of(str(header.get("format", "")).upper(), _HEADERS, "components['HEADER']['format']")
    header["format"] = kind
    if kind in ("GIF", "PRODUCT") and category != "MARKETING":
        raise refuse(2388047, "Header format", f"A header of format {kind} is for MARKETING.")
    if kind in ("LOCATION", "PRODUCT"):
        return
    example = as_object(header.get("example") or {}, "components['HEADER']['example']")
    if kind in (*MEDIA_FORMATS, "GIF"):
        _check_handle(example)
        return
    text = text_member(header, "text", "components['HEADER']['text']")
    check_length(text, 60, "Header")
    found = _check_variables(text, parameter_format, "Header", 2388047)
    if len(found) > 1:
        raise refuse(2388047, "Header format", "The header can have at most one variable.")
    if _FORMATTING.search(VARIABLE.sub("", text)):
        raise refuse(
            2388047, "Header format", "The header can't have new lines or formatting characters."
        )
    key = "header_text_named_params" if parameter_format == "NAMED" else "header_text"
    _check_example(example, key, found, "Header")


def _check_handle(example: Json) -> None:
    """Check the sample of a media header: a handle of the resumable upload."""
    handles = as_list(example.get("header_handle") or [], "example['header_handle']")
    if not handles or not isinstance(handles[0], str) or not handles[0]:
        raise refuse(
            2388273, "Sample is missing", "A media header needs example.header_handle: a handle of "
            "the Resumable Upload API.",
        )  # fmt: skip


def check_body(body: Json, parameter_format: str, limit: int) -> None:
    """Check the body: length, variables neither at the ends nor side by side, enough words."""
    text = text_member(body, "text", "components['BODY']['text']")
    check_length(text, limit, "Body")
    found = _check_variables(text, parameter_format, "Body", 2388072)
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
    _check_example(example, key, found, "Body")


def check_footer(footer: Json | None) -> None:
    """Check the footer: short, without variables."""
    if footer is None:
        return
    text = text_member(footer, "text", "components['FOOTER']['text']")
    check_length(text, 60, "Footer")
    if "{{" in text:
        raise refuse(2388073, "Footer format", "The footer can't have variables.")
