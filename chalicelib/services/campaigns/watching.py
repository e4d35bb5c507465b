"""Whether a campaign goes badly of late, by its counters and what an earlier look has seen. Pure.

    of the last 200                 it had better pause where
    whose outcome became known      more failed than the business allows
    that were handed to WhatsApp    more than half got no clear answer: WhatsApp does not work

The two are counted apart: what became of a message is told later than that it was taken, and what
is unclear now may be told to have arrived.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.services.campaigns import ledger
from chalicelib.whatsapp.codes import reason_of

WINDOW = 200
_UNCLEAR_PERCENT = 50
_KNOWN = ("sent", "delivered", "read", "failed")
_CLEAR = ("accepted", "held", *_KNOWN)


@dataclass(frozen=True, slots=True)
class Look:
    """What a look has found: what the next one compares with, and why to pause, if so."""

    seen: Mapping[str, int]
    objection: str | None = None


def mark(counters: Mapping[str, int]) -> dict[str, int]:
    """Return what a look compares: how many outcomes are known and how many of them are failures,
    how many got a clear answer and how many did not.
    """
    return {
        "known": sum(counters.get(state, 0) for state in _KNOWN),
        "failed": counters.get("failed", 0),
        "clear": sum(counters.get(state, 0) for state in _CLEAR),
        "unclear": counters.get("unknown", 0),
    }


def look(before: Mapping[str, int], counters: Mapping[str, int], most_percent: int) -> Look:
    """Compare with what was `seen` before; more than `most_percent` of failures are too many."""
    now = mark(counters)
    known, failed, clear, unclear = (now[name] - before.get(name, 0) for name in now)
    seen, objection = dict(before), None
    if known >= WINDOW:
        seen |= {name: now[name] for name in ("known", "failed")}
        if failed * 100 > most_percent * known:
            objection = (
                f"{round(failed * 100 / known)} % of the last {known} messages failed; more than "
                f"{most_percent} % pause a campaign. Most often: {reason_of(_commonest(counters))}"
            )
    if clear + unclear >= WINDOW:
        seen |= {name: now[name] for name in ("clear", "unclear")}
        if unclear * 100 > _UNCLEAR_PERCENT * (clear + unclear):
            objection = (
                f"WhatsApp gave no clear answer to {unclear} of the last {clear + unclear} "
                "messages; it may be down. Parley left these open: they are not sent again by "
                "themselves, and WhatsApp's statuses settle those that went out. Resume when "
                "WhatsApp works again; metastatus.com tells of known faults."
            )
    return Look(seen, objection)


def _commonest(counters: Mapping[str, int]) -> int | None:
    """Return the code of most failures; None where most have none."""
    failed = ledger.failed_by_code(counters)
    return max(failed, key=lambda code: failed[code], default=None)
