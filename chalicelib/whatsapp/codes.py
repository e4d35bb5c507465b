"""Meta's error codes in words that a business understands: what happened, why, what to do next.

Codes and meanings follow Meta's reference (support/error-codes) as of November 2026; the wording is
ours. `explain` answers for every code, known or not.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """A code for people: a title, the cause, and the next step."""

    title: str
    cause: str
    next_step: str


THROTTLE_CODES = frozenset({4, 80007, 130429, 131056, 131057})
TOKEN_CODES = frozenset({0, 3, 10, 190, 131005, *range(200, 300)})
NUMBER_CODES = frozenset(
    {33, 368, 131031, 131037, 131042, 131045, 131048, 131063, 131064, 133010, 134011, 139200}
)
TEMPLATE_CODES = frozenset(
    {132000, 132001, 132007, 132012, 132015, 132016, 132018, 132068, 132069, 131061, 134100}
)
# With a 5xx these do not say whether the message went out.
UNSETTLED_CODES = frozenset({1, 2, 131000, 131016, 133000, 133004, 134102})

_NEW_TOKEN = "Connect the number again with a valid access token, then resume."  # noqa: S105
_WAIT = "Nothing to do: Parley slows down and tries again."
_FIX_TEMPLATE = "Check the template and the values mapped to its variables, then resume."
_NONE = "Nothing to do: this person cannot be reached by this message."
_STATUS = "Wait for the status from WhatsApp; send again only after checking with the customer."

_PERMISSION = Explanation(
    "Permission missing",
    "The access token may not use this number or account.",
    "Give the system user the whatsapp_business_messaging and whatsapp_business_management "
    "permissions on the account, connect the number again, then resume.",
)
_LOCKED = Explanation(
    "Account restricted",
    "Meta has restricted or locked the WhatsApp Business Account.",
    "Look for the reason and an appeal in Meta's Business Support Home.",
)
_UNREGISTERED = Explanation(
    "Number not registered",
    "The phone number is not registered with the Cloud API.",
    "Register the number in WhatsApp Manager, then resume.",
)
_VALUES = Explanation(
    "Values do not fit the template",
    "The number, the format or the content of the values differs from the template's variables.",
    _FIX_TEMPLATE,
)
_PARAMETER = Explanation(
    "Parameter wrong",
    "A part of the message is missing or has a value that WhatsApp does not take.",
    "Correct what WhatsApp's message names.",
)
_NOT_NOW = Explanation(
    "Outcome unclear", "WhatsApp had a fault; the message may or may not have gone out.", _STATUS
)
_FLOW = Explanation(
    "Form not available",
    "The WhatsApp Flow of the template is blocked, throttled or unpublished.",
    "Repair and publish the flow in WhatsApp Manager, then resume.",
)
_CONTENT = Explanation(
    "Template text refused",
    "The template's name, text or variables break a rule of WhatsApp.",
    "Change the template as WhatsApp's message says and submit it again.",
)
_MEDIA = Explanation(
    "Media not usable",
    "The file could not be fetched or is of a kind or size that WhatsApp does not take.",
    "Upload the file again in a supported format.",
)

_CODES: dict[int, Explanation] = {
    0: Explanation("Access token refused", "The access token is not valid.", _NEW_TOKEN),
    1: _NOT_NOW,
    2: _NOT_NOW,
    3: _PERMISSION,
    4: Explanation("Too many requests", "The app's call limit is reached.", _WAIT),
    10: _PERMISSION,
    33: Explanation(
        "Number gone",
        "The number or account was deleted, or its id is wrong, or the token cannot see it.",
        "Check the number in WhatsApp Manager and connect it again.",
    ),
    100: _PARAMETER,
    190: Explanation(
        "Access token refused", "The access token has expired or was revoked.", _NEW_TOKEN
    ),
    368: _LOCKED,
    80007: Explanation("Too many requests", "The account's call limit is reached.", _WAIT),
    130403: Explanation("Blocked", "This person and the business do not take messages.", _NONE),
    130429: Explanation("Too fast", "The number sends faster than its throughput allows.", _WAIT),
    130472: Explanation(
        "Held back by an experiment of Meta",
        "Meta keeps a share of its users free of marketing messages.",
        _NONE,
    ),
    130497: Explanation(
        "Country not allowed",
        "The account may not send messages to people in this country.",
        "Leave contacts of this country out of the audience.",
    ),
    131000: _NOT_NOW,
    131005: _PERMISSION,
    131008: _PARAMETER,
    131009: _PARAMETER,
    131016: _NOT_NOW,
    131021: Explanation(
        "Sender and recipient are the same",
        "The contact has the business's own number.",
        "Remove this contact.",
    ),
    131026: Explanation(
        "Not deliverable",
        "The number is not on WhatsApp, has an old version, or has not accepted the terms.",
        "Check the number with the customer.",
    ),
    131030: Explanation(
        "Not on the list of test recipients",
        "A test number may only write to numbers that were listed beforehand.",
        "Add the recipient in the app's settings, or use a number of your own.",
    ),
    131031: _LOCKED,
    131035: Explanation(
        "Not kept",
        "The account keeps no messages at Meta, and this one could not be delivered in time.",
        _NONE,
    ),
    131036: Explanation(
        "Not supported without storage",
        "The account keeps no messages at Meta, which this message needs.",
        _NONE,
    ),
    131037: Explanation(
        "Display name not approved",
        "The number's display name has not passed review.",
        "Have the display name approved in WhatsApp Manager, then resume.",
    ),
    131042: Explanation(
        "Payment problem",
        "The account has no valid payment method, or an unpaid invoice.",
        "Put the payment right in Meta's Billing Hub, then resume.",
    ),
    131045: _UNREGISTERED,
    131047: Explanation(
        "Customer-service window closed",
        "More than 24 hours have passed since the customer last wrote.",
        "Send an approved template instead.",
    ),
    131048: Explanation(
        "Sending restricted for quality",
        "Too many people blocked or reported messages of this number.",
        "Stop, improve audience and content, and resume when the number's quality has recovered.",
    ),
    131049: Explanation(
        "Held back by Meta",
        "Meta limits how many marketing messages one person receives.",
        "Try again after 24 hours at the earliest, and less often.",
    ),
    131050: Explanation(
        "Marketing stopped by the person",
        "This person has opted out of marketing messages of this business.",
        "Send no more marketing to this contact.",
    ),
    131051: Explanation(
        "Kind of message not supported",
        "WhatsApp does not pass on messages of this kind.",
        "Use another kind of message.",
    ),
    131052: _MEDIA,
    131053: _MEDIA,
    131055: Explanation(
        "Method not allowed",
        "Only marketing templates may be sent this way.",
        "Send it as an ordinary message.",
    ),
    131056: Explanation(
        "Too many messages to one person",
        "Too many messages went from this number to the same person in a short time.",
        _WAIT,
    ),
    131057: Explanation(
        "Account in maintenance", "Meta is changing the account, e.g. its throughput.", _WAIT
    ),
    131061: Explanation(
        "Template with a maximum price",
        "A template with a maximum price can be sent by the Marketing Messages API only.",
        "Use a template without a maximum price.",
    ),
    131062: Explanation(
        "Phone number needed",
        "This message cannot go to a person whose phone number is hidden.",
        "Ask the customer for the phone number.",
    ),
    131063: Explanation(
        "Marketing switched off",
        "The account does not allow marketing messages by the Cloud API.",
        "Allow them in WhatsApp Manager, then resume.",
    ),
    131064: Explanation(
        "Sending restricted for wrong categories",
        "Templates of this account were put in the wrong category too often.",
        "Put the templates in the right category; see the account's alerts in WhatsApp Manager.",
    ),
    132000: _VALUES,
    132001: Explanation(
        "Template missing",
        "There is no approved template of this name in this language.",
        "Wait for approval, or choose another template or language, then resume.",
    ),
    132005: Explanation(
        "Text too long",
        "With the values filled in, the text is longer than WhatsApp allows.",
        "Shorten the value of this contact.",
    ),
    132007: Explanation(
        "Content against the rules",
        "The template's content violates a policy of WhatsApp.",
        "Change the template and have it approved again.",
    ),
    132012: _VALUES,
    132015: Explanation(
        "Template paused",
        "Meta has paused the template because people reacted badly to it.",
        "Improve the template, or wait until the pause ends, then resume.",
    ),
    132016: Explanation(
        "Template disabled",
        "The template was paused too often and is now disabled for good.",
        "Create another template with better content.",
    ),
    132018: _VALUES,
    132068: _FLOW,
    132069: _FLOW,
    133000: _NOT_NOW,
    133004: _NOT_NOW,
    133005: Explanation(
        "PIN wrong", "The two-step verification PIN does not match.", "Enter the number's own PIN."
    ),
    133006: Explanation(
        "Number not verified",
        "The number must be verified before it is registered.",
        "Verify the number in WhatsApp Manager.",
    ),
    133008: Explanation("Too many wrong PINs", "The PIN was wrong too often.", "Try again later."),
    133009: Explanation("PIN entered too fast", "The PIN came too quickly.", "Try again later."),
    133010: _UNREGISTERED,
    133015: Explanation(
        "Number just deleted", "The number was deleted a moment ago.", "Try again in 5 minutes."
    ),
    133016: Explanation(
        "Registered too often",
        "The number was registered or deregistered ten times in 72 hours.",
        "Try again after 72 hours.",
    ),
    134011: Explanation(
        "Payment terms not accepted",
        "The terms of WhatsApp payments have not been accepted.",
        "Accept them in WhatsApp Manager.",
    ),
    134100: Explanation(
        "Not a marketing template",
        "Only marketing templates may be sent this way.",
        "Choose a marketing template.",
    ),
    134101: Explanation(
        "Template not ready", "Meta is still preparing the template.", "Try again in 10 minutes."
    ),
    134102: _NOT_NOW,
    135000: _PARAMETER,
    136024: Explanation(
        "Number verified already", "The number has been verified before.", "Nothing to do."
    ),
    137000: Explanation(
        "Identity changed",
        "The person's WhatsApp identity is not the one that was expected.",
        "Check with the customer that the account is still theirs.",
    ),
    139200: Explanation(
        "Sending without template blocked",
        "Meta has blocked template-free sending for this account.",
        "Use an approved template.",
    ),
    2388019: Explanation(
        "Too many templates",
        "The account has as many templates as it may have.",
        "Delete templates that are no longer used.",
    ),
    **dict.fromkeys(range(139000, 139005), _FLOW),
    **dict.fromkeys((131020, 131041, 131059), _PARAMETER),
    **dict.fromkeys((2388040, 2388047, 2388072, 2388073, 2388293, 2388299), _CONTENT),
    **dict.fromkeys((2388318, 2388330), _CONTENT),
    2494100: Explanation("Account in maintenance", "Meta is changing the account.", "Try later."),
}


def is_known(code: int) -> bool:
    """Tell whether Meta's reference explains this code."""
    return code in _CODES or code in TOKEN_CODES


def explain(code: int) -> Explanation:
    """Return what `code` means; a code that nobody has explained yet says so."""
    if code in _CODES:
        return _CODES[code]
    if code in TOKEN_CODES:
        return _PERMISSION
    return Explanation(
        f"Error {code}",
        "WhatsApp gave a code that Parley does not know yet.",
        "Look the code up in Meta's error reference.",
    )
