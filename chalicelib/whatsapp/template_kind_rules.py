"""The rules of the templates that are of a kind of their own: one-time codes, offers, carousels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from chalicelib.core.errors import FieldError
from chalicelib.whatsapp.template_button_rules import button_problems
from chalicelib.whatsapp.template_text_rules import (
    TextRules,
    body_problems,
    header_problems,
    length_problems,
)

Component = Mapping[str, Any]
Placed = tuple[str, Component]  # the field of a component, and the component

_MINUTES = (1, 90)
_MAX_BUTTON_TEXT = 25
_MOST_APPS = 5
_APP_TYPES = frozenset({"ONE_TAP", "ZERO_TAP"})
_PACKAGE = re.compile(r"[a-zA-Z]\w*(\.[a-zA-Z]\w*)+")
_SIGNATURE = re.compile(r"[A-Za-z0-9+/=]{11}")
_MAX_OFFER = 16
_OFFER_HEADERS = frozenset({"IMAGE", "VIDEO"})
_OFFER_BUTTONS = (["COPY_CODE", "URL"], ["COPY_CODE"], ["URL"])
_CARDS = (2, 10)
_MAX_CARD_BODY = 160
_MOST_CARD_BUTTONS = 2
_CARD_PARTS = frozenset({"HEADER", "BODY", "BUTTONS"})
_CARD_HEADERS = frozenset({"IMAGE", "VIDEO", "PRODUCT"})
_CARD_BUTTONS = frozenset({"QUICK_REPLY", "URL", "PHONE_NUMBER", "SPM"})


class Draft(Protocol):
    """What an offer asks of the whole template."""

    @property
    def category(self) -> str:
        """Return its category."""
        ...

    @property
    def components(self) -> Sequence[Component]:
        """Return its components."""
        ...


def authentication_problems(by_kind: Mapping[Any, Placed]) -> Iterator[FieldError]:
    """Check an authentication template: Meta's own text, an OTP button, nothing else."""
    if "BODY" in by_kind:
        field, body = by_kind["BODY"]
        for name in ("text", "example"):
            if body.get(name):
                yield FieldError(
                    f"{field}.{name}",
                    "The text of an authentication template is Meta's own; leave it out.",
                )
    if "FOOTER" in by_kind:
        field, footer = by_kind["FOOTER"]
        yield from _expiration(field, footer)
    where, component = by_kind.get("BUTTONS", ("components", {}))
    buttons: Sequence[Component] = component.get("buttons") or ()
    if [button.get("type") for button in buttons] != ["OTP"]:
        yield FieldError(
            f"{where}.buttons" if component else where,
            "An authentication template has exactly one button, of type OTP.",
        )
        return
    yield from _otp(f"{where}.buttons.0", buttons[0])


def _expiration(field: str, footer: Component) -> Iterator[FieldError]:
    low, high = _MINUTES
    minutes = footer.get("code_expiration_minutes")
    if footer.get("text"):
        yield FieldError(
            f"{field}.text",
            "The footer of an authentication template is Meta's own; give code_expiration_minutes.",
        )
    if minutes is None or not low <= minutes <= high:
        yield FieldError(
            f"{field}.code_expiration_minutes", f"A code expires after {low} to {high} minutes."
        )


def _otp(field: str, button: Component) -> Iterator[FieldError]:
    kind = button.get("otp_type")
    for name in ("text", "autofill_text"):
        if len(str(button.get(name) or "")) > _MAX_BUTTON_TEXT:
            yield FieldError(
                f"{field}.{name}",
                f"The text of a button has at most {_MAX_BUTTON_TEXT} characters.",
            )
    apps = button.get("supported_apps") or ()
    if kind in _APP_TYPES and not 1 <= len(apps) <= _MOST_APPS:
        yield FieldError(
            f"{field}.supported_apps",
            f"A button of type {kind} names 1 to {_MOST_APPS} apps that take the code.",
        )
    for position, app in enumerate(apps):
        where = f"{field}.supported_apps.{position}"
        if not _PACKAGE.fullmatch(str(app.get("package_name") or "")):
            yield FieldError(
                f"{where}.package_name", "Write the app's package name, like com.example.shop."
            )
        if not _SIGNATURE.fullmatch(str(app.get("signature_hash") or "")):
            yield FieldError(
                f"{where}.signature_hash", "The hash of the app's signing key has 11 characters."
            )
    if kind == "ZERO_TAP" and button.get("zero_tap_terms_accepted") is not True:
        yield FieldError(
            f"{field}.zero_tap_terms_accepted",
            "Zero-tap needs Meta's zero-tap terms to be accepted: set it to true.",
        )


