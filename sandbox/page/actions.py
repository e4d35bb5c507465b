"""What the scenarios page offers: for each kind of thing, named actions and what each asks the
control API for.
"""

from typing import NamedTuple

from sandbox.model import TIERS, Json


class Action(NamedTuple):
    """A choice on the page: its words, the control function's name, and the body for it."""

    label: str
    name: str
    body: Json


def _slug(label: str) -> str:
    """Return the value by which a form names an action."""
    return "-".join("".join(c if c.isalnum() else " " for c in label.lower()).split())


def _table(*actions: Action) -> dict[str, Action]:
    """Return actions by the value that a form gives."""
    return {_slug(action.label): action for action in actions}


def _reject(label: str, reason: str, why: str, advice: str) -> Action:
    """Return a rejection with Meta's explanation."""
    body = {
        "decision": "REJECTED",
        "reason": reason,
        "rejection_reason": why,
        "recommendation": advice,
    }
    return Action(label, "review", body)


TEMPLATE = _table(
    Action("Approve", "review", {"decision": "APPROVED"}),
    _reject(
        "Reject: wrong category",
        "INCORRECT_CATEGORY",
        "The text promotes.",
        "Choose the category MARKETING.",
    ),
    _reject(
        "Reject: format",
        "INVALID_FORMAT",
        "Variable placed next to another variable.",
        "Put text between variables.",
    ),
    _reject("Reject: scam", "SCAM", "The text asks for secrets.", "Do not ask for secrets."),
    Action("Pause for low quality", "review", {"decision": "PAUSED"}),
    Action("End the pause", "review", {"decision": "UNPAUSED"}),
    Action("Disable", "review", {"decision": "DISABLED"}),
    Action("Flag", "review", {"decision": "FLAGGED"}),
    Action("Archive", "review", {"decision": "ARCHIVED"}),
    *(Action(f"Quality {s}", "quality", {"score": s}) for s in ("GREEN", "YELLOW", "RED")),
    *(
        Action(f"Make it {c} now", "category", {"category": c})
        for c in ("MARKETING", "UTILITY")
    ),
    Action(
        "Announce MARKETING for tomorrow",
        "category",
        {"category": "MARKETING", "notice_s": 86_400},
    ),
    Action("Hold messages (pacing)", "pacing", {"action": "hold"}),
    Action("Let held messages go", "pacing", {"action": "release"}),
    Action("Pause and fail held messages", "pacing", {"action": "pause"}),
)  # fmt: skip

ACCOUNT = _table(
    *(
        Action(
            f"Restrict: {name}", "event", {"event": "ACCOUNT_RESTRICTION", "restriction_type": kind}
        )
        for name, kind in (
            ("what the business starts", "RESTRICTED_BIZ_INITIATED_MESSAGING"),
            ("answers", "RESTRICTED_CUSTOMER_INITIATED_MESSAGING"),
            ("utility templates", "RESTRICTED_UTILITY_TEMPLATES"),
            ("adding numbers", "RESTRICTED_ADD_PHONE_NUMBER_ACTION"),
        )
    ),
    Action("Warn of a violation", "event", {"event": "ACCOUNT_VIOLATION"}),
    Action("Disable", "event", {"event": "DISABLED_UPDATE", "waba_ban_state": "DISABLE"}),
    Action(
        "Announce disabling",
        "event",
        {"event": "DISABLED_UPDATE", "waba_ban_state": "SCHEDULE_FOR_DISABLE"},
    ),
    Action("Reinstate", "event", {"event": "DISABLED_UPDATE", "waba_ban_state": "REINSTATE"}),
    Action("Review: approve", "event", {"event": "REVIEW", "decision": "APPROVED"}),
    Action("Review: reject", "event", {"event": "REVIEW", "decision": "REJECTED"}),
    *(
        Action(f"Limit {tier}", "event", {"event": "CAPABILITY", "messaging_limit": tier})
        for tier in TIERS
    ),
    Action("Send an alert", "event", {"event": "ALERT"}),
    Action("Payment method fails", "event", {"event": "PAYMENT", "has_payment_method": False}),
    Action("Payment method works", "event", {"event": "PAYMENT", "has_payment_method": True}),
    Action(
        "Authentication-international rate",
        "event",
        {"event": "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE"},
    ),
)

