"""Lists made into one: the contacts of imports and of other campaigns' outcomes, in order of id.

The file (see `listed`) is written once and read by ranges while the planner walks on in the same
order, so that no more of it is held than is needed. Who is in two lists has of each column the cell
of the first list that has one.
A contact that turned out to be another one since it came into its list stands there as that one.

An outcome of a large campaign outlasts a Lambda: after a while what was gathered is kept as a
piece, and a message of its own goes on where that ends. A piece is written once, with where the
next begins, so that a message that comes twice, or whose worker dies, goes the same way.

    line 0    {"next": [list, part, piece]}, null after the last
    the rest  as in `listed`, in any order
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from chalicelib.core.clock import Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.services.campaigns import ledger
from chalicelib.services.campaigns.listed import gathered_path, listed_line, piece_path, read_line
from chalicelib.services.campaigns.sources import KEPT_MS, OUTCOMES, TOO_OLD
from chalicelib.services.imports.kept import source_path, unpack_layout
from chalicelib.services.imports.reading import (
    HEAD_BYTES,
    clean_cell,
    read_layout,
    read_records,
)
from chalicelib.storage.audience import merged
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.imports import ImportRow, Imports
from chalicelib.storage.objects import Objects

MAX_GATHERED = 1_000_000
# Well within the planner's timeout (300 s), with an import of a million that begins just before.
BUDGET_MS = 30_000
_CONTENT_TYPE = "application/jsonl"
_SLICES = 50

Rows = dict[str, Mapping[str, str]]
Members = Iterator[tuple[str, Mapping[str, str]]]


class CannotGather(Exception):
    """A list cannot be made into an audience; the text says why and what to do."""


class Place(NamedTuple):
    """Where the gathering stands: at which list, which part of its campaign, for which piece."""

    list_at: int = 0
    part: int = 0
    piece: int = 0


_BEGINNING = Place()


def gather(
    ctx: TenantContext,
    folder: str,
    lists: Sequence[Mapping[str, Any]],
    columns: frozenset[str],
    clock: Clock,
    place: Place = _BEGINNING,
) -> Place | None:
    """Gather the lists from `place` on; return where to go on, or None once the file is written.

    The first writer's word stands. `columns` are the titles of the lists' columns that the
    variables need. An import costs 0.5 RRU per 4 KB of its outcomes and one read of its file if
    columns are needed; an outcome 0.5 RRU a recipient of the campaign; 0.5 RRU a contact of all of
    them; 3 S3 requests a piece where it takes several. Raises CannotGather. About 300 bytes of
    memory a contact.
    """
    objects, path = Objects(ctx), piece_path(folder, place.piece)
    found, following = _collect(ctx, lists, columns, place, clock)
    if place.piece or following is not None:
        piece = json.dumps({"next": following}).encode() + b"\n" + _body(found)
        objects.put_once("campaigns", path, piece, _CONTENT_TYPE)
        kept = json.loads(objects.get("campaigns", path).partition(b"\n")[0])["next"]
        if kept is not None:
            return Place(*kept)
        found = _joined(ctx, folder, place.piece + 1)
    objects.put_once("campaigns", gathered_path(folder), _body(found), _CONTENT_TYPE)
    return None


def _collect(
    ctx: TenantContext,
    lists: Sequence[Mapping[str, Any]],
    columns: frozenset[str],
    place: Place,
    clock: Clock,
) -> tuple[Rows, Place | None]:
    """Return who stands in the lists from `place` on, and where to go on once the time is up."""
    found: Rows = {}
    until_ms = clock.now_ms() + BUDGET_MS
    for number, (at, members) in enumerate(_portions(ctx, lists, columns, place, clock)):
        if number and clock.now_ms() >= until_ms:
            return _as_one(ctx, found), Place(*at, place.piece + 1)
        for contact_id, row in members:
            _add(found, contact_id, row)
            _check_size(found)
    return _as_one(ctx, found), None


def _portions(
    ctx: TenantContext,
    lists: Sequence[Mapping[str, Any]],
    columns: frozenset[str],
    place: Place,
    clock: Clock,
) -> Iterator[tuple[tuple[int, int], Members]]:
    """Give the portions of the lists from `place` on: an import is one, an outcome one a part."""
    part = place.part
    for at in range(place.list_at, len(lists)):
        source = lists[at]
        if source["type"] == "import":
            yield (at, 0), _of_import(ctx, source["import_id"], columns, clock.now_ms())
        else:
            campaign = _campaign(ctx, source["campaign_id"])
            for number in range(part, campaign.parts):
                yield (at, number), _of_outcome(ctx, campaign, number, source, clock.now_ms())
        part = 0


def _joined(ctx: TenantContext, folder: str, pieces: int) -> Rows:
    """Return who stands in the pieces. 1 S3 request a piece."""
    found: Rows = {}
    for number in range(pieces):
        _, *lines = Objects(ctx).get("campaigns", piece_path(folder, number)).splitlines()
        for line in lines:
            _add(found, *read_line(line))
        _check_size(found)
    return found


def _body(found: Rows) -> bytes:
    return b"".join(listed_line(contact_id, found[contact_id]) for contact_id in sorted(found))


def _add(found: Rows, contact_id: str, row: Mapping[str, str]) -> None:
    known = found.get(contact_id)
    if known is None:
        found[contact_id] = row
    elif row:
        found[contact_id] = {**row, **known}


def _check_size(found: Rows) -> None:
    if len(found) > MAX_GATHERED:
        message = (
            f"The lists name more than {MAX_GATHERED:,} contacts; tag them and send to the tag, "
            "which has no limit."
        )
        raise CannotGather(message)


def _as_one(ctx: TenantContext, found: Rows) -> Rows:
    """Put in the place of each contact that was folded into another the one it was folded into."""
    folded = merged(ctx, found)
    while folded:
        for contact_id, kept_id in folded.items():
            _add(found, kept_id, found.pop(contact_id))
        folded = merged(ctx, folded.values())  # who kept them may have been folded since
    return found


def _campaign(ctx: TenantContext, campaign_id: str) -> CampaignRow:
    try:
        return Campaigns(ctx).get(campaign_id)
    except NotFound:
        message = "The campaign whose outcome is the audience is no longer there."
        raise CannotGather(message) from None


def _of_outcome(
    ctx: TenantContext,
    campaign: CampaignRow,
    number: int,
    source: Mapping[str, Any],
    now_ms: int,
) -> Members:
    """Yield whom a part of another campaign reached so."""
    wanted = OUTCOMES[source["outcome"]]
    if source.get("include_unknown"):
        wanted |= {"unknown"}
    answers = {"answered": True, "not_answered": False}.get(source["outcome"])
    for outcome in ledger.part_outcomes(ctx, campaign, number, now_ms):
        state = "cancelled" if outcome.reason == "cancelled" else outcome.state
        if state in wanted and answers in {None, outcome.is_answered}:
            yield outcome.recipient.contact_id, {}


def _of_import(ctx: TenantContext, import_id: str, columns: frozenset[str], now_ms: int) -> Members:
    """Yield the contacts that an import made, changed or knew, with the cells that are needed."""
    imports = Imports(ctx)
    try:
        row = imports.get(import_id)
        if now_ms - row.created_at > KEPT_MS:
            raise CannotGather(TOO_OLD)
        cells = _cells(ctx, row, columns) if columns else iter(())
        for number, contact_id in _members(imports, import_id):
            found: Mapping[str, str] = {}
            for at, values in cells if columns else ():
                if at == number:
                    found = values
                    break
            yield contact_id, found
    except NotFound:
        raise CannotGather(TOO_OLD) from None


def _members(imports: Imports, import_id: str) -> Iterator[tuple[int, str]]:
    first = 0
    while True:
        slices = imports.outcomes(import_id, first, _SLICES)
        for _, rows in slices:
            for number, outcome, _phone, contact_id, code, _reason in rows:
                is_member = outcome in {"created", "updated"} or code == "known"
                if is_member and contact_id is not None:
                    yield number, contact_id
        if len(slices) < _SLICES:
            return
        first = slices[-1][0] + 1


def _cells(
    ctx: TenantContext, row: ImportRow, columns: frozenset[str]
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the row number and the wanted cells of each record of an import's file, in order.

    A cell is cleaned as the import cleans it, so that a value is the same by column and by field.
    """
    objects, path = Objects(ctx), source_path(row.source)
    kept = unpack_layout(row)
    layout = read_layout(objects.get_range("imports", path, 0, HEAD_BYTES - 1), kept.encoding)
    positions = {
        position: column.title
        for position, column in enumerate(layout.columns)
        if column.title in columns
    }
    for record in read_records(objects.stream("imports", path, layout.offset), layout):
        values = {
            title: text
            for position, title in positions.items()
            if position < len(record.cells) and (text := clean_cell(record.cells[position]))
        }
        yield record.row, values
