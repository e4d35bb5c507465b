"""Who gets what: a contact becomes a planned recipient, or is skipped with a reason. Pure.

reason                 when
contact_deleted        the contact was in a list and is no longer there
merged                 it turned out to be the same person as another contact, who gets the
                       message if in the audience; or who got it before that was known
opted_out              the contact asked for no more messages
marketing_opted_out    … for no more marketing, and this is marketing
cooling                Meta takes no marketing for them for now (131049), and this is marketing
undeliverable          WhatsApp could not deliver to them twice (131026)
no_address             neither a phone nor a business-scoped user id is known
own_number             the contact is the sending number itself, or WhatsApp said so (131021)
blocked                they block the business, or it blocks them (130403)
country_not_allowed    the account may not write to their country (130497)
identity_changed       the account at their phone may be another person's by now (137000)
frequency_cap          they had as much marketing of late as the business sends, and this is more
needs_phone            a one-time code cannot go to a business-scoped user id
missing_variable       a variable has no value and no fallback
unfit_value            a value is none that WhatsApp takes there: no link, too long a code
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from chalicelib.services import filters

DAY_MS = 86_400_000
# Why a contact that is marked by a code of Meta's is left out.
_BARRED = {
    130403: "blocked",
    130497: "country_not_allowed",
    131021: "own_number",
    137000: "identity_changed",
}

Variables = Mapping[str, Mapping[str, str | None]]


class Person(filters.Person, Protocol):
    """What the audience needs of a contact."""

    @property
    def id(self) -> str:
        """Our id."""

    @property
    def undeliverable_at(self) -> int | None:
        """Since when WhatsApp cannot deliver to them."""

    @property
    def merged_into(self) -> str | None:
        """The contact that they turned out to be."""

    @property
    def barred_code(self) -> int | None:
        """Meta's code for which WhatsApp takes no messages to them."""

    @property
    def cooling_until(self) -> int | None:
        """Until when Meta takes no marketing for them."""

    @property
    def marketing_sent(self) -> Sequence[str]:
        """Which campaigns sent them marketing of late: `milliseconds:campaign id`."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides whether somebody may get this message: category, sender, and the moment."""

    category: str
    own_phone: str
    now_ms: int
    is_one_time_code: bool = False
    campaign_id: str = ""
    cap: tuple[int, int] | None = None  # so many marketing messages in so many days

    def recent(self, person: Person) -> list[str]:
        """Return the entries of what a person was sent within the days of the cap."""
        since_ms = self.now_ms - (self.cap[1] if self.cap else 0) * DAY_MS
        return [one for one in person.marketing_sent if int(one.partition(":")[0]) > since_ms]

    def is_own(self, entry: str) -> bool:
        """Tell whether an entry is of this campaign, which counts once however often it tries."""
        return entry.partition(":")[2] == self.campaign_id


@dataclass(frozen=True, slots=True)
class Recipient:
    """One member of a frozen audience: `values` fill the template's variables."""

    contact_id: str
    to: str
    message_id: str
    values: Mapping[str, str]
    skip: str | None = None

    def line(self) -> str:
        """Return the recipient as a line of a frozen part."""
        fields: dict[str, Any] = {"c": self.contact_id, "to": self.to}
        if self.skip is None:
            fields |= {"m": self.message_id, "v": dict(self.values)}
        else:
            fields["skip"] = self.skip
        return json.dumps(fields, separators=(",", ":"))


def read_line(line: str | bytes) -> Recipient:
    """Return the recipient of a line that `Recipient.line` wrote."""
    fields = json.loads(line)
    return Recipient(
        contact_id=fields["c"],
        to=fields["to"],
        message_id=fields.get("m", ""),
        values=fields.get("v", {}),
        skip=fields.get("skip"),
    )


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the audience; `row` holds the cells of the list's own columns, by their title.

    `person` is None for a contact of a list that is no longer there.
    """

    contact_id: str
    person: Person | None
    row: Mapping[str, str] = field(default_factory=dict)


def is_capped(person: Person, rules: Rules) -> bool:
    """Tell whether other campaigns have sent the person as much marketing as the cap allows."""
    if rules.cap is None or rules.category != "MARKETING" or not person.marketing_sent:
        return False
    others = [entry for entry in rules.recent(person) if not rules.is_own(entry)]
    return len(others) >= rules.cap[0]


def _no_marketing(person: Person, rules: Rules) -> str | None:
    if person.marketing_opted_out_at is not None:
        return "marketing_opted_out"
    if person.cooling_until is not None and person.cooling_until > rules.now_ms:
        return "cooling"
    return "frequency_cap" if is_capped(person, rules) else None


def _not_wanted(person: Person, rules: Rules) -> str | None:
    if person.opted_out_at is not None:
        return "opted_out"
    return _no_marketing(person, rules) if rules.category == "MARKETING" else None


def _out_of_reach(person: Person) -> str | None:
    if person.undeliverable_at is not None:
        return "undeliverable"
    if person.barred_code is not None:
        return _BARRED.get(person.barred_code, "undeliverable")
    return None if person.phone or person.bsuid else "no_address"


def suppression(person: Person, rules: Rules) -> str | None:
    """Return why the contact must not get the message, as both are now; None if it may."""
    if person.merged_into is not None:
        return "merged"
    reason = _not_wanted(person, rules) or _out_of_reach(person)
    if reason is not None:
        return reason
    if person.phone == rules.own_phone:
        return "own_number"
    if rules.is_one_time_code and not person.phone:
        return "needs_phone"
    return None


def plan_recipient(
    member: Member,
    variables: Variables,
    rules: Rules,
    message_id: str,
    is_unfit: Callable[[str, str], bool] | None = None,
) -> Recipient:
    """Return what a member of the audience gets, or why it gets nothing.

    `is_unfit` tells of a variable's name and value that WhatsApp would refuse the value.
    """
    person = member.person
    if person is None:
        return Recipient(member.contact_id, "", "", {}, "contact_deleted")
    to = person.phone or person.bsuid or ""
    reason = suppression(person, rules)
    if reason is not None:
        return Recipient(person.id, to, "", {}, reason)
    values: dict[str, str] = {}
    for variable, source in variables.items():
        value = _value(person, member.row, source)
        if not value:
            return Recipient(person.id, to, "", {}, "missing_variable")
        if is_unfit is not None and is_unfit(variable, value):
            return Recipient(person.id, to, "", {}, "unfit_value")
        values[variable] = value
    return Recipient(person.id, to, message_id, values)


def _value(person: Person, row: Mapping[str, str], source: Mapping[str, str | None]) -> str:
    """Return the first there is of the list's column, the contact's field, and the fallback."""
    column, name = source.get("column"), source.get("field")
    found = row.get(column, "") if column else ""
    if not found.strip() and name == "name":
        found = person.name or ""
    elif not found.strip() and name == "phone":
        found = person.phone or ""
    elif not found.strip() and name:
        found = (person.fields or {}).get(name, "")
    return found.strip() or (source.get("fallback") or "").strip()
