"""The few rules by which the sandbox reviews a template as Meta's reviewers would.

| what | decision |
| --- | --- |
| a shortened or wa.me link | REJECTED, INVALID_FORMAT |
| a request for secrets | REJECTED, SCAM |
| a threat or an insult | REJECTED, ABUSIVE_CONTENT |
| a one-time code outside AUTHENTICATION | REJECTED, INCORRECT_CATEGORY |
| texts in another script than the language's | REJECTED, TAG_CONTENT_MISMATCH |
| a UTILITY template that promotes | APPROVED as MARKETING |
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.model import Json, Template

from .template_shape import VARIABLE

_SHORTENED = re.compile(r"\b(bit\.ly|tinyurl\.com|goo\.gl|t\.co|wa\.me)/", re.IGNORECASE)
_SECRETS = re.compile(
    r"\b(card number|cvv|your password|your pin|bank account number)\b", re.IGNORECASE
)
_ABUSE = re.compile(r"\b(idiots?|kill you|we will find you|shut up)\b", re.IGNORECASE)
_ONE_TIME_CODE = re.compile(
    r"\b(verification code|one-time (code|password|passcode)|otp)\b", re.IGNORECASE
)
_PROMOTION = re.compile(
    r"\b(\d+ ?% off|discount|promo code|coupon|special offer|buy now|sale ends)\b", re.IGNORECASE
)

# The scripts, as Unicode names its letters, of the languages that are not written in Latin.
_SCRIPTS = {
    "ar": "ARABIC", "fa": "ARABIC", "ur": "ARABIC", "ps": "ARABIC", "prs": "ARABIC",
    "he": "HEBREW", "ru": "CYRILLIC", "uk": "CYRILLIC", "bg": "CYRILLIC", "mk": "CYRILLIC",
    "be": "CYRILLIC", "ky": "CYRILLIC", "kk": "CYRILLIC", "el": "GREEK", "ka": "GEORGIAN",
    "th": "THAI", "lo": "LAO", "hi": "DEVANAGARI", "mr": "DEVANAGARI", "bn": "BENGALI",
    "pa": "GURMUKHI", "gu": "GUJARATI", "ta": "TAMIL", "te": "TELUGU", "kn": "KANNADA",
    "ml": "MALAYALAM", "si": "SINHALA", "ko": "HANGUL", "zh": "CJK",
}  # fmt: skip
# Japanese has three scripts and Serbian two, so any text may be theirs.
_ANY_SCRIPT = ("ja", "sr")
_FEW_LETTERS = 20


@dataclass(frozen=True)
class Verdict:
    """The category a template ends in, and for a rejected one the reason and an advice."""

    category: str
    reason: str = ""
    advice: str = ""


def verdict(template: Template) -> Verdict:
    """Return what review decides; what no rule speaks against is approved as it is."""
    texts, links = _texts_and_links(template.components)
    text = " ".join(texts)
    if _SHORTENED.search(" ".join([text, *links])):
        return Verdict(
            template.category, "INVALID_FORMAT", "Links must not be shortened or lead to wa.me."
        )
    if _SECRETS.search(text):
        return Verdict(template.category, "SCAM", "A template must not ask for sensitive data.")
    if _ABUSE.search(text):
        return Verdict(
            template.category, "ABUSIVE_CONTENT", "A template must not threaten or insult."
        )
    if template.category == "AUTHENTICATION":
        return Verdict(template.category)
    if _ONE_TIME_CODE.search(text):
        return Verdict(
            template.category,
            "INCORRECT_CATEGORY",
            "One-time codes are sent with an AUTHENTICATION template.",
        )
    if not _is_in_script(text, template.language):
        return Verdict(
            template.category,
            "TAG_CONTENT_MISMATCH",
            f"The texts are not in the language of the template ({template.language}).",
        )
    if template.category == "UTILITY" and _PROMOTION.search(text):
        return Verdict("MARKETING")
    return Verdict(template.category)


def _texts_and_links(components: list[Json]) -> tuple[list[str], list[str]]:
    """Return what is read in a template, its cards included, and where its buttons lead."""
    texts, links = [], []
    for part in _parts(components):
        texts.append(str(part.get("text") or ""))
        links.append(str(part.get("url") or ""))
    return texts, links


def _parts(components: list[Json]) -> Iterator[Json]:
    """Yield the components, the buttons, and those of the cards."""
    for part in components:
        yield part
        yield from part.get("buttons") or ()
        for card in part.get("cards") or ():
            yield from _parts(card.get("components") or [])


def _is_in_script(text: str, language: str) -> bool:
    """Tell whether a text can be in a language by its letters; a short one always can.

    A language in a script of its own needs some of its letters; one in Latin, some Latin ones.
    """
    code = language.partition("_")[0]
    letters = [c for c in VARIABLE.sub("", text) if c.isalpha()]
    if code in _ANY_SCRIPT or len(letters) < _FEW_LETTERS:
        return True
    script = _SCRIPTS.get(code, "LATIN")
    return any(unicodedata.name(letter, "").startswith(script) for letter in letters)
