"""Meta's error codes in words: what happened, why, what to do next, and whose matter it is.

Codes and meanings follow Meta's reference (support/error-codes) as of November 2026; the wording is
ours. `codes.explain` reads this table.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Whose = Literal["meta", "business", "customer", "parley"]


class Words(NamedTuple):
    """A code for people."""

    title: str
    cause: str
    next_step: str
    whose: Whose


_NEW_TOKEN = "Connect the number again with a valid access token, then resume."  # noqa: S105
_WAIT = (
    "A campaign tries again by itself; if it has ended, or the message is of none, try again in a "
    "minute."
)
_FIX_TEMPLATE = "Check the template and the values mapped to its variables, then resume."
_NONE = "Nothing to do: this person cannot be reached by this message."

PERMISSION = Words(
    "Permission missing",
    "The access token may not use this number or account.",
    "Give the system user the whatsapp_business_messaging and whatsapp_business_management "
    "permissions on the account, connect the number again, then resume.",
    "business",
)
_LOCKED = Words(
    "Account restricted",
    "Meta has restricted or locked the WhatsApp Business Account.",
    "Look for the reason and an appeal in Meta's Business Support Home.",
    "business",
)
_UNREGISTERED = Words(
    "Number not registered",
    "The phone number is not registered with the Cloud API.",
    "Register the number in WhatsApp Manager, then resume.",
    "business",
)
_VALUES = Words(
    "Values do not fit the template",
    "The number, the format or the content of the values differs from the template's variables.",
    _FIX_TEMPLATE,
    "business",
)
_PARAMETER = Words(
    "Parameter wrong",
    "A part of the message is missing or has a value that WhatsApp does not take.",
    "Correct what WhatsApp's message names.",
    "business",
)
_FAULT = Words(
    "Fault at WhatsApp",
    "WhatsApp had a fault or was overloaded, and did not deliver the message.",
    "Try again in a while; metastatus.com tells of known faults.",
    "meta",
)
_FLOW = Words(
    "Form not available",
    "The WhatsApp Flow of the template is blocked or not published.",
    "Repair and publish the flow in WhatsApp Manager, then resume.",
    "business",
)
_CONTENT = Words(
    "Template text refused",
    "The template's name, text or variables break a rule of WhatsApp.",
    "Change the template as WhatsApp's message says and submit it again.",
    "business",
)
_MEDIA = Words(
    "Media not usable",
    "The file could not be fetched or is of a kind or size that WhatsApp does not take.",
    "Mend the file or its link, then resume or try again; to send another file by a campaign, "
    "duplicate the campaign.",
    "business",
)

_GROUP = Words(
    "Group not reachable",
    "The group does not exist, is full or suspended, or does not take messages of this kind.",
    "Look at the group in WhatsApp; write to its members one by one instead.",
    "business",
)
_CALLING = Words(
    "Call not possible",
    "The call was not allowed: calling is off, the customer has not agreed, or a limit is reached.",
    "Look at the calling settings of the number in WhatsApp Manager.",
    "business",
)
_BLOCK_LIST = Words(
    "Not blocked",
    "Somebody could not be put on or taken off the block list; it takes people who wrote in the "
    "last 24 hours, and 64,000 at most.",
    "Try again with people who wrote lately.",
    "business",
)
_HEALTH = Words(
    "Number's health impaired",
    "Meta reports a problem of the number, its account or its business.",
    "Do what Meta's words ask for; see the number's health.",
    "business",
)
_USERNAME = Words(
    "Username not taken",
    "The username is taken, reserved, or breaks a rule of WhatsApp.",
    "Choose another username.",
    "business",
)
_INSIGHTS = Words(
    "No figures of templates",
    "Template insights are not switched on for the account, or are not offered where it is.",
    "Switch them on in WhatsApp Manager.",
    "business",
)
_MIGRATION = Words(
    "Number not moved",
    "The number could not be moved to this account.",
    "Do what WhatsApp's message says, then try again.",
    "business",
)
_GENERATED = Words(
    "Template of Meta's own",
    "Meta made this template for messages without one; it cannot be changed or deleted.",
    "Create a template of your own.",
    "business",
)
_SIGN_UP = Words(
    "Sign-up not finished",
    "The sign-up within WhatsApp could not be completed.",
    "Start it again; if that fails, write to Meta's support.",
    "meta",
)

WORDS: dict[int, Words] = {
    0: Words("Access token refused", "The access token is not valid.", _NEW_TOKEN, "business"),
    1: Words(
        "Request not understood",
        "WhatsApp took the request for invalid, or had a fault.",
        "Try again once; if it fails again, check the template and its values.",
        "meta",
    ),
    2: _FAULT,
    3: PERMISSION,
    4: Words("Too many requests", "The app's call limit is reached.", _WAIT, "parley"),
    10: PERMISSION,
    33: Words(
        "Number gone",
        "The number or account was deleted, or its id is wrong, or the token cannot see it.",
        "Check the number in WhatsApp Manager and connect it again.",
        "business",
    ),
    100: _PARAMETER,
    190: Words(
        "Access token refused",
        "The access token has expired or was revoked.",
        _NEW_TOKEN,
        "business",
    ),
    368: _LOCKED,
    80007: Words("Too many requests", "The account's call limit is reached.", _WAIT, "parley"),
    130403: Words(
        "Blocked",
        "The person has blocked the business, or is on its block list.",
        "Take them off the block list if they are on it; else only they can write first.",
        "customer",
    ),
    130429: Words(
        "Too fast", "The number sends faster than its throughput allows.", _WAIT, "parley"
    ),
    130472: Words(
        "Held back by an experiment of Meta",
        "Meta keeps a share of its users free of marketing messages.",
        _NONE,
        "meta",
    ),
    130497: Words(
        "Country not allowed",
        "The account may not send messages to people in this country.",
        "Ask Meta's support about this country; until then leave it out of the audience.",
        "meta",
    ),
    131000: _FAULT,
    131005: PERMISSION,
    131008: _PARAMETER,
    131009: _PARAMETER,
    131016: _FAULT,
    131021: Words(
        "Sender and recipient are the same",
        "The contact has the business's own number.",
        "Remove this contact, or correct its phone.",
        "business",
    ),
    131026: Words(
        "Not deliverable",
        "The number is not on WhatsApp, has an old version, or has not accepted the terms.",
        "Check the number with the customer.",
        "customer",
    ),
    131030: Words(
        "Not on the list of test recipients",
        "A test number may only write to numbers that were listed beforehand.",
        "Add the recipient in the app's settings, or use a number of your own.",
        "business",
    ),
    131031: _LOCKED,
    131035: Words(
        "Not kept",
        "The account keeps no messages at Meta, and this one could not be delivered in time.",
        _NONE,
        "customer",
    ),
    131036: Words(
        "Not supported without storage",
        "The account keeps no messages at Meta, which this message needs.",
        _NONE,
        "business",
    ),
    131037: Words(
        "Display name not approved",
        "The number's display name has not passed review.",
        "Have the display name approved in WhatsApp Manager, then resume.",
        "business",
    ),
    131042: Words(
        "Payment problem",
        "The account has no valid payment method, or an unpaid invoice.",
        "Put the payment right in Meta's Billing Hub, then resume.",
        "business",
    ),
    131045: _UNREGISTERED,
    131047: Words(
        "Customer-service window closed",
        "More than 24 hours have passed since the customer last wrote.",
        "Send an approved template instead.",
        "business",
    ),
    131048: Words(
        "Sending restricted for quality",
        "Too many people blocked or reported messages of this number.",
        "Stop, improve audience and content, and resume when the number's quality has recovered.",
        "business",
    ),
    131049: Words(
        "Held back by Meta",
        "Meta limits how many marketing messages one person receives.",
        "Try again after 24 hours at the earliest, and less often.",
        "meta",
    ),
    131050: Words(
        "Marketing stopped by the person",
        "This person has opted out of marketing messages of this business.",
        "Send no more marketing to this contact.",
        "customer",
    ),
    131051: Words(
        "Kind of message not supported",
        "WhatsApp does not pass on messages of this kind.",
        "Use another kind of message.",
        "business",
    ),
    131052: Words(
        "Customer's file not readable",
        "WhatsApp could not fetch the file that the customer sent.",
        "Ask the customer to send it again.",
        "customer",
    ),
    131053: _MEDIA,
    131055: Words(
        "Method not allowed",
        "Only marketing templates may be sent this way.",
        "Send it as an ordinary message.",
        "parley",
    ),
    131056: Words(
        "Too many messages to one person",
        "Too many messages went from this number to the same person in a short time.",
        _WAIT,
        "parley",
    ),
    131057: Words(
        "Account in maintenance",
        "Meta is changing the account, e.g. its throughput.",
        _WAIT,
        "meta",
    ),
    131061: Words(
        "Template with a maximum price",
        "A template with a maximum price can be sent by the Marketing Messages API only.",
        "Use a template without a maximum price.",
        "business",
    ),
    131062: Words(
        "Phone number needed",
        "This message cannot go to a person whose phone number is hidden.",
        "Ask the customer for the phone number.",
        "customer",
    ),
    131063: Words(
        "Marketing switched off",
        "The account does not allow marketing messages by the Cloud API.",
        "Allow them in WhatsApp Manager, then resume.",
        "business",
    ),
    131064: Words(
        "Sending restricted for wrong categories",
        "Templates of this account were put in the wrong category too often.",
        "Put the templates in the right category, see the account's alerts in WhatsApp Manager, "
        "then resume.",
        "business",
    ),
    132000: _VALUES,
    132001: Words(
        "Template missing",
        "There is no approved template of this name in this language.",
        "Wait for approval, or choose another template or language, then resume.",
        "business",
    ),
    132005: Words(
        "Text too long",
        "With the values filled in, the text is longer than WhatsApp allows.",
        "Shorten the value of this contact.",
        "business",
    ),
    132007: Words(
        "Content against the rules",
        "The template's content violates a policy of WhatsApp.",
        "Change the template and have it approved again.",
        "business",
    ),
    132012: _VALUES,
    132015: Words(
        "Template paused",
        "Meta has paused the template because people reacted badly to it.",
        "Improve the template, or wait until the pause ends, then resume.",
        "business",
    ),
    132016: Words(
        "Template disabled",
        "The template was paused too often and is now disabled for good.",
        "Create another template with better content.",
        "business",
    ),
    132018: _VALUES,
    132068: _FLOW,
    132069: Words(
        "Form throttled",
        "The WhatsApp Flow of the template fails too often: 10 messages with it go out in an hour.",
        "Mend the flow's endpoint, look at its health in WhatsApp Manager, and resume in an hour.",
        "business",
    ),
    133000: Words(
        "Deregistration not finished",
        "An earlier deregistration of the number was not completed.",
        "Deregister the number once more and register it in WhatsApp Manager, then try again.",
        "business",
    ),
    133004: _FAULT,
    133005: Words(
        "PIN wrong",
        "The two-step verification PIN does not match.",
        "Enter the number's own PIN.",
        "business",
    ),
    133006: Words(
        "Number not verified",
        "The number must be verified before it is registered.",
        "Verify the number in WhatsApp Manager.",
        "business",
    ),
    133008: Words(
        "Too many wrong PINs", "The PIN was wrong too often.", "Try again later.", "business"
    ),
    133009: Words(
        "PIN entered too fast", "The PIN came too quickly.", "Try again later.", "business"
    ),
    133010: _UNREGISTERED,
    133015: Words(
        "Number just deleted",
        "The number was deleted a moment ago.",
        "Try again in 5 minutes.",
        "business",
    ),
    133016: Words(
        "Registered too often",
        "The number was registered or deregistered ten times in 72 hours.",
        "Try again after 72 hours.",
        "business",
    ),
    134011: Words(
        "Payment terms not accepted",
        "The terms of WhatsApp payments have not been accepted.",
        "Accept them in WhatsApp Manager.",
        "business",
    ),
    134100: Words(
        "Not a marketing template",
        "Only marketing templates may be sent this way.",
        "Choose a marketing template.",
        "business",
    ),
    134101: Words(
        "Template not ready",
        "Meta is still preparing the template.",
        "Wait 10 minutes, then resume or try again.",
        "meta",
    ),
    134102: Words(
        "Template not available",
        "Marketing Messages cannot take the template: the account is not signed up for them, or "
        "WhatsApp had a fault.",
        "Look at Marketing Messages in WhatsApp Manager, then resume.",
        "business",
    ),
    135000: _PARAMETER,
    136024: Words(
        "Number verified already",
        "The number has been verified before.",
        "Nothing to do.",
        "business",
    ),
    137000: Words(
        "Identity changed",
        "The person's WhatsApp identity is not the one that was expected.",
        "Check with the customer that the account is still theirs, mark the contact as reachable, "
        "then try again.",
        "customer",
    ),
    139200: Words(
        "Sending without template blocked",
        "Meta has blocked template-free sending for this account.",
        "Use an approved template.",
        "meta",
    ),
    2388019: Words(
        "Too many templates",
        "The account has as many templates as it may have.",
        "Delete templates that are no longer used.",
        "business",
    ),
    131044: _CALLING,
    1752041: Words(
        "Asked for already",
        "Marketing messages have been applied for already.",
        "Wait for Meta's answer in WhatsApp Manager.",
        "business",
    ),
    2388103: _MIGRATION,
    2494100: Words("Account in maintenance", "Meta is changing the account.", "Try later.", "meta"),
    2593107: Words(
        "Copied already",
        "Contacts or history of the WhatsApp Business app were asked for before; once is allowed.",
        "Nothing to do; to copy again, disconnect the number in the app and connect it anew.",
        "business",
    ),
    2593108: Words(
        "Too late to copy",
        "Contacts and history can be copied within 24 hours of connecting only.",
        "Disconnect the number in the WhatsApp Business app and connect it anew.",
        "business",
    ),
    2593109: Words(
        "History not shared",
        "The owner of the number chose not to share the chats of the WhatsApp Business app.",
        "Nothing to do; messages from now on are here.",
        "customer",
    ),
    **dict.fromkeys(range(138000, 138019), _CALLING),
    **dict.fromkeys(range(139000, 139005), _FLOW),
    **dict.fromkeys(range(139100, 139104), _BLOCK_LIST),
    **dict.fromkeys(range(141000, 142000), _HEALTH),
    **dict.fromkeys(range(147001, 147006), _USERNAME),
    **dict.fromkeys(range(200005, 200008), _INSIGHTS),
    **dict.fromkeys((131020, 131041, 131059, *range(131200, 131300)), _GROUP),
    **dict.fromkeys((2388001, 2388012, 2388091, 2388093), _MIGRATION),
    **dict.fromkeys((2388040, 2388047, 2388072, 2388073, 2388293, 2388299), _CONTENT),
    **dict.fromkeys((2388318, 2388330), _GENERATED),
    **dict.fromkeys(range(2494164, 2494180), _SIGN_UP),
}
