"""The chunks of a campaign: ranges of its frozen audience, each claimed by one sender at a time.

A chunk's `marks` has a letter for each of its recipients, in the order of the frozen part:

    .  not begun      safe to send
    x  begun          handed to Meta, or about to be: never sent again by itself

A sender turns letters to `x` before it sends and never after, so whoever claims the chunk next
knows exactly which recipients are beyond doubt. Turning an `x` back needs Meta's word that it
refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, UpdateError

from chalicelib.core.context import TenantContext
from chalicelib.storage.base import (
    IntegerAttribute,
    OptionalText,
    Row,
    TableMeta,
    is_condition_failure,
    join_key,
    table,
)

QUEUED, CLAIMED, DONE = "queued", "claimed", "done"
NOT_BEGUN, BEGUN = ".", "x"


class ChunkRow(Row):
    """A range of a frozen part, and how far its sending has come; of the canary, or of the rest."""

    class Meta(TableMeta):
        """Table name and settings."""

        table_name = table("campaign_chunks")

    campaign_key = UnicodeAttribute(hash_key=True)
    chunk_id = UnicodeAttribute(range_key=True)
    part = IntegerAttribute()
    offset = IntegerAttribute()
    length = IntegerAttribute()
    size = IntegerAttribute()
    marks = UnicodeAttribute()
    is_canary = BooleanAttribute(default=False)
    state = UnicodeAttribute()
    lease_owner = OptionalText()
    lease_until = IntegerAttribute(default=0)
    dispatched_until = IntegerAttribute(default=0)
    due_at = IntegerAttribute(default=0)
    finished_at = IntegerAttribute(default=0)


class LostLease(Exception):
    """Another sender has the chunk now; this one must not send any more of it."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to send a chunk until a moment, renewed as the sending goes on."""

    owner: str
    ttl_ms: int


class Chunks:
    """The chunks of one campaign."""

    def __init__(self, ctx: TenantContext, campaign_id: str) -> None:
        self._key = join_key(ctx.tenant_id, campaign_id)

    def create(self, row: ChunkRow) -> None:
        """Write a chunk unless it is there already. 1 WRU."""
        row.campaign_key = self._key
        try:
            row.save(condition=ChunkRow.chunk_id.does_not_exist())
        except PutError as error:
            if not is_condition_failure(error):
                raise

    def all(self) -> Iterator[ChunkRow]:
        """Return every chunk in order. One query for each MB, about 4,000 chunks."""
        return iter(ChunkRow.query(self._key, consistent_read=True))

    def of_part(self, number: int) -> list[ChunkRow]:
        """Return the chunks of one part in order. One query."""
        prefix = f"{number:06}-"
        return list(
            ChunkRow.query(self._key, ChunkRow.chunk_id.startswith(prefix), consistent_read=True)
        )

    def claim(self, chunk_id: str, lease: Lease, now_ms: int) -> ChunkRow | None:
        """Take the chunk if nobody has it; None if it is done, or another's lease runs. 1 WRU."""
        row = ChunkRow(self._key, chunk_id)
        try:
            row.update(
                actions=[
                    ChunkRow.state.set(CLAIMED),
                    ChunkRow.lease_owner.set(lease.owner),
                    ChunkRow.lease_until.set(now_ms + lease.ttl_ms),
                ],
                condition=(ChunkRow.state == QUEUED)
                | ((ChunkRow.state == CLAIMED) & (ChunkRow.lease_until < now_ms)),
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise
            return None
        return row

    def begin(self, row: ChunkRow, positions: list[int], lease: Lease, now_ms: int) -> None:
        """Mark recipients as begun and renew the lease; raise LostLease. 1 WRU."""
        marks = list(row.marks)
        for position in positions:
            marks[position] = BEGUN
        self._write(row, lease, marks="".join(marks), lease_until=now_ms + lease.ttl_ms)

    def give_back(self, row: ChunkRow, positions: list[int], lease: Lease, due_at: int = 0) -> None:
        """Give the chunk up, with the recipients at `positions` surely not sent; raise LostLease.

        The campaign's tick hands it out again, not before `due_at`. 1 WRU.
        """
        marks = list(row.marks)
        for position in positions:
            marks[position] = NOT_BEGUN
        self._write(
            row,
            lease,
            marks="".join(marks),
            state=QUEUED,
            lease_until=0,
            dispatched_until=0,
            due_at=due_at,
        )

    def finish(self, row: ChunkRow, lease: Lease, now_ms: int) -> None:
        """Note that every recipient of the chunk has its row; raise LostLease. 1 WRU."""
        self._write(row, lease, state=DONE, lease_until=0, finished_at=now_ms)

    def note_dispatch(self, row: ChunkRow, until_ms: int) -> None:
        """Note that a message for the chunk is on the queue, due before `until_ms`. 1 WRU."""
        try:
            row.update(
                actions=[ChunkRow.dispatched_until.set(until_ms)],
                condition=ChunkRow.state != DONE,
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise

    def _write(self, row: ChunkRow, lease: Lease, **values: str | int) -> None:
        try:
            row.update(
                actions=[getattr(ChunkRow, name).set(value) for name, value in values.items()],
                condition=(ChunkRow.lease_owner == lease.owner) & (ChunkRow.state == CLAIMED),
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise
            raise LostLease(row.chunk_id) from None
