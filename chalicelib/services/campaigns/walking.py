"""One pass over an audience in the order of contact ids, page by page, each person once.

    audience            a page is
    a filter            the next 500 contacts; those who meet it
    lists               the next 500 lines of the gathered file; their contacts
    a filter and lists  the next 500 contacts, and the gathered lines up to the last of them

Where hardly anybody meets the filter a page takes in more contacts, up to ten times as many, so
that a rare few do not stand in a thousand parts, each of which costs a sender a claim.

A cursor says where the next page begins: `contact id|byte of the gathered file`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.services.campaigns.audience import Member, Rules
from chalicelib.services.campaigns.listed import Listed, read_listed
from chalicelib.services.campaigns.sources import EVERYONE, Resolved, from_json
from chalicelib.services.filters import compile_filter
from chalicelib.storage.audience import page_of, people_now

PAGE_CONTACTS = 500
MOST_LOOKS = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """What a launch or a dry run has frozen: who is asked, and what each of them would get.

    `folder` is where its files are; `template` is Meta's name, language and components.
    """

    folder: str
    template: Mapping[str, Any]
    category: str
    own_phone: str
    variables: Mapping[str, Mapping[str, str | None]]
    audience: Resolved
    frequency_cap: Mapping[str, int] | None = None
    quiet_hours: Mapping[str, str] | None = None
    time_zone: str | None = None
    canary_percent: int | None = None
    send_at: str | None = None

    @property
    def campaign_id(self) -> str:
        """The campaign whose folder it is."""
        return self.folder.partition("/")[0]

    @property
    def columns(self) -> frozenset[str]:
        """The columns of lists that the variables take values from."""
        return frozenset(c for source in self.variables.values() if (c := source.get("column")))

    def rules(self, now_ms: int) -> Rules:
        """Return what decides whether somebody may get this message now."""
        cap = self.frequency_cap
        return Rules(
            self.category,
            self.own_phone,
            now_ms,
            self.category == "AUTHENTICATION",
            campaign_id=self.campaign_id,
            cap=None if cap is None else (cap["messages"], cap["days"]),
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {
            "folder": self.folder,
            "template": dict(self.template),
            "category": self.category,
            "own_phone": self.own_phone,
            "variables": {name: dict(source) for name, source in self.variables.items()},
            "audience": self.audience.as_json(),
            "frequency_cap": self.frequency_cap,
            "quiet_hours": self.quiet_hours,
            "time_zone": self.time_zone,
            "canary_percent": self.canary_percent,
            "send_at": self.send_at,
        }


def plan_from_json(kept: Mapping[str, Any]) -> Plan:
    """Return what `Plan.as_json` gave."""
    return Plan(**{**kept, "audience": from_json(kept["audience"])})


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last contact that was asked, and the next byte of the gathered file."""

    after: str | None = None
    offset: int = 0

    def __str__(self) -> str:
        """Return it as an envelope carries it."""
        return f"{self.after or ''}|{self.offset}"


def read_cursor(text: str | None) -> Cursor:
    """Return the cursor of an envelope; one of version 0.1 is a contact id alone."""
    if text is None:
        return Cursor()
    after, _, offset = text.partition("|")
    return Cursor(after or None, int(offset or 0))


def page(ctx: TenantContext, plan: Plan, cursor: Cursor) -> tuple[list[Member], Cursor | None]:
    """Return the members on a page, 500 or fewer but for the deleted of a list, and where the next
    begins (None at the end).

    1 RRU per 4 KB of contacts, an S3 request for 256 KB of list. A page may be empty before the
    last.
    """
    members: list[Member] = []
    for _ in range(MOST_LOOKS):
        found, following = _look(ctx, plan, cursor, PAGE_CONTACTS - len(members))
        members += found
        if following is None or len(members) > PAGE_CONTACTS // 2:
            return members, following
        cursor = following
    return members, cursor


def _look(
    ctx: TenantContext, plan: Plan, cursor: Cursor, most: int
) -> tuple[list[Member], Cursor | None]:
    """Return the members among the next contacts, `most` of them, and where the others begin."""
    audience = plan.audience
    if audience.filter is None:
        members, following = _listed_page(ctx, plan, cursor, most)
    else:
        members, following = _contacts_page(ctx, plan, cursor, most)
    if audience.leave_out is not None:
        unwanted = compile_filter(audience.leave_out, audience.day_ms)
        members = [m for m in members if m.person is None or not unwanted(m.person)]
    return members, following


def _listed_page(
    ctx: TenantContext, plan: Plan, cursor: Cursor, most: int
) -> tuple[list[Member], Cursor | None]:
    lines = list(islice(read_listed(ctx, plan.folder, cursor.offset), most))
    people = people_now(ctx, (line.contact_id for line in lines))
    members = [Member(one.contact_id, people.get(one.contact_id), one.row) for one in lines]
    is_end = len(lines) < most
    return members, None if is_end else Cursor(None, lines[-1].end)


def _contacts_page(
    ctx: TenantContext, plan: Plan, cursor: Cursor, most: int
) -> tuple[list[Member], Cursor | None]:
    people, after = page_of(ctx, most, cursor.after)
    listed: dict[str, Listed] = {}
    offset = cursor.offset
    if plan.audience.lists:
        for line in _up_to(read_listed(ctx, plan.folder, cursor.offset), after):
            listed[line.contact_id], offset = line, line.end
    holds = _predicate(plan.audience)
    members: list[Member] = []
    for person in people:
        own = listed.pop(person.id, None)
        if own is not None or holds(person):
            members.append(Member(person.id, person, {} if own is None else own.row))
    members += [Member(contact_id, None) for contact_id in listed]
    return members, None if after is None else Cursor(after, offset)


def _up_to(lines: Iterator[Listed], last: str | None) -> Iterator[Listed]:
    """Yield the lines of contacts up to `last`; all there are if that is None."""
    for line in lines:
        if last is not None and line.contact_id > last:
            return
        yield line


def _predicate(audience: Resolved) -> Callable[[Any], bool]:
    if audience.filter is None or audience.filter == EVERYONE:
        return lambda _person: True
    return compile_filter(audience.filter, audience.day_ms)
