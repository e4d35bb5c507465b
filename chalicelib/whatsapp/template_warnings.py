"""What WhatsApp takes in a template but that serves its sender badly, told beforehand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from chalicelib.core.errors import FieldError
from chalicelib.whatsapp.template_rules import TemplateDraft

_PROMOTION = re.compile(
    r"\d+\s?%|\b(discount|sale|promo(tion|tional)?|coupon|voucher|special offer|limited time|"
    r"buy (now|one)|shop now|free shipping|best price|deals?|rabatt|angebot|gutschein|descuento|"
    r"oferta|cup[oó]n|desconto|promo[cç][aã]o|promoci[oó]n|remise|soldes|sconto|offerta)\b",
    re.IGNORECASE,
)
_SHORTENED = re.compile(r"\b(bit\.ly|tinyurl\.com|goo\.gl|t\.co|ow\.ly|wa\.me)/", re.IGNORECASE)
_SECRETS = re.compile(
    r"\b(card number|cvv|cvc|your (password|pin)|bank account number|id number)\b", re.IGNORECASE
)
_OPT_OUT = re.compile(
    r"\b(stop|unsubscribe|opt[ -]?out|abmelden|baja|sair|désabonner)\b", re.IGNORECASE
)
_DESKTOP_BUTTONS = 4


def warnings(draft: TemplateDraft) -> tuple[FieldError, ...]:
    """Return what to think over, field by field; none of it stops a submission."""
    return tuple(_warnings(draft))


def _warnings(draft: TemplateDraft) -> Iterator[FieldError]:
    texts = list(_texts(draft))
    for field, text in texts:
        if draft.category == "UTILITY" and _PROMOTION.search(text):
            yield FieldError(
                field,
                "This reads like a promotion. WhatsApp may approve the template as MARKETING, "
                "which costs more; leave the offer out, or choose MARKETING yourself.",
            )
        if _SHORTENED.search(text):
            yield FieldError(
                field,
                "WhatsApp rejects shortened links and links to wa.me; give the full address of "
                "your own site.",
            )
        if _SECRETS.search(text):
            yield FieldError(
                field,
                "WhatsApp rejects templates that ask for secrets, as this seems to; ask in another "
                "way.",
            )
    yield from _buttons(draft)
    if draft.category == "MARKETING":
        if draft.ttl_s is not None:
            yield FieldError(
                "message_send_ttl_seconds",
                "A marketing template keeps this time only where it is sent through the Marketing "
                "Messages API.",
            )
        if not any(_OPT_OUT.search(text) for _, text in texts):
            yield FieldError(
                "components",
                "Tell people how to stop these messages, in the footer or with a quick reply: who "
                "finds no way out blocks the number.",
            )


def _buttons(draft: TemplateDraft) -> Iterator[FieldError]:
    for position, part in enumerate(draft.components):
        count = len(part.get("buttons") or ())
        if count >= _DESKTOP_BUTTONS:
            yield FieldError(
                f"components.{position}.buttons",
                f"With {_DESKTOP_BUTTONS} buttons or more the message is not shown on WhatsApp for "
                "desktop, and a phone shows the first two above 'See all options'.",
            )


def _texts(draft: TemplateDraft) -> Iterator[tuple[str, str]]:
    """Give each text that people read, and each link, with its field."""
    yield from _texts_of("components", draft.components)


def _texts_of(field: str, parts: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - Meta's JSON
    for position, part in enumerate(parts):
        where = f"{field}.{position}"
        if part.get("text"):
            yield f"{where}.text", str(part["text"])
        for index, button in enumerate(part.get("buttons") or ()):
            for name in ("text", "url"):
                if button.get(name):
                    yield f"{where}.buttons.{index}.{name}", str(button[name])
        for index, card in enumerate(part.get("cards") or ()):
            yield from _texts_of(f"{where}.cards.{index}.components", card.get("components") or ())
