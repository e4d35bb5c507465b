"""Who is the canary: a fair share of the audience, decided by the campaign and its contacts alone.

Of each page of the audience the share is taken, so that all of it adds up to the share of the
whole, rounded up; and on the page those with the smallest hash of campaign and contact. So it does
not matter in which order a list came, the same people are not first in every campaign, and a dry
run and the launch after it choose the same. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from chalicelib.services.campaigns.audience import Recipient


def canary_first(
    people: Sequence[Recipient], percent: int | None, campaign_id: str, before: int
) -> tuple[list[Recipient], int]:
    """Return the people of a page with the canary first, and how many that are.

    `before` counts those of earlier pages who get the message; the skipped are in no canary.
    """
    wanted = [one for one in people if one.skip is None]
    count = share_of(before + len(wanted), percent) - share_of(before, percent)
    if count == 0:
        return list(people), 0
    by_chance = sorted(wanted, key=lambda one: _draw(campaign_id, one.contact_id))
    chosen = {one.contact_id for one in by_chance[:count]}
    # Both keep the order of contact ids, by which recipients are looked for.
    first = [one for one in wanted if one.contact_id in chosen]
    return [*first, *(one for one in people if one.contact_id not in chosen)], count


def share_of(count: int, percent: int | None) -> int:
    """Return `percent` of `count`, rounded up; 0 where there is no canary."""
    return -(-count * (percent or 0) // 100)


def _draw(campaign_id: str, contact_id: str) -> bytes:
    return blake2b(f"{campaign_id}|{contact_id}".encode(), digest_size=8).digest()
