"""Contacts in DynamoDB: one contact a person, all or nothing, nothing across tenants."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid, NotFound, Unavailable
from chalicelib.storage.contacts import ContactDraft, ContactRow, Contacts
from chalicelib.storage.identities import IdentityRow

PHONE, OTHER_PHONE = "+447400123456", "+447400123457"
BSUID, OTHER_BSUID = "GB.1", "GB.2"


def add(ctx: TenantContext, phone: str | None = PHONE, **values: object) -> ContactRow:
    """Write a contact."""
    return Contacts(ctx).create(ContactDraft(phone=phone, **values), 1)  # type: ignore[arg-type]


def settle(
    ctx: TenantContext, phone: str | None = None, bsuid: str | None = None, name: str = ""
) -> ContactRow:
    """Find or create a contact as an inbound message does."""
    return Contacts(ctx).find_or_create_by_identity(
        phone=phone, bsuid=bsuid, profile_name=name, now_ms=2
    )


def test_what_is_written_is_read(ctx: TenantContext) -> None:
    """A contact comes back as it was written, tags in order."""
    row = add(ctx, name="Ada", tags=("b", "a", "b"), fields={"x": "1"}, opted_out_at=3)
    found = Contacts(ctx).get(row.id)
    assert (found.phone, found.name, found.tags) == (PHONE, "Ada", ["a", "b"])
    assert (found.fields, found.opted_out_at, found.version) == ({"x": "1"}, 3, 1)


def test_one_contact_a_phone(ctx: TenantContext) -> None:
    """A second contact with the phone is refused, and nothing of it is written."""
    add(ctx)
    with pytest.raises(Conflict) as caught:
        add(ctx, bsuid=BSUID)
    assert caught.value.code == "contact_exists"
    assert (ContactRow.count(), IdentityRow.count()) == (1, 1)


def test_together_all_or_nothing(ctx: TenantContext) -> None:
    """Contacts created together are written only if every one of them is new."""
    add(ctx)
    contacts = Contacts(ctx)
    drafts = [ContactDraft(phone=OTHER_PHONE), ContactDraft(phone=PHONE)]
    assert not contacts.create_together(drafts, 1)
    assert contacts.find_by_phones([PHONE, OTHER_PHONE]).keys() == {PHONE}
    assert contacts.create_together(drafts[:1], 1)
    assert contacts.find_by_phones([PHONE, OTHER_PHONE]).keys() == {PHONE, OTHER_PHONE}


def test_update(ctx: TenantContext) -> None:
    """An update sets what it names, removes what is None, keeps the rest, and counts versions."""
    row = add(ctx, name="Ada", country="GB", opted_out_at=3)
    contacts = Contacts(ctx)
    changed = contacts.update(row.id, {"name": "Bob", "opted_out_at": None, "tags": ["x"]}, 9)
    assert (changed.name, changed.country, changed.opted_out_at) == ("Bob", "GB", None)
    assert (changed.updated_at, changed.created_at, changed.version) == (9, 1, 2)
    assert contacts.get(row.id).to_simple_dict() == changed.to_simple_dict()
    with pytest.raises(Conflict):
        contacts.update(row.id, {"name": "Eve"}, 9, seen=row)
    contacts.update(row.id, {"name": "Eve"}, 9, seen=changed)


def test_delete_frees_the_identities(ctx: TenantContext) -> None:
    """Deleting removes the contact with its identities; the phone can be added anew."""
    row = add(ctx, bsuid=BSUID)
    Contacts(ctx).delete(row.id)
    assert (ContactRow.count(), IdentityRow.count()) == (0, 0)
    assert add(ctx, bsuid=BSUID).id != row.id
    with pytest.raises(NotFound):
        Contacts(ctx).delete(row.id)


def test_lists(ctx: TenantContext, other_ctx: TenantContext) -> None:
    """Lists go by name without case, page without gap, and search by prefix."""
    names = ["ada", "Bob", "ÉMILE", "emilia", "", "Zoe"]
    for number, name in enumerate(names):
        add(ctx, f"+4474001234{number:02d}", name=name)
    add(other_ctx, name="Ada of another")
    contacts = Contacts(ctx)
    first = contacts.list_by_name(4, None, "")
    second = contacts.list_by_name(4, first.next_cursor, "")
    expected = ["", "ada", "Bob", "emilia", "Zoe", "ÉMILE"]
    assert [r.name for r in first.items + second.items] == expected
    assert second.next_cursor is None
    assert [r.name for r in contacts.list_by_name(9, None, "éM").items] == ["ÉMILE"]
    with pytest.raises(Invalid):
        Contacts(other_ctx).list_by_name(4, first.next_cursor, "")
    with pytest.raises(Invalid):
        contacts.list_by_name(4, first.next_cursor, "e")


def test_everybody_once(ctx: TenantContext, other_ctx: TenantContext) -> None:
    """Paging over all contacts gives each of the tenant's exactly once."""
    ids = {add(ctx, f"+4474001234{number:02d}").id for number in range(7)}
    add(other_ctx)
    contacts, seen, after = Contacts(ctx), [], None
    while True:
        rows, after = contacts.page_all(3, after)
        seen += [row.id for row in rows]
        if after is None:
            break
    assert len(seen) == 7
    assert set(seen) == ids


