"""What Meta's error codes mean for Parley, and for people.

`explain` answers for every code, known or not, and for a failure without one.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.whatsapp.code_words import PERMISSION, WORDS, Whose, Words

# What a failure says of the person: no marketing wanted, none for now, cannot be reached.
STOPPED_MARKETING, COOLING, UNDELIVERABLE = 131050, 131049, 131026
PERSON_CODES = frozenset({STOPPED_MARKETING, COOLING, UNDELIVERABLE})
THROTTLE_CODES = frozenset({4, 80007, 130429, 131056, 131057})
TOKEN_CODES = frozenset({0, 3, 10, 190, 131005, *range(200, 300)})
NUMBER_CODES = frozenset(
    {33, 368, 131031, 131037, 131042, 131045, 131048, 131063, 131064, 133010, 134011, 139200}
)
TEMPLATE_CODES = frozenset(
    {132000, 132001, 132007, 132012, 132015, 132016, 132018, 132068, 132069, 131061, 134100, 134101}
    | set(range(139000, 139005))
)
# With a 5xx these do not say whether the message went out.
UNSETTLED_CODES = frozenset({1, 2, 131000, 131016, 133000, 133004, 134102})
# Of calls that set something up; no message carries them.
SETUP_CODES = frozenset(
    {133005, 133006, 133008, 133009, 133015, 133016, 136024, 1752041, 2388019, 2494100}
    | set(range(139100, 139104))
    | set(range(147001, 147006))
    | set(range(200005, 200008))
    | set(range(2388000, 2389000))
    | set(range(2494164, 2494180))
    | set(range(2593107, 2593110))
)
# What the same message to the same person may overcome at another time, or once the cause is gone;
# a failure with any other code would fail again, or should not be tried.
RETRYABLE_CODES = frozenset(
    {
        *THROTTLE_CODES,  # the rate of the app, the account, the number or the person
        *(1, 2, 131000, 131016, 133000, 133004, 134102),  # Meta was not able to, for a while
        *(0, 3, 10, 190, 131005, *range(200, 300)),  # the token was renewed or given permissions
        *(368, 131031),  # the account's restriction was lifted
        131037,  # the display name was approved
        131042,  # the payment was mended
        *(131045, 133010),  # the number was registered
        131048,  # the number's quality recovered
        131049,  # Meta took no marketing for them then; who is cooling still is skipped
        131053,  # the file could not be fetched
        131063,
        131064,
        132015,  # the template's pause is over
    }
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A code for people: a title, the cause, whose matter it is, what Parley did, what to do.

    `is_retryable` tells whether sending the same again, after the next step, can end otherwise.
    """

    title: str
    cause: str
    whose: Whose
    done: str
    next_step: str
    is_retryable: bool = False


_NO_ANSWER = Words(
    "Outcome unclear",
    "WhatsApp gave no clear answer; the message may or may not have gone out.",
    "Wait for the status from WhatsApp; send again only after checking with the customer.",
    "meta",
)


def is_known(code: int) -> bool:
    """Tell whether Meta's reference explains this code."""
    return code in WORDS or code in TOKEN_CODES


def explain(code: int | None) -> Explanation:
    """Return what `code` means; None is a failure without one."""
    words = _words(code)
    return Explanation(
        words.title, words.cause, words.whose, _done(code), words.next_step, code in RETRYABLE_CODES
    )


def reason_of(code: int | None, said: str | None = None) -> str:
    """Return why something was stopped and what to do, in a sentence or two; `said` is Meta's."""
    words = _words(code)
    cause = f"{words.title} ({code}): {words.cause}" if code is not None else words.cause
    told = f" WhatsApp said: {said.strip().rstrip('.')}." if said else ""
    return f"{cause}{told} {words.next_step}"


def _words(code: int | None) -> Words:
    if code is None:
        return _NO_ANSWER
    if code in WORDS:
        return WORDS[code]
    if code in TOKEN_CODES:
        return PERMISSION
    return Words(
        f"Error {code}",
        "WhatsApp gave a code that Parley does not know yet.",
        "Look the code up in Meta's error reference.",
        "meta",
    )


def _done(code: int | None) -> str:
    """Return what Parley does by itself when it meets `code`."""
    if code in THROTTLE_CODES:
        return "Slowed down; a campaign tries again by itself."
    if code is None or code in UNSETTLED_CODES:
        return "Left it open: it is not sent again by itself, and WhatsApp's status settles it."
    if code in TOKEN_CODES | NUMBER_CODES | TEMPLATE_CODES:
        return "Paused the campaign, if it was one; those it had not begun with wait."
    if code in SETUP_CODES:
        return "Changed nothing."
    if code == STOPPED_MARKETING:
        return "Marked the message as failed, and the contact as not wanting marketing."
    if code == COOLING:
        return "Marked the message as failed; this contact gets no marketing for a day at least."
    return "Marked the message as failed; it is not sent again by itself."
