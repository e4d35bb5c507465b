"""The recipients of a campaign one by one: found by filters, and described for people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, iso_or_none
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.core.ids import is_id
from chalicelib.core.signing import decode_cursor, encode_cursor
from chalicelib.schemas.campaign_states import MessageState
from chalicelib.schemas.reports import (
    Charge,
    Failure,
    Recipient,
    RecipientFilters,
    RecipientList,
    RecipientsQuery,
)
from chalicelib.services import charges, costs, spending
from chalicelib.services.campaigns import ledger, parts
from chalicelib.services.campaigns.reports import failure_of
from chalicelib.services.campaigns.skips import explain_skip
from chalicelib.storage.audience import people_now
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.contacts import Contacts
from chalicelib.storage.numbers import Numbers
from chalicelib.whatsapp.codes import UNCLEAR, explain
from chalicelib.whatsapp.markets import UNKNOWN_COUNTRY, country_of
from chalicelib.whatsapp.rate_cards import RateCard

# How many parts, of 500 recipients or fewer, a page looks through: where hardly a recipient meets
# the filters, it is short, and the caller goes on.
PARTS_A_PAGE = 4

_PHONE = re.compile(r"[+\d][\d\s()./-]{5,30}")
_USER_ID = re.compile(r"[A-Z]{2}\.\S+")


@dataclass(frozen=True, slots=True)
class Prices:
    """What the messages of a campaign are priced by."""

    currency: str
    card: RateCard | None


def page(
    ctx: TenantContext, campaign_id: str, query: RecipientsQuery, clock: Clock = SYSTEM_CLOCK
) -> RecipientList:
    """Return a page of recipients in the order of the frozen audience; raise Invalid, NotFound.

    It looks through four parts at most: each is an S3 request, a query, 0.5 RRU a recipient.
    1 RRU a recipient on the page. A search looks for the one part among all: about ten S3 requests.
    """
    row = Campaigns(ctx).get(campaign_id)
    filters = RecipientFilters(**query.model_dump(exclude={"limit", "cursor", "search"}))
    if query.search is not None:
        found = _searched(ctx, row, query.search, filters, clock.now_ms())
        return RecipientList(items=describe(ctx, found, prices(ctx, row, clock)), next_cursor=None)
    scope = f"{ctx.tenant_id}|recipients|{campaign_id}|{filters.model_dump_json()}"
    position = decode_cursor(scope, query.cursor) or {"part": 0, "line": 0}
    number, line = int(position["part"]), int(position["line"])
    end = min(number + PARTS_A_PAGE, row.parts)
    wanted = compile_filters(filters)
    chosen: list[ledger.Outcome] = []
    while number < end and len(chosen) < query.limit:
        outcomes = part_outcomes(ctx, row, number, clock.now_ms())
        while line < len(outcomes) and len(chosen) < query.limit:
            if wanted(outcomes[line]):
                chosen.append(outcomes[line])
            line += 1
        if line >= len(outcomes):
            number, line = number + 1, 0
    following = None if number >= row.parts else {"part": number, "line": line}
    return RecipientList(
        items=describe(ctx, chosen, prices(ctx, row, clock)),
        next_cursor=encode_cursor(scope, following),
    )


def part_outcomes(
    ctx: TenantContext, row: CampaignRow, number: int, now_ms: int
) -> list[ledger.Outcome]:
    """Return the outcomes of one part, its skipped at its end. 0.5 RRU a recipient."""
    return list(ledger.part_outcomes(ctx, row, number, now_ms))


def compile_filters(filters: RecipientFilters) -> Callable[[ledger.Outcome], bool]:
    """Return what tells whether a recipient meets the filters. Pure."""
    states, codes = frozenset(filters.state), frozenset(filters.error_code)
    reasons, countries = frozenset(filters.reason), frozenset(filters.country)

    def is_wanted(one: ledger.Outcome) -> bool:
        return (
            (not states or one.state in states)
            and (not codes or one.error_code in codes)
            and (not reasons or (one.state == "skipped" and one.reason in reasons))
            and (filters.answered is None or one.is_answered == filters.answered)
            and (not countries or _country(one) in countries)
        )

    return is_wanted


def _country(one: ledger.Outcome) -> str:
    return country_of(one.recipient.to) if one.recipient.to else UNKNOWN_COUNTRY


def prices(ctx: TenantContext, row: CampaignRow, clock: Clock = SYSTEM_CLOCK) -> Prices:
    """Return what a campaign's messages are priced by. 2 RRU, at most 2 S3 requests."""
    currency = spending.currency_of(ctx, Numbers(ctx).get(row.number_id).waba_id)
    at_ms = row.launched_at or row.created_at
    return Prices(currency, costs.card_on(currency, at_ms, clock.now_ms()))


