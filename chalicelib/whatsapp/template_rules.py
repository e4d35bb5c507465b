"""WhatsApp's rules for a new template, checked before Meta is asked: each error names a field.

From templates/components and templates/supported-languages of Meta's documentation, November
2026. What only Meta can judge (policy, category, wording) is left to its review.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from chalicelib.core.errors import FieldError
from chalicelib.whatsapp.template_text import placeholders

if TYPE_CHECKING:
    from chalicelib.schemas.templates import PhoneButton, QuickReply, TemplateCreate, UrlButton

LANGUAGES = frozenset(
    """
    af sq ar ar_EG ar_AE ar_LB ar_MA ar_QA az be_BY bn bn_IN bg ca zh_CN zh_HK zh_TW hr cs da prs_AF
    nl nl_BE en en_GB en_US en_AE en_AU en_CA en_GH en_IE en_IN en_JM en_MY en_NZ en_QA en_SG en_UG
    en_ZA et fil fi fr fr_BE fr_CA fr_CH fr_CI fr_MA ka de de_AT de_CH el gu ha he hi hu id ga it ja
    kn kk rw_RW ko ky_KG lo lv lt mk ms ml mr nb ps_AF fa pl pt_BR pt_PT pa ro ru sr si_LK sk sl es
    es_AR es_CL es_CO es_CR es_DO es_EC es_HN es_MX es_PA es_PE es_ES es_UY sw sv ta te th tr uk ur
    uz vi zu
    """.split()  # noqa: SIM905 - to be compared with Meta's page
)
_BRACES = re.compile(r"\{\{|\}\}")
_GOOD = re.compile(r"\{\{[1-9]\d?\}\}")
_ADJACENT = re.compile(r"\}\}\s*\{\{")
_EDGE = re.compile(r"\A\s*\{\{|\}\}\s*\Z")
_URL = re.compile(r"https?://[^\s{}/?#]+[^\s]*")
_UNSPACED = frozenset({"ja", "lo", "th", "zh"})
_MOST_BUTTONS = {"URL": 2, "PHONE_NUMBER": 1}


def problems(request: TemplateCreate) -> tuple[FieldError, ...]:
    """Return what WhatsApp would refuse in `request`, field by field; empty if nothing."""
    return (
        *_settings(request),
        *_header(request),
        *_body(request),
        *_footer(request),
        *_buttons(request),
    )


def components_of(request: TemplateCreate) -> list[dict[str, Any]]:
    """Return Meta's `components` for a request without problems."""
    components: list[dict[str, Any]] = []
    if request.header is not None:
        header: dict[str, Any] = {"type": "HEADER", "format": "TEXT", "text": request.header.text}
        if request.header.examples:
            header["example"] = {"header_text": list(request.header.examples)}
        components.append(header)
    body: dict[str, Any] = {"type": "BODY", "text": request.body}
    if request.body_examples:
        body["example"] = {"body_text": [list(request.body_examples)]}
    components.append(body)
    if request.footer:
        components.append({"type": "FOOTER", "text": request.footer})
    if request.buttons:
        components.append({"type": "BUTTONS", "buttons": [_button(b) for b in request.buttons]})
    return components


def _button(button: QuickReply | UrlButton | PhoneButton) -> dict[str, Any]:
    if button.type != "URL":
        return button.model_dump()
    example = {} if button.example is None else {"example": [button.example]}
    return {"type": "URL", "text": button.text, "url": button.url, **example}


def _settings(request: TemplateCreate) -> Iterator[FieldError]:
    if request.language not in LANGUAGES:
        yield FieldError(
            "language",
            f"WhatsApp has no templates in {request.language!r}; use a code like en_US or pt_BR.",
        )
    if request.category == "AUTHENTICATION":
        yield FieldError(
            "category",
            "Authentication templates have a text of Meta's own; choose MARKETING or UTILITY, or "
            "create this one in WhatsApp Manager.",
        )


