"""The walks over all that a business keeps, each taking one person out of one kind of place.

    walk        goes over                               takes out
    came_back   who has the person's phone or ids now   nothing: an opt-out that was missed is kept
    merged      contacts that became the person         their rows; their threads are walked as well
    threads     conversation, messages, their files     all but the rows of what was sent of late
    import_rows what became of rows, for 30 days        phone or user id, and the claims on them
    sources     uploaded CSVs, for 30 days              the person's records
    audiences   frozen audiences, gathered lists        the person's lines
    exports     files of exports, for 7 days            files that hold the person
    audit       the audit trail                         before and after; the chain holds
    answers     kept answers of requests, for a day     answers that tell of the person
    unhandled   what Meta sent and nobody knows         items that tell of the person

A walk is a generator: after each piece it yields where it stands, from where another process can go
on. What it changes it counts in `found`, so a walk that changes nothing has found nothing. Each may
run twice, or at once with itself: it only ever takes away.
"""

from __future__ import annotations

import json
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import IO, Any

from chalicelib.core.clock import Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Invalid, NotFound, Unavailable
from chalicelib.services.erasure import people
from chalicelib.services.imports.kept import source_path
from chalicelib.services.imports.reading import (
    HEAD_BYTES,
    Layout,
    find_encoding,
    read_layout,
    read_records,
)
from chalicelib.services.imports.rows import Person, read_row
from chalicelib.storage import forgetting as storage
from chalicelib.storage.erasures import Subject
from chalicelib.storage.holdings import (
    HELD,
    UNHANDLED,
    Held,
    Item,
    all_rows,
    partition_of,
    rows_of,
    text_of,
)
from chalicelib.storage.objects import Area, Objects
from chalicelib.storage.removals import delete_keys, list_keys
from chalicelib.storage.tenants import get_tenant

# Where a walk is, as JSON: a key of a table or of the bucket, None at the beginning.
Stand = Any
# Meta tells of a message for so long; until then its row stays, to meet what it tells.
_STATUSES_MS = 30 * 86_400_000
_ROWS = 100
_FILES = 50
_PIECE = 1024 * 1024


@dataclass(slots=True)
class Search:
    """One person's erasure, as far as this process does it; `found` counts by place."""

    ctx: TenantContext
    subject: Subject
    clock: Clock
    found: Counter[str] = field(default_factory=Counter)

    @property
    def needles(self) -> tuple[str, ...]:
        """What a text has that tells of the person: ids, user ids, the phone's digits."""
        phones = (phone.removeprefix("+") for phone in self.subject.phones)
        return (*self.subject.contact_ids, *self.subject.user_ids, *phones)


Walk = Callable[[Search, Stand], Iterator[Stand]]


def came_back(search: Search, _: Stand) -> Iterator[Stand]:
    """Opt out who came back, as a new contact, in the moment in which the old one went."""
    search.found["contacts"] += storage.keep_opt_outs(
        search.ctx, search.subject, search.clock.now_ms()
    )
    yield None


def merged(search: Search, _: Stand) -> Iterator[Stand]:
    """Remove the rows of contacts that turned out to be this person, and who became those."""
    for contact_id in search.subject.contact_ids[1:]:
        grown = storage.take_on(search.ctx, search.subject, contact_id)
        if grown is not None:
            search.subject = grown
            search.found["contacts"] += 1
        yield None


def threads(search: Search, _: Stand) -> Iterator[Stand]:
    """Delete conversation, messages and their files; blank what was sent of late."""
    messages = next(part for held in HELD for part in held.partitions if part.table == "messages")
    for contact_id in search.subject.contact_ids:
        search.found["conversations"] += storage.delete_conversation(search.ctx, contact_id)
        start: Stand = None
        while True:
            row = {"contact_id": {"S": contact_id}}
            items, start = partition_of(messages, search.ctx.tenant_id, row, start, _ROWS)
            for item in items:
                _forget_message(search, item)
            yield None
            if start is None:
                break


def _forget_message(search: Search, item: Item) -> None:
    message_id = text_of(item, "id") or ""
    if "media" in item and text_of(item, "direction") != "out":
        keys = list_keys(f"media/{search.ctx.tenant_id}/in/{message_id}")
        delete_keys(keys)
        search.found["media/"] += len(keys)
    at_ms = int(item.get("at", {}).get("N", search.clock.now_ms()))
    is_late = at_ms <= search.clock.now_ms() - _STATUSES_MS
    if "campaign_id" in item or (text_of(item, "direction") != "in" and not is_late):
        if not people.is_blank_message(item):
            gone = sorted(set(item) - people.KEPT)
            storage.blank_message(item, gone, search.clock.now_ms())
            search.found["messages"] += 1
    else:
        storage.delete_message(item)
        search.found["messages"] += 1


