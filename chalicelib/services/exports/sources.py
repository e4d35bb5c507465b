"""What an export is made of, page by page; joined, the pages have each recipient or contact once.

    kind         a page is                          the cursor
    recipients   a part of the frozen audience      the number of the next part
    contacts     500 contacts in order of their id  the id of the last one
    tenant       some items or files, see archive   where the walk stands

A cursor is None at the beginning and END after the last page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from chalicelib.core.clock import Clock, iso_or_none, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.schemas.reports import Recipient, RecipientFilters
from chalicelib.services.campaigns import recipients
from chalicelib.services.exports.cells import encode_head, encode_rows
from chalicelib.services.exports.files import TENANT
from chalicelib.services.filters import compile_filter
from chalicelib.storage.audience import Person, page_of
from chalicelib.storage.campaigns import Campaigns
from chalicelib.storage.exports import ExportRow

END = "end"
CONTACTS_A_PAGE = 500

_RECIPIENT_TITLES = (
    "Contact id",
    "Name",
    "Recipient",
    "Country",
    "State",
    "Reason",
    "Reason in words",
    "Error code",
    "Error",
    "Whose matter",
    "Next step",
    "Retry makes sense",
    "Accepted at",
    "Sent at",
    "Delivered at",
    "Read at",
    "Failed at",
    "Answered at",
    "Price category",
    "Price type",
    "Price",
    "Currency",
    "Message id",
)
_CONTACT_TITLES = (
    "Contact id",
    "Phone",
    "WhatsApp user id",
    "Username",
    "Name",
    "Country",
    "Language",
    "Tags",
    "Opted out",
    "Marketing stopped at",
    "Last seen at",
    "Created at",
)


@dataclass(frozen=True, slots=True)
class Page:
    """Some bytes of the file, of how many rows out of how many, and where the next begin."""

    data: bytes
    rows: int
    looked_at: int
    cursor: str


def _sheet(rows: Sequence[Sequence[str]], looked_at: int, cursor: str) -> Page:
    return Page(encode_rows(rows), len(rows), looked_at, cursor)


class Source(Protocol):
    """Where an export's rows come from."""

    def head(self) -> bytes:
        """Return how the file begins."""

    def page(self, cursor: str | None) -> Page:
        """Return the rows that begin at `cursor`."""


def source_of(ctx: TenantContext, row: ExportRow, clock: Clock) -> Source:
    """Return the source of an export; raise NotFound if its campaign is gone. Up to 3 RRU."""
    if row.kind == TENANT:
        from chalicelib.services.exports.archive import Archive

        return Archive(ctx, row, clock)
    if row.kind == "contacts":
        return _Contacts(ctx, row)
    return _Recipients(ctx, row, clock)


class _Recipients:
    """The recipients of a campaign that meet the filters."""

    def __init__(self, ctx: TenantContext, row: ExportRow, clock: Clock) -> None:
        self._ctx = ctx
        self._clock = clock
        self._campaign = Campaigns(ctx).get(row.subject_id or "")
        self._wanted = recipients.compile_filters(RecipientFilters(**row.filters))
        self._prices = recipients.prices(ctx, self._campaign, clock)

    def head(self) -> bytes:
        return encode_head(_RECIPIENT_TITLES)

    def page(self, cursor: str | None) -> Page:
        """1 S3 request, 1 query, 0.5 RRU a recipient and 1 RRU for each that is wanted."""
        number = int(cursor or 0)
        if number >= self._campaign.parts:
            return _sheet((), 0, END)
        outcomes = recipients.part_outcomes(self._ctx, self._campaign, number, self._clock.now_ms())
        chosen = [one for one in outcomes if self._wanted(one)]
        found = recipients.describe(self._ctx, chosen, self._prices)
        is_end = number + 1 >= self._campaign.parts
        rows = [recipient_cells(one) for one in found]
        return _sheet(rows, len(outcomes), END if is_end else str(number + 1))


def recipient_cells(one: Recipient) -> list[str]:
    """Return a recipient as the cells of its row."""
    failure, charge = one.failure, one.charge
    price = (
        "" if charge is None or charge.micros is None else str(Decimal(charge.micros) / 1_000_000)
    )
    return [
        one.contact_id,
        one.name or "",
        one.to,
        one.country or "",
        one.state,
        one.reason or "",
        one.reason_title or "",
        "" if one.error_code is None else str(one.error_code),
        "" if failure is None else f"{failure.title}: {failure.cause}",
        "" if failure is None else failure.whose,
        one.next_step or "",
        "" if failure is None else "yes" if failure.is_retryable else "no",
        one.accepted_at or "",
        one.sent_at or "",
        one.delivered_at or "",
        one.read_at or "",
        one.failed_at or "",
        one.answered_at or "",
        "" if charge is None else charge.category,
        "" if charge is None else charge.type,
        price,
        "" if charge is None else charge.currency,
        one.message_id or "",
    ]


class _Contacts:
    """The contacts that meet a filter, all without one."""

    def __init__(self, ctx: TenantContext, row: ExportRow) -> None:
        self._ctx = ctx
        self._fields: list[str] = (row.columns or {}).get("names", [])
        self._holds = compile_filter(row.filters, row.created_at) if row.filters else None

    def head(self) -> bytes:
        return encode_head([*_CONTACT_TITLES, *self._fields])

    def page(self, cursor: str | None) -> Page:
        """1 RRU per 4 KB of contacts."""
        people, after = page_of(self._ctx, CONTACTS_A_PAGE, cursor)
        rows = [self._cells(one) for one in people if self._is_wanted(one)]
        return _sheet(rows, len(people), END if after is None else after)

    def _is_wanted(self, one: Person) -> bool:
        # A contact without any identity was found to be another one, and is exported as that.
        if not (one.phone or one.bsuid):
            return False
        return self._holds is None or self._holds(one)

    def _cells(self, one: Person) -> list[str]:
        return [
            one.id,
            one.phone or "",
            one.bsuid or "",
            one.username or "",
            one.name,
            one.country or "",
            one.language or "",
            ", ".join(one.tags),
            iso_or_none(one.opted_out_at) or "",
            iso_or_none(one.marketing_opted_out_at) or "",
            iso_or_none(one.last_seen_at) or "",
            to_iso(one.created_at),
            *(one.fields.get(name, "") for name in self._fields),
        ]
