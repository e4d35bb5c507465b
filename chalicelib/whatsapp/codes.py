"""What Meta's error codes mean for Parley, and for people.

`explain` answers for every code, known or not, and for a failure without one; `UNCLEAR` is what to
say while nobody knows whether a message failed.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.whatsapp.code_words import PERMISSION, WORDS, Whose, Words

# What a failure says of the person: no marketing wanted, none for now, cannot be reached.
STOPPED_MARKETING, COOLING, UNDELIVERABLE = 131050, 131049, 131026
# The person's country, their block list, their own number, their identity: it holds until they
# write, or until somebody of the business says otherwise.
BARRED_CODES = frozenset({130403, 130497, 131021, 137000})
PERSON_CODES = frozenset({STOPPED_MARKETING, COOLING, UNDELIVERABLE}) | BARRED_CODES
THROTTLE_CODES = frozenset({4, 80007, 130429, 131056, 131057})
# Of calls that the account refuses for some minutes, all alike; sends may meet it as well.
MAINTENANCE = 2494100
TOKEN_CODES = frozenset({0, 3, 10, 190, 131005, *range(200, 300)})
# Of one number; of its account, and so of all its numbers; of one way of sending.
_ONE_NUMBER_CODES = frozenset({33, 131037, 131045, 131048, 133010})
ACCOUNT_CODES = frozenset({368, 131031, 131042, 131064, 134011})
NUMBER_CODES = _ONE_NUMBER_CODES | ACCOUNT_CODES | {131063, 139200}
# The values that a campaign gives its template do not fit it; the template itself may be good.
VALUE_CODES = frozenset({132000, 132012, 132018})
TEMPLATE_CODES = (
    VALUE_CODES
    | {132001, 132007, 132015, 132016, 132068, 132069, 131061, 134100, 134101, 134102}
    | set(range(139000, 139005))
)
# Of one recipient, or of every recipient where nobody gets through: a parameter that is wrong.
PARAMETER_CODES = frozenset({100, 131008, 131009})
MEDIA = 131053
# What concerns everything that the number sends, and for how long (ms) it had better send nothing:
# a second too fast, the app's and the account's limits, an account in maintenance.
HOLDS_MS = {130429: 1_000, 4: 60_000, 80007: 60_000, 131057: 60_000, MAINTENANCE: 60_000}
# With a 5xx these do not say whether the message went out.
UNSETTLED_CODES = frozenset({1, 2, 131000, 131016, 133000, 133004, 134102})
# Of calls that set something up; no message carries them.
SETUP_CODES = frozenset(
    {133005, 133006, 133008, 133009, 133015, 133016, 136024, 1752041, 2388019}
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
        MAINTENANCE,
        *(1, 2, 131000, 131016, 133000, 133004, 134102, 135000),  # Meta could not, for a while
        *(0, 3, 10, 190, 131005, *range(200, 300)),  # the token was renewed or given permissions
        *(368, 131031),  # the account's restriction was lifted
        131037,  # the display name was approved
        131042,  # the payment was mended
        *(131045, 133010),  # the number was registered
        131048,  # the number's quality recovered
        131049,  # Meta took no marketing for them then; who is cooling still is skipped
        MEDIA,  # the file can be fetched now
        131063,
        131064,
        132015,  # the template's pause is over
        *(132068, 132069),  # the flow was mended, or an hour has passed
        134101,  # Meta has prepared the template
        137000,  # the customer was asked; who is still marked is skipped
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


# Of a message that was handed over, whatever code came with a 5xx: its status may come yet.
UNCLEAR = Explanation(
    "Outcome unclear",
    "WhatsApp gave no clear answer; the message may or may not have gone out.",
    "meta",
    "Left it open: it is not sent again by itself, and WhatsApp's status settles it.",
    "Wait for the status from WhatsApp; send again only after checking with the customer.",
)
_NO_CODE = Words(
    "Failed without a code",
    "The message was not taken or not delivered, and no code of WhatsApp's says why.",
    "Read what was said of it, at the recipient; once that has passed, write to them again.",
    "meta",
)


def is_known(code: int) -> bool:
    """Tell whether Meta's reference explains this code."""
    return code in WORDS or code in TOKEN_CODES


def is_of_one_or_all(code: int | None) -> bool:
    """Tell whether a refusal with this code is one recipient's unless nobody gets through: of a
    parameter, with a code that nobody has explained, or without one.
    """
    return code is None or code in PARAMETER_CODES or not is_known(code)


def may_stop(code: int) -> bool:
    """Tell whether a failure with this code can stop a campaign, for sure or if others are alike.

    Which it stops is for services.campaigns.stopping.
    """
    stopping = TOKEN_CODES | NUMBER_CODES | TEMPLATE_CODES
    return code == MEDIA or code in stopping or is_of_one_or_all(code)


def explain(code: int | None) -> Explanation:
    """Return what `code` means of a message that failed with it; None is a failure without one."""
    words, done = _words(code), _MARKED_FAILED if code is None else _done(code)
    return Explanation(
        words.title, words.cause, words.whose, done, words.next_step, code in RETRYABLE_CODES
    )


def reason_of(code: int | None, said: str | None = None) -> str:
    """Return why something was stopped and what to do, in a sentence or two; `said` is Meta's."""
    words = _words(code)
    cause = f"{words.title} ({code}): {words.cause}" if code is not None else words.cause
    told = f" WhatsApp said: {said.strip().rstrip('.')}." if said else ""
    return f"{cause}{told} {words.next_step}"


def _words(code: int | None) -> Words:
    if code is None:
        return _NO_CODE
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


def _done(code: int) -> str:
    """Return what Parley does by itself when it meets `code`."""
    if code in _MARKED:
        return f"Marked the message as failed{_MARKED[code]}."
    if is_of_one_or_all(code):
        return "Marked the message as failed; the campaign pauses if nobody gets through."
    return next((words for codes, words in _DONE if code in codes), _MARKED_FAILED)


_MARKED_FAILED = "Marked the message as failed; it is not sent again by itself."


# The first that has the code tells what was done.
_DONE: tuple[tuple[frozenset[int], str], ...] = (
    (
        THROTTLE_CODES | {MAINTENANCE},
        "Slowed down; a campaign tries again by itself, twice at most.",
    ),
    (
        ACCOUNT_CODES | _ONE_NUMBER_CODES | TOKEN_CODES,
        "Paused the campaigns that it concerns; those they had not begun with wait.",
    ),
    (
        NUMBER_CODES | TEMPLATE_CODES,
        "Paused the campaign, if it was one; those it had not begun with wait.",
    ),
    (SETUP_CODES, "Changed nothing."),
    (
        frozenset({MEDIA}),
        "Marked the message as failed; the campaign pauses if everybody was to get this file.",
    ),
)
_MARKED = {
    STOPPED_MARKETING: ", and the contact as not wanting marketing",
    COOLING: "; this contact gets no marketing for a day at least",
    UNDELIVERABLE: "; the second time the contact is marked as not reachable and left out",
    130403: ", and the contact as blocked; campaigns leave it out",
    130497: ", and the contact as one of a country that is not allowed; campaigns leave it out",
    131021: ", and the contact as the business's own number; campaigns leave it out",
    137000: ", and the contact as one whose identity has changed; campaigns leave it out",
}
