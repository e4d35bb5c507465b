"""The routes of contacts, as a client of the API meets them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.storage.contact_marks import ContactMarks
from chalicelib.storage.contact_merges import ContactMerges
from chalicelib.storage.contact_row import ContactRow
from chalicelib.storage.contacts import Contacts
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock

WANTED = "+447400123777"
ADA = {"phone": "+44 7400 123456", "name": "Ada", "tags": ["VIP"], "fields": {"city": "Leeds"}}


def add(api: ApiClient, **values: Any) -> dict[str, Any]:
    """Add a contact; return it."""
    answer = api.post("/api/contacts", json={**ADA, **values})
    assert answer.status == 201, answer.text
    return dict(answer.body)


def test_life_of_a_contact(api: ApiClient, clock: SettableClock) -> None:
    """A contact is added, read, changed and deleted."""
    contact = add(api)
    path = f"/api/contacts/{contact['id']}"
    assert contact["phone"] == "+447400123456"
    assert (contact["country"], contact["tags"]) == ("GB", ["vip"])
    assert api.get(path).body == contact
    clock.advance(60)
    changed = api.patch(path, json={"name": "Ada B.", "fields": {}}).body
    assert (changed["name"], changed["fields"], changed["tags"]) == ("Ada B.", {}, ["vip"])
    assert changed["updated_at"] > contact["updated_at"]
    assert api.patch(path, json={}).body == changed
    assert api.delete(path).status == 204
    assert api.get(path).status == api.patch(path, json={}).status == 404
    assert api.delete(path).status == 404


def test_opting_out_and_in(api: ApiClient, clock: SettableClock) -> None:
    """An opt-out keeps its first time when it is said again, and is lifted by false."""
    path = f"/api/contacts/{add(api)['id']}"
    first = api.patch(path, json={"opted_out": True}).body
    clock.advance(60)
    again = api.patch(path, json={"opted_out": True}).body
    assert first["opted_out"] is True
    assert again["opted_out_at"] == first["opted_out_at"]
    lifted = api.patch(path, json={"opted_out": False}).body
    assert (lifted["opted_out"], lifted["opted_out_at"]) == (False, None)
    assert add(api, phone="+447400123457", opted_out=True)["opted_out"] is True


def test_national_numbers(api: ApiClient) -> None:
    """A number without + is of the given country, else of the business's own."""
    assert add(api, phone="0151 23456789", country="DE")["phone"] == "+4915123456789"
    assert add(api, phone="(202) 555-0123")["phone"] == "+12025550123"


def test_same_person_twice(api: ApiClient) -> None:
    """The same phone in another spelling is a conflict that names the contact."""
    contact = add(api)
    answer = api.post("/api/contacts", json={**ADA, "phone": "0044 7400-123456"})
    assert (answer.status, answer.body["code"]) == (409, "contact_exists")
    assert contact["id"] in answer.body["detail"]


def test_person_who_hides_the_phone(api: ApiClient) -> None:
    """A contact is added, found, changed and deleted by the user id alone as by a phone."""
    hidden = add(api, phone=None, bsuid="GB.71491208655302741918")
    assert (hidden["phone"], hidden["bsuid"]) == (None, "GB.71491208655302741918")
    assert (hidden["country"], hidden["username"]) == ("GB", None)
    path = f"/api/contacts/{hidden['id']}"
    assert api.get("/api/contacts", params={"bsuid": hidden["bsuid"]}).body["items"] == [hidden]
    assert api.patch(path, json={"opted_out": True}).body["opted_out"] is True
    again = api.post("/api/contacts", json={"bsuid": hidden["bsuid"]})
    assert (again.status, again.body["code"]) == (409, "contact_exists")
    assert hidden["id"] in again.body["detail"]
    assert api.delete(path).status == 204
    assert api.get("/api/contacts", params={"bsuid": hidden["bsuid"]}).body["items"] == []
    both = add(api, bsuid=hidden["bsuid"])
    assert (both["phone"], both["bsuid"]) == ("+447400123456", hidden["bsuid"])


