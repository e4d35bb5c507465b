"""The queue's part of an import: killed, repeated or overtaken, it ends as a smooth run does."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core import aws as cloud
from chalicelib.core.clock import Clock
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound, Unavailable
from chalicelib.services.imports import applying
from chalicelib.storage.contacts import ContactDraft, ContactRow, Contacts
from chalicelib.storage.imports import ImportRow, Imports, Step
from chalicelib.storage.tenants import TenantRow, change_tenant
from chalicelib.storage.usage import CONTACTS, used
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock
from tests.component.imports.conftest import Killed, Killer, deliver, rows_of, start, take, work

LINES = [
    "+44 7400 123450,Known,",
    "+44 7400 123451,Stays,",
    *(f"+44 7400 1234{n},Ada {n}," for n in range(60, 67)),
    "0044 7400 123460,Ada twice,yes",
    "nonsense,Bob,",
    "+44 7400 123450,Known again,",
]
BODY = "\n".join(["phone,name,opted_out", *LINES]).encode()
EXPECTED = [
    "updated",
    "duplicate",
    *["created"] * 7,
    "duplicate",
    "invalid",
    "duplicate",
]


@pytest.fixture
def import_id(api: ApiClient, ctx: TenantContext, monkeypatch: pytest.MonkeyPatch) -> str:
    """Start the import of BODY in slices of 5 rows, with two of its people known before."""
    monkeypatch.setattr(applying, "SLICE_ROWS", 5)
    monkeypatch.setattr(applying, "_TOGETHER", 2)
    for phone, name in (("+447400123450", "Old"), ("+447400123451", "Stays")):
        Contacts(ctx).create(ContactDraft(phone=phone, name=name), 1)
    return start(api, BODY)


def check_end(api: ApiClient, import_id: str) -> None:
    """Check that the import ended as a smooth run does."""
    done = api.get(f"/api/contacts/imports/{import_id}").body
    assert (done["state"], done["rows_done"]) == ("completed", len(LINES))
    counts = {name: done[name] for name in ("created", "updated", "duplicate", "invalid")}
    assert counts == {"created": 7, "updated": 1, "duplicate": 3, "invalid": 1}
    rows = rows_of(api, import_id)
    assert [r["outcome"] for r in rows] == EXPECTED
    assert [r["row"] for r in rows] == list(range(2, 2 + len(LINES)))
    assert ContactRow.count() == 9
    contacts = {c["phone"]: c for c in api.get("/api/contacts").body["items"]}
    assert contacts["+447400123450"]["name"] == "Known"
    assert contacts["+447400123460"]["opted_out"] is True
    assert {r["contact_id"] for r in rows if r["contact_id"]} == {
        c["id"] for c in contacts.values()
    }


def test_smooth(api: ApiClient, import_id: str) -> None:
    """Several slices run in one delivery, and the queue is empty after it."""
    assert work() == 1
    check_end(api, import_id)


@pytest.mark.parametrize(
    ("method", "at"),
    [
        ("Imports.begin", 1),
        ("Imports.claim", 1),
        ("Imports.claim", 3),
        ("Contacts.create_together", 1),
        ("Contacts.create_together", 3),
        ("Contacts.update", 1),
        ("Contacts.update", 2),
        ("Imports.put_outcomes", 2),
        ("Imports.advance", 1),
        ("Imports.advance", 2),
        ("Imports.advance", 3),
    ],
)
def test_killed_and_delivered_again(
    api: ApiClient, import_id: str, kill: Killer, method: str, at: int
) -> None:
    """A process that dies before any of its writes is taken up where it stood by the next."""
    (envelope,) = take()
    kill(method, at)
    with pytest.raises(Killed):
        deliver(envelope)
    assert deliver(envelope)
    check_end(api, import_id)
    assert deliver(envelope)
    check_end(api, import_id)


def test_two_at_once(api: ApiClient, import_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two deliveries that work on the same slice count it once, and one of them stops."""
    (envelope,) = take()
    put = Imports.put_outcomes
    nested: list[bool] = []

    def overtaken(self: Imports, *args: Any) -> None:
        if not nested:
            nested.append(True)
            assert deliver(envelope)  # the other one runs through while this one holds its slice
        put(self, *args)

    monkeypatch.setattr(Imports, "put_outcomes", overtaken)
    assert deliver(envelope)
    check_end(api, import_id)
    assert take() == []


