"""What a slice of rows means for the contacts: what to write, and the outcome of each row. Pure.

The first row of a file that names a person decides; later rows of the same person are duplicates,
except that an opt-out in any of them counts. An import never undoes an opt-out.

A new person whose row has a phone and a user id is one contact with both, and later rows with
either are duplicates. A contact that is known, or whose user id is, gets neither by a file: that
two of them are one person is Meta's to say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from chalicelib.core.ids import derived_id
from chalicelib.services.imports.rows import MAX_TAGS, Person, Refused
from chalicelib.storage.contacts import ContactChanges, ContactDraft, ContactRow

Outcome = Literal["created", "updated", "duplicate", "invalid"]

MAX_FIELDS = 50
_KNOWN = "already known, nothing to change"
_FULL = "the plan allows no more contacts; remove some, or ask for a larger plan, and import again"


@dataclass(frozen=True, slots=True)
class Claim:
    """The first row of this import that named an address, and what became of it."""

    row: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a row; `address` is its phone or user id, as far as it could be read."""

    row: int
    outcome: Outcome
    address: str
    contact_id: str | None = None
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """A change of a contact that is there, as it was read."""

    seen: ContactRow
    changes: ContactChanges


@dataclass(slots=True)
class Decision:
    """What to write for a slice; `results` has exactly one entry for each of its rows, in order.

    `creates`, `updates` and `claims` go by address.
    """

    results: list[RowResult] = field(default_factory=list)
    creates: dict[str, ContactDraft] = field(default_factory=dict)
    updates: dict[str, Update] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)


def contact_id_of(import_id: str, row: int) -> str:
    """Return the id of the contact that a row creates, the same on every run; it has no order."""
    seed = f"{import_id}#{row}"
    spread = int.from_bytes(hashlib.sha256(seed.encode()).digest()[-6:])
    return derived_id("con", spread, seed)


def decide(
    import_id: str,
    rows: Sequence[Person | Refused],
    known: Mapping[str, ContactRow],
    claims: Mapping[str, Claim],
    now_ms: int,
    room: int | None = None,
) -> Decision:
    """Return what to do about `rows`, given the contacts `known` by address as they are now.

    `room` is how many contacts the plan allows besides those that there were before `known` was
    read, None for any number; rows of new people beyond it are invalid, `contacts_limit`.

    `claims` are those of earlier slices, and of an earlier run of this one: what that run decided
    stands, so that a replay gives every row the outcome that it had.
    """
    slice_ = _Slice(import_id, known, claims, now_ms, room)
    slice_.opted_out = {r.address for r in rows if isinstance(r, Person) and r.is_opted_out}
    for row in rows:
        slice_.add(row)
    return slice_.decision


