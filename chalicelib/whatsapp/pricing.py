"""Which messages Meta charges: the rules of per-message pricing, on both sides of October 2026.

    category        until 2026-09-30                 from 2026-10-01
    marketing       charged                          charged
    authentication  charged                          charged
    utility         free in an open window           charged
    service         free                             charged at the utility rate beyond the number's
                                                     1,000 a month
    any             free for 72 h after a free entry point (an ad that was tapped)

Charged is what is delivered. Source: Meta's pricing pages and its October 2026 update as providers
quote it; the months are of the account's own time zone.
"""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.whatsapp.rate_cards import priced_as

FREE_SERVICE_MESSAGES = 1000
SERVICE_CHARGED_FROM_MS = int(datetime(2026, 10, 1, tzinfo=UTC).timestamp() * 1000)


def charged(
    category: str,
    count: int,
    at_ms: int,
    *,
    in_window: bool = False,
    free_entry_point: bool = False,
    service_this_month: int = 0,
) -> int:
    """Return how many of `count` messages, delivered at `at_ms`, are charged.

    `service_this_month` are the number's earlier service messages of the month.
    """
    priced = priced_as(category)
    if free_entry_point:
        return 0
    if priced == "service":
        if at_ms < SERVICE_CHARGED_FROM_MS:
            return 0
        return min(count, max(0, service_this_month + count - FREE_SERVICE_MESSAGES))
    if priced == "utility" and in_window and at_ms < SERVICE_CHARGED_FROM_MS:
        return 0
    return count