def import_rows(search: Search, cursor: Stand) -> Iterator[Stand]:
    """Take the person's address out of what became of each import's rows."""
    (part,) = _held("imports").partitions
    ids = frozenset(search.subject.contact_ids)
    while True:
        rows, cursor = rows_of(_held("imports"), search.ctx.tenant_id, cursor, 1)
        for row in rows:
            import_id = text_of(row, "id") or ""
            for address in search.subject.phones:
                gone = storage.delete_claim(search.ctx, import_id, address)
                search.found["import_rows"] += gone
            start: Stand = None
            while True:
                items, start = partition_of(part, search.ctx.tenant_id, row, start, _ROWS)
                for item in items:
                    if "packed" in item:
                        _forget_rows(search, item, ids)
                if start is None:
                    break
        if cursor is None:
            return
        yield cursor


def _forget_rows(search: Search, item: Item, ids: frozenset[str]) -> None:
    before = item["packed"]["B"]
    rows = json.loads(zlib.decompress(before))
    changed = 0
    for row in rows:
        if row[2] and (row[3] in ids or row[2] in search.subject.addresses):
            row[2], row[5] = "", None
            changed += 1
    if changed:
        text = json.dumps(rows, ensure_ascii=False)
        if not storage.replace_packed(item, before, zlib.compress(text.encode())):
            raise Unavailable("The import is being written just now.")
        search.found["import_rows"] += changed


def sources(search: Search, cursor: Stand) -> Iterator[Stand]:
    """Blank the person's records in uploaded CSVs, whichever way the phone is written there."""
    country = get_tenant(search.ctx.tenant_id).country
    known = {
        source_path(text_of(row, "source") or ""): row
        for row in all_rows(_held("imports"), search.ctx.tenant_id)
    }
    for path, at in _files(search.ctx, "imports", cursor):
        row = known.get(path)
        region = country if row is None else text_of(row, "country") or country
        blank = partial(_blank_records, search.subject, region)
        search.found["imports/"] += _rewrite(search.ctx, "imports", path, blank)
        yield at


def _blank_records(subject: Subject, region: str, old: IO[bytes], new: IO[bytes]) -> int:
    """Copy a CSV without the person's records; return how many there were.

    A file that cannot be read as one has been refused, or will be: it goes whole if it tells of the
    person anywhere.
    """
    changed = 0
    try:
        layout = _layout_of(old)
        old.seek(layout.offset)
        ends = [(layout.offset, False)]
        for record in read_records(_pieces(old), layout):
            person = read_row(layout.columns, record, region)
            is_theirs = isinstance(person, Person) and person.address in subject.addresses
            ends.append((record.end, is_theirs))
    except Invalid:
        return _blank_whole(subject, old, new)
    old.seek(0)
    new.write(old.read(layout.offset))
    for (begin, _), (end, is_theirs) in pairwise(ends):
        record_bytes = old.read(end - begin)
        blank = people.blank_record(record_bytes, layout.encoding) if is_theirs else None
        new.write(record_bytes if blank is None else blank)
        changed += blank is not None
    new.write(old.read())
    return changed


def _layout_of(file: IO[bytes]) -> Layout:
    file.seek(0)
    encoding = find_encoding(_pieces(file))
    file.seek(0)
    return read_layout(file.read(HEAD_BYTES), encoding)


def _blank_whole(subject: Subject, old: IO[bytes], new: IO[bytes]) -> int:
    old.seek(0)
    text = old.read().decode("utf-8", "replace")
    digits = [address.removeprefix("+") for address in subject.addresses]
    if people.tells_of(text, digits):
        new.write(b"\n")
        return 1
    return 0


def audiences(search: Search, cursor: Stand) -> Iterator[Stand]:
    """Blank the person's lines in frozen audiences and gathered lists."""
    ids = frozenset(search.subject.contact_ids)

    def blank_lines(old: IO[bytes], new: IO[bytes]) -> int:
        changed = 0
        old.seek(0)
        for line in old:
            blank = people.blank_line(line, ids)
            new.write(line if blank is None else blank)
            changed += blank is not None
        return changed

    for path, at in _files(search.ctx, "campaigns", cursor):
        if path.endswith(".jsonl"):
            search.found["campaigns/"] += _rewrite(search.ctx, "campaigns", path, blank_lines)
        yield at


