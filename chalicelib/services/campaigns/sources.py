"""What an audience is made of: resolved at launch, so that later edits of a segment change nothing.

    type     who
    all      every contact
    tag      who carries a tag
    segment  who meets a filter, saved or given
    import   who stands in an imported CSV, which may have values of its own for the variables
    outcome  whom another campaign did (not) reach so
    several  all of these together; a contact that is in two of them is one recipient

A contact is one identity, and every way here ends at contacts, so one pass over their ids in order
meets each person once. Filters need no list: they are asked of each contact. What is a list
(imports, outcomes) is gathered into one first, in the order of contact ids; see `gathering`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import FieldError, Invalid, NotFound
from chalicelib.services.filters import DAY_MS
from chalicelib.storage.campaigns import Campaigns
from chalicelib.storage.imports import Imports
from chalicelib.storage.segments import Segments

# A day less than the files and outcomes of imports are kept, so that none goes while it is read.
KEPT_MS = 29 * 86_400_000
TOO_OLD = "The import's file is no longer kept (30 days); import it again."

EVERYONE: Mapping[str, Any] = {"type": "everyone"}

# Which ledger states of a campaign each outcome takes in; `cancelled` are those whom a cancelled
# one had not begun.
OUTCOMES: dict[str, frozenset[str]] = {
    "failed": frozenset({"failed"}),
    "not_delivered": frozenset({"failed", "accepted", "held", "sent", "cancelled"}),
    "not_read": frozenset({"delivered"}),
    "read": frozenset({"read"}),
    "answered": frozenset({"delivered", "read", "sent", "accepted", "held", "unknown"}),
    "not_answered": frozenset({"delivered", "read"}),
}


@dataclass(frozen=True, slots=True)
class Resolved:
    """An audience as it is frozen: a filter over all contacts, lists to gather, who is left out.

    Days of the filters count back from `day_ms`, the beginning of a UTC day, so that a dry run and
    the launch after it see the same people.
    """

    filter: Mapping[str, Any] | None
    lists: tuple[Mapping[str, Any], ...]
    leave_out: Mapping[str, Any] | None
    day_ms: int

    @property
    def campaigns(self) -> frozenset[str]:
        """The campaigns whose outcomes it takes in."""
        return frozenset(one["campaign_id"] for one in self.lists if one["type"] == "outcome")

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {
            "filter": self.filter,
            "lists": list(self.lists),
            "leave_out": self.leave_out,
            "day_ms": self.day_ms,
        }


def from_json(kept: Mapping[str, Any]) -> Resolved:
    """Return what `as_json` gave."""
    return Resolved(kept["filter"], tuple(kept["lists"]), kept["leave_out"], kept["day_ms"])


def resolve(ctx: TenantContext, audience: Mapping[str, Any], now_ms: int) -> Resolved:
    """Return the audience with its segments' filters written in. 1 RRU for each thing it names.

    Raises Invalid, naming the field, for a segment, import or campaign that is not there, or that
    is not finished yet.
    """
    filters: list[Mapping[str, Any]] = []
    lists: list[Mapping[str, Any]] = []
    for place, source in _flat(audience):
        match source["type"]:
            case "all":
                filters.append(EVERYONE)
            case "tag":
                filters.append({"type": "tag", "tag": source["tag"]})
            case "segment":
                filters.append(_segment(ctx, source, place))
            case "import":
                _check_import(ctx, source["import_id"], place, now_ms)
                lists.append(dict(source))
            case "outcome":
                _check_campaign(ctx, source["campaign_id"], place)
                lists.append(dict(source))
    merged = filters[0] if len(filters) == 1 else {"type": "any_of", "of": filters}
    if EVERYONE in filters:
        merged = EVERYONE
    return Resolved(
        filter=merged if filters else None,
        lists=tuple(lists),
        leave_out=audience.get("leave_out"),
        day_ms=now_ms - now_ms % DAY_MS,
    )


def columns_of(ctx: TenantContext, audience: Mapping[str, Any]) -> list[str]:
    """Return the titles of the columns that the audience's imports have. 1 RRU an import."""
    titles: dict[str, None] = {}
    for _, source in _flat(audience):
        if source["type"] != "import":
            continue
        with suppress(NotFound):
            layout = Imports(ctx).get(source["import_id"]).layout
            titles |= dict.fromkeys(title for title, _ in layout["columns"] if title)
    return list(titles)


def _flat(audience: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the sources of an audience, each with its place in the request."""
    if audience["type"] != "several":
        yield "audience", audience
        return
    for position, source in enumerate(audience["of"]):
        yield f"audience.of.{position}", source


def _segment(ctx: TenantContext, source: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    if source.get("filter") is not None:
        given: Mapping[str, Any] = source["filter"]
        return given
    try:
        saved: Mapping[str, Any] = Segments(ctx).get(source["segment_id"]).filter
    except NotFound:
        raise _wrong(f"{place}.segment_id", "There is no such segment.") from None
    return saved


def _check_import(ctx: TenantContext, import_id: str, place: str, now_ms: int) -> None:
    try:
        row = Imports(ctx).get(import_id)
    except NotFound:
        raise _wrong(f"{place}.import_id", "There is no such import.") from None
    if row.state != "completed":
        message = f"The import is {row.state}; only a completed one can be written to."
        raise _wrong(f"{place}.import_id", message)
    if now_ms - row.created_at > KEPT_MS:
        raise _wrong(f"{place}.import_id", TOO_OLD)


def _check_campaign(ctx: TenantContext, campaign_id: str, place: str) -> None:
    try:
        row = Campaigns(ctx).get(campaign_id)
    except NotFound:
        raise _wrong(f"{place}.campaign_id", "There is no such campaign.") from None
    is_first_planning = row.state == "planning" and not row.generation
    if row.launched_at is None or is_first_planning or row.state == "failed":
        message = f"The campaign is {row.state}: it has reached nobody yet."
        raise _wrong(f"{place}.campaign_id", message)


def _wrong(place: str, message: str) -> Invalid:
    return Invalid(message, code="audience_invalid", errors=(FieldError(place, message),))
