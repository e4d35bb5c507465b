"""One person is erased: from everywhere, with campaigns that still add up, and proven."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.core.context import system_context
from chalicelib.handlers.queues import tenant
from chalicelib.services import audit as audit_service, statuses
from chalicelib.services.callback import MessageKey
from chalicelib.services.erasure import asking
from chalicelib.storage.audit import Audit
from chalicelib.storage.contacts import Contacts
from chalicelib.storage.messages import MessageRow
from tests.component.campaigns.conftest import status, write_in
from tests.component.erasure.conftest import CSV, NAME, PERSON, World, files, items
from tests.component.erasure.test_deletion import Killed, Killer

TRACES = (PERSON, PERSON.removeprefix("+"), NAME, "Adalbert", "Kleinkleckersdorf")


def erase(world: World, contact_id: str | None = None) -> dict[str, Any]:
    """Ask for the erasure, have it carried out, and return its end."""
    path = f"/api/contacts/{contact_id or world.person_id}/erasure"
    asked = world.api.post(path)
    assert asked.status == 202, asked.body
    world.work(hours=0.1)
    done: dict[str, Any] = world.api.get(path).body
    return done


def traces() -> list[str]:
    """Return where anything of the person stands still."""
    found = [f"{name}: {text}" for name, text in items() if any(t in text for t in TRACES)]
    return found + [key for key, body in files() if any(t.encode() in body for t in TRACES)]


def test_nothing_tells_of_the_person(world: World) -> None:
    """Of a person who is in contacts, messages, files, imports, audiences, exports, the audit trail
    and kept answers, no phone, name or word is left in any item or file; others' stay.
    """
    assert len(traces()) > 12
    done = erase(world)
    assert traces() == []
    assert done["state"] == "done"
    assert set(done["left"].values()) == {0}
    for place in ("contacts", "messages", "conversations", "media/", "import_rows", "imports/"):
        assert done["erased"][place] >= 1, place
    for place in ("campaigns/", "exports/", "audit", "webhooks/unhandled/"):
        assert done["erased"][place] >= 1, place
    assert Contacts(world.ctx).find_by_phones(["+4915123456780"])
    assert any(b"Bea" in body for key, body in files() if key.startswith("imports/"))
    assert world.api.get(f"/api/contacts/{world.person_id}").status == 404


def test_ledger_still_adds_up(world: World) -> None:
    """The campaign's recount and its counters are what they were, and its report has the person as
    nobody; a status that comes late brings nothing back.
    """
    before = world.bench.recount()
    erase(world)
    after = world.bench.recount()
    assert after.is_balanced
    assert (after.states, after.skipped, after.countries, after.drift) == (
        before.states,
        before.skipped,
        before.countries,
        {},
    )
    report = world.api.get(f"/api/campaigns/{world.bench.campaign().id}/recipients").body["items"]
    (nobody,) = [one for one in report if one["contact_id"] == world.person_id]
    assert (nobody["name"], nobody["to"], nobody["country"]) == (None, "DE.", "DE")
    key = MessageKey(
        world.ctx.tenant_id, world.person_id, nobody["message_id"], world.bench.campaign().id
    )
    statuses.apply([status(world.bench, key, "read")])
    row = MessageRow.get(f"{world.ctx.tenant_id}#{world.person_id}", nobody["message_id"])
    assert (row.state, row.wamid, row.to, row.text) == ("delivered", None, None, None)
    assert world.bench.recount().drift == {}


def test_audit_chain_holds(world: World) -> None:
    """Details that named the person are gone, the chain still verifies, and who erased is told."""
    erase(world)
    trail = Audit(system_context(world.ctx.tenant_id, "test"))
    rows = list(trail.all_in_order())
    assert audit_service.verify(rows, trail.head()) == []
    assert any(row.details is None for row in rows)
    told = world.api.get("/api/audit", params={"action": "erase_contact"}).body["items"]
    assert [one["targets"]["contact_id"] for one in told] == [world.person_id]


def test_an_opt_out_outlives_the_person(world: World) -> None:
    """Whoever opted out, was erased and is imported again is opted out still, by phone alone; one
    who lifts it is not caught by it again; whoever had not opted out is free.
    """
    assert (
        world.api.patch(f"/api/contacts/{world.person_id}", json={"opted_out": True}).status == 200
    )
    erase(world)
    assert not [text for _, text in items() if PERSON in text]
    headers = {"Content-Type": "text/csv"}
    assert world.api.post("/api/contacts/imports", content=CSV, headers=headers).status == 202
    world.bench.work("imports")
    again = Contacts(world.ctx).find_by_phones([PERSON])[PERSON]
    assert world.api.get(f"/api/contacts/{again}").body["opted_out"] is True
    lifted = world.api.patch(f"/api/contacts/{again}", json={"opted_out": False})
    assert lifted.body["opted_out"] is False
    erase(world, again)
    made = world.api.post("/api/contacts", json={"phone": PERSON, "name": "Back"})
    assert (made.status, made.body["opted_out"]) == (201, False)
    former = world.api.post("/api/contacts", json={"phone": "+4915123000000"})
    assert former.body["opted_out"] is True  # deleted, not erased: the same


def test_a_running_campaign_skips_the_person(world: World) -> None:
    """Somebody who is queued in a running campaign gets nothing, as `erased`."""
    bench = world.bench
    copy = world.api.post(f"/api/campaigns/{bench.campaign().id}/duplicate", json={}).body["id"]
    assert world.api.post(f"/api/campaigns/{copy}/launch").status in {200, 202}
    bench.work("plan")
    bench.work("plan")
    assert world.api.post(f"/api/contacts/{world.person_id}/erasure").status == 202
    bench.work("send")
    report = world.api.get(f"/api/campaigns/{copy}/recipients").body["items"]
    (one,) = [r for r in report if r["contact_id"] == world.person_id]
    assert (one["state"], one["reason"], one["reason_title"]) == (
        "skipped",
        "erased",
        "Person erased",
    )
    world.work(hours=0.1)
    assert traces() == []


def test_a_worker_may_die_anywhere(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before and after each write in turn, and delivered again, it ends with nothing left
    and the same ledger.
    """
    before = world.bench.recount()
    assert world.api.post(f"/api/contacts/{world.person_id}/erasure").status == 202
    world.bench.clock.advance(400)
    killer = Killer(monkeypatch)
    killer.writes = killer.writes | {"PutItem", "PutObject", "DeleteItem"}
    waiting = world.bench.take("tenant")
    deaths = 0
    while waiting:
        killer.is_armed, killer.is_after = True, deaths % 2 == 1
        try:
            result = tenant.handler({"Records": [waiting[0]]}, None)
        except Killed:
            deaths += 1
        else:
            assert result == {"batchItemFailures": []}
            del waiting[0]
        killer.is_armed = False
        world.bench.clock.advance(1)
        waiting += world.bench.take("tenant")
        assert deaths < 500
    assert deaths > 25, killer.died_at
    assert traces() == []
    after = world.bench.recount()
    assert (after.states, after.drift) == (before.states, {})
    assert asking.get(world.ctx, world.person_id).state == "done"


