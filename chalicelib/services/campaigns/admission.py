"""Who of a chunk may be sent to now, and what becomes of the others.

    1 due times   not yet due where they live    later, when the first of them is
    2 cap         had enough marketing lately    skipped: frequency_cap
    3 day         beyond the plan's messages     later; the campaign waits for the next day
    4 allowance   beyond Meta's 24-hour limit    later; the campaign waits until some is free

What is taken of the cap, of the day's messages and of the allowance is written before anything is
sent, so that senders at once, of all campaigns, keep them together. It is given back for those for
whom Meta surely took no message.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from chalicelib.core.clock import Clock
from chalicelib.core.context import TenantContext
from chalicelib.services import frequency_cap
from chalicelib.services.allowance import TIERS, portfolio_of
from chalicelib.services.campaigns.audience import Recipient, Rules
from chalicelib.services.campaigns.due_times import due_ms, zones_of
from chalicelib.services.campaigns.walking import Plan
from chalicelib.services.frequency_cap import Given
from chalicelib.storage.accounts import Accounts
from chalicelib.storage.allowance import give_back, take
from chalicelib.storage.audience import Person
from chalicelib.storage.campaigns import CampaignRow
from chalicelib.storage.numbers import NumberRow
from chalicelib.storage.usage import give_back_messages, take_messages

WINDOW_MS = 86_400_000
_THREADS = 8


@dataclass(slots=True)
class Admission:
    """What was decided of a chunk: `later` is given back, `capped` is skipped.

    `counted` are those whom the frequency cap counted just now.
    `due_ms` is when the first of those is due who are too early; `taken` are the positions that
    the allowance of `portfolio` was taken for; `is_used_up` says that it was not enough. `of_day`
    are those that messages of the tenant's day were taken for, as `is_day_used_up`. Both were
    taken at `at_ms`, and are of its hour and day.
    """

    later: set[int] = field(default_factory=set)
    capped: set[int] = field(default_factory=set)
    counted: set[int] = field(default_factory=set)
    due_ms: int = 0
    portfolio: str = ""
    taken: set[int] = field(default_factory=set)
    is_used_up: bool = False
    of_day: set[int] = field(default_factory=set)
    is_day_used_up: bool = False
    at_ms: int = 0


def is_plain(
    campaign: CampaignRow, plan: Plan, number: NumberRow, messages_per_day: int | None
) -> bool:
    """Tell whether everybody is admitted: then nothing need be asked."""
    return not (
        campaign.send_at
        or messages_per_day is not None
        or plan.quiet_hours
        or (plan.frequency_cap and plan.category == "MARKETING")
        or TIERS.get(number.messaging_limit or "")
    )


class Chunk(Protocol):
    """The chunk that is to be sent, as its sender knows it."""

    ctx: TenantContext
    campaign: CampaignRow
    number: NumberRow
    recipients: list[Recipient]
    clock: Clock
    messages_per_day: int | None


def admit(run: Chunk, plan: Plan, people: Mapping[str, Person], positions: list[int]) -> Admission:
    """Decide on those at `positions`, who may be written to at all; `people` are by contact id.

    1 WRU a recipient where there is a cap; 13 RRU and 1 WRU where there is an allowance; 1 WRU
    where the plan has a limit.
    """
    now_ms = run.clock.now_ms()
    found = Admission(at_ms=now_ms)
    persons = {position: people[run.recipients[position].contact_id] for position in positions}
    if run.campaign.send_at or plan.quiet_hours:
        _put_off_early(found, run.campaign, plan, persons, now_ms)
    if plan.frequency_cap and plan.category == "MARKETING":
        _hold_to_cap(run.ctx, found, plan.rules(now_ms), persons)
    if run.messages_per_day is not None:
        _hold_to_day(run.ctx, found, run.messages_per_day, persons, now_ms)
    _allow(run.ctx, found, run.number, persons, now_ms)
    return found


def _put_off(found: Admission, persons: dict[int, Person], later: set[int]) -> None:
    found.later |= later
    for position in later:
        del persons[position]


def _put_off_early(
    found: Admission, campaign: CampaignRow, plan: Plan, persons: dict[int, Person], now_ms: int
) -> None:
    """Put off who is not due yet, and note the earliest of their times."""
    launched_ms = campaign.launched_at or campaign.created_at
    times = {
        position: due_ms(
            zones_of(person, plan.time_zone),
            now_ms,
            launched_ms=launched_ms,
            send_at=campaign.send_at,
            quiet=plan.quiet_hours,
        )
        for position, person in persons.items()
    }
    late = {position: at for position, at in times.items() if at > now_ms}
    found.due_ms = min(late.values(), default=0)
    _put_off(found, persons, set(late))


def _hold_to_cap(
    ctx: TenantContext, found: Admission, rules: Rules, persons: dict[int, Person]
) -> None:
    """Count the campaign for each; who has had enough gets nothing."""
    with ThreadPoolExecutor(_THREADS) as pool:
        each = list(pool.map(lambda one: frequency_cap.count(ctx, one, rules), persons.values()))
    given = dict(zip(persons, each, strict=True))
    found.capped = {position for position, one in given.items() if one is Given.CAPPED}
    found.counted = {position for position, one in given.items() if one is Given.COUNTED}
    for position in found.capped:
        del persons[position]


def _hold_to_day(
    ctx: TenantContext, found: Admission, limit: int, persons: dict[int, Person], now_ms: int
) -> None:
    """Take the plan's messages of today; who is beyond them is for another day."""
    wanted = list(persons)
    granted = take_messages(ctx.tenant_id, len(wanted), limit, now_ms)
    found.of_day = set(wanted[:granted])
    found.is_day_used_up = granted < len(wanted)
    _put_off(found, persons, set(wanted[granted:]))


def _allow(
    ctx: TenantContext,
    found: Admission,
    number: NumberRow,
    persons: Mapping[int, Person],
    now_ms: int,
) -> None:
    """Take the allowance for those who have not written within the last 24 hours."""
    limit = TIERS.get(number.messaging_limit or "")
    if limit is None:
        return
    first = [
        position
        for position, person in persons.items()
        if (person.last_seen_at or 0) <= now_ms - WINDOW_MS
    ]
    if not first:
        return
    found.portfolio = portfolio_of(Accounts(ctx).get(number.waba_id))
    granted = take(found.portfolio, len(first), limit, now_ms)
    found.taken = set(first[:granted])
    found.later |= set(first[granted:])
    found.is_used_up = granted < len(first)


def release(run: Chunk, found: Admission, sent_to: set[int]) -> None:
    """Give back what was taken for those who are not among `sent_to`.

    2 WRU at most; 1 RRU and 1 WRU more for each of them whom the cap has counted.
    """
    unsent = len(found.of_day - sent_to)
    if unsent:
        give_back_messages(run.ctx.tenant_id, unsent, found.at_ms)
    unused = len(found.taken - sent_to)
    if unused:
        give_back(found.portfolio, unused, found.at_ms)
    uncounted = [run.recipients[position].contact_id for position in found.counted - sent_to]
    if uncounted:
        now_ms = run.clock.now_ms()
        with ThreadPoolExecutor(_THREADS) as pool:
            list(
                pool.map(
                    lambda one: frequency_cap.uncount(run.ctx, one, run.campaign.id, now_ms),
                    uncounted,
                )
            )