NUMBER = _table(
    *(
        Action(f"Quality {rating}", "event", {"event": "QUALITY", "quality_rating": rating})
        for rating in ("GREEN", "YELLOW", "RED")
    ),
    Action("Upgrade to 1,000 messages a second", "event", {"event": "THROUGHPUT_UPGRADE"}),
    Action("Display name approved", "event", {"event": "NAME", "decision": "APPROVED"}),
    Action("Display name rejected", "event", {"event": "NAME", "decision": "REJECTED"}),
    Action("Disconnect", "event", {"event": "STATUS", "status": "DISCONNECTED"}),
    Action("Connect", "event", {"event": "STATUS", "status": "CONNECTED"}),
    Action("PIN changed", "event", {"event": "SECURITY", "security_event": "PIN_CHANGED"}),
    Action("Drop a send without telling which", "event", {"event": "ERROR", "code": 130429}),
    Action("History is not shared", "event", {"event": "HISTORY_DECLINED"}),
)

TOKEN = _table(
    Action("Revoke", "token", {"is_revoked": True}),
    Action("Let it work again", "token", {"is_revoked": False}),
    Action("Expires in a minute", "token", {"expires_in_s": 60}),
)

_AD = {
    "source_url": "https://fb.me/example",
    "source_id": "120200000000000001",
    "source_type": "ad",
    "headline": "Warm boots",
    "body": "Chat with us",
    "media_type": "image",
    "image_url": "https://example.com/boots.jpg",
    "ctwa_clid": "EXAMPLE_CLICK_ID",
}
_CARD = {
    "name": {"formatted_name": "Bia Reis", "first_name": "Bia"},
    "phones": [{"phone": "+15550199999", "wa_id": "15550199999", "type": "CELL"}],
}
_ORDER = {
    "catalog_id": "500000000000001",
    "text": "Gift wrap please",
    "product_items": [
        {"product_retailer_id": "SKU-7", "quantity": 2, "item_price": 30, "currency": "USD"}
    ],
}

PERSON = _table(
    Action("Stops marketing", "change", {"marketing": "stop"}),
    Action("Resumes marketing", "change", {"marketing": "resume"}),
    Action("Hides the phone number", "change", {"hides_phone": True}),
    Action("Shows the phone number", "change", {"hides_phone": False}),
    Action("Shares the contact", "event", {"event": "SHARE_CONTACT"}),
    Action("Taps a marketing link", "event", {"event": "CLICK_LINK"}),
    Action("Changes the number to", "event", {"event": "CHANGE_NUMBER"}),
    Action("Gets a new user id", "event", {"event": "CHANGE_USER_ID"}),
    Action("Gets a new identity key", "event", {"event": "CHANGE_IDENTITY"}),
    Action("Clicks an ad and writes", "write", {"text": "Hi, from the ad", "referral": _AD}),
    Action("Sends a picture", "write", {"type": "image", "image": {"caption": "Like this?"}}),
    Action("Sends a voice note", "write", {"type": "audio", "audio": {"voice": True}}),
    Action("Sends a video", "write", {"type": "video"}),
    Action("Sends a document", "write", {"type": "document"}),
    Action("Sends a sticker", "write", {"type": "sticker"}),
    Action(
        "Sends a location",
        "write",
        {"type": "location", "location": {"latitude": -23.5505, "longitude": -46.6333}},
    ),
    Action("Sends a contact", "write", {"type": "contacts", "contacts": [_CARD]}),
    Action("Orders", "write", {"type": "order", "order": _ORDER}),
    Action("Sends something unsupported", "write", {"type": "unsupported"}),
    Action("Is written to from the app", "echo", {"event": "ECHO", "text": "Typed on the phone"}),
    Action("Has a history in the app", "history", {"event": "HISTORY"}),
)

CLOCK = _table(
    Action("A minute on", "clock", {"advance_s": 60}),
    Action("An hour on", "clock", {"advance_s": 3600}),
    Action("A day on", "clock", {"advance_s": 86_400}),
    Action("Stop the clock", "clock", {"factor": 0}),
    Action("Real time", "clock", {"factor": 1}),
    Action("60 times real time", "clock", {"factor": 60}),
)

KINDS = {
    "templates": TEMPLATE,
    "accounts": ACCOUNT,
    "numbers": NUMBER,
    "tokens": TOKEN,
    "people": PERSON,
    "clock": CLOCK,
}
