"""Chance that repeats: every draw is a hash of the seed and of what it decides, never of order or
time.
"""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")

_RANGE = float(1 << 64)


def draw(seed: int, subject: str, nth: int, purpose: str) -> float:
    """Return a number in [0, 1) fixed by its arguments: the fate of `subject`'s `nth` message.

    Different purposes are independent of each other, so adding one changes no other fate.
    """
    text = f"{seed}|{subject}|{nth}|{purpose}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") / _RANGE


def between(low: float, high: float, share: float) -> float:
    """Return the point `share` (0 to 1) of the way from `low` to `high`."""
    return low + (high - low) * share


def choose(items: Sequence[Item], share: float) -> Item:
    """Return the item at `share` (0 to 1) of a non-empty sequence."""
    return items[min(int(share * len(items)), len(items) - 1)]
