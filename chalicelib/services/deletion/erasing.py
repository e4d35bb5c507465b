"""Carrying a deletion out, message by message of the tenant queue, to the proof.

    message   state it finds   what it does
    stop      requested        pauses and unschedules the campaigns
    delete    requested        from the schedule, at the end of the grace period: the business
                               leaves; an `erase` message follows after QUIET_S
    delete    requested, early nothing yet: it comes again when it is due
    delete    leaving          the same once more: whoever had begun it died
    erase     leaving          files, then tables; looks a second time; chains the record
    erase     erasing          goes on
    any       another          nothing: it was called off, asked for anew, or is done

What is gone is where the work stands, so a message may come twice, or two workers at once, or die
at any line. In QUIET_S every function that has begun something for the business ends: none runs
longer than 300 s, and each asks every half a minute whether the business is there; see
services.closing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.log import log
from chalicelib.services import closing
from chalicelib.services.deletion import leaving
from chalicelib.services.deletion.steps import send
from chalicelib.services.exports.files import file_path
from chalicelib.storage.audit import Audit
from chalicelib.storage.deletions import (
    ERASING,
    LEAVING,
    REQUESTED,
    DeletionRow,
    advance,
    find_deletion,
    finish,
)
from chalicelib.storage.holdings import (
    AREAS,
    HELD,
    UNHANDLED,
    Held,
    Item,
    all_rows,
    partition_of,
    rows_of,
    text_of,
    values_of,
)
from chalicelib.storage.objects import Objects
from chalicelib.storage.removals import BATCH, Removal, list_keys

QUIET_S = 900
BUDGET_MS = 120_000
_EARLY_MS = 60_000
_LONGEST_S = 900  # that SQS holds a message back
_ROWS = 25


def stop(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    """Stop the campaigns of a business that is going to be deleted."""
    row = _wanted(ctx, envelope)
    if row is not None and row.state == REQUESTED:
        closing.forget(ctx.tenant_id)
        leaving.stop(ctx)


def delete(ctx: TenantContext, envelope: Mapping[str, Any], clock: Clock = SYSTEM_CLOCK) -> None:
    """Have a business leave whose grace period is over; see the table, and `leaving`."""
    row = _wanted(ctx, envelope)
    if row is None or row.state not in {REQUESTED, LEAVING}:
        log.info("a deletion that no longer counts")
        return
    now_ms = clock.now_ms()
    early_ms = (row.due_at or 0) - now_ms
    if early_ms > _EARLY_MS:
        log.warning("a deletion came before its time")
        send(ctx, "delete", row, min(_LONGEST_S, early_ms // 1000))
        return
    if row.state == REQUESTED and not advance(
        row, (REQUESTED,), LEAVING, DeletionRow.began_at.set(now_ms)
    ):
        return  # called off this moment
    closing.forget(ctx.tenant_id)
    leaving.cancel_campaigns(ctx)
    if row.meta is None:
        told = leaving.tell_whatsapp(ctx)
        advance(row, (LEAVING,), LEAVING, DeletionRow.meta.set(told))
    leaving.take_keys(ctx, Removal(ctx.tenant_id, row))
    send(ctx, "erase", row, QUIET_S)
    log.info("a business has left")


def erase(ctx: TenantContext, envelope: Mapping[str, Any], clock: Clock = SYSTEM_CLOCK) -> None:
    """Go on erasing a business for up to BUDGET_MS, then hand it back to the queue; see the table.

    2 WRU per KB and 1 RRU per 4 KB of all that it has, and 2 requests for 1,000 files.
    """
    row = _wanted(ctx, envelope)
    if row is None or row.state not in {LEAVING, ERASING}:
        log.info("a deletion that no longer counts")
        return
    if row.state == LEAVING and not _begin(ctx, row):
        return
    removal = Removal(ctx.tenant_id, row)
    until_ms = clock.now_ms() + BUDGET_MS
    if not (_files(ctx, removal, clock, until_ms) and _tables(ctx, removal, clock, until_ms)):
        send(ctx, "erase", row)
        return
    left = look(ctx.tenant_id)
    if any(left.values()):
        log.warning("something is left; it is erased again", extra={"left": left})
        send(ctx, "erase", row, 10)
        return
    done = finish(row, left, clock.now_ms())
    log.info(
        "a business was erased",
        extra={
            "deletion": done.id,
            "sequence": done.sequence,
            "deletion_hash": done.hash,
            "counts": done.counts,
        },
    )


def look(tenant_id: str) -> dict[str, int]:
    """Return how many items and files of a tenant are found by key, place by place.

    What is found by a parent has none any more, for a parent goes after its partition was read
    empty. One query a table and a prefix where all is gone.
    """
    found = {held.table: sum(1 for _ in all_rows(held, tenant_id)) for held in HELD}
    for area in AREAS:
        found[area] = _count_files(f"{area}{tenant_id}/")
    return found


def _wanted(ctx: TenantContext, envelope: Mapping[str, Any]) -> DeletionRow | None:
    request, row = envelope["request"], find_deletion(ctx.tenant_id)
    return row if row is not None and row.request == request else None


def _begin(ctx: TenantContext, row: DeletionRow) -> bool:
    """Note where the audit trail ends, which goes with all else."""
    head = Audit(ctx).head()
    end = f"{head.sequence}:{head.hash}"
    return advance(row, (LEAVING,), ERASING, DeletionRow.audit_end.set(end))


def _files(ctx: TenantContext, removal: Removal, clock: Clock, until_ms: int) -> bool:
    """Remove all files; tell whether that was done in time. Accounts are needed still."""
    accounts = next(held for held in HELD if held.table == "accounts")
    prefixes = [(area, f"{area}{ctx.tenant_id}/") for area in AREAS]
    prefixes += [
        (UNHANDLED, f"{UNHANDLED}{text_of(row, 'id')}/")
        for row in all_rows(accounts, ctx.tenant_id)
    ]
    for place, prefix in prefixes:
        while not removal.files(place, prefix):
            if clock.now_ms() >= until_ms:
                return False
    return True


def _tables(ctx: TenantContext, removal: Removal, clock: Clock, until_ms: int) -> bool:
    """Remove all items, what rows lead to before the rows; tell whether that was done in time."""
    for held in HELD:
        while rows := rows_of(held, ctx.tenant_id, None, _ROWS)[0]:
            for row in rows:
                if not _led_to(ctx, removal, held, row, clock, until_ms):
                    return False
            if held.table == "exports":
                _end_uploads(ctx, rows)
            removal.items(held.table, held.keys, rows)
            if clock.now_ms() >= until_ms:
                return False
    return True


def _led_to(
    ctx: TenantContext, removal: Removal, held: Held, row: Item, clock: Clock, until_ms: int
) -> bool:
    for part in held.partitions:
        while items := partition_of(part, ctx.tenant_id, row, None, BATCH)[0]:
            removal.items(part.table, part.keys, items)
            if clock.now_ms() >= until_ms:
                return False
    for values in held.values:
        found = values_of(values, ctx.tenant_id, row)
        removal.items(values.table, (values.key,), found, has_owner=values.has_owner)
    return True


def _end_uploads(ctx: TenantContext, rows: Iterable[Item]) -> None:
    """Throw away what is written of files that were never made, which no listing shows."""
    for row in rows:
        upload = text_of(row, "upload")
        if upload is not None:
            path = file_path(text_of(row, "id") or "", text_of(row, "kind") or "")
            Objects(ctx).abandon_parts("exports", path, upload)


def _count_files(prefix: str) -> int:
    count, after = 0, ""
    while keys := list_keys(prefix, after):
        count, after = count + len(keys), keys[-1]
    return count
