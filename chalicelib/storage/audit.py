"""The audit trail: one chain of records for each tenant, each holding the hash of the one before.

    aud_<time-ordered>   a record; the order of the keys is the order of the chain
    head                 the newest record's number, hash and time
    open#<aud_…>         an intent: something that was begun, and is not chained yet

A record is chained by one transaction that also moves the head, on the condition that the head is
still what was read: of two requests at once one reads again. What a record tells of before and
after stands beside the chain, which holds only a salted hash of it, so that it can be forgotten
(a person's right) without breaking the chain.
"""

from __future__ import annotations

import hashlib
import json
import random
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import TransactWriteError

from chalicelib.core.audit import Event, Outcome
from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Unavailable
from chalicelib.core.ids import ordered_id
from chalicelib.core.log import log
from chalicelib.core.signing import decode_cursor, encode_cursor
from chalicelib.storage.base import OptionalInteger, OptionalText, Row, TableMeta, table
from chalicelib.storage.tenants import transaction

GENESIS = "0" * 64
# No function of the API runs longer than 29 s, so who began this long ago does not go on.
ABANDONED_MS = 90_000
# What one transaction adopts of others' intents, besides its own record.
ADOPTED = 10
ATTEMPTS = 12
_RECORD = "aud"
_HEAD = "head"
_OPEN = "open#"
_CONTENDED = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class AuditRow(Row):
    """A record, a head or an intent; see the module. `event` and `details` are JSON texts."""

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("audit")

    tenant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    sequence = OptionalInteger()
    at_ms = OptionalInteger()
    event = OptionalText()
    status = OptionalInteger()
    details = OptionalText()
    salt = OptionalText()
    details_hash = OptionalText()
    previous_hash = OptionalText()
    hash = OptionalText()


@dataclass(frozen=True, slots=True)
class Head:
    """Where a tenant's chain ends; `was_there` is False before its first record."""

    sequence: int
    hash: str
    at_ms: int
    was_there: bool


def record_hash(row: AuditRow) -> str:
    """Return the hash that a record must have: SHA-256 over all of it but the details' words."""
    parts = [
        row.previous_hash,
        row.tenant_id,
        row.id,
        row.sequence,
        row.at_ms,
        row.event,
        row.status,
        row.details_hash,
    ]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def details_hash(salt: str, text: str) -> str:
    """Return the hash of a record's details; the salt hinders guessing what was forgotten."""
    return hashlib.sha256(f"{salt}|{text}".encode()).hexdigest()


