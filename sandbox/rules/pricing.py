"""The 24-hour window, the free entry point, and the `pricing` object of a status."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sandbox.model import Conversation, Json, Message, Waba

from .people import country_of

WINDOW_S = 86_400.0
FREE_ENTRY_S = 3 * 86_400.0
FREE_SERVICE_MESSAGES = 1000

# From this instant service messages, and utility templates in an open window, are charged.
SERVICE_CHARGED_FROM = datetime(2026, 10, 1, tzinfo=UTC).timestamp()

# Countries with a rate of their own for authentication messages from abroad.
AUTH_INTERNATIONAL = frozenset({"AE", "EG", "ID", "IN", "MY", "NG", "PK", "SA", "ZA"})

# Meta's `timezone_id` of an account, for those that the sandbox's accounts are likely to have.
TIMEZONES = {
    "1": "America/Los_Angeles",
    "2": "America/Denver",
    "6": "America/Chicago",
    "7": "America/New_York",
    "8": "Asia/Dubai",
    "25": "America/Sao_Paulo",
    "71": "Asia/Kolkata",
}


class Price(NamedTuple):
    """What `pricing` says: `type` and `category`. Only `regular` messages are charged."""

    type: str
    category: str


def window_open(conversation: Conversation, now: float) -> bool:
    """Tell whether the person wrote to the number within the last 24 hours."""
    return now - conversation.last_inbound_at < WINDOW_S


def enter_free(conversation: Conversation, now: float) -> bool:
    """Tell whether a message sent now is in a free entry point; the first answer opens it.

    Whoever came by an ad and is answered within 24 hours costs nothing for 72 hours from then on.
    """
    if conversation.referral_at and now - conversation.referral_at < WINDOW_S:
        conversation.free_until = now + FREE_ENTRY_S
    conversation.referral_at = 0.0
    return now < conversation.free_until


@lru_cache(maxsize=64)
def zone_of(timezone_id: str) -> ZoneInfo:
    """Return the time zone of Meta's id; UTC for one that is not in the table."""
    return ZoneInfo(TIMEZONES.get(timezone_id, "UTC"))


def month_of(at: float, timezone_id: str) -> str:
    """Return the calendar month of an instant in the account's time zone, as YYYY-MM."""
    local = datetime.fromtimestamp(at, zone_of(timezone_id))
    return f"{local.year:04d}-{local.month:02d}"


def price_of(
    category: str,
    *,
    in_window: bool,
    free_entry: bool,
    at: float,
    service_this_month: int,
    international: bool = False,
) -> Price:
    """Return what a message is priced as.

    `service_this_month` counts the number's earlier service messages of the month: since October
    2026 the first 1,000 are free; before, all were, and so were utility templates in an open
    window. What is in a free entry point is free whatever it is.
    """
    if free_entry:
        return Price("free_entry_point", "referral_conversion")
    if at < SERVICE_CHARGED_FROM:
        free = category == "service" or (category == "utility" and in_window)
    else:
        free = category == "service" and service_this_month < FREE_SERVICE_MESSAGES
    if category == "authentication" and international:
        category = "authentication-international"
    return Price("free_customer_service" if free else "regular", category)


def is_international(waba: Waba, wa_id: str, now: float) -> bool:
    """Tell whether an authentication message of an account to a person has the international rate.

    It has once the account is eligible, in a country that has such a rate and is not the account's
    own; an exception delays a country.
    """
    country = country_of(wa_id)
    if (
        "start_time" not in waba.auth_international
        or country not in AUTH_INTERNATIONAL
        or country == waba.country
    ):
        return False
    start = float(waba.auth_international["start_time"])
    exceptions: list[Json] = waba.auth_international.get("exception_countries", [])
    for exception in exceptions:
        if exception.get("country_code") == country:
            start = float(exception.get("start_time") or start)
    return now >= start


def pricing(message: Message) -> Json:
    """Return the `pricing` object of a message's `sent` and of one of `delivered` and `read`."""
    return {
        "billable": not message.free,
        "pricing_model": "PMP",
        "type": message.price_type,
        "category": message.price_category,
    }
