"""The rules of a template's texts: lengths, variables, and an example for each variable."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.core.errors import FieldError
from chalicelib.whatsapp.template_languages import UNSPACED
from chalicelib.whatsapp.template_shape import MEDIA_FORMATS, placeholders

Component = Mapping[str, Any]

BRACES = re.compile(r"\{\{|\}\}")
_POSITIONAL = re.compile(r"\{\{[1-9]\d?\}\}")
_NAMED = re.compile(r"\{\{[a-z][a-z0-9_]*\}\}")
_ADJACENT = re.compile(r"\}\}\s*\{\{")
_EDGE = re.compile(r"\A\s*\{\{|\}\}\s*\Z")
_MAX_HEADER, _MAX_FOOTER = 60, 60


@dataclass(frozen=True, slots=True)
class TextRules:
    """What depends on the whole template: its language, its kind of variables, the body's limit."""

    language: str
    is_named: bool
    max_body: int


def length_problems(field: str, text: str, most: int, what: str) -> Iterator[FieldError]:
    """Check that a text is there and not too long."""
    if not text.strip():
        yield FieldError(field, f"Write the text of the {what}.")
    elif len(text) > most:
        yield FieldError(
            field,
            f"The {what} has {len(text)} characters; WhatsApp takes at most {most}.",
        )


def header_problems(field: str, header: Component, rules: TextRules) -> Iterator[FieldError]:
    """Check a header: a line of text with at most one variable, or a file with a sample."""
    form = header.get("format")
    if form in MEDIA_FORMATS:
        yield from _sample(field, header, str(form))
    if form != "TEXT":
        return
    text = str(header.get("text") or "")
    yield from length_problems(f"{field}.text", text, _MAX_HEADER, "header")
    yield from _variables(f"{field}.text", text, rules)
    if len(placeholders(text)) > 1:
        yield FieldError(f"{field}.text", "A header takes at most one variable.")
    if "\n" in text:
        yield FieldError(f"{field}.text", "A header is a single line.")
    yield from _examples(field, "header_text", text, header, rules)


def _sample(field: str, header: Component, form: str) -> Iterator[FieldError]:
    example: Mapping[str, Any] = header.get("example") or {}
    handles: Sequence[str] = example.get("header_handle") or ()
    samples = [str(one) for one in (*handles, example.get("media_id") or "") if str(one).strip()]
    if len(samples) != 1:
        yield FieldError(
            f"{field}.example",
            f"A header of format {form} needs one sample file: the media_id of a file of the "
            "library, or the header_handle of an upload at Meta.",
        )


def body_problems(field: str, body: Component, rules: TextRules) -> Iterator[FieldError]:
    """Check a body: its length, its variables, enough words around them."""
    where, text = f"{field}.text", str(body.get("text") or "")
    yield from length_problems(where, text, rules.max_body, "body")
    if "add_security_recommendation" in body:
        yield FieldError(
            f"{field}.add_security_recommendation",
            "Only a template of category AUTHENTICATION recommends security.",
        )
    yield from _variables(where, text, rules)
    if _EDGE.search(text):
        yield FieldError(where, "The text must not begin or end with a variable; put words there.")
    if _ADJACENT.search(text):
        yield FieldError(where, "Two variables must not stand side by side; put words between.")
    yield from _ratio(where, text, rules)
    yield from _examples(field, "body_text", text, body, rules)


def _ratio(field: str, text: str, rules: TextRules) -> Iterator[FieldError]:
    """Check that there are enough words for the variables.

    Meta publishes no exact ratio (2388293); this much is refused in every case known. Languages
    that put no spaces between words are left to Meta.
    """
    good = _NAMED if rules.is_named else _POSITIONAL
    count = len(placeholders(text))
    words = len([word for word in good.sub(" ", text).split() if any(c.isalnum() for c in word)])
    if count and words < 2 * count - 1 and rules.language[:2] not in UNSPACED:
        yield FieldError(
            field, f"There are too many variables ({count}) for {words} words; add words."
        )


def footer_problems(field: str, footer: Component) -> Iterator[FieldError]:
    """Check a footer: a short line without variables."""
    if "code_expiration_minutes" in footer:
        yield FieldError(
            f"{field}.code_expiration_minutes",
            "Only a template of category AUTHENTICATION has a code that expires.",
        )
        return
    text = str(footer.get("text") or "")
    yield from length_problems(f"{field}.text", text, _MAX_FOOTER, "footer")
    if BRACES.search(text):
        yield FieldError(f"{field}.text", "A footer takes no variables.")
    if "\n" in text:
        yield FieldError(f"{field}.text", "A footer is a single line.")


def _variables(field: str, text: str, rules: TextRules) -> Iterator[FieldError]:
    """Check how the variables of `text` are written, and numbered variables for their order."""
    good = _NAMED if rules.is_named else _POSITIONAL
    if BRACES.search(good.sub("", text)):
        yield FieldError(
            field,
            "Write each variable as {{first_name}}: small letters, digits and _ in double braces, "
            "beginning with a letter."
            if rules.is_named
            else "Write each variable as {{1}}, {{2}} …: a number in double braces.",
        )
        return
    used = tuple(dict.fromkeys(good.findall(text)))
    wanted = tuple(f"{{{{{number}}}}}" for number in range(1, len(used) + 1))
    if not rules.is_named and used != wanted:
        yield FieldError(
            field,
            "The variables must be numbered from {{1}} in the order of the text, without a "
            f"gap; here they are {', '.join(used)}.",
        )


def _examples(
    field: str, key: str, text: str, part: Component, rules: TextRules
) -> Iterator[FieldError]:
    """Check that there is an example for each variable, and for nothing else."""
    example = part.get("example") or {}
    wanted = placeholders(text)
    if rules.is_named:
        where = f"{field}.example.{key}_named_params"
        given = [str(one.get("param_name")) for one in example.get(f"{key}_named_params") or ()]
        if sorted(given) != sorted(wanted):
            names = ", ".join(wanted) or "none"
            yield FieldError(
                where, f"Give one example for each variable of the text ({names}), by its name."
            )
        return
    values = _numbered(example, key)
    if len(values) != len(wanted):
        yield FieldError(
            f"{field}.example.{key}",
            f"The text has {len(wanted)} variable{'s' * (len(wanted) != 1)}, but {len(values)} "
            f"example{'s' * (len(values) != 1)}; give one example for each variable, in order.",
        )
    if any(not str(value).strip() for value in values):
        yield FieldError(f"{field}.example.{key}", "An example must not be empty.")


def _numbered(example: Mapping[str, Any], key: str) -> Sequence[Any]:
    """Return the examples of numbered variables; those of a body are a list in a list."""
    values: Sequence[Any] = example.get(key) or ()
    if key == "body_text" and values and isinstance(values[0], (list, tuple)):
        return values[0]
    return values