def describe(
    ctx: TenantContext, outcomes: Sequence[ledger.Outcome], priced: Prices
) -> list[Recipient]:
    """Return recipients for people, in the same order. 1 RRU a recipient, 100 a request."""
    people = people_now(ctx, (one.recipient.contact_id for one in outcomes))
    described: list[Recipient] = []
    for one in outcomes:
        person = people.get(one.recipient.contact_id)
        described.append(_described(one, None if person is None else person.name, priced))
    return described


def _described(one: ledger.Outcome, name: str | None, priced: Prices) -> Recipient:
    times = {} if one.row is None else one.row.times
    skip = explain_skip(one.reason or "") if one.state == "skipped" else None
    failure = _failure(one)
    words = None if one.row is None or one.state != "failed" else one.row.error
    return Recipient(
        contact_id=one.recipient.contact_id,
        name=name,
        message_id=one.recipient.message_id or None,
        to=one.recipient.to,
        country=_country(one) if one.recipient.to else None,
        state=cast("MessageState", one.state),
        reason=one.reason or words,
        reason_title=None if skip is None else skip.title,
        next_step=skip.next_step if skip else failure.next_step if failure else None,
        error_code=one.error_code,
        failure=failure,
        answered=one.is_answered,
        accepted_at=iso_or_none(times.get("accepted_at")),
        sent_at=iso_or_none(times.get("sent_at")),
        delivered_at=iso_or_none(times.get("delivered_at")),
        read_at=iso_or_none(times.get("read_at")),
        failed_at=iso_or_none(times.get("failed_at")),
        answered_at=iso_or_none(times.get("answered_at")),
        charge=_charge(one, priced),
    )


def _failure(one: ledger.Outcome) -> Failure | None:
    if one.state == "unknown":
        return failure_of(one.error_code, UNCLEAR)
    return failure_of(one.error_code, explain(one.error_code)) if one.state == "failed" else None


def _charge(one: ledger.Outcome, priced: Prices) -> Charge | None:
    """Return what a delivered message is charged as; Meta charges on delivery alone."""
    if one.pricing is None or one.state not in {"delivered", "read"}:
        return None
    found = charges.counted(one.pricing)
    category, kind = charges.category_of(found), charges.pricing_type(found)
    micros: int | None = 0
    if kind == charges.REGULAR:
        market = None if priced.card is None else priced.card.market(_country(one))
        micros = None
        if priced.card is not None and market is not None:
            micros = priced.card.rate(market, category)
    return Charge(category=category, type=kind, currency=priced.currency, micros=micros)


def _searched(
    ctx: TenantContext, row: CampaignRow, search: str, filters: RecipientFilters, now_ms: int
) -> list[ledger.Outcome]:
    contact_id = find_contact(ctx, search)
    number = None if contact_id is None else part_of(ctx, row, contact_id)
    if number is None:
        return []
    wanted = compile_filters(filters)
    return [
        one
        for one in part_outcomes(ctx, row, number, now_ms)
        if one.recipient.contact_id == contact_id and wanted(one)
    ]


def find_contact(ctx: TenantContext, text: str) -> str | None:
    """Return the contact that a search means, by id, phone or user id. 1 RRU; raises Invalid."""
    if is_id("con", text):
        return text
    if _USER_ID.fullmatch(text):
        return Contacts(ctx).find(None, text)[1]
    if not _PHONE.fullmatch(text):
        words = "Search for a contact's id, its phone with country code, or its WhatsApp user id."
        raise Invalid(words, errors=(FieldError("search", words),))
    phone = "+" + "".join(c for c in text if c.isdecimal())
    return Contacts(ctx).find_by_phones([phone]).get(phone)


def part_of(ctx: TenantContext, row: CampaignRow, contact_id: str) -> int | None:
    """Return the part in which a contact would be; None if there is no such part.

    Parts follow the order of contact ids (see `walking`), so half of them are ruled out with each
    that is read. One S3 request for each.
    """
    first, last = 0, row.parts - 1
    while first <= last:
        middle = (first + last) // 2
        number, bounds = _first_with_people(ctx, row, range(middle, last + 1))
        if bounds is None or contact_id < bounds[0]:
            last = middle - 1
        elif contact_id > bounds[1]:
            first = number + 1
        else:
            return number
    return None


def _first_with_people(
    ctx: TenantContext, row: CampaignRow, numbers: range
) -> tuple[int, tuple[str, str] | None]:
    for number in numbers:
        part = parts.load(ctx, parts.launched(row.id), number)
        ids = list(_ids(part))
        if ids:
            return number, (min(ids), max(ids))
    return numbers.stop, None


def _ids(part: parts.Part) -> Iterator[str]:
    for people in (part.recipients, part.skipped):
        yield from (one.contact_id for one in people)