def test_found_by_phone(api: ApiClient) -> None:
    """A contact is found by any spelling of the phone; by nobody's, nobody is."""
    contact = add(api)
    for spelling in ("+44 7400 123456", "00447400123456"):
        page = api.get("/api/contacts", params={"phone": spelling}).body
        assert (page["items"], page["next_cursor"]) == ([contact], None)
    assert api.get("/api/contacts", params={"phone": "+447400999999"}).body["items"] == []
    for query in ({"phone": "hello"}, {"bsuid": "hello"}, {"phone": "+447400123456", "bsuid": "U"}):
        assert api.get("/api/contacts", params=query).status == 422


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"phone": "+49 30 123456"}, "landline"),
        ({"phone": "hello"}, "not_a_number"),
        ({"phone": "+44 77"}, "too_short"),
        ({"phone": "+44 800 123 4567"}, "not_mobile"),
        ({"phone": ""}, "validation_failed"),
        ({"phone": None}, "validation_failed"),
        ({"phone": None, "bsuid": "71491208655302741918"}, "not_a_user_id"),
        ({"bsuid": "US.ENT.71491208655302741918"}, "not_a_user_id"),
        ({"country": "Germany"}, "validation_failed"),
        ({"fields": {"Not A Slug": "x"}}, "validation_failed"),
        ({"tags": [""]}, "validation_failed"),
        ({"surprise": 1}, "validation_failed"),
    ],
)
def test_bad_input(api: ApiClient, values: dict[str, Any], code: str) -> None:
    """What is wrong with a contact is answered 422 with its code and field."""
    answer = api.post("/api/contacts", json={**ADA, **values})
    assert (answer.status, answer.body["code"]) == (422, code)
    assert answer.body["errors"]
    assert api.get("/api/contacts").body["items"] == []


def test_list(api: ApiClient) -> None:
    """Contacts are listed by name, in pages, and by the beginning of the name."""
    for number, name in enumerate(("Cleo", "ada", "Bob")):
        add(api, phone=f"+44740012345{number}", name=name)
    first = api.get("/api/contacts", params={"limit": 2}).body
    second = api.get("/api/contacts", params={"limit": 2, "cursor": first["next_cursor"]}).body
    assert [c["name"] for c in first["items"] + second["items"]] == ["ada", "Bob", "Cleo"]
    found = api.get("/api/contacts", params={"name_prefix": "AD"}).body
    assert [c["name"] for c in found["items"]] == ["ada"]
    assert api.get("/api/contacts", params={"cursor": "made up"}).body["code"] == "invalid_cursor"


def test_listed_whole(api: ApiClient, ctx: TenantContext) -> None:
    """A list shows of a contact what the contact shows by itself, whatever there is of it: the
    index that lists are read from has all of that.
    """
    contact_id = add(api, bsuid="GB.11111111111")["id"]
    everything = {
        "username": "ada",
        "language": "en",
        "opted_out_at": 1,
        "marketing_opted_out_at": 2,
        "undeliverable_at": 3,
        "barred_code": 131053,
        "barred_at": 4,
    }
    row = Contacts(ctx).get(contact_id)
    row.update([getattr(ContactRow, name).set(value) for name, value in everything.items()])
    alone = api.get(f"/api/contacts/{contact_id}").body
    assert all(value is not None for value in alone.values())
    assert api.get("/api/contacts").body["items"] == [alone]
    row.update([ContactRow.undeliverable_at.remove()])
    alone = api.get(f"/api/contacts/{contact_id}").body
    assert api.get("/api/contacts").body["items"] == [alone]


def test_others(api: ApiClient, ctx: TenantContext, other_ctx: TenantContext) -> None:
    """Another tenant finds nothing, an agent may only read, nobody gets 401."""
    path = f"/api/contacts/{add(api)['id']}"
    other = api.acting_as(other_ctx)
    assert other.get(path).status == other.delete(path).status == 404
    assert other.patch(path, json={"name": "x"}).status == 404
    assert other.get("/api/contacts").body["items"] == []
    agent = api.acting_as(replace(ctx, role="agent"))
    assert agent.get(path).status == 200
    assert agent.delete(path).status == agent.post("/api/contacts", json=ADA).status == 403
    assert api.acting_as(None).get(path).status == 401


