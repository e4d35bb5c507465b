"""The documented error codes: HTTP status, Meta's title and the usual details of each.

Codes, titles and statuses follow the error reference of the Cloud API (November 2025) with the
additions of 2026; a code that only a webhook carries has the status 400 as well.
"""

from typing import NamedTuple


class Known(NamedTuple):
    """A documented error: HTTP status of its synchronous form, title, and the usual details."""

    status: int
    title: str
    details: str


_DENIED = "Permission is either not granted or has been removed."

KNOWN: dict[int, Known] = {
    1: Known(400, "API Unknown", "Invalid request or possible server error."),
    2: Known(503, "API Service", "Temporary due to downtime or due to being overloaded."),
    3: Known(500, "API Method", "Capability or permissions issue."),
    4: Known(400, "Application request limit reached", "The app has reached its API call limit."),
    10: Known(403, "Permission Denied", _DENIED),
    368: Known(403, "Temporarily blocked for policies violations", "The account is restricted."),
    100: Known(400, "Invalid parameter", "A parameter is unsupported, misspelled or invalid."),
    80007: Known(
        400, "Rate limit hit", "The WhatsApp Business Account has reached its rate limit."
    ),
    190: Known(401, "Access token has expired", "The access token has expired or was revoked."),
    200: Known(403, "API Permission", _DENIED),
    130403: Known(403, "Blocked", "The recipient and the business do not exchange messages."),
    130429: Known(
        400,
        "Rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number "
        "in a short period of time.",
    ),
    33: Known(400, "Parameter value is not valid", "The number was deleted."),
    130472: Known(
        400,
        "User's number is part of an experiment",
        "Message was not sent because the user's number is part of an experiment.",
    ),
    130497: Known(
        403,
        "Business account is restricted from messaging users in this country",
        "The business account is not allowed to message users in this country.",
    ),
    131000: Known(500, "Something went wrong", "Message failed to send due to an unknown error."),
    131005: Known(403, "Access denied", _DENIED),
    131008: Known(400, "Required parameter is missing", "A required parameter is missing."),
    131009: Known(400, "Parameter value is not valid", "A parameter value is not valid."),
    131016: Known(500, "Service unavailable", "A service is temporarily unavailable."),
    131020: Known(400, "Bad group", "The group cannot be used for this request."),
    131021: Known(
        400, "Recipient cannot be sender", "Sender and recipient phone number is the same."
    ),
    131026: Known(400, "Message undeliverable", "Message Undeliverable."),
    131030: Known(
        400,
        "Recipient phone number not in allowed list",
        "Recipient phone number not in allowed list: Add recipient phone number to recipient list "
        "and try again.",
    ),
    131031: Known(
        403, "Business Account locked", "The account was restricted or disabled for a violation."
    ),
    131035: Known(
        400, "Message expired", "The message could not be delivered while the account may keep it."
    ),
    131036: Known(
        400, "Not supported without storage", "An account without storage cannot send this message."
    ),
    131037: Known(
        400,
        "WhatsApp provided number needs display name approval before message can be sent.",
        "The number's display name has not been approved.",
    ),
    131041: Known(400, "Group unknown", "The group does not exist."),
    131042: Known(
        400,
        "Business eligibility payment issue",
        "Message failed to send because there were one or more errors related to your payment "
        "method.",
    ),
    131045: Known(
        500, "Incorrect certificate", "The number is not registered: register it and try again."
    ),
    131047: Known(
        400,
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last "
        "replied to this number.",
    ),
    131048: Known(
        400,
        "Spam rate limit hit",
        "Message failed to send because there are restrictions on how many messages can be sent "
        "from this phone number.",
    ),
    131049: Known(
        400,
        "This message was not delivered to maintain healthy ecosystem engagement.",
        "In order to maintain a healthy ecosystem engagement, the message failed to be delivered.",
    ),
    131050: Known(
        400,
        "Unable to deliver the message",
        "The user has stopped marketing messages from this business.",
    ),
    131051: Known(400, "Unsupported message type", "Message type is not currently supported."),
    131052: Known(400, "Media download error", "The media that the user sent could not be read."),
    131053: Known(400, "Media upload error", "The media could not be fetched or uploaded."),
    131055: Known(
        400,
        "Method not allowed",
        "The Marketing Messages API takes marketing templates alone.",
    ),
    131056: Known(
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number "
        "to the same phone number in a short period of time.",
    ),
    131057: Known(
        500,
        "Account in maintenance mode",
        "The account is in maintenance mode; a throughput upgrade may be under way.",
    ),
    131059: Known(400, "Group suspended", "The group is suspended."),
    131061: Known(
        400,
        "Template cannot be sent on this endpoint",
        "A template with a maximum price is sent by the Marketing Messages API.",
    ),
    131062: Known(
        400,
        "Business-scoped user ID recipients are not supported for this message",
        "This template needs the recipient's phone number.",
    ),
    131063: Known(
        400,
        "Marketing templates are disabled on Cloud API",
        "This account sends marketing templates by the Marketing Messages API alone.",
    ),
    131064: Known(
        400,
        "Messaging limit reached",
        "The messaging limit was reached because of template classification violations.",
    ),
    131215: Known(
        400, "Group API not eligible", "The number is not an official business account."
    ),
    132000: Known(
        400,
        "Number of parameters does not match the expected number of params",
        "The number of parameters does not match the template.",
    ),
    132001: Known(
        404,
        "Template name does not exist in the translation",
        "The template does not exist in the specified language or has not been approved.",
    ),
    132005: Known(400, "Translated text too long", "The translated text is too long."),
    132007: Known(
        400,
        "Template format character policy violated",
        "Template content violates a WhatsApp policy.",
    ),
    132012: Known(
        400,
        "Parameter format does not match format in the created template",
        "Variable parameter values are formatted incorrectly.",
    ),
    132015: Known(400, "Template is paused", "Template is paused due to low quality."),
    132016: Known(400, "Template is disabled", "Template has been paused too many times."),
    132018: Known(
        400,
        "There was an issue with the parameters in your template",
        "A template parameter is not valid.",
    ),
    132068: Known(400, "Flow is in blocked state", "The flow is blocked."),
    132069: Known(
        400, "Flow is in throttled state", "10 messages of this flow went out within the hour."
    ),
    133000: Known(500, "Incomplete deregistration", "A deregistration has not been completed."),
    133004: Known(503, "Server temporarily unavailable", "The server is unavailable."),
    133005: Known(400, "Two step verification PIN mismatch", "Two-step verification PIN mismatch."),
    133006: Known(
        400, "Phone number re-verification needed", "Verify the number before registering it."
    ),
    133008: Known(400, "Too many two step verification PIN guesses", "Too many PIN guesses."),
    133009: Known(400, "Two step verification PIN guessed too fast", "PIN entered too quickly."),
    133010: Known(400, "The account is not registered", "Phone number is not registered."),
    133015: Known(
        400, "Please wait a few minutes before attempting to register", "Wait five minutes."
    ),
    133016: Known(
        400,
        "Account register/deregister rate limit exceeded",
        "10 registrations and deregistrations of a number in 72 hours are allowed.",
    ),
    134011: Known(400, "Payments terms of service", "The terms have not been accepted."),
    134100: Known(400, "Not a marketing template", "The template's category is not MARKETING."),
    134101: Known(
        400, "Template is syncing", "The template is not available yet; wait up to 10 minutes."
    ),
    134102: Known(
        500, "Template unavailable", "The account is not onboarded to the Marketing Messages API."
    ),
    135000: Known(400, "Generic user error", "Message failed to send because of an unknown error."),
    136024: Known(400, "Phone number already verified", "The number is verified already."),
    137000: Known(
        400,
        "Recipient identity key hash mismatch",
        "The recipient's identity key has changed: the hash does not match the current one.",
    ),
    139000: Known(400, "Flow blocked by integrity", "The flow is blocked by integrity."),
    139001: Known(400, "Flow can't be updated", "Only a flow in the DRAFT state can be updated."),
    139002: Known(400, 'Publishing without specifying "endpoint_uri" is forbidden', "The flow "
                  "can't be published."),
    139003: Known(400, "Can't deprecate unpublished flow", "Only a PUBLISHED flow is deprecated."),
    139004: Known(400, "Flow can't be deleted", "Only a flow in the DRAFT state can be deleted."),
    139100: Known(400, "Failed to block/unblock some users", "Some users could not be changed."),
    139101: Known(400, "Blocklist limit reached", "A block list has at most 64,000 users."),
    2494100: Known(400, "Maintenance mode", "The account is in maintenance mode; try later."),
    139200: Known(400, "Direct Send is blocked", "Direct Send is blocked for this account."),
    147001: Known(400, "Username not available", "The username is not available."),
    147002: Known(400, "Account not eligible", "The account may not request a username."),
    200005: Known(
        400,
        "Template Insights Not Available",
        "Template insights are not available yet: enable them with is_enabled_for_insights=true.",
    ),
}  # fmt: skip