def test_deleted_contacts_can_be_erased(world: World) -> None:
    """Deleting takes a person off the list and keeps what was written; erasing takes that, too."""
    assert world.api.delete(f"/api/contacts/{world.person_id}").status == 204
    assert world.api.get(f"/api/contacts/{world.person_id}/erasure").status == 404
    assert traces()
    done = erase(world)
    assert done["state"] == "done"
    assert not [text for _, text in items() if PERSON in text]


def test_asking_again_and_for_nobody(world: World) -> None:
    """Asked for twice it is one erasure; nobody's is 404; agents may not."""
    done = erase(world)
    again = world.api.post(f"/api/contacts/{world.person_id}/erasure")
    assert (again.status, again.body["requested_at"]) == (202, done["requested_at"])
    assert world.api.post(f"/api/contacts/con_{'0' * 26}/erasure").status == 404
    assert world.api.post("/api/contacts/nonsense/erasure").status == 404
    # The person comes back: a new contact, of which nothing is known.
    new_id = (
        Contacts(world.ctx)
        .find_or_create_by_identity(
            phone=PERSON, bsuid=None, profile_name="A", now_ms=world.bench.clock.now_ms()
        )
        .id
    )
    write_in(world.bench, new_id, "Hello again")
    assert new_id != world.person_id
    assert (
        json.dumps(world.api.get(f"/api/conversations/{new_id}/messages").body).count("Hello") == 1
    )