def test_identity_is_corrected(api: ApiClient, ctx: TenantContext) -> None:
    """A wrong phone or user id is replaced: the contact is found by the new one alone, the old one
    is free for somebody else, and what WhatsApp said of the old account is forgotten.
    """
    contact = add(api, bsuid="GB.11111111111")
    path = f"/api/contacts/{contact['id']}"
    marks = ContactMarks(ctx)
    marks.bar(contact["id"], 130403, 1, 1)
    told = api.get(path).body["unreachable"]
    assert (told["code"], bool(told["title"]), bool(told["next_step"])) == (130403, True, True)
    answer = api.patch(
        path, json={"phone": "+1 415 555 0100", "bsuid": "US.22222222222", "name": "Ada L."}
    )
    assert answer.status == 200, answer.text
    changed = answer.body
    assert (changed["phone"], changed["bsuid"]) == ("+14155550100", "US.22222222222")
    assert (changed["country"], changed["name"], changed["unreachable"]) == ("US", "Ada L.", None)
    contacts = Contacts(ctx)
    assert contacts.find("+14155550100", "US.22222222222") == (contact["id"], contact["id"])
    assert contacts.find("+447400123456", "GB.11111111111") == (None, None)
    other = add(api, bsuid="GB.11111111111")
    assert other["id"] != contact["id"]
    assert api.patch(path, json={"phone": "+447400123456"}).status == 409


@pytest.mark.parametrize("taken", [{"phone": "+447400123456"}, {"bsuid": "GB.11111111111"}])
def test_identity_of_another_is_refused_and_nothing_changes(
    api: ApiClient, ctx: TenantContext, taken: dict[str, str]
) -> None:
    """Neither the identity nor the other changes of the request are made; the answer says who."""
    owner = add(api, bsuid="GB.11111111111")
    contact = add(api, phone="+447400123999", name="Bob")
    path = f"/api/contacts/{contact['id']}"
    answer = api.patch(path, json={**taken, "name": "Not Bob"})
    assert (answer.status, answer.body["code"]) == (409, "contact_exists")
    assert owner["id"] in answer.body["detail"]
    assert api.get(path).body == contact
    assert Contacts(ctx).find("+447400123456", "GB.11111111111") == (owner["id"], owner["id"])


def test_identity_can_be_taken_away_but_not_the_last(api: ApiClient, ctx: TenantContext) -> None:
    """Null takes a phone away where a user id is left, and the other way round."""
    contact = add(api, bsuid="GB.11111111111")
    path = f"/api/contacts/{contact['id']}"
    assert api.patch(path, json={"phone": None}).body["phone"] is None
    assert Contacts(ctx).find("+447400123456", None) == (None, None)
    answer = api.patch(path, json={"bsuid": None})
    assert (answer.status, answer.body["code"]) == (409, "contact_unreachable")
    both = api.patch(path, json={"bsuid": None, "phone": "07400 123456", "country": "GB"})
    assert (both.body["bsuid"], both.body["phone"]) == (None, "+447400123456")
    assert api.patch(path, json={"phone": "12"}).status == 422
    assert api.patch(path, json={"bsuid": "nonsense"}).status == 422


def test_two_who_want_one_phone(
    api: ApiClient, ctx: TenantContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two contacts that are given one phone at once, one has it and the other is told."""
    first, second = add(api), add(api, phone="+447400123999")
    move = ContactMerges.move
    raced: list[int] = []

    def overtaken(self: ContactMerges, *args: Any, **values: Any) -> None:
        monkeypatch.setattr(ContactMerges, "move", move)
        if not raced:
            raced.append(api.patch(f"/api/contacts/{second['id']}", json={"phone": WANTED}).status)
        move(self, *args, **values)

    monkeypatch.setattr(ContactMerges, "move", overtaken)
    raced_past = api.patch(f"/api/contacts/{first['id']}", json={"phone": WANTED})
    assert (raced, raced_past.status) == ([200], 409)
    assert Contacts(ctx).find(WANTED, None) == (second["id"], None)
    assert api.get(f"/api/contacts/{first['id']}").body["phone"] == "+447400123456"


def test_marked_as_reachable(api: ApiClient, ctx: TenantContext) -> None:
    """A person of the business can say that a contact can be reached again."""
    contact = add(api)
    path = f"/api/contacts/{contact['id']}"
    for wamid in ("wamid.1", "wamid.2"):
        ContactMarks(ctx).note_unreached(contact["id"], wamid, 1, 1)
    ContactMarks(ctx).bar(contact["id"], 137000, 1, 1)
    assert api.get(path).body["unreachable"]["code"] == 131026
    assert api.patch(path, json={"unreachable": True}).status == 422
    assert api.patch(path, json={"unreachable": False}).body["unreachable"] is None
