"""Whether a number can send at all, by what Meta last reported of it and its account."""

from __future__ import annotations

from chalicelib.core.errors import Conflict
from chalicelib.storage.numbers import NumberRow

_WORDS = {
    "BANNED": "Meta has disabled its account",
    "DELETED": "its account was deleted at Meta",
    "DISCONNECTED": "the business no longer shares its account with Parley, or it was disconnected",
}


def check_can_send(number: NumberRow) -> None:
    """Raise Conflict `number_stopped`, with the reason, for a number that cannot send."""
    words = _WORDS.get(number.status)
    if words is not None:
        raise Conflict(
            f"The number {number.display_phone_number} cannot send: {words}. Look at its account "
            "for what to do, and connect the number again.",
            code="number_stopped",
        )
