"""A message's state as a join: the greater of two states wins, whatever the order they come in.

    rank  state      meaning
    0     claimed    about to be handed to Meta
    1     unknown    handed over, but no answer came back; never sent again by itself
    2     accepted   Meta took it
    3     held       Meta took it and waits (quality assessment); no status until it is released
    4     sent       it left Meta's servers
    5     failed     it will not arrive; beats accepted and sent only
    6     delivered  it reached the phone
    7     read       it was opened

A row of rank 9 is sealed: another message stands for it in its campaign (a retry), so whatever
is reported of it later is kept, and counts no more. It shows the state that it had.

`queued` and `skipped` at planning have no row. A row `skipped` at sending was never handed to Meta;
it has rank 0, so that if Meta ever spoke of it, Meta's word would count.
"""

from __future__ import annotations

SEALED = 9
RANKS: dict[str, int] = {
    "skipped": 0,
    "claimed": 0,
    "unknown": 1,
    "accepted": 2,
    "held": 3,
    "sent": 4,
    "failed": 5,
    "delivered": 6,
    "read": 7,
}


def join(left: str, right: str) -> str:
    """Return the greater of two states: commutative, associative, idempotent."""
    return right if RANKS[right] > RANKS[left] else left