def test_many(ctx: TenantContext) -> None:
    """Many ids are read at once; unknown and malformed ones are left out, attributes chosen."""
    ids = [add(ctx, f"+44740012{number:04d}", opted_out_at=number).id for number in range(120)]
    found = Contacts(ctx).get_many([*ids, ids[0], "con_x", "x"], ["opted_out_at"])
    assert {i: found[i].opted_out_at for i in ids} == {i: n for n, i in enumerate(ids)}
    assert found[ids[0]].phone is None


def test_who_writes_first_becomes_a_contact(ctx: TenantContext) -> None:
    """A stranger becomes a contact once, however often and by whichever identity they come."""
    row = settle(ctx, PHONE, BSUID, "Ada")
    assert (row.phone, row.bsuid, row.name) == (PHONE, BSUID, "Ada")
    for again in (settle(ctx, PHONE), settle(ctx, None, BSUID), settle(ctx, PHONE, BSUID, "Z")):
        assert (again.id, again.name) == (row.id, "Ada")
    assert ContactRow.count() == 1


def test_a_second_identity_is_attached(ctx: TenantContext) -> None:
    """Where one identity is known and the other new, the contact is found by both from then on."""
    imported, hidden = add(ctx), add(ctx, None, bsuid=OTHER_BSUID)
    assert settle(ctx, PHONE, BSUID, "Ada").id == imported.id
    assert settle(ctx, OTHER_PHONE, OTHER_BSUID).id == hidden.id
    assert settle(ctx, None, BSUID).name == "Ada"
    assert Contacts(ctx).find_by_phones([OTHER_PHONE]) == {OTHER_PHONE: hidden.id}


def test_a_changed_identity_replaces_the_old_one(ctx: TenantContext) -> None:
    """A known phone with another user id, or the reverse, moves the contact to the new identity."""
    row = settle(ctx, PHONE, BSUID)
    assert settle(ctx, PHONE, OTHER_BSUID).bsuid == OTHER_BSUID
    assert settle(ctx, OTHER_PHONE, OTHER_BSUID).phone == OTHER_PHONE
    assert Contacts(ctx).find_by_phones([PHONE]) == {}
    assert settle(ctx, None, BSUID).id == row.id, "a late message names the former user id"
    assert IdentityRow.count() == 3
    Contacts(ctx).delete(row.id)
    assert IdentityRow.count() == 0