def _numbering(field: str, text: str) -> Iterator[FieldError]:
    """Check that the variables of `text` are written `{{1}}`, `{{2}}` … in this order, no gap."""
    if _BRACES.search(_GOOD.sub("", text)):
        yield FieldError(field, "Write each variable as {{1}}, {{2}} …: a number in double braces.")
        return
    used = tuple(dict.fromkeys(_GOOD.findall(text)))
    if used != tuple(f"{{{{{number}}}}}" for number in range(1, len(used) + 1)):
        yield FieldError(
            field,
            "The variables must be numbered from {{1}} in the order of the text, without a "
            f"gap; here they are {', '.join(used)}.",
        )


def _examples(field: str, text: str, examples: list[str]) -> Iterator[FieldError]:
    wanted = len(placeholders(text))
    if len(examples) != wanted:
        yield FieldError(
            field,
            f"The text has {wanted} variable{'s' * (wanted != 1)}, but {len(examples)} "
            f"example{'s' * (len(examples) != 1)}; give one example for each variable, in order.",
        )


def _header(request: TemplateCreate) -> Iterator[FieldError]:
    if request.header is None:
        return
    text = request.header.text
    yield from _numbering("header.text", text)
    if len(placeholders(text)) > 1:
        yield FieldError("header.text", "A header takes at most one variable.")
    if "\n" in text:
        yield FieldError("header.text", "A header is a single line.")
    yield from _examples("header.examples", text, request.header.examples)


def _body(request: TemplateCreate) -> Iterator[FieldError]:
    text = request.body
    yield from _numbering("body", text)
    if _EDGE.search(text):
        yield FieldError("body", "The text must not begin or end with a variable; put words there.")
    if _ADJACENT.search(text):
        yield FieldError("body", "Two variables must not stand side by side; put words between.")
    count = len(placeholders(text))
    words = len([word for word in _GOOD.sub(" ", text).split() if any(c.isalnum() for c in word)])
    # Meta publishes no exact ratio (2388293); this much is refused in every case known. Languages
    # that put no spaces between words are left to Meta.
    if count and words < 2 * count - 1 and request.language[:2] not in _UNSPACED:
        yield FieldError(
            "body", f"There are too many variables ({count}) for {words} words; add words."
        )
    yield from _examples("body_examples", text, request.body_examples)


def _footer(request: TemplateCreate) -> Iterator[FieldError]:
    if request.footer and _BRACES.search(request.footer):
        yield FieldError("footer", "A footer takes no variables.")
    if request.footer and "\n" in request.footer:
        yield FieldError("footer", "A footer is a single line.")


def _buttons(request: TemplateCreate) -> Iterator[FieldError]:
    kinds: list[str] = [button.type for button in request.buttons]
    for kind, most in _MOST_BUTTONS.items():
        if kinds.count(kind) > most:
            yield FieldError("buttons", f"At most {most} buttons may be of type {kind}.")
    changes = sum((a == "QUICK_REPLY") != (b == "QUICK_REPLY") for a, b in pairwise(kinds))
    if changes > 1:
        yield FieldError("buttons", "Quick replies must stand together, first or last.")
    for position, button in enumerate(request.buttons):
        field = f"buttons.{position}"
        if _BRACES.search(button.text):
            yield FieldError(f"{field}.text", "A button's text takes no variables.")
        if button.type == "URL":
            yield from _url(field, button.url, button.example)


def _url(field: str, url: str, example: str | None) -> Iterator[FieldError]:
    start = url.removesuffix("{{1}}")
    if _BRACES.search(start):
        yield FieldError(f"{field}.url", "A URL takes one variable, {{1}}, and only at its end.")
        return
    if not _URL.fullmatch(start):
        yield FieldError(
            f"{field}.url", "Write the address in full, like https://example.com/orders/{{1}}."
        )
        return
    if start == url and example is not None:
        yield FieldError(f"{field}.example", "The URL has no variable, so it takes no example.")
    if start != url and not (example and example.startswith(start) and example != start):
        yield FieldError(
            f"{field}.example",
            f"Give the whole address as an example of the variable, like {start}77.",
        )
