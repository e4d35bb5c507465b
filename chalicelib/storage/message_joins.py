"""What a status adds to a row beside its state: times, and the price when it becomes due. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.storage.message_state import RANKS, SEALED

DELIVERED = RANKS["delivered"]


def due(old: Mapping[str, Any], rank: int, pricing: str | None) -> str | None:
    """Return the price that is due now that the row `old` has `rank` and maybe `pricing`.

    row before             row after             due
    not delivered          delivered, priced     now
    delivered, unpriced    priced                now
    delivered, priced      anything              before
    anything               undelivered, or unpriced   not yet

    Of a sealed row its times tell whether it was delivered: Meta charges it all the same.
    """
    known: str | None = old.get("pricing", {}).get("S")
    before = int(old.get("rank", {}).get("N", -1))
    if before == SEALED:
        before = DELIVERED if "delivered_at" in old or "read_at" in old else -1
    if max(before, rank) < DELIVERED or (before >= DELIVERED and known is not None):
        return None
    return pricing or known


def additions(
    values: Mapping[str, str | int], item: Mapping[str, Any]
) -> tuple[dict[str, str | int], dict[str, int | None]]:
    """Return what a late state adds to `item`, and the numbers of it that this was decided by.

    Its time, if the row has none of that state or a later one; its price, if the row has none or
    one of a state that comes before.
    """
    late: dict[str, str | int] = {}
    seen: dict[str, int | None] = {}

    def number(name: str) -> int | None:
        found = item.get(name, {}).get("N")
        return None if found is None else int(found)

    at = f"{values['state']}_at"
    if at in values:
        before = number(at)
        if before is None or before > int(values[at]):
            late[at], seen[at] = values[at], before
    if "pricing" in values:
        before = number("pricing_rank")
        if before is None or before < int(values["pricing_rank"]):
            late |= {k: values[k] for k in ("pricing", "pricing_rank", "category") if k in values}
            seen["pricing_rank"] = before
    return late, seen
