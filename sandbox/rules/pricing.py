"""The 24-hour window and the `pricing` object of a status."""

from datetime import UTC, datetime

from sandbox.model import Conversation, Json, Message

WINDOW_S = 86_400.0
FREE_SERVICE_MESSAGES = 1000

# From this instant service messages, and utility templates in an open window, are charged.
SERVICE_CHARGED_FROM = datetime(2026, 10, 1, tzinfo=UTC).timestamp()


def window_open(conversation: Conversation, now: float) -> bool:
    """Tell whether the person wrote to the number within the last 24 hours."""
    return now - conversation.last_inbound_at < WINDOW_S


def month_of(at: float) -> str:
    """Return the calendar month of an instant, in UTC, as YYYY-MM."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m")


def is_free(category: str, *, in_window: bool, at: float, service_this_month: int) -> bool:
    """Tell whether a message costs nothing.

    `service_this_month` counts the number's earlier service messages of the month: since October
    2026 the first 1,000 are free; before, all were, and so were utility templates in an open
    window.
    """
    if at < SERVICE_CHARGED_FROM:
        return category == "service" or (category == "utility" and in_window)
    return category == "service" and service_this_month < FREE_SERVICE_MESSAGES


def pricing(message: Message) -> Json:
    """Return the `pricing` object of a message's `sent` and of one of `delivered` and `read`."""
    return {
        "billable": not message.free,
        "pricing_model": "PMP",
        "type": "free_customer_service" if message.free else "regular",
        "category": message.category,
    }
