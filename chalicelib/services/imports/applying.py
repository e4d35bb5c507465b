"""The queue's part of an import: slice by slice, each safe to run twice, at once or half-way.

How a replay comes to the same end: where the import stands is in its own item and moves on only
from the slice that was worked on, with the counts, in one conditional write. A slice reads the
contacts before the claims, and writes the claims before the contacts: so whoever sees a contact
that another run of this slice has written also sees the claim that says what that run decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import cast

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid, NotFound, Unavailable
from chalicelib.core.log import log
from chalicelib.services import plans
from chalicelib.services.imports.deciding import Claim, Decision, Outcome, Update, decide
from chalicelib.services.imports.kept import pack_layout, send_import, source_path, unpack_layout
from chalicelib.services.imports.reading import (
    HEAD_BYTES,
    Record,
    count_rows,
    find_encoding,
    read_layout,
    read_records,
)
from chalicelib.services.imports.rows import Person, Refused, read_row
from chalicelib.storage.contacts import ContactDraft, ContactRow, Contacts
from chalicelib.storage.imports import ImportRow, Imports, Step
from chalicelib.storage.objects import Objects
from chalicelib.storage.usage import CONTACTS, used

SLICE_ROWS = 500
# The queue gives up after its fifth delivery, so the fifth says so where the user can see it.
MAX_ATTEMPTS = 5
# Well within the function's timeout, and often enough that a failure repeats little.
BUDGET_MS = 60_000

_WORKERS = 4
_TOGETHER = 40
_ROUNDS = 4
_OUTCOMES: tuple[Outcome, ...] = ("created", "updated", "duplicate", "invalid")


def run(ctx: TenantContext, import_id: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Go on with an import for up to BUDGET_MS, then hand it back to the queue.

    Returns where another delivery has gone further, or the import is over. A file that cannot be
    read ends the import with the reason; so does the fifth delivery of the same message.
    """
    imports = Imports(ctx)
    row = imports.begin(import_id)
    until_ms = clock.now_ms() + BUDGET_MS
    if row is not None and row.attempts >= MAX_ATTEMPTS:
        reason = (
            f"Gave up at row {row.next_row} after {MAX_ATTEMPTS - 1} attempts; import it again."
        )
        imports.fail(import_id, reason, clock.now_ms())
        log.error("import given up", extra={"import_id": import_id, "next_row": row.next_row})
        return
    if row is not None and row.rows_total is None:
        row = _survey(ctx, row, clock)
    while row is not None and row.state == "running":
        if clock.now_ms() >= until_ms:
            imports.hand_back(import_id)
            send_import(ctx, import_id)
            return
        row = _run_slice(ctx, row, clock)


def _survey(ctx: TenantContext, row: ImportRow, clock: Clock) -> ImportRow | None:
    """Read an uploaded file through once, so that nothing is written of one that is broken."""
    objects, path = Objects(ctx), source_path(row.source)
    try:
        encoding = find_encoding(objects.stream("imports", path))
        layout = read_layout(objects.get_range("imports", path, 0, HEAD_BYTES - 1), encoding)
        total = count_rows(objects.stream("imports", path, layout.offset), layout)
    except (Invalid, NotFound) as problem:
        Imports(ctx).fail(row.id, problem.detail, clock.now_ms())
        return None
    return Imports(ctx).set_layout(row, pack_layout(layout), layout.offset, layout.row, total)


def _run_slice(ctx: TenantContext, row: ImportRow, clock: Clock) -> ImportRow | None:
    imports = Imports(ctx)
    try:
        records = _read_slice(ctx, row)
    except (Invalid, NotFound) as problem:
        imports.fail(row.id, problem.detail, clock.now_ms())
        return None
    layout = unpack_layout(row)
    rows = [read_row(layout.columns, record, row.country) for record in records]
    limit = plans.limit(ctx, "contacts")
    results = _apply(ctx, row.id, rows, limit, clock.now_ms()).results
    rows_done = sum(getattr(row, outcome) for outcome in _OUTCOMES) + len(rows)
    step = Step(
        next_offset=records[-1].end if records else row.next_offset,
        next_row=records[-1].row + 1 if records else row.next_row,
        counts={name: sum(r.outcome == name for r in results) for name in _OUTCOMES},
        is_last=len(rows) < SLICE_ROWS or rows_done >= (row.rows_total or 0),
    )
    imports.put_outcomes(
        row.id,
        row.next_slice,
        [(r.row, r.outcome, r.address, r.contact_id, r.code, r.reason) for r in results],
        clock.now_ms(),
    )
    log.info(
        "import slice", extra={"import_id": row.id, "slice": row.next_slice, "rows": step.counts}
    )
    return imports.advance(row, step, clock.now_ms())


