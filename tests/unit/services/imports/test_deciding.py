"""What a slice of rows does to the contacts: one outcome a row, the same on every run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import given, settings, strategies as st

from chalicelib.core.ids import is_id
from chalicelib.services.imports.deciding import (
    Claim,
    Decision,
    RowResult,
    contact_id_of,
    decide,
)
from chalicelib.services.imports.rows import Person, Refused
from chalicelib.storage.contacts import ContactDraft, ContactRow

IMPORT = "imp_00000000000000000000000000"
ADDRESSES = [*(f"+4474001234{n:02d}" for n in range(4)), "US.71491208655302741918", "GB.7"]


class World:
    """Contacts and claims as the tables hold them, and the writes of decisions upon them."""

    def __init__(self) -> None:
        self.known: dict[str, ContactRow] = {}
        self.claims: dict[str, Claim] = {}

    def decide(self, rows: Sequence[Person | Refused], now_ms: int = 5) -> Decision:
        """Return what to do about `rows` as things stand."""
        return decide(IMPORT, rows, self.known, self.claims, now_ms)

    def write(self, decision: Decision, share: float = 1.0) -> set[str]:
        """Write the claims, then a share of the contacts, as a run that is killed does.

        Return the addresses of contacts that another of the updates has changed since they were
        read: the table refuses a second one.
        """
        self.claims.update(decision.claims)
        creates = list(decision.creates.items())
        for _, draft in creates[: round(len(creates) * share)]:
            row = contact_of(draft)
            self.known |= {address: row for address in (row.phone, row.bsuid) if address}
        updates = list(decision.updates.items())
        changed: set[str] = set()
        lost: set[str] = set()
        for address, update in updates[: round(len(updates) * share)]:
            if update.seen.id in changed:
                lost.add(address)
                continue
            changed.add(update.seen.id)
            for name, value in update.changes.items():
                setattr(self.known[address], name, value)
        return lost

    def run(self, rows: Sequence[Person | Refused]) -> list[RowResult]:
        """Decide and write, again for what was lost, and return the results."""
        own = {row.row for row in rows}
        while True:
            decision = self.decide(rows)
            lost = self.write(decision)
            if not lost:
                return decision.results
            self.claims = {
                a: claim
                for a, claim in self.claims.items()
                if a not in lost or claim.row not in own
            }

    def people(self) -> Mapping[str, object]:
        """Return everything that is stored of the contacts."""
        return {phone: row.to_simple_dict() for phone, row in sorted(self.known.items())}


def contact_of(draft: ContactDraft) -> ContactRow:
    """Return the row that a draft becomes."""
    return ContactRow(
        "ten_x",
        draft.id,
        phone=draft.phone,
        bsuid=draft.bsuid,
        name=draft.name,
        name_key="",
        country=draft.country,
        language=draft.language,
        tags=sorted(draft.tags),
        fields=dict(draft.fields),
        opted_out_at=draft.opted_out_at,
        created_at=1,
        updated_at=1,
    )


def known_contact(phone: str = ADDRESSES[0], **values: object) -> World:
    """Return a world with one contact in it."""
    world = World()
    contact = contact_of(ContactDraft(phone=phone, name="Ada", tags=["a"], fields={"x": "1"}))
    for name, value in values.items():
        setattr(contact, name, value)
    world.known[phone] = contact
    return world


def outcomes(results: Sequence[RowResult]) -> list[tuple[int, str, str | None]]:
    """Return row, outcome and reason of each result."""
    return [(r.row, r.outcome, r.reason) for r in results]


ROWS = st.lists(
    st.one_of(
        st.builds(
            Person,
            row=st.just(0),
            address=st.sampled_from(ADDRESSES),
            region=st.just("GB"),
            country=st.sampled_from([None, "GB", "DE"]),
            name=st.sampled_from(["", "Ada", "Bob"]),
            tags=st.frozensets(st.sampled_from("abc")),
            fields=st.dictionaries(st.sampled_from("xy"), st.sampled_from("12")),
            is_opted_out=st.booleans(),
            alias=st.none(),
        )
        | st.builds(
            Person,
            row=st.just(0),
            address=st.sampled_from(ADDRESSES[:3]),
            region=st.just("GB"),
            is_opted_out=st.booleans(),
            alias=st.sampled_from(ADDRESSES[4:]),
        ),
        st.builds(
            Refused,
            row=st.just(0),
            address=st.just("?"),
            code=st.just("not_a_number"),
            reason=st.just("no"),
        ),
    ),
    max_size=14,
)


def numbered(rows: Sequence[Person | Refused]) -> list[Person | Refused]:
    """Return `rows` with the row numbers of a file."""
    return [replace(row, row=number) for number, row in enumerate(rows, start=2)]


@settings(max_examples=200, deadline=None)
@given(ROWS, ROWS, st.integers(1, 5), st.floats(0, 1))
def test_one_outcome_a_row_and_replays_change_nothing(
    before: list[Person | Refused], file: list[Person | Refused], size: int, share: float
) -> None:
    """However a file is sliced, and wherever a run is killed, the end is that of a smooth run.

    Each row has one outcome, each address at most one `created` or `updated`, opt-outs stay.
    """
    smooth, rough = World(), World()
    for world in (smooth, rough):
        world.run([r for r in numbered(before) if isinstance(r, Person)])
        world.claims.clear()
        for row in {id(row): row for row in world.known.values()}.values():
            row.id = "con_" + row.id[4:][::-1]  # of another import
    opted_out = {p for p, row in smooth.known.items() if row.opted_out_at is not None}
    rows = numbered(file)
    results: list[RowResult] = []
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        expected = smooth.run(part)
        rough.write(rough.decide(part), share)  # killed half-way
        again = rough.run(part)
        assert outcomes(again) == outcomes(expected)
        assert outcomes(rough.run(part)) == outcomes(expected)  # delivered twice
        results += expected
    assert rough.people() == smooth.people()
    assert [r.row for r in results] == [r.row for r in rows]
    writes = [r.address for r in results if r.outcome in {"created", "updated"}]
    assert len(writes) == len(set(writes))
    said = {r.address for r in rows if isinstance(r, Person) and r.is_opted_out}
    now = {p for p, row in smooth.known.items() if row.opted_out_at is not None}
    assert now >= opted_out | said
    of_said = {smooth.known[address].id for address in opted_out | said}
    assert {smooth.known[address].id for address in now} == of_said


def test_created_and_repeated() -> None:
    """The first row of a person creates; a later one is a duplicate that names the first."""
    rows = [Person(2, ADDRESSES[0], name="Ada"), Person(3, ADDRESSES[0], name="Other")]
    world = World()
    results = world.run(rows)
    assert outcomes(results) == [(2, "created", None), (3, "duplicate", "same number as row 2")]
    assert results[0].contact_id == results[1].contact_id == contact_id_of(IMPORT, 2)
    assert world.known[ADDRESSES[0]].name == "Ada"


def test_repeated_across_slices() -> None:
    """A duplicate is told from a person known before even when its first row was in another slice.

    Whether that first row created, updated or changed nothing.
    """
    for world in (World(), known_contact(name="Old"), known_contact()):
        world.run([Person(2, ADDRESSES[0], name="Ada")])
        results = world.run([Person(900, ADDRESSES[0], name="Bob")])
        assert outcomes(results) == [(900, "duplicate", "same number as row 2")]
        assert world.known[ADDRESSES[0]].name == "Ada"


def test_both_addresses_are_one_person() -> None:
    """A new person with a phone and a user id is one contact; later rows with either are it."""
    phone, user_id = ADDRESSES[0], ADDRESSES[-1]
    rows = [
        Person(2, phone, name="Ada", alias=user_id),
        Person(3, user_id, name="Ada again"),
        Person(4, phone, is_opted_out=True),
    ]
    said = [
        (2, "created", None),
        (3, "duplicate", "same user id as row 2"),
        (4, "duplicate", "same number as row 2; its opt-out was kept"),
    ]
    for size in (1, 2, 3):
        world = World()
        results = [r for n in range(0, 3, size) for r in world.run(rows[n : n + size])]
        assert outcomes(results) == said
        assert world.known[phone] is world.known[user_id]
        assert world.known[phone].opted_out_at == 5
        assert {r.contact_id for r in results} == {world.known[phone].id}


def test_user_id_of_somebody_is_not_given_away() -> None:
    """Where a contact has the phone or the user id, or another row named the id, nothing is tied
    together; an opt-out reaches whoever it names.
    """
    phone, other, user_id = ADDRESSES[0], ADDRESSES[1], ADDRESSES[-1]
    world = known_contact()
    world.run([Person(2, phone, alias=user_id, name="Ada")])
    assert user_id not in world.known
    results = world.run([Person(3, user_id, is_opted_out=True), Person(4, other, alias=user_id)])
    assert outcomes(results) == [(3, "created", None), (4, "created", None)]
    assert world.known[user_id].opted_out_at == 5
    assert world.known[other].bsuid is None
    assert world.known[other].id != world.known[user_id].id


def test_nothing_to_change() -> None:
    """A person who is known, with nothing new in the row, is a duplicate with that reason."""
    world = known_contact()
    row = Person(2, ADDRESSES[0], region="GB", tags=frozenset("a"), fields={"x": "1"})
    results = world.run([row])
    assert outcomes(results) == [(2, "duplicate", "already known, nothing to change")]
    assert results[0].code == "known"


def test_updates_add_and_never_empty() -> None:
    """An update takes over what the row says and leaves what it does not say."""
    world = known_contact(country="FR")
    row = Person(2, ADDRESSES[0], region="GB", tags=frozenset("b"), fields={"y": "2"})
    assert outcomes(world.run([row])) == [(2, "updated", None)]
    contact = world.known[ADDRESSES[0]]
    assert (contact.name, contact.country) == ("Ada", "FR")
    assert (contact.tags, contact.fields) == (["a", "b"], {"x": "1", "y": "2"})


def test_an_opt_out_is_never_undone() -> None:
    """An import that says nothing of an opt-out leaves it, with its time."""
    world = known_contact(opted_out_at=3)
    world.run([Person(2, ADDRESSES[0], name="New")])
    assert world.known[ADDRESSES[0]].opted_out_at == 3


def test_an_opt_out_in_a_duplicate_counts() -> None:
    """An opt-out in any row of a person counts, in the same slice or in a later one."""
    world = World()
    world.run([Person(2, ADDRESSES[0]), Person(3, ADDRESSES[0], is_opted_out=True)])
    world.run([Person(4, ADDRESSES[1])])
    results = world.run([Person(5, ADDRESSES[1], is_opted_out=True)])
    assert [world.known[p].opted_out_at for p in ADDRESSES[:2]] == [5, 5]
    assert outcomes(results) == [(5, "duplicate", "same number as row 4; its opt-out was kept")]


def test_limits_of_a_contact() -> None:
    """A row that would give a contact too many tags or fields is refused, and changes nothing."""
    world = known_contact(tags=[f"t{n}" for n in range(50)])
    (result,) = world.run([Person(2, ADDRESSES[0], tags=frozenset({"one more"}))])
    assert (result.outcome, result.code) == ("invalid", "too_many_tags")
    world = known_contact(fields={f"f{n}": "" for n in range(50)})
    (result,) = world.run([Person(2, ADDRESSES[0], fields={"one_more": "1"})])
    assert (result.outcome, result.code) == ("invalid", "too_many_fields")
    assert "one_more" not in world.known[ADDRESSES[0]].fields


def test_ids_of_created_contacts() -> None:
    """The ids of created contacts are well-formed, differ by row, and do not sort by row."""
    ids = [contact_id_of(IMPORT, row) for row in range(200)]
    assert all(is_id("con", contact_id) for contact_id in ids)
    assert len(set(ids)) == 200
    assert ids != sorted(ids)