class AuditTrail:
    """The trail of `core.audit`, for all tenants: an event says whose it is."""

    def __init__(
        self, clock: Clock = SYSTEM_CLOCK, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._pause = pause

    def begin(self, event: Event) -> None:
        """Write the intent of `event`. 1 WRU."""
        AuditRow(
            event.tenant_id, _open_id(event), at_ms=event.at_ms, event=_event_text(event)
        ).save()

    def drop(self, event: Event) -> None:
        """Remove the intent of what was not done. 1 WRU."""
        AuditRow(event.tenant_id, _open_id(event)).delete()

    def finish(self, event: Event, outcome: Outcome) -> None:
        """Chain the record of `event`, and of what others abandoned; remove the intents.

        6 WRU and 0.5 RRU, more where others write at the same time. Raises Unavailable if they do
        so ATTEMPTS times; the intent then stays.
        """
        for attempt in range(ATTEMPTS):
            head, intents = _end_of_chain(event.tenant_id)
            own = _open_id(event)
            stale = [
                row
                for row in intents
                if row.id != own and self._clock.now_ms() - (row.at_ms or 0) > ABANDONED_MS
            ]
            records = _chained(head, event, outcome, stale[:ADOPTED])
            try:
                _write(head, records, [own, *(row.id for row in stale[:ADOPTED])])
            except TransactWriteError as error:
                reasons = {r.code for r in error.cancellation_reasons if r is not None}
                if not reasons & _CONTENDED:
                    raise
                self._pause(random.uniform(0.005, 0.03) * (attempt + 1))  # noqa: S311 - no secret
                continue
            last = records[-1]
            log.info("audited", extra={"sequence": last.sequence, "audit_hash": last.hash})
            return
        raise Unavailable("Too many changes of one business at once.", retry_after_s=1)


def _end_of_chain(tenant_id: str) -> tuple[Head, list[AuditRow]]:
    """Return the head, and the oldest of the intents. One consistent query, 0.5 to 1 RRU."""
    rows = list(
        AuditRow.query(
            tenant_id, AuditRow.id >= _HEAD, consistent_read=True, limit=50, page_size=50
        )
    )
    head = next((row for row in rows if row.id == _HEAD), None)
    intents = [row for row in rows if row.id.startswith(_OPEN)]
    if head is None:
        return Head(0, GENESIS, 0, was_there=False), intents
    return Head(head.sequence or 0, head.hash or "", head.at_ms or 0, was_there=True), intents


def _chained(
    head: Head, event: Event, outcome: Outcome, abandoned: list[AuditRow]
) -> list[AuditRow]:
    """Return the records to write: what others abandoned, then the event's own."""
    entries = [(row.event or "{}", row.at_ms or 0, Outcome(0, {})) for row in abandoned]
    entries.append((_event_text(event), event.at_ms, outcome))
    records = []
    previous, at_ms = head.hash, head.at_ms
    for number, (text, began_ms, ended) in enumerate(entries, start=head.sequence + 1):
        # A millisecond after the one before at least, so that keys sort as the chain does.
        at_ms = max(began_ms, at_ms + 1)
        details_text = json.dumps(ended.details, ensure_ascii=False, sort_keys=True)
        salt = secrets.token_hex(16)
        row = AuditRow(
            event.tenant_id,
            ordered_id(_RECORD, at_ms),
            sequence=number,
            at_ms=at_ms,
            event=text,
            status=ended.status,
            details=details_text,
            salt=salt,
            details_hash=details_hash(salt, details_text),
            previous_hash=previous,
        )
        row.hash = previous = record_hash(row)
        records.append(row)
    return records


def _write(head: Head, records: list[AuditRow], done: list[str]) -> None:
    last = records[-1]
    row = AuditRow(last.tenant_id, _HEAD)
    unchanged = AuditRow.hash == head.hash if head.was_there else AuditRow.id.does_not_exist()
    with transaction() as write:
        write.update(
            row,
            actions=[
                AuditRow.hash.set(last.hash),
                AuditRow.sequence.set(last.sequence),
                AuditRow.at_ms.set(last.at_ms),
            ],
            condition=unchanged,
        )
        for record in records:
            write.save(record, condition=AuditRow.id.does_not_exist())
        for intent in done:
            write.delete(AuditRow(last.tenant_id, intent))


def _open_id(event: Event) -> str:
    # Sorted by when they began, so that the oldest are the first to be adopted.
    return f"{_OPEN}{event.at_ms:015d}#{event.request_id}"


def _event_text(event: Event) -> str:
    kept = {
        "actor_id": event.actor_id,
        "role": event.role,
        "source_ip": event.source_ip,
        "user_agent": event.user_agent,
        "request_id": event.request_id,
        "action": event.action,
        "route": event.route,
        "targets": dict(event.targets),
    }
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)


class Audit:
    """The trail of one tenant, to be read."""

    def __init__(self, ctx: TenantContext) -> None:
        self._tenant_id = ctx.tenant_id

    def newest_first(
        self, from_ms: int, until_ms: int, cursor: str | None, examined: int
    ) -> tuple[list[AuditRow], Callable[[AuditRow], str | None]]:
        """Return up to `examined` records of [from_ms, until_ms), and what makes a cursor of one.

        Raises Invalid for a cursor of another list. One query a megabyte.
        """
        scope = f"{self._tenant_id}|audit|{from_ms}|{until_ms}"
        low, high = _key_at(from_ms), _key_at(until_ms)
        rows = AuditRow.query(
            self._tenant_id,
            AuditRow.id.between(low, high),
            scan_index_forward=False,
            limit=examined,
            last_evaluated_key=decode_cursor(scope, cursor),
        )

        def cursor_of(row: AuditRow) -> str | None:
            return encode_cursor(scope, {"tenant_id": {"S": self._tenant_id}, "id": {"S": row.id}})

        return list(rows), cursor_of

    def all_in_order(self) -> Iterator[AuditRow]:
        """Give every record from the first on. One query a megabyte."""
        yield from AuditRow.query(self._tenant_id, AuditRow.id.startswith(f"{_RECORD}_"))

    def head(self) -> Head:
        """Return where the chain ends. 0.5 RRU."""
        return _end_of_chain(self._tenant_id)[0]

    def intents(self) -> list[AuditRow]:
        """Return the oldest of what was begun and is not chained. 0.5 RRU."""
        return _end_of_chain(self._tenant_id)[1]

    def forget_details(self, row: AuditRow) -> None:
        """Forget what a record tells of before and after; the chain still holds. 1 WRU."""
        row.update(actions=[AuditRow.details.remove(), AuditRow.salt.remove()])


def _key_at(at_ms: int) -> str:
    return ordered_id(_RECORD, max(at_ms, 0))[: len(_RECORD) + 1 + 10]


def read_event(row: AuditRow) -> dict[str, Any]:
    """Return the event of a record or intent."""
    found: dict[str, Any] = json.loads(row.event or "{}")
    return found
