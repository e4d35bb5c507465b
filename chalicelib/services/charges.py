"""What Meta charges a delivered message as: its pricing object, as something to count.

Meta charges on delivery, and writes `pricing` on `sent` and on one of `delivered` and `read`. Which
status makes a message count is decided where it joins its row; see storage.message_joins.due.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from chalicelib.storage.daily_stats import ChargeKey

REGULAR = "regular"
_UNPRICED = "unknown"


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


def counted(pricing: str) -> Mapping[str, Any]:
    """Return a pricing object from its JSON text, as rows keep it."""
    found = json.loads(pricing)
    return found if isinstance(found, dict) else {}


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


def charge_name(country: str, pricing: str) -> str:
    """Return `country|category|type` of a pricing object in its JSON text, as recounts keep it."""
    found = counted(pricing)
    return f"{country}|{category_of(found)}|{pricing_type(found)}"


def named_charges(charges: Mapping[str, int], day: date) -> list[tuple[ChargeKey, int]]:
    """Return what `charge_name` has named, all as of one day."""
    found: list[tuple[ChargeKey, int]] = []
    for name, count in charges.items():
        country, category, kind = name.split("|")
        found.append((ChargeKey(day, "", country, category, kind), count))
    return found
