"""What Meta decides about templates, in words for people, with what to do about it.

From templates/template-review, template-pausing and template-pacing of Meta's documentation,
November 2026. A word that is new at Meta is shown as it came.
"""

from __future__ import annotations

from dataclasses import dataclass

_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Words:
    """Why, and what to do about it."""

    reason: str
    recommendation: str


@dataclass(frozen=True, slots=True)
class PauseWords(Words):
    """A pause; `lasts_ms` is None where somebody must end it."""

    lasts_ms: int | None = None


_REJECTIONS = {
    "ABUSIVE_CONTENT": Words(
        "WhatsApp reads the text as threatening or insulting.",
        "Write it in a friendly way, without threats of consequences, and submit it again.",
    ),
    "INCORRECT_CATEGORY": Words(
        "The text does not belong to the category that was chosen.",
        "Choose the category that fits: anything that advertises is MARKETING. Or take out what "
        "advertises.",
    ),
    "INVALID_FORMAT": Words(
        "A variable, a link or the layout breaks WhatsApp's rules.",
        "Look for variables without words around them, samples that do not fit, and shortened or "
        "wa.me links; then submit it again.",
    ),
    "PROMOTIONAL": Words(
        "The text advertises, which its category does not allow.",
        "Submit it as MARKETING, or take out the offer.",
    ),
    "SCAM": Words(
        "WhatsApp reads the text as an attempt to deceive.",
        "Say who writes and why, and do not ask for secrets or payment data.",
    ),
    "TAG_CONTENT_MISMATCH": Words(
        "The language of the text is not the one that was chosen, or the category does not fit.",
        "Choose the language that the text is written in, and its category.",
    ),
}
_PAUSES = {
    "FIRST_PAUSE": PauseWords(
        "People blocked or reported this message, so WhatsApp holds it back for 3 hours.",
        "Send it to fewer people who expect it; after a third pause it is disabled for good.",
        3 * _HOUR_MS,
    ),
    "SECOND_PAUSE": PauseWords(
        "People blocked or reported this message again, so WhatsApp holds it back for 6 hours.",
        "Change the text or the audience before it goes on: the next pause disables it for good.",
        6 * _HOUR_MS,
    ),
    "RATE_LIMITING_PAUSE": PauseWords(
        "The first of these messages were not well received, so WhatsApp has stopped the rest.",
        "Improve the text and edit the template, or end the pause with Unpause.",
    ),
}


def rejection_words(code: str) -> Words:
    """Return what a reason of rejection means."""
    return _REJECTIONS.get(code.upper()) or Words(
        f"WhatsApp gives the reason {code}.",
        "Compare the text with WhatsApp's template guidelines, change it and submit it again.",
    )


def pause_words(title: str) -> PauseWords:
    """Return what the title of a pause means."""
    return _PAUSES.get(title.upper()) or PauseWords(
        "WhatsApp holds this template back because of how people took it.",
        "Improve the text or the audience; see the template in WhatsApp Manager.",
    )


def is_pause(title: str) -> bool:
    """Tell whether the title is one of a pause that has its words here."""
    return title.upper() in _PAUSES
