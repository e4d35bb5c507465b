"""Carrying an erasure out: walk after walk, message after message of the tenant queue.

A message has BUDGET_MS; where it stops, the next one goes on, for what stands in it is where the
walk is. A message that comes twice, or whose worker dies, repeats its piece, which then changes
nothing. When all walks of a round have found nothing the person is erased, and that is the proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.log import log
from chalicelib.services.erasure.steps import send
from chalicelib.services.erasure.walks import WALKS, Search
from chalicelib.storage.erasures import Erasures

BUDGET_MS = 120_000
_EARLY_MS = 60_000


def forget(ctx: TenantContext, envelope: Mapping[str, Any], clock: Clock = SYSTEM_CLOCK) -> None:
    """Begin or go on with the erasure of a contact; nothing if it is over.

    Over all: 1 RRU per 4 KB of imports, exports, audit trail and contacts, and one read of every
    file of imports, campaigns and exports.
    """
    contact_id = str(envelope["contact_id"])
    erasures = Erasures(ctx)
    found = erasures.open_subject(contact_id)
    if found is None:
        log.info("an erasure that is over", extra={"contact_id": contact_id})
        return
    subject, due_at = found
    if clock.now_ms() < due_at - _EARLY_MS:
        log.warning("an erasure came before its time", extra={"contact_id": contact_id})
        send(ctx, contact_id, delay_s=min(900, (due_at - clock.now_ms()) // 1000))
        return
    walk = envelope.get("walk") or {"at": 0, "cursor": None, "found": 0}
    search = Search(ctx, subject, clock)
    following = _go_on(search, walk, clock.now_ms() + BUDGET_MS)
    counts = {place: count for place, count in search.found.items() if count}
    if counts:
        erasures.note(contact_id, counts)
    changed = int(walk["found"]) + sum(counts.values())
    if following is not None:
        send(ctx, contact_id, walk={**following, "found": changed})
    elif changed:
        send(ctx, contact_id)  # another round, to see that nothing is left
    else:
        left = {one.__name__: 0 for one in WALKS}
        for merged_id in subject.contact_ids[1:]:
            erasures.finish(merged_id, left, clock.now_ms())
        erasures.finish(contact_id, left, clock.now_ms())
        log.info("a person was erased", extra={"contact_id": contact_id})


def _go_on(search: Search, walk: Mapping[str, Any], until_ms: int) -> dict[str, Any] | None:
    """Walk on until the time is up; return where that is, None at the end of the round."""
    cursor = walk["cursor"]
    for at in range(int(walk["at"]), len(WALKS)):
        for stands in WALKS[at](search, cursor):
            if search.clock.now_ms() >= until_ms and stands is not None:
                return {"at": at, "cursor": stands}
        cursor = None
        if search.clock.now_ms() >= until_ms and at + 1 < len(WALKS):
            return {"at": at + 1, "cursor": None}
    return None
