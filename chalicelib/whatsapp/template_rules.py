"""WhatsApp's rules for a template, checked before Meta is asked: each error names a field.

From templates/components, time-to-live, authentication-templates and marketing-templates of Meta's
documentation, November 2026. What only Meta can judge (policy, category, wording) is left to its
review; `template_warnings` tells what it is likely to say.

    template_text_rules      variables, examples, lengths of header, body and footer
    template_button_rules    buttons: how many, in which order, and what each needs
    template_kind_rules      authentication, limited-time offer, carousel
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.core.errors import FieldError
from chalicelib.whatsapp.template_button_rules import button_problems
from chalicelib.whatsapp.template_kind_rules import (
    authentication_problems,
    carousel_problems,
    offer_problems,
)
from chalicelib.whatsapp.template_languages import LANGUAGES
from chalicelib.whatsapp.template_text_rules import (
    TextRules,
    body_problems,
    footer_problems,
    header_problems,
)

Component = Mapping[str, Any]

# The parts that a template has at most once, and those that each kind of template may have.
_KINDS = (
    *("HEADER", "BODY", "FOOTER", "BUTTONS"),
    *("LIMITED_TIME_OFFER", "CAROUSEL", "CALL_PERMISSION_REQUEST"),
)
_OF_AUTHENTICATION = frozenset({"BODY", "FOOTER", "BUTTONS"})
_OF_CAROUSEL = frozenset({"BODY", "CAROUSEL"})
_MAX_BODY, _MAX_BODY_WITH_OFFER = 1024, 600
# Seconds, by category; -1 stands for 30 days.
_TTL = {"AUTHENTICATION": (30, 900), "UTILITY": (30, 43_200), "MARKETING": (43_200, 2_592_000)}
_NAME = re.compile(r"[a-z0-9_]{1,512}")


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    """A template as it would be submitted; `components` are Meta's own JSON.

    `ttl_s` is `message_send_ttl_seconds`.
    """

    name: str
    language: str
    category: str
    parameter_format: str
    ttl_s: int | None
    components: Sequence[Component]


def problems(draft: TemplateDraft) -> tuple[FieldError, ...]:
    """Return what WhatsApp would refuse in `draft`, field by field; empty if nothing."""
    found = [*_settings(draft), *_kinds(draft)]
    by_kind = {
        part.get("type"): (f"components.{i}", part) for i, part in enumerate(draft.components)
    }
    rules = TextRules(draft.language, draft.parameter_format == "NAMED", _MAX_BODY)
    if "LIMITED_TIME_OFFER" in by_kind:
        rules = TextRules(rules.language, rules.is_named, _MAX_BODY_WITH_OFFER)
        found += offer_problems(*by_kind["LIMITED_TIME_OFFER"], draft)
    if draft.category == "AUTHENTICATION":
        return (*found, *authentication_problems(by_kind))
    if "HEADER" in by_kind:
        found += header_problems(*by_kind["HEADER"], rules)
    if "BODY" in by_kind:
        found += body_problems(*by_kind["BODY"], rules)
    if "FOOTER" in by_kind:
        found += footer_problems(*by_kind["FOOTER"])
    if "BUTTONS" in by_kind:
        found += button_problems(*by_kind["BUTTONS"])
    if "CAROUSEL" in by_kind:
        found += carousel_problems(*by_kind["CAROUSEL"], rules)
    return tuple(found)


def _settings(draft: TemplateDraft) -> Iterator[FieldError]:
    if not _NAME.fullmatch(draft.name):
        yield FieldError(
            "name", "A name is 1 to 512 lower-case letters, digits and underscores (a-z, 0-9, _)."
        )
    if draft.language not in LANGUAGES:
        yield FieldError(
            "language",
            f"WhatsApp has no templates in {draft.language!r}; use a code like en_US or pt_BR.",
        )
    low, high = _TTL[draft.category]
    is_month = draft.ttl_s == -1 and draft.category == "UTILITY"
    if draft.ttl_s is not None and not is_month and not low <= draft.ttl_s <= high:
        yield FieldError(
            "message_send_ttl_seconds",
            f"A template of category {draft.category} takes {low} to {high} seconds"
            + (", or -1 for 30 days." if draft.category == "UTILITY" else "."),
        )


def _kinds(draft: TemplateDraft) -> Iterator[FieldError]:
    """Check which components there are."""
    kinds = [str(part.get("type")) for part in draft.components]
    if "BODY" not in kinds:
        yield FieldError("components", "A template needs a component of type BODY.")
    for kind in _KINDS:
        if kinds.count(kind) > 1:
            yield FieldError("components", f"A template has at most one component of type {kind}.")
    for position, kind in enumerate(kinds):
        field = f"components.{position}"
        if draft.category == "AUTHENTICATION" and kind not in _OF_AUTHENTICATION:
            yield FieldError(
                field,
                "An authentication template has a body, a footer and one OTP button; its text is "
                "Meta's own, and it takes no header, media, link or offer.",
            )
        elif "CAROUSEL" in kinds and kind not in _OF_CAROUSEL:
            yield FieldError(
                field, "A carousel has a body and cards; header and buttons belong on the cards."
            )
        elif "LIMITED_TIME_OFFER" in kinds and kind == "FOOTER":
            yield FieldError(field, "A limited-time offer takes no footer.")
