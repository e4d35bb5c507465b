"""Whether a business is on its way out: what it may still do, and whose work is dropped.

    deletion     the API                                    queues and webhooks
    none         all                                        all
    requested    as while suspended (services.suspension)   all, but no campaign sends or starts
    later        the same, until tokens have run out        nothing: dropped, kept nowhere

A process asks once in KEPT_MS for each business, so the answer costs next to nothing and may be so
old; whoever erases waits longer than that before the first item goes.
"""

from __future__ import annotations

import functools

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.errors import Forbidden
from chalicelib.storage.deletions import REQUESTED, find_deletion

KEPT_MS = 30_000
_REMEMBERED = 10_000


class TenantClosing(Forbidden):
    """The business is being deleted."""

    code = "tenant_closing"


@functools.cache
def _known() -> dict[str, tuple[int, str | None, int]]:
    """Return what this process knows: by tenant until when, the state, and when it is due."""
    return {}


def state_of(tenant_id: str, clock: Clock = SYSTEM_CLOCK) -> tuple[str | None, int]:
    """Return the state of a tenant's deletion, None if there is none, and when it is due.

    At most KEPT_MS old. 0.5 RRU a tenant in that time.
    """
    known, now_ms = _known(), clock.now_ms()
    found = known.get(tenant_id)
    if found is not None and found[0] - KEPT_MS <= now_ms < found[0]:
        return found[1], found[2]
    if len(known) >= _REMEMBERED:
        known.clear()
    row = find_deletion(tenant_id, is_consistent=False)
    state, due_at = (None, 0) if row is None else (row.state, row.due_at or 0)
    known[tenant_id] = now_ms + KEPT_MS, state, due_at
    return state, due_at


def forget(tenant_id: str) -> None:
    """Have this process ask anew: it has just changed the deletion itself."""
    _known().pop(tenant_id, None)


def has_left(tenant_id: str, clock: Clock = SYSTEM_CLOCK) -> bool:
    """Tell whether a tenant's grace period is over: nothing for it is kept any more."""
    return state_of(tenant_id, clock)[0] not in {None, REQUESTED}


def words(tenant_id: str) -> str | None:
    """Return in words why a business that is being deleted changes and sends nothing, else None."""
    state, due_at = state_of(tenant_id)
    if state is None:
        return None
    if state != REQUESTED:
        return "This business is deleted."
    return (
        f"This business is going to be deleted on {to_iso(due_at)[:10]}; nothing can be changed or "
        "sent. An owner can call that off: DELETE /api/tenants/deletion."
    )


def check_open(tenant_id: str) -> None:
    """Raise TenantClosing if the business is being deleted."""
    found = words(tenant_id)
    if found is not None:
        raise TenantClosing(found)
