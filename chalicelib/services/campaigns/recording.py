"""The rows of a chunk's recipients, gathered for a moment and written together.

A row waits at most LINGER_S, which is before most `sent` statuses come: a row that a status has
made first costs another write. A sender that dies meanwhile leaves its recipients marked as begun
and without a row, which the next one makes `unknown`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

from chalicelib.core.context import TenantContext
from chalicelib.services.campaigns import ledger
from chalicelib.storage.outgoing import BATCH, NewRow, record_together

LINGER_S = 0.1


class Recording:
    """The outcomes of one chunk on their way into the table, and what they add to the counters."""

    def __init__(self, ctx: TenantContext) -> None:
        self._ctx = ctx
        self._waiting: list[tuple[NewRow, int | None]] = []
        self._writes: list[asyncio.Task[None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self.counts: Counter[str] = Counter()

    def put(
        self,
        contact_id: str,
        message_id: str,
        state: str,
        fields: Mapping[str, str | int],
        code: int | None = None,
    ) -> None:
        """Take one outcome; `code` is Meta's, of a failure. It is durable after `done`."""
        self._waiting.append((NewRow(contact_id, message_id, state, fields), code))
        if len(self._waiting) == BATCH:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LINGER_S, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch, self._waiting = self._waiting, []
        self._writes.append(asyncio.create_task(self._write(batch)))

    async def _write(self, batch: list[tuple[NewRow, int | None]]) -> None:
        rows = [row for row, _ in batch]
        transitions = await asyncio.to_thread(record_together, self._ctx, rows)
        for (row, code), transition in zip(batch, transitions, strict=True):
            if row.state == "skipped" and transition is not None:
                self.counts.update(ledger.skip_deltas(str(row.fields["reason"])))
            else:
                self.counts.update(ledger.deltas(transition, code))

    async def done(self) -> None:
        """Return when every outcome that was put is durable; raise what kept one from it."""
        if self._waiting:
            self._flush()
        results = await asyncio.gather(*self._writes, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
