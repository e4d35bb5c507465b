"""Who gets what: a contact becomes a planned recipient, or is skipped with a reason. Pure.

reason             when
opted_out          the contact asked for no more messages
no_address         neither a phone nor a business-scoped user id is known
missing_variable   a variable has no value and no fallback
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Person(Protocol):
    """What the audience needs of a contact."""

    @property
    def id(self) -> str:
        """Our id."""

    @property
    def phone(self) -> str | None:
        """The phone in E.164."""

    @property
    def bsuid(self) -> str | None:
        """Meta's business-scoped user id."""

    @property
    def name(self) -> str:
        """The name, or an empty text."""

    @property
    def tags(self) -> Sequence[str]:
        """The tags."""

    @property
    def fields(self) -> Mapping[str, str]:
        """The fields of the tenant's own."""

    @property
    def opted_out_at(self) -> int | None:
        """When the contact asked for no more messages."""


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


def is_member(person: Person, audience: Mapping[str, Any]) -> bool:
    """Tell whether the contact belongs to the audience at all."""
    return audience["type"] == "all" or audience["tag"] in (person.tags or ())


def plan_recipient(
    person: Person, variables: Mapping[str, Mapping[str, str | None]], message_id: str
) -> Recipient:
    """Return what the contact gets, or why it gets nothing."""
    to = person.phone or person.bsuid or ""
    if person.opted_out_at is not None:
        return Recipient(person.id, to, "", {}, "opted_out")
    if not to:
        return Recipient(person.id, "", "", {}, "no_address")
    values: dict[str, str] = {}
    for variable, source in variables.items():
        value = _value(person, source)
        if not value:
            return Recipient(person.id, to, "", {}, "missing_variable")
        values[variable] = value
    return Recipient(person.id, to, message_id, values)


def _value(person: Person, source: Mapping[str, str | None]) -> str:
    field = source.get("field")
    found = ""
    if field == "name":
        found = person.name or ""
    elif field == "phone":
        found = person.phone or ""
    elif field:
        found = (person.fields or {}).get(field, "")
    return found.strip() or (source.get("fallback") or "").strip()