def offer_problems(field: str, offer: Component, draft: Draft) -> Iterator[FieldError]:
    """Check a limited-time offer, and what it asks of the template around it."""
    details = offer.get("limited_time_offer") or {}
    where = f"{field}.limited_time_offer.text"
    yield from length_problems(where, str(details.get("text") or ""), _MAX_OFFER, "offer")
    if draft.category != "MARKETING":
        yield FieldError("category", "A limited-time offer is MARKETING.")
    for position, part in enumerate(draft.components):
        kind = part.get("type")
        if kind == "HEADER" and part.get("format") not in _OFFER_HEADERS:
            yield FieldError(
                f"components.{position}.format", "The header of an offer is an image or a video."
            )
        elif kind == "BUTTONS":
            kinds = [button.get("type") for button in part.get("buttons") or ()]
            if kinds not in _OFFER_BUTTONS:
                yield FieldError(
                    f"components.{position}.buttons",
                    "An offer has a COPY_CODE button first, then a URL button, or one of them.",
                )
            elif details.get("has_expiration") and kinds[0] != "COPY_CODE":
                yield FieldError(
                    f"components.{position}.buttons",
                    "An offer that expires needs a COPY_CODE button, first.",
                )


def carousel_problems(field: str, carousel: Component, rules: TextRules) -> Iterator[FieldError]:
    """Check a carousel: 2 to 10 cards, each with the same parts in the same order."""
    cards: Sequence[Component] = carousel.get("cards") or ()
    low, high = _CARDS
    if not low <= len(cards) <= high:
        yield FieldError(f"{field}.cards", f"A carousel has {low} to {high} cards.")
    card_rules = TextRules(rules.language, rules.is_named, _MAX_CARD_BODY)
    for position, card in enumerate(cards):
        where = f"{field}.cards.{position}.components"
        yield from _card(where, card.get("components") or (), card_rules)
        if _build(card) != _build(cards[0]):
            yield FieldError(
                where,
                "All cards have the same parts: header of one format, body or none, and buttons "
                "of the same types in the same order. This one differs from the first.",
            )


def _build(card: Component) -> tuple[Any, ...]:
    """Return what must be the same on every card."""
    parts = {part.get("type"): part for part in card.get("components") or ()}
    buttons = parts.get("BUTTONS", {}).get("buttons") or ()
    return (
        parts.get("HEADER", {}).get("format"),
        "BODY" in parts,
        tuple(button.get("type") for button in buttons),
    )


def _card(field: str, parts: Sequence[Component], rules: TextRules) -> Iterator[FieldError]:
    kinds = [part.get("type") for part in parts]
    if "HEADER" not in kinds:
        yield FieldError(field, "A card needs a header: an image, a video or a product.")
    for position, part in enumerate(parts):
        where, kind = f"{field}.{position}", part.get("type")
        if kind not in _CARD_PARTS or kinds.count(kind) > 1:
            yield FieldError(where, "A card has one header, at most one body, and buttons.")
        elif kind == "HEADER" and part.get("format") not in _CARD_HEADERS:
            yield FieldError(
                f"{where}.format", "The header of a card is an image, a video or a product."
            )
        elif kind == "HEADER":
            yield from header_problems(where, part, rules)
        elif kind == "BODY":
            yield from body_problems(where, part, rules)
        else:
            yield from button_problems(where, part)
            yield from _card_buttons(f"{where}.buttons", part.get("buttons") or ())


def _card_buttons(field: str, buttons: Sequence[Component]) -> Iterator[FieldError]:
    if len(buttons) > _MOST_CARD_BUTTONS:
        yield FieldError(field, f"A card has at most {_MOST_CARD_BUTTONS} buttons.")
    if {button.get("type") for button in buttons} - _CARD_BUTTONS:
        yield FieldError(field, f"The buttons of a card are {', '.join(sorted(_CARD_BUTTONS))}.")
