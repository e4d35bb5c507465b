"""Counting what Meta charges: each delivered message once, whatever the order of its statuses.

Meta charges on delivery, and writes `pricing` on `sent` and on one of `delivered` and `read`. So a
message is counted by the status that makes both true of its row, delivered and priced:

    row before            row after             counted
    not delivered         delivered, priced     now
    delivered, unpriced   priced                now
    delivered, priced     anything              before
    anything              not delivered, or unpriced   not yet
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from chalicelib.storage.daily_stats import ChargeKey
from chalicelib.storage.message_state import RANKS

REGULAR = "regular"
_UNPRICED = "unknown"


@dataclass(frozen=True, slots=True)
class Priced:
    """What counts of a row: its state, and Meta's pricing object if a status has carried it."""

    state: str | None
    pricing: Mapping[str, Any] | None

    @property
    def is_complete(self) -> bool:
        """Tell whether the message is delivered and its price category is known."""
        is_delivered = self.state is not None and RANKS[self.state] >= RANKS["delivered"]
        return is_delivered and self.pricing is not None


def is_counted_now(before: Priced, after: Priced) -> bool:
    """Tell whether the step from one to the other is the one that counts the message."""
    return after.is_complete and not before.is_complete


def category_of(pricing: Mapping[str, Any]) -> str:
    """Return the category of a pricing object in Meta's own word, e.g. `marketing_lite`."""
    category = pricing.get("category")
    return category if isinstance(category, str) and category else _UNPRICED


def pricing_type(pricing: Mapping[str, Any]) -> str:
    """Return why a message is charged or free: `regular`, `free_customer_service` and so on.

    Where Meta gives no type (before July 2025), `billable` decides between `regular` and `free`.
    """
    kind = pricing.get("type")
    if isinstance(kind, str) and kind:
        return kind
    return REGULAR if pricing.get("billable") is True else "free"


def charge_key(
    pricing: Mapping[str, Any], waba_id: str, country: str, at_ms: int, zone: tzinfo = UTC
) -> ChargeKey:
    """Return under what a message that was delivered at `at_ms` is counted; days are of `zone`."""
    return ChargeKey(
        day=datetime.fromtimestamp(at_ms / 1000, zone).date(),
        waba_id=waba_id,
        country=country,
        category=category_of(pricing),
        pricing_type=pricing_type(pricing),
    )