def test_two_contacts_of_one_person_become_one(ctx: TenantContext) -> None:
    """A phone and a user id that Meta reports together end up at one contact, with both opt-outs.

    The other one keeps nothing that could be sent to, and says which contact it is now.
    """
    by_phone = add(ctx, tags=["a"], fields={"city": "Rome", "shoe": "42"})
    by_bsuid = add(
        ctx, None, bsuid=BSUID, name="Ada", tags=["b"], fields={"city": "Oslo"}, opted_out_at=7
    )
    one = settle(ctx, PHONE, BSUID)
    assert (one.id, one.phone, one.bsuid, one.absorbing) == (
        by_phone.id,
        PHONE,
        BSUID,
        [by_bsuid.id],
    )
    assert (one.name, one.tags, one.opted_out_at) == (by_phone.name or "Ada", ["a", "b"], 7)
    assert one.fields == {"city": "Rome", "shoe": "42"}
    other = Contacts(ctx).get(by_bsuid.id)
    assert (other.phone, other.bsuid, other.merged_into) == (None, None, one.id)
    assert settle(ctx, None, BSUID).id == settle(ctx, PHONE).id == one.id


def test_contacts_with_identities_of_their_own_are_left_alone(ctx: TenantContext) -> None:
    """Two contacts that each have a phone and a user id stay two: the phone's is returned."""
    first, second = settle(ctx, PHONE, OTHER_BSUID), settle(ctx, OTHER_PHONE, BSUID)
    assert settle(ctx, PHONE, BSUID).id == first.id
    assert settle(ctx, None, BSUID).id == second.id


def test_race_of_two_first_messages(ctx: TenantContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever loses the race to create a contact gets the winner's."""
    create = Contacts.create
    won: list[ContactRow] = []

    def overtaken(self: Contacts, draft: ContactDraft, now_ms: int) -> ContactRow:
        if not won:
            won.append(create(self, ContactDraft(phone=PHONE), 1))
        return create(self, draft, now_ms)

    monkeypatch.setattr(Contacts, "create", overtaken)
    row = settle(ctx, PHONE, BSUID)
    assert row.id == won[0].id
    assert row.bsuid == BSUID
    assert ContactRow.count() == 1


def test_race_of_delete_and_attach(ctx: TenantContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """A delete that finds its contact changed meanwhile reads it again and removes all of it."""
    row = add(ctx)
    get = Contacts.get
    attached: list[bool] = []

    def overtaken(self: Contacts, contact_id: str) -> ContactRow:
        found = get(self, contact_id)
        if not attached:
            attached.append(True)
            settle(ctx, PHONE, BSUID)
        return found

    monkeypatch.setattr(Contacts, "get", overtaken)
    Contacts(ctx).delete(row.id)
    assert (ContactRow.count(), IdentityRow.count()) == (0, 0)


def test_giving_up(ctx: TenantContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """A contact that is changed under every attempt is answered as busy, not as broken."""

    def always_taken(*_: object) -> ContactRow:
        raise Conflict("taken")

    monkeypatch.setattr(Contacts, "create", always_taken)
    with pytest.raises(Unavailable):
        settle(ctx, PHONE)


def test_no_identity_is_a_defect(ctx: TenantContext) -> None:
    """A contact without any identity is never made."""
    with pytest.raises(ValueError, match="phone or a business-scoped"):
        settle(ctx, "", "")


@pytest.mark.parametrize(
    "call",
    [
        lambda contacts, i: contacts.get(i),
        lambda contacts, i: contacts.update(i, {"name": "stolen"}, 2),
        lambda contacts, i: contacts.delete(i),
    ],
)
def test_isolation(
    ctx: TenantContext, other_ctx: TenantContext, call: Callable[[Contacts, str], object]
) -> None:
    """Another tenant's id, an unknown one and a malformed one are all not found."""
    row = add(ctx, name="mine")
    for bad in (row.id, "con_00000000000000000000000000", "con_x", "", "../x"):
        with pytest.raises(NotFound):
            call(Contacts(other_ctx), bad)
    assert Contacts(ctx).get(row.id).name == "mine"


def test_isolation_of_identities(ctx: TenantContext, other_ctx: TenantContext) -> None:
    """Two tenants may know the same person, each with a contact of its own."""
    mine = settle(ctx, PHONE, BSUID)
    contacts = Contacts(other_ctx)
    assert contacts.find_by_phones([PHONE]) == {}
    assert contacts.get_many([mine.id]) == {}
    assert contacts.page_all(9) == ([], None)
    assert settle(other_ctx, PHONE, BSUID).id != mine.id