def _read_slice(ctx: TenantContext, row: ImportRow) -> list[Record]:
    chunks = Objects(ctx).stream("imports", source_path(row.source), row.next_offset)
    records = read_records(chunks, unpack_layout(row))
    return list(islice((record for record in records if not record.is_blank), SLICE_ROWS))


def _apply(
    ctx: TenantContext,
    import_id: str,
    rows: Sequence[Person | Refused],
    limit: int | None,
    now_ms: int,
) -> Decision:
    """Decide and write a slice; decide again where somebody else wrote at the same time.

    The room is read before the contacts: whoever sees it taken by another run of this slice then
    also sees the contacts that took it.
    """
    contacts, imports = Contacts(ctx), Imports(ctx)
    people = [row for row in rows if isinstance(row, Person)]
    addresses = [address for person in people for address in person.addresses]
    own = {row.row for row in rows}
    lost: set[str] = set()
    for _ in range(_ROUNDS):
        room = None if limit is None else max(0, limit - used(ctx.tenant_id, CONTACTS))
        known = _known(contacts, addresses)
        kept = {
            address: Claim(row, cast("Outcome", outcome))
            for address, (row, outcome) in imports.claims(import_id, addresses).items()
            if address not in lost or row not in own
        }
        decision = decide(import_id, rows, known, kept, now_ms, room)
        fresh = {p: (c.row, c.outcome) for p, c in decision.claims.items() if kept.get(p) != c}
        imports.claim(import_id, fresh, now_ms)
        written = _write(contacts, decision, limit, now_ms)
        if not written:
            return decision
        lost = {a for one in people if one.address in written for a in one.addresses}
    raise Unavailable("Others are writing the same contacts just now; try again.")


def _known(contacts: Contacts, addresses: Sequence[str]) -> dict[str, ContactRow]:
    """Return the contacts that have these phones or user ids, by them. 2 RRU each."""
    phones = [one for one in addresses if one.startswith("+")]
    user_ids = [one for one in addresses if not one.startswith("+")]
    ids = contacts.find_by_phones(phones) | contacts.find_by_user_ids(user_ids)
    rows = contacts.get_many(ids.values())
    return {one: rows[contact_id] for one, contact_id in ids.items() if contact_id in rows}


def _write(contacts: Contacts, decision: Decision, limit: int | None, now_ms: int) -> set[str]:
    """Write a decision; return the addresses whose contact somebody else wrote meanwhile.

    New contacts are written one group after another, since each moves the tenant's one counter.
    """
    creates = list(decision.creates.items())
    groups = [creates[i : i + _TOGETHER] for i in range(0, len(creates), _TOGETHER)]
    lost = [_create(contacts, group, limit, now_ms) for group in groups]
    with ThreadPoolExecutor(_WORKERS) as pool:
        lost += [
            *pool.map(
                lambda item: _update(contacts, item[0], item[1], now_ms), decision.updates.items()
            ),
        ]
    return set().union(*lost)


def _create(
    contacts: Contacts,
    group: Sequence[tuple[str, ContactDraft]],
    limit: int | None,
    now_ms: int,
) -> set[str]:
    """Write new contacts together, or one by one where one is taken or there is no more room."""
    if contacts.create_together([draft for _, draft in group], now_ms, limit):
        return set()
    lost = set()
    for address, draft in group:
        try:
            contacts.create(draft, now_ms, limit)
        except Conflict:  # LimitReached too
            lost.add(address)
    return lost


def _update(contacts: Contacts, address: str, update: Update, now_ms: int) -> set[str]:
    try:
        contacts.update(update.seen.id, update.changes, now_ms, seen=update.seen)
    except (Conflict, NotFound):
        return {address}
    return set()