class _Slice:
    """A decision in the making."""

    def __init__(
        self,
        import_id: str,
        known: Mapping[str, ContactRow],
        claims: Mapping[str, Claim],
        now_ms: int,
        room: int | None,
    ) -> None:
        self._room = room
        self._import_id = import_id
        self._known = known
        self._claims = claims
        self._now_ms = now_ms
        self.opted_out: set[str] = set()
        self.decision = Decision()

    def add(self, row: Person | Refused) -> None:
        """Decide the next row."""
        if isinstance(row, Refused):
            result = RowResult(row.row, "invalid", row.address, None, row.code, row.reason)
        else:
            claim = self._claim(row.address)
            if claim is not None and claim.row != row.row and self._is_void(row):
                claim = None
            if claim is None or claim.row == row.row:
                result = self._first(row, claim)
                self._note(row, Claim(row.row, result.outcome))
            else:
                result = self._repeated(row, claim)
        self.decision.results.append(result)

    def _note(self, person: Person, claim: Claim) -> None:
        """Keep that this row decided for the person, by all that the contact is known by."""
        draft = self.decision.creates.get(person.address)
        made = set() if draft is None or draft.bsuid is None else {draft.bsuid}
        self.decision.claims |= dict.fromkeys(self._addresses(person) | made, claim)

    def _addresses(self, person: Person) -> set[str]:
        """Return all by which rows may name the contact that the row's own address leads to."""
        contact = self._known.get(person.address)
        if contact is None:
            return {person.address}
        known = (contact.phone, contact.bsuid, *(contact.previous_bsuids or ()))
        return {person.address, *(one for one in known if one is not None)}

    def _claim(self, address: str) -> Claim | None:
        return self.decision.claims.get(address) or self._claims.get(address)

    def _is_void(self, person: Person) -> bool:
        """Tell whether a user id was claimed for a contact that did not come to have it, since
        somebody else made the contact in that moment: an opt-out would be nobody's.
        """
        is_open = person.address not in self.decision.claims and person.address not in self._known
        return person.is_opted_out and not person.has_phone and is_open

    def _alias(self, person: Person) -> str | None:
        """Return the user id that a new contact has besides its phone: one that is nobody's yet."""
        if person.alias is None or person.alias in self._known:
            return None
        claim = self._claim(person.alias)
        return person.alias if claim is None or claim.row == person.row else None

    def _first(self, person: Person, claim: Claim | None) -> RowResult:
        contact = self._known.get(person.address)
        own_id = contact_id_of(self._import_id, person.row)
        alias = self._alias(person) if contact is None else None
        named = {*self._addresses(person), alias}
        opted_out_at = None if self.opted_out.isdisjoint(named) else self._now_ms
        outcome: Outcome
        if contact is None and not self._has_room(claim):
            return RowResult(person.row, "invalid", person.address, None, "contacts_limit", _FULL)
        if contact is None:
            draft = _draft(person, own_id, alias, opted_out_at)
            self.decision.creates[person.address] = draft
            outcome = "created"
        elif contact.id == own_id:
            outcome = "created"  # by an earlier run; what others changed since then stands
        else:
            changes = _changes(contact, person, opted_out_at)
            too_much = _too_much(changes)
            if too_much is not None:
                return RowResult(person.row, "invalid", person.address, contact.id, *too_much)
            if changes:
                self.decision.updates[person.address] = Update(contact, changes)
            outcome = "updated" if changes else "duplicate"
        if claim is not None:
            outcome = claim.outcome
        contact_id = own_id if contact is None else contact.id
        if outcome == "duplicate":
            return RowResult(person.row, outcome, person.address, contact_id, "known", _KNOWN)
        return RowResult(person.row, outcome, person.address, contact_id)

    def _has_room(self, claim: Claim | None) -> bool:
        """Tell whether one more contact may be made; what an earlier run refused stays refused."""
        if claim is not None and claim.outcome == "invalid":
            return False
        return self._room is None or len(self.decision.creates) < self._room

    def _repeated(self, person: Person, claim: Claim) -> RowResult:
        contact = self._known.get(person.address)
        kind, word = ("same_number", "number") if person.has_phone else ("same_user_id", "user id")
        reason = f"same {word} as row {claim.row}"
        if person.is_opted_out:
            reason += "; its opt-out was kept"
            is_open = contact is not None and contact.opted_out_at is None
            if contact is not None and is_open and not self._is_updated(contact):
                changes: ContactChanges = {"opted_out_at": self._now_ms}
                self.decision.updates[person.address] = Update(contact, changes)
        contact_id = contact_id_of(self._import_id, claim.row) if contact is None else contact.id
        return RowResult(person.row, "duplicate", person.address, contact_id, kind, reason)

    def _is_updated(self, contact: ContactRow) -> bool:
        """Tell whether the slice changes a contact already, and has it opted out if need be."""
        known = (contact.phone, contact.bsuid, *(contact.previous_bsuids or ()))
        return any(address in self.decision.updates for address in known)


def _draft(
    person: Person, contact_id: str, alias: str | None, opted_out_at: int | None
) -> ContactDraft:
    return ContactDraft(
        id=contact_id,
        phone=person.address if person.has_phone else None,
        bsuid=alias if person.has_phone else person.address,
        name=person.name,
        country=person.country or person.region,
        language=person.language,
        tags=sorted(person.tags),
        fields=person.fields,
        opted_out_at=opted_out_at,
    )


def _changes(contact: ContactRow, person: Person, opted_out_at: int | None) -> ContactChanges:
    """Return what the row says that the contact does not; what the row leaves empty stays."""
    changes: ContactChanges = {}
    if person.name and person.name != contact.name:
        changes["name"] = person.name
    if person.country and person.country != contact.country:
        changes["country"] = person.country
    if person.language and person.language != contact.language:
        changes["language"] = person.language
    if not person.tags <= set(contact.tags):
        changes["tags"] = sorted(person.tags | set(contact.tags))
    fields = {**contact.fields, **person.fields}
    if fields != contact.fields:
        changes["fields"] = fields
    if opted_out_at is not None and contact.opted_out_at is None:
        changes["opted_out_at"] = opted_out_at
    return changes


def _too_much(changes: ContactChanges) -> tuple[str, str] | None:
    """Return code and words if the contact would break a limit."""
    tags = len(changes["tags"]) if "tags" in changes else 0
    if tags > MAX_TAGS:
        return "too_many_tags", f"the contact would have {tags} tags; at most {MAX_TAGS}"
    fields = len(changes["fields"]) if "fields" in changes else 0
    if fields > MAX_FIELDS:
        return "too_many_fields", f"the contact would have {fields} fields; at most {MAX_FIELDS}"
    return None
