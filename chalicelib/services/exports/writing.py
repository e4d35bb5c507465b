"""Writing an export's file, in parts, a worker at a time.

    dies or fails             what the next delivery finds
    while a part is filled    the note of the part before: it goes on from there
    part written, not noted   the same: the part is written over, of the rows as they are then
    all noted, file not made  the note of the end: it makes the file
    file made, not noted      the file: it notes that it is whole

A file appears whole or not at all. No more than a part of it and a page of rows are in memory. What
was written of a file whose upload S3 has thrown away (after a day) is written anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.ids import random_id
from chalicelib.core.log import log
from chalicelib.services.exports.files import content_type, file_path, send_export
from chalicelib.services.exports.sources import CONTACTS_A_PAGE, END, Page, Source, source_of
from chalicelib.storage.audience import page_of
from chalicelib.storage.exports import ExportRow, Exports, LostExport, Written
from chalicelib.storage.objects import Objects

# S3 takes parts of 5 MiB or more, 10,000 of them.
PART_BYTES = 8 * 1024 * 1024
BUDGET_MS = 60_000
# Longer than the function's timeout of 300 s: whoever had the lease before is dead.
LEASE_MS = 330_000
# The queue gives up after its fifth delivery, so the fifth says so where the user can see it.
MAX_ATTEMPTS = 5
MAX_FIELDS = 300

_ANEW = Written(None, (), None, None, 0, 0)


class _UploadGone(Exception):
    """S3 no longer has what was written of the file."""


def run(ctx: TenantContext, export_id: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Go on with an export for up to BUDGET_MS, then hand it back to the queue.

    Returns where it is over. Raises Unavailable while another worker has it. What it is made of
    being gone ends it with the reason; so does the fifth delivery of the same message.
    """
    exports, now_ms = Exports(ctx), clock.now_ms()
    row = exports.claim(export_id, random_id("wrk"), now_ms + LEASE_MS, now_ms)
    if row is None:
        return
    if row.attempts >= MAX_ATTEMPTS:
        reason = f"Gave up after {MAX_ATTEMPTS - 1} attempts; export it again."
        exports.fail(export_id, reason, now_ms)
        log.error("export given up", extra={"export_id": export_id, "rows": row.rows})
        return
    try:
        is_done = _go_on(ctx, row, clock, now_ms + BUDGET_MS)
    except LostExport:
        log.warning("an export was taken over", extra={"export_id": export_id})
        return
    except (Invalid, NotFound) as problem:
        exports.fail(export_id, problem.detail, clock.now_ms())
        return
    if not is_done:
        exports.hand_back(row)
        send_export(ctx, export_id, row.kind)


def _go_on(ctx: TenantContext, row: ExportRow, clock: Clock, until_ms: int) -> bool:
    """Go on until the file is whole or the time is up; tell whether it is whole."""
    if not (row.columns or {}).get("is_whole") and not _survey(ctx, row, clock, until_ms):
        return False
    file = _File(ctx, row)
    try:
        if not _fill(file, source_of(ctx, row, clock), clock, until_ms):
            return False
        size_bytes = file.end()
    except _UploadGone:
        log.warning("an export begins anew", extra={"export_id": row.id})
        Exports(ctx).note(row, _ANEW)
        return False
    Exports(ctx).complete(row, size_bytes, clock.now_ms())
    log.info("export written", extra={"export_id": row.id, "rows": row.rows, "bytes": size_bytes})
    return True


def _survey(ctx: TenantContext, row: ExportRow, clock: Clock, until_ms: int) -> bool:
    """Find out which fields the contacts have; tell whether all were seen. 1 RRU per 4 KB.

    Raises Invalid where they are too many for a sheet.
    """
    names = set((row.columns or {}).get("names", []))
    cursor = row.cursor
    while True:
        people, cursor = page_of(ctx, CONTACTS_A_PAGE, cursor)
        for one in people:
            names.update(one.fields)
        if len(names) > MAX_FIELDS:
            message = (
                f"The contacts have more than {MAX_FIELDS} different fields; name those that you "
                "want in `fields`."
            )
            raise Invalid(message)
        if cursor is None or clock.now_ms() >= until_ms:
            Exports(ctx).set_columns(row, sorted(names), cursor)
            return cursor is None


def _fill(file: _File, source: Source, clock: Clock, until_ms: int) -> bool:
    """Write page after page until all are noted or the time is up; tell whether all are."""
    if file.cursor is None:
        file.buffer += source.head()
    while file.cursor != END:
        page = source.page(file.cursor)
        file.add(page)
        is_late = clock.now_ms() >= until_ms
        if len(file.buffer) >= PART_BYTES or page.cursor == END:
            file.put_part()
        elif is_late:
            file.put_rest()
        if is_late and page.cursor != END:
            return False
    return True


@dataclass(slots=True)
class _File:
    """The file as far as it has come; `buffer` holds the rows that are in no part yet."""

    ctx: TenantContext
    row: ExportRow
    buffer: bytearray = field(init=False)
    cursor: str | None = field(init=False)
    tags: list[str] = field(init=False)
    rows: int = field(init=False)
    looked_at: int = field(init=False)

    def __post_init__(self) -> None:
        row = self.row
        kept = b"" if row.rest is None else Objects(self.ctx).get("exports", row.rest)
        self.buffer, self.cursor, self.tags = bytearray(kept), row.cursor, list(row.tags)
        self.rows, self.looked_at = row.rows, row.looked_at

    def add(self, page: Page) -> None:
        """Take some bytes, and where the next begin."""
        self.buffer += page.data
        self.rows += page.rows
        self.looked_at += page.looked_at
        self.cursor = page.cursor

    def put_part(self) -> None:
        """Write what is in the buffer as the next part, and note it."""
        objects, path = Objects(self.ctx), file_path(self.row.id, self.row.kind)
        kind = content_type(self.row.kind)
        upload = self.row.upload or objects.begin_parts("exports", path, kind)
        try:
            tag = objects.put_part("exports", path, upload, len(self.tags) + 1, bytes(self.buffer))
        except NotFound:
            raise _UploadGone from None
        self.buffer.clear()
        self.tags.append(tag)
        self._note(upload, None)

    def put_rest(self) -> None:
        """Keep what is in the buffer for the next worker, and note it."""
        rest = f"{self.row.id}/rest-{self.looked_at:010}"
        Objects(self.ctx).put("exports", rest, bytes(self.buffer), content_type(self.row.kind))
        self._note(self.row.upload, rest)

    def _note(self, upload: str | None, rest: str | None) -> None:
        written = Written(upload, self.tags, rest, self.cursor, self.rows, self.looked_at)
        Exports(self.ctx).note(self.row, written)

    def end(self) -> int:
        """Make the file of its parts, unless that was done; return its size in bytes."""
        objects, path = Objects(self.ctx), file_path(self.row.id, self.row.kind)
        try:
            objects.end_parts("exports", path, self.row.upload or "", self.tags)
        except NotFound:
            log.info("an export's file was made before", extra={"export_id": self.row.id})
        try:
            return objects.size("exports", path)
        except NotFound:
            raise _UploadGone from None
