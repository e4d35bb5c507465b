"""Reading the audit trail: pages of it, its export, and the proof that nobody has touched it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.schemas.audit import (
    AuditExportQuery,
    AuditFilter,
    AuditList,
    AuditQuery,
    AuditRecord,
)
from chalicelib.services.exports.cells import as_text
from chalicelib.storage.audit import (
    GENESIS,
    Audit,
    AuditRow,
    Head,
    details_hash,
    read_event,
    record_hash,
)

# A filter that fits little is answered with a short page and a cursor, not with a long wait.
EXAMINED = 1_000
EXPORTED = 2_000
_LATEST_MS = 2**47
COLUMNS = (
    "sequence",
    "at",
    "actor_id",
    "role",
    "source_ip",
    "user_agent",
    "action",
    "route",
    "targets",
    "made_id",
    "outcome",
    "status",
    "before",
    "after",
    "request_id",
    "id",
    "previous_hash",
    "hash",
)


@dataclass(frozen=True, slots=True)
class Export:
    """A CSV text, and the cursor with which the export goes on."""

    text: str
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a record of a chain."""

    sequence: int
    id: str
    words: str


def list_page(ctx: TenantContext, query: AuditQuery) -> AuditList:
    """Return a page, newest first; raise Invalid for a cursor of another list.

    A page may be shorter than `limit`, even empty, and still have a `next_cursor`: EXAMINED records
    are looked at for it. 0.5 RRU for each 4 KB of those.
    """
    examined = EXAMINED if _narrows(query) else query.limit
    records, cursor = _read(ctx, query, query.cursor, examined, query.limit)
    return AuditList(items=records, next_cursor=cursor)


def export(ctx: TenantContext, query: AuditExportQuery) -> Export:
    """Return up to EXPORTED records as CSV, newest first, and where it goes on; see `list_page`.

    A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    records, cursor = _read(ctx, query, query.cursor, EXPORTED, EXPORTED)
    into = io.StringIO()
    writer = csv.writer(into, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for record in records:
        values = record.model_dump(mode="json")
        writer.writerow([_cell(values[name]) for name in COLUMNS])
    return Export(into.getvalue(), cursor)


def verify(
    rows: Iterable[AuditRow], head: Head, anchor: tuple[int, str] | None = None
) -> list[Finding]:
    """Return what is wrong with a tenant's whole chain, in its order; nothing if it is whole.

    A changed record does not have its hash, a removed one breaks the numbers and the next one's
    `previous_hash`, one cut from the end disagrees with the head. Whoever can write the whole table
    can make a new chain: `anchor`, a number and hash that the log has kept, shows that. Pure.
    """
    found: list[Finding] = []
    previous, number, seen_anchor = GENESIS, 0, anchor is None
    for row in rows:
        number += 1
        found += [Finding(number, row.id, words) for words in _wrong_with(row, number, previous)]
        previous, number = row.hash or "", row.sequence or number
        if anchor is not None and row.sequence == anchor[0]:
            seen_anchor = True
            if row.hash != anchor[1]:
                found.append(Finding(number, row.id, "is not the record that the log has kept"))
    if (head.sequence, head.hash) != (number, previous):
        words = f"the chain ends at {number}, its head says {head.sequence}: records are missing"
        found.append(Finding(number, "head", words))
    if not seen_anchor and anchor is not None:
        found.append(Finding(anchor[0], "", "the record that the log has kept is missing"))
    return found


def _wrong_with(row: AuditRow, number: int, previous: str) -> list[str]:
    wrong = []
    if row.sequence != number:
        wrong.append(f"has the number {row.sequence}: records before it are missing or added")
    if row.previous_hash != previous:
        wrong.append("does not follow the record before it")
    if row.hash != record_hash(row):
        wrong.append("was changed: it does not have its hash")
    if row.details is not None and row.details_hash != details_hash(row.salt or "", row.details):
        wrong.append("its before and after were changed")
    return wrong


def _read(
    ctx: TenantContext, query: AuditFilter, cursor: str | None, examined: int, wanted: int
) -> tuple[list[AuditRecord], str | None]:
    since_ms = _ms(query.since.timestamp()) if query.since else 0
    until_ms = _ms(query.until.timestamp()) if query.until else _LATEST_MS
    if until_ms <= since_ms:
        return [], None
    rows, cursor_of = Audit(ctx).newest_first(since_ms, until_ms, cursor, examined)
    found: list[AuditRecord] = []
    for row in rows:
        record = to_record(row)
        if not _fits(record, query):
            continue
        found.append(record)
        if len(found) == wanted:
            is_last = row is rows[-1] and len(rows) < examined
            return found, None if is_last else cursor_of(row)
    return found, cursor_of(rows[-1]) if len(rows) == examined else None


def _narrows(query: AuditFilter) -> bool:
    return any((query.actor_id, query.action, query.target_id, query.outcome))


def _fits(record: AuditRecord, query: AuditFilter) -> bool:
    return (
        query.actor_id in {None, record.actor_id}
        and query.action in {None, record.action}
        and query.outcome in {None, record.outcome}
        and query.target_id in {None, record.made_id, *record.targets.values()}
    )


def to_record(row: AuditRow) -> AuditRecord:
    """Return a record as the API gives it."""
    event = read_event(row)
    kept: dict[str, Any] = json.loads(row.details) if row.details is not None else {}
    status = row.status or 0
    return AuditRecord(
        id=row.id,
        sequence=row.sequence or 0,
        at=to_iso(row.at_ms or 0),
        **{name: str(event.get(name, "")) for name in _TEXTS},
        targets=event.get("targets", {}),
        made_id=kept.get("id"),
        outcome="unknown" if status == 0 else "done" if status < 400 else "failed",
        status=status or None,
        before=kept.get("before"),
        after=kept.get("after"),
        details_erased=row.details is None,
        previous_hash=row.previous_hash or "",
        hash=row.hash or "",
    )


_TEXTS = ("actor_id", "role", "source_ip", "user_agent", "request_id", "action", "route")


def _cell(value: Any) -> str:  # noqa: ANN401 - JSON
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return as_text(text)


def _ms(seconds: float) -> int:
    return max(0, min(round(seconds * 1000), _LATEST_MS))


def abandoned(rows: Iterable[AuditRow], clock: Clock = SYSTEM_CLOCK) -> list[str]:
    """Return in words what was begun and never ended, which the next change will chain."""
    now_ms = clock.now_ms()
    return [
        f"{read_event(row).get('action')} begun at {to_iso(row.at_ms or 0)} "
        f"({(now_ms - (row.at_ms or 0)) // 1000} s ago) by {read_event(row).get('actor_id')}"
        for row in rows
    ]