def exports(search: Search, cursor: Stand) -> Iterator[Stand]:
    """Delete the files of exports that hold the person, or that may, being written or a zip."""
    needles = [needle.encode() for needle in search.needles]
    while True:
        rows, cursor = rows_of(_held("exports"), search.ctx.tenant_id, cursor, _FILES)
        for row in rows:
            kind, state = text_of(row, "kind"), text_of(row, "state")
            prefix = f"exports/{search.ctx.tenant_id}/{text_of(row, 'id')}"
            keys = list_keys(prefix)
            is_running = state in {"queued", "running"}
            if not (is_running or keys):
                continue
            if is_running or kind == "tenant" or _hold(keys, needles):
                storage.revoke_export(search.ctx, text_of(row, "id") or "", search.clock.now_ms())
                delete_keys(keys)
                search.found["exports/"] += 1
        if cursor is None:
            return
        yield cursor


def audit(search: Search, cursor: Stand) -> Iterator[Stand]:
    """Forget the details of records that name the person; see storage.audit."""
    while True:
        rows, cursor = rows_of(_held("audit"), search.ctx.tenant_id, cursor, _ROWS)
        for row in rows:
            said = (text_of(row, "details") or "") + (text_of(row, "event") or "")
            if "details" in row and people.tells_of(said, search.needles):
                storage.forget_details(search.ctx, text_of(row, "id") or "")
                search.found["audit"] += 1
        if cursor is None:
            return
        yield cursor


def answers(search: Search, cursor: Stand) -> Iterator[Stand]:
    """Forget kept answers that tell of the person; their keys stay taken."""
    while True:
        rows, cursor = rows_of(_held("idempotency"), search.ctx.tenant_id, cursor, _ROWS)
        for row in rows:
            if "answer" in row:
                text = zlib.decompress(row["answer"]["B"]).decode()
                if people.tells_of(text, search.needles):
                    storage.forget_answer(search.ctx, text_of(row, "key") or "")
                    search.found["idempotency"] += 1
        if cursor is None:
            return
        yield cursor


def unhandled(search: Search, _: Stand) -> Iterator[Stand]:
    """Delete items of webhooks that nobody knows and that tell of the person."""
    needles = [needle.encode() for needle in search.needles]
    for account in all_rows(_held("accounts"), search.ctx.tenant_id):
        after = ""
        while keys := list_keys(f"{UNHANDLED}{text_of(account, 'id')}/", after, _FILES):
            told = [key for key in keys if _hold([key], needles)]
            if told:
                delete_keys(told)
            search.found[UNHANDLED] += len(told)
            after = keys[-1]
            yield None


WALKS: tuple[Walk, ...] = (
    came_back,
    merged,
    threads,
    import_rows,
    sources,
    audiences,
    exports,
    audit,
    answers,
    unhandled,
)


def _held(name: str) -> Held:
    return next(held for held in HELD if held.table == name)


def _files(ctx: TenantContext, area: Area, after: Stand) -> Iterator[tuple[str, str]]:
    """Yield path and key of each file of an area, in order, after a key."""
    prefix = f"{area}/{ctx.tenant_id}/"
    while keys := list_keys(prefix, after or "", _FILES):
        for key in keys:
            yield key.removeprefix(prefix), key
        after = keys[-1]


def _rewrite(
    ctx: TenantContext, area: Area, path: str, blank: Callable[[IO[bytes], IO[bytes]], int]
) -> int:
    """Replace a file by its copy without the person, unless it has changed; return the changes.

    Two requests where there are any. Raises Unavailable where the file has changed since.
    """
    objects = Objects(ctx)
    with tempfile.TemporaryFile() as old, tempfile.TemporaryFile() as new:
        try:
            facts = objects.head(area, path)
            objects.read_into(area, path, old, facts.etag)
        except NotFound:
            return 0
        changed = blank(old, new)
        if changed and not objects.replace_file(area, path, new, facts):
            raise Unavailable("The file is being written just now.")
        return changed


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece


def _hold(keys: list[str], needles: list[bytes]) -> bool:
    """Tell whether one of the files, read piece by piece, has one of `needles` in it."""
    longest = max(map(len, needles))
    for key in keys:
        kept = b""
        for piece in storage.stream(key):
            kept += piece
            if any(needle in kept for needle in needles):
                return True
            kept = kept[-longest:]
    return False