def test_hands_back_to_the_queue(
    api: ApiClient, import_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A delivery that has used its time asks for another one and ends."""
    monkeypatch.setattr(applying, "BUDGET_MS", 1)
    run_slice = applying._run_slice

    def slow(ctx: TenantContext, row: ImportRow, clock: SettableClock) -> ImportRow | None:
        clock.advance(1)
        return run_slice(ctx, row, clock)

    clock = SettableClock()
    monkeypatch.setattr(applying, "_run_slice", slow)
    monkeypatch.setattr(applying.run, "__defaults__", (clock,))
    assert work() == 3
    check_end(api, import_id)


def test_somebody_adds_the_person_meanwhile(
    api: ApiClient, ctx: TenantContext, import_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A contact added between our look and our write is updated instead of created twice."""
    claim = Imports.claim
    raced: list[str] = []

    def overtaken(self: Imports, *args: Any) -> None:
        claim(self, *args)
        if not raced:
            draft = ContactDraft(phone="+447400123460", name="Wrote first")
            raced.append(Contacts(ctx).create(draft, 1).id)

    monkeypatch.setattr(Imports, "claim", overtaken)
    work()
    row = rows_of(api, import_id)[2]
    assert (row["outcome"], row["contact_id"]) == ("updated", raced[0])
    contact = Contacts(ctx).get(raced[0])
    assert (contact.name, contact.opted_out_at is not None) == ("Ada 60", True)
    assert ContactRow.count() == 9


def test_somebody_changes_the_person_meanwhile(
    api: ApiClient, ctx: TenantContext, import_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a person changes between our look and our write is not overwritten unseen."""
    claim = Imports.claim
    raced: list[bool] = []

    def overtaken(self: Imports, *args: Any) -> None:
        claim(self, *args)
        if not raced:
            raced.append(True)
            known = Contacts(ctx).find_by_phones(["+447400123450"])["+447400123450"]
            Contacts(ctx).update(known, {"name": "Known", "opted_out_at": 7}, 2)

    monkeypatch.setattr(Imports, "claim", overtaken)
    work()
    first = rows_of(api, import_id)[0]
    assert (first["outcome"], first["code"]) == ("duplicate", "known")
    assert Contacts(ctx).get(first["contact_id"]).opted_out_at == 7


def test_others_never_stop_writing(
    ctx: TenantContext, import_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slice that loses every time is left to the queue."""
    monkeypatch.setattr(applying, "_write", lambda *_: {"+447400123450"})
    with pytest.raises(Unavailable):
        applying.run(ctx, import_id)
    (envelope,) = take()
    assert not deliver(envelope)


def test_gives_up(api: ApiClient, import_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fifth delivery without progress says so where the user sees it, and is done."""

    def broken(*_: object) -> None:
        raise Unavailable("not today")

    monkeypatch.setattr(applying, "_run_slice", broken)
    (envelope,) = take()
    assert [deliver(envelope) for _ in range(5)] == [False, False, False, False, True]
    done = api.get(f"/api/contacts/imports/{import_id}").body
    assert (done["state"], done["error"]) == (
        "failed",
        "Gave up at row 2 after 4 attempts; import it again.",
    )


def test_gives_up_though_each_delivery_gets_a_little_further(
    api: ApiClient, import_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue counts deliveries, not progress: before it gives up, the import says so."""
    run_slice = applying._run_slice
    monkeypatch.setattr(applying, "SLICE_ROWS", 1)

    def once(ctx: TenantContext, row: ImportRow, clock: Clock) -> ImportRow | None:
        if run_slice(ctx, row, clock) is None:
            return None
        raise Unavailable("not today")

    monkeypatch.setattr(applying, "_run_slice", once)
    (envelope,) = take()
    assert [deliver(envelope) for _ in range(5)] == [False, False, False, False, True]
    done = api.get(f"/api/contacts/imports/{import_id}").body
    assert (done["state"], done["rows_done"]) == ("failed", 4)
    assert "after 4 attempts" in done["error"]


def test_a_file_that_is_gone(api: ApiClient, ctx: TenantContext, import_id: str) -> None:
    """A file that has expired ends its import with a reason."""
    cloud.client("s3").delete_object(
        Bucket=settings().bucket, Key=f"imports/{ctx.tenant_id}/{import_id}.csv"
    )
    work()
    done = api.get(f"/api/contacts/imports/{import_id}").body
    assert (done["state"], done["error"]) == ("failed", "There is no such file.")


def test_foreign_and_unknown_envelopes(
    api: ApiClient, other_ctx: TenantContext, import_id: str
) -> None:
    """An envelope of another tenant, or of an unknown import, does nothing and is kept."""
    (envelope,) = take()
    assert not deliver({**envelope, "tenant_id": other_ctx.tenant_id})
    assert not deliver({**envelope, "import_id": "imp_x"})
    assert not deliver({**envelope, "type": "else"})
    assert api.get(f"/api/contacts/imports/{import_id}").body["state"] == "queued"


def test_isolation_of_the_repository(
    ctx: TenantContext, other_ctx: TenantContext, import_id: str
) -> None:
    """No method reaches another tenant's import, claims or outcomes."""
    mine, theirs = Imports(ctx), Imports(other_ctx)
    mine.claim(import_id, {"+447400123456": (2, "created")}, 1)
    mine.put_outcomes(import_id, 0, [(2, "created")], 1)
    row = mine.get(import_id)
    for call in (theirs.get, theirs.begin):
        with pytest.raises(NotFound):
            call(import_id)
    theirs.fail(import_id, "sabotage", 1)
    assert theirs.advance(row, Step(9, 9, {"created": 1}, is_last=True), 1) is None
    assert theirs.set_layout(row, {}, 0, 0, 0) is None
    assert theirs.claims(import_id, ["+447400123456"]) == {}
    assert theirs.outcomes(import_id, 0, 9) == []
    assert mine.get(import_id).to_simple_dict() == row.to_simple_dict()
    assert ImportRow.count() == 1


def full(ctx: TenantContext, contacts: int) -> None:
    """Give the business a limit of contacts."""
    change_tenant(ctx.tenant_id, TenantRow.limits.set({"contacts": contacts}))


def test_limit_of_contacts_is_kept_to_the_row(
    api: ApiClient, ctx: TenantContext, import_id: str
) -> None:
    """With room for 3 of 7 new people the first 3 are made, the others refused with the reason;
    who is known is still updated, and nothing is half-written.
    """
    full(ctx, 5)
    work()
    done = api.get(f"/api/contacts/imports/{import_id}").body
    counts = {name: done[name] for name in ("created", "updated", "duplicate", "invalid")}
    assert counts == {"created": 3, "updated": 1, "duplicate": 3, "invalid": 5}
    refused = [r for r in rows_of(api, import_id) if r["code"] == "contacts_limit"]
    assert [r["row"] for r in refused] == [7, 8, 9, 10]
    assert "larger plan" in refused[0]["reason"]
    assert (ContactRow.count(), used(ctx.tenant_id, CONTACTS)) == (5, 5)


def test_limit_met_half_way_and_repeated(
    api: ApiClient, ctx: TenantContext, import_id: str, kill: Killer
) -> None:
    """Killed after its first group and run again, with others taking the room meanwhile, each row
    says what became of it, and the counter what there is.
    """
    full(ctx, 6)
    kill("Imports.advance", 1)
    (envelope,) = take()
    with pytest.raises(Killed):
        deliver(envelope)
    made = ContactRow.count() - 2
    Contacts(ctx).create(ContactDraft(phone="+447400199999"), 1)
    assert deliver(envelope)
    work()
    rows = rows_of(api, import_id)
    created = [r for r in rows if r["outcome"] == "created"]
    assert len(created) >= made
    assert all(Contacts(ctx).get(r["contact_id"]).phone == r["phone"] for r in created)
    assert ContactRow.count() == used(ctx.tenant_id, CONTACTS) == 3 + len(created) == 6
