"""Lists made into one: the contacts of imports and of other campaigns' outcomes, in order of id.

The file (see `listed`) is written once and read by ranges while the planner walks on in the same
order, so that no more of it is held than is needed. Who is in two lists has the cells of the first.
A contact that turned out to be another one since it came into its list stands there as that one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.services.campaigns import ledger
from chalicelib.services.campaigns.listed import gathered_path, listed_line
from chalicelib.services.campaigns.sources import OUTCOMES
from chalicelib.services.imports.kept import source_path, unpack_layout
from chalicelib.services.imports.reading import HEAD_BYTES, read_layout, read_records
from chalicelib.services.imports.rows import clean_cell
from chalicelib.storage.audience import merged
from chalicelib.storage.campaigns import Campaigns
from chalicelib.storage.imports import ImportRow, Imports
from chalicelib.storage.objects import Objects

MAX_GATHERED = 1_000_000
_CONTENT_TYPE = "application/jsonl"
_SLICES = 50
_TOO_OLD = "The import's file is no longer kept (30 days); import it again."
# A day less than the files and outcomes of imports are kept, so that none goes while it is read.
KEPT_MS = 29 * 86_400_000


class CannotGather(Exception):
    """A list cannot be made into an audience; the text says why and what to do."""


def gather(
    ctx: TenantContext,
    folder: str,
    lists: Sequence[Mapping[str, Any]],
    columns: frozenset[str],
    now_ms: int,
) -> None:
    """Write the gathered file of `folder` unless it is there: the first writer's word stands.

    `columns` are the titles of the lists' columns that the variables need. An import costs 0.5 RRU
    per 4 KB of its outcomes and one read of its file if columns are needed; an outcome 0.5 RRU a
    recipient of the campaign; 0.5 RRU a contact of all of them. Raises CannotGather. About 300
    bytes of memory a contact.
    """
    found: dict[str, Mapping[str, str]] = {}
    for source in lists:
        members = (
            _of_import(ctx, source["import_id"], columns, now_ms)
            if source["type"] == "import"
            else _of_outcome(ctx, source, now_ms)
        )
        for contact_id, row in members:
            found.setdefault(contact_id, row)
            if len(found) > MAX_GATHERED:
                message = (
                    f"The lists name more than {MAX_GATHERED:,} contacts; tag them and send to the "
                    "tag, which has no limit."
                )
                raise CannotGather(message)
    _stand_as_one(ctx, found)
    body = b"".join(listed_line(contact_id, found[contact_id]) for contact_id in sorted(found))
    Objects(ctx).put_once("campaigns", gathered_path(folder), body, _CONTENT_TYPE)


def _stand_as_one(ctx: TenantContext, found: dict[str, Mapping[str, str]]) -> None:
    """Put in the place of each contact that was folded into another the one it was folded into."""
    folded = merged(ctx, found)
    while folded:
        for contact_id, kept_id in folded.items():
            row = found.pop(contact_id)
            found.setdefault(kept_id, row)
        folded = merged(ctx, folded.values())  # who kept them may have been folded since


def _of_outcome(
    ctx: TenantContext, source: Mapping[str, Any], now_ms: int
) -> Iterator[tuple[str, Mapping[str, str]]]:
    try:
        campaign = Campaigns(ctx).get(source["campaign_id"])
    except NotFound:
        message = "The campaign whose outcome is the audience is no longer there."
        raise CannotGather(message) from None
    wanted = OUTCOMES[source["outcome"]]
    if source.get("include_unknown"):
        wanted |= {"unknown"}
    for outcome in ledger.outcomes(ctx, campaign, now_ms):
        if outcome.state not in wanted:
            continue
        if source["outcome"] == "answered" and not outcome.is_answered:
            continue
        if source["outcome"] == "not_answered" and outcome.is_answered:
            continue
        yield outcome.recipient.contact_id, {}


def _of_import(
    ctx: TenantContext, import_id: str, columns: frozenset[str], now_ms: int
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the contacts that an import made, changed or knew, with the cells that are needed."""
    imports = Imports(ctx)
    try:
        row = imports.get(import_id)
        if now_ms - row.created_at > KEPT_MS:
            raise CannotGather(_TOO_OLD)
        cells = _cells(ctx, row, columns) if columns else iter(())
        for number, contact_id in _members(imports, import_id):
            found: Mapping[str, str] = {}
            for at, values in cells if columns else ():
                if at == number:
                    found = values
                    break
            yield contact_id, found
    except NotFound:
        raise CannotGather(_TOO_OLD) from None


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
