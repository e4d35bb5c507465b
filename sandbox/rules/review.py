"""The few rules by which the sandbox reviews a template as Meta's reviewers would."""

import re
from dataclasses import dataclass

from sandbox.model import Template

from .template_shape import component

_SHORTENED = re.compile(r"\b(bit\.ly|tinyurl\.com|goo\.gl|t\.co|wa\.me)/", re.IGNORECASE)
_SECRETS = re.compile(
    r"\b(card number|cvv|your password|your pin|bank account number)\b", re.IGNORECASE
)
_PROMOTION = re.compile(
    r"\b(\d+ ?% off|discount|promo code|coupon|special offer|buy now|sale ends)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Verdict:
    """The category a template ends in, and for a rejected one the reason and an advice."""

    category: str
    reason: str = ""
    advice: str = ""


def verdict(template: Template) -> Verdict:
    """Return what review decides.

    Shortened and wa.me links are rejected, as are requests for secrets; a UTILITY template that
    promotes becomes MARKETING. Everything else is approved as it is.
    """
    body = str(component(template, "BODY").get("text", ""))
    buttons = component(template, "BUTTONS").get("buttons", [])
    links = " ".join([body, *(str(button.get("url", "")) for button in buttons)])
    if _SHORTENED.search(links):
        return Verdict(
            template.category, "INVALID_FORMAT", "Links must not be shortened or lead to wa.me."
        )
    if _SECRETS.search(body):
        return Verdict(template.category, "SCAM", "A template must not ask for sensitive data.")
    if template.category == "UTILITY" and _PROMOTION.search(body):
        return Verdict("MARKETING")
    return Verdict(template.category)
