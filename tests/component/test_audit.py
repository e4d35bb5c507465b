"""The audit trail: what a change leaves, that it cannot be altered unseen, and how it is read.

ApiClient itself refuses every change in this tier that is answered as done and is not in the trail.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from typing import Any

import pytest
from pynamodb.exceptions import PutError
from pynamodb.transactions import TransactWrite

from chalicelib.core import audit as core_audit, endpoint
from chalicelib.core.audit import Event, Outcome, redact
from chalicelib.core.context import PublicContext, TenantContext, system_context
from chalicelib.core.contract import Contract
from chalicelib.core.errors import AppError, Invalid, Upstream
from chalicelib.core.idempotency import Answer
from chalicelib.services import audit as service
from chalicelib.storage.audit import ABANDONED_MS, Audit, AuditRow, AuditTrail, read_event
from infra import audit as command
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock, load_app
from tests.component.members import register
from tests.contract.routes import contracts, route_name

MUTATING = [c for c in contracts() if c.method != "GET"]
# Each changes nothing that anybody would ask about; see the registrations.
NOT_AUDITED = {
    "estimate_cost",
    "preview_segment",
    "preview_template",
    "read_conversation",
    "refresh_session",
}
SEGMENT = {"name": "Everybody", "filter": {"type": "opt_in"}}


def records(ctx: TenantContext) -> list[AuditRow]:
    """Return a tenant's records, oldest first."""
    return list(Audit(ctx).all_in_order())


def findings(ctx: TenantContext, anchor: tuple[int, str] | None = None) -> list[str]:
    """Return what is wrong with a tenant's trail, in words."""
    trail = Audit(ctx)
    return [f.words for f in service.verify(trail.all_in_order(), trail.head(), anchor)]


def an_event(ctx: TenantContext, clock: SettableClock, **other: Any) -> Event:
    """Return an event of `ctx`."""
    event = Event(
        tenant_id=ctx.tenant_id,
        actor_id=ctx.user_id,
        role="owner",
        source_ip="203.0.113.7",
        user_agent="",
        request_id="req_1",
        action="create_segment",
        route="POST /api/segments",
        targets={},
        at_ms=clock.now_ms(),
    )
    return dataclasses.replace(event, **other)


@pytest.mark.parametrize("contract", MUTATING, ids=route_name)
def test_every_change_leaves_a_record(
    ctx: TenantContext, clock: SettableClock, contract: Contract
) -> None:
    """Each route that changes something, called through the wrapper, leaves one chained record of
    who, what, when and from where; what is left out is on the list.
    """
    assert contract.leaves_record == (contract.name not in NOT_AUDITED)
    bare = dataclasses.replace(contract, before=None)
    call = endpoint._Call(
        bare,
        lambda **_: core_audit.note_actor(ctx.tenant_id, ctx.user_id, "owner"),
        None,
        {name: f"the_{name}" for name in contract.path_parameters},
        endpoint.Rooms(trail=AuditTrail()),
        {"user-agent": "Firefox"},
        "req_1",
        "203.0.113.7",
        {},
    )
    who = PublicContext("req_1", "203.0.113.7") if contract.is_public else ctx
    endpoint._carry_out(call, who, {})
    found = records(ctx)
    if contract.name in NOT_AUDITED:
        assert found == []
        return
    (row,) = found
    assert read_event(row) == {
        "actor_id": ctx.user_id,
        "role": "owner",
        "source_ip": "203.0.113.7",
        "user_agent": "Firefox",
        "request_id": "req_1",
        "action": contract.name,
        "route": route_name(contract),
        "targets": {name: f"the_{name}" for name in contract.path_parameters},
    }
    assert (row.status, row.at_ms) == (contract.status, clock.now_ms())
    assert findings(ctx) == []


def test_before_and_after(api: ApiClient, ctx: TenantContext, clock: SettableClock) -> None:
    """A change tells what differs, a removal what was there, a creation what was asked and made."""
    made = api.post("/api/contacts", json={"phone": "+4915123456789", "name": "Ada"}).body
    clock.advance(60)
    api.patch(f"/api/contacts/{made['id']}", json={"name": "Ada L.", "tags": ["vip"]})
    clock.advance(60)
    api.delete(f"/api/contacts/{made['id']}", source_ip="198.51.100.9")
    removed, changed, created = api.get("/api/audit").body["items"]
    assert (created["action"], created["made_id"]) == ("create_contact", made["id"])
    assert created["before"] is None
    assert created["after"] == {"phone": "+4915123456789", "name": "Ada"}
    assert changed["targets"] == {"contact_id": made["id"]}
    assert changed["before"] == {"name": "Ada", "tags": [], "updated_at": made["updated_at"]}
    assert changed["after"]["name"] == "Ada L."
    assert changed["after"]["tags"] == ["vip"]
    assert "phone" not in changed["after"]
    assert removed["before"]["phone"] == "+4915123456789"
    assert removed["after"] == {}
    assert (removed["source_ip"], removed["actor_id"]) == ("198.51.100.9", ctx.user_id)
    assert [r["sequence"] for r in (created, changed, removed)] == [1, 2, 3]
    assert removed["previous_hash"] == changed["hash"]


def test_refusals_leave_nothing(api: ApiClient, ctx: TenantContext) -> None:
    """What was refused changed nothing: neither record nor intent stays."""
    assert api.delete("/api/segments/seg_" + "0" * 26).status == 404
    assert api.post("/api/segments", json={"name": "x"}).status == 422
    assert AuditRow.count() == 0


def test_sign_in_and_out_are_recorded(api: ApiClient) -> None:
    """Registering, signing in and out stand in the trail of the business, without the password."""
    nobody = api.acting_as(None)
    sign_up = {
        "business_name": "Bakery",
        "name": "Ada",
        "email": "ada@bakery.example",
        "password": "correct horse battery",
        "country": "DE",
    }
    body = register(api, sign_up)
    login = {"email": sign_up["email"], "password": sign_up["password"]}
    cookie = nobody.post("/api/auth/login", json=login).cookie("parley_refresh")
    nobody.post("/api/auth/logout", headers={"Cookie": f"parley_refresh={cookie}"})
    tenant = system_context(body.body["tenant"]["id"], "req")
    rows = records(tenant)
    assert [read_event(r)["action"] for r in rows] == ["confirm_registration", "login", "logout"]
    assert {read_event(r)["actor_id"] for r in rows} == {body.body["user"]["id"]}
    assert "correct horse" not in "".join(r.details or "" for r in rows)
    assert findings(tenant) == []


def test_nothing_is_done_without_an_intent(
    api: ApiClient, ctx: TenantContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the trail cannot be written beforehand a change is refused with 503, and not made."""

    def broken(*_: object, **__: object) -> None:
        raise PutError(cause=ConnectionError("gone"))

    with monkeypatch.context() as patch:
        patch.setattr(AuditTrail, "begin", broken)
        answer = api.post("/api/segments", json=SEGMENT)
        assert (answer.status, answer.body["code"]) == (503, "unavailable")
    assert api.get("/api/segments").body["items"] == []


def test_a_cut_off_change_is_chained_later(
    api: ApiClient, ctx: TenantContext, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a process dies between the change and its record, the next change chains it as unknown,
    once nobody can be at work on it; the answer of what was done stands.
    """

    def dead(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(AuditTrail, "finish", dead)
        lost = ApiClient(load_app(), None).post(
            "/api/segments", json=SEGMENT, headers={"Authorization": f"Bearer {_token(ctx)}"}
        )
        assert lost.status == 201
    api.post("/api/segments", json=SEGMENT)
    assert [r.status for r in records(ctx)] == [201]
    clock.advance(ABANDONED_MS / 1000 + 1)
    api.post("/api/segments", json=SEGMENT)
    assert [r.status for r in records(ctx)] == [201, 0, 201]
    assert [i["outcome"] for i in api.get("/api/audit").body["items"]] == [
        "done",
        "unknown",
        "done",
    ]
    assert Audit(ctx).intents() == []
    assert findings(ctx) == []


def _token(ctx: TenantContext) -> str:
    from tests.component.api_client import token_for

    return token_for(ctx)


@pytest.mark.parametrize(
    ("error", "status"),
    [(Upstream("Meta"), 502), (ZeroDivisionError(), 500), (Invalid("no"), None)],
)
def test_what_may_have_happened_is_recorded(
    ctx: TenantContext, clock: SettableClock, error: Exception, status: int | None
) -> None:
    """After a 5xx something may have been done, which is recorded; after a 4xx nothing was."""

    def act() -> Answer:
        raise error

    with pytest.raises(type(error)):
        core_audit.audited(AuditTrail(), an_event(ctx, clock), None, lambda: None, act)
    assert [r.status for r in records(ctx)] == ([] if status is None else [status])
    assert Audit(ctx).intents() == []


def test_a_lost_race_reads_the_head_again(
    ctx: TenantContext, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever finds the head moved chains behind the new one, after a short pause."""
    pauses: list[float] = []
    commit = TransactWrite._commit
    rival = an_event(ctx, clock, request_id="req_rival")

    def beaten(self: TransactWrite) -> None:
        monkeypatch.setattr(TransactWrite, "_commit", commit)
        AuditTrail().finish(rival, Outcome(200, {}))
        commit(self)

    monkeypatch.setattr(TransactWrite, "_commit", beaten)
    AuditTrail(pause=pauses.append).finish(an_event(ctx, clock), Outcome(200, {}))
    assert [read_event(r)["request_id"] for r in records(ctx)] == ["req_rival", "req_1"]
    assert len(pauses) == 1
    assert findings(ctx) == []


class TestTampering:
    """Whatever is done to the table, the trail says so."""

    @pytest.fixture(autouse=True)
    def _four(self, api: ApiClient, ctx: TenantContext, clock: SettableClock) -> None:
        for _ in range(4):
            api.post("/api/segments", json=SEGMENT)

    def test_untouched(self, ctx: TenantContext) -> None:
        """A trail that nobody has touched is whole, also against an anchor."""
        assert findings(ctx) == []
        row = records(ctx)[1]
        assert findings(ctx, (2, row.hash or "")) == []

    def test_changed(self, ctx: TenantContext) -> None:
        """A record that was changed does not have its hash."""
        row = records(ctx)[1]
        row.update(actions=[AuditRow.event.set((row.event or "").replace("owner", "agent"))])
        assert findings(ctx) == ["was changed: it does not have its hash"]

    def test_changed_with_its_hash(self, ctx: TenantContext) -> None:
        """A new hash for a changed record breaks the next one's link."""
        from chalicelib.storage.audit import record_hash

        row = records(ctx)[1]
        row.status = 500
        row.hash = record_hash(row)
        row.save()
        assert findings(ctx) == ["does not follow the record before it"]

    def test_details_changed(self, ctx: TenantContext) -> None:
        """Before and after cannot be changed, although they can be forgotten."""
        row = records(ctx)[1]
        row.update(actions=[AuditRow.details.set("{}")])
        assert findings(ctx) == ["its before and after were changed"]

    def test_removed(self, ctx: TenantContext) -> None:
        """A record that was taken out is missed by its number and by the next one's link."""
        records(ctx)[1].delete()
        assert len(findings(ctx)) == 2

    def test_cut(self, ctx: TenantContext) -> None:
        """The newest record cannot be taken away: the head knows of it."""
        records(ctx)[3].delete()
        assert findings(ctx) == ["the chain ends at 3, its head says 4: records are missing"]

    def test_made_anew(self, ctx: TenantContext, api: ApiClient) -> None:
        """A chain made anew as a whole is whole in itself; what the log has kept shows it."""
        kept = records(ctx)[1].hash or ""
        for row in AuditRow.query(ctx.tenant_id):
            row.delete()
        for _ in range(4):
            api.post("/api/segments", json=SEGMENT)
        assert findings(ctx) == []
        assert findings(ctx, (2, kept)) == ["is not the record that the log has kept"]
        assert findings(ctx, (9, kept)) == ["the record that the log has kept is missing"]

    def test_forgetting_keeps_the_chain(self, ctx: TenantContext, api: ApiClient) -> None:
        """What a record tells of before and after can be erased; the chain still holds."""
        Audit(ctx).forget_details(records(ctx)[1])
        assert findings(ctx) == []
        erased = [i["details_erased"] for i in api.get("/api/audit").body["items"]]
        assert erased == [False, False, True, False]

    def test_command(
        self, ctx: TenantContext, capsys: pytest.CaptureFixture[str], clock: SettableClock
    ) -> None:
        """`verify` says 0 for a whole trail, 1 with the record that is wrong, 2 for bad words."""
        AuditTrail().begin(an_event(ctx, clock))
        assert command.main(["verify", ctx.tenant_id]) == 0
        said = capsys.readouterr().out
        assert "4 records, whole" in said
        assert "not chained yet: create_segment" in said
        anchor = f"2:{records(ctx)[1].hash}"
        assert command.main(["verify", ctx.tenant_id, "--anchor", anchor]) == 0
        records(ctx)[2].update(actions=[AuditRow.status.set(204)])
        capsys.readouterr()
        assert command.main(["verify", ctx.tenant_id]) == 1
        assert "record 3 aud_" in capsys.readouterr().out
        assert command.main(["verify", "acme"]) == 2
        assert command.main(["verify", ctx.tenant_id, "--anchor", "x"]) == 2


def test_filters_and_pages(api: ApiClient, ctx: TenantContext, clock: SettableClock) -> None:
    """Records are found by actor, action, target, outcome and time; pages go on where they end."""
    ids = []
    for _ in range(3):
        ids.append(api.post("/api/segments", json=SEGMENT).body["id"])
        clock.advance(3600)
    other = dataclasses.replace(ctx, user_id="usr_other", role="admin")
    api.acting_as(other).delete(f"/api/segments/{ids[0]}")

    def sequences(**params: str | int) -> list[int]:
        return [i["sequence"] for i in api.get("/api/audit", params=params).body["items"]]

    assert sequences() == [4, 3, 2, 1]
    assert sequences(action="create_segment") == [3, 2, 1]
    assert sequences(actor_id="usr_other") == [4]
    assert sequences(target_id=ids[0]) == [4, 1]
    assert sequences(outcome="failed") == []
    assert sequences(since="2026-11-23T13:00:00Z", until="2026-11-23T15:00:00Z") == [3, 2]
    assert sequences(until="2026-11-23T12:00:00Z") == []
    first = api.get("/api/audit", params={"limit": 3}).body
    assert [i["sequence"] for i in first["items"]] == [4, 3, 2]
    assert sequences(limit=3, cursor=first["next_cursor"]) == [1]
    narrow: dict[str, str | int] = {"limit": 1, "action": "create_segment"}
    page = api.get("/api/audit", params=narrow).body
    assert sequences(**narrow, cursor=page["next_cursor"]) == [2]
    bad = api.get("/api/audit", params={"since": "yesterday"})
    assert (bad.status, bad.body["errors"][0]["field"]) == (422, "since")


def test_filtered_pages_are_bounded(
    api: ApiClient, ctx: TenantContext, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A filter that fits little looks at so many records, then hands out a cursor."""
    monkeypatch.setattr(service, "EXAMINED", 2)
    segment = api.post("/api/segments", json=SEGMENT).body["id"]
    for _ in range(4):
        api.post("/api/segments", json=SEGMENT)
    params: dict[str, str | int] = {"target_id": segment}
    found: list[int] = []
    for _ in range(3):
        page = api.get("/api/audit", params=params).body
        found += [i["sequence"] for i in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert found == [1]


def test_export(
    api: ApiClient, ctx: TenantContext, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CSV has every record with its hashes, no formula, and goes on by its Link."""
    monkeypatch.setattr(service, "EXPORTED", 2)
    agent = {"User-Agent": '=HYPERLINK("http://evil.example")'}
    for _ in range(3):
        api.post("/api/segments", json=SEGMENT, headers=agent)
    answer = api.get("/api/audit/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["sequence"] for row in rows] == ["3", "2"]
    assert rows[0]["user_agent"] == '\'=HYPERLINK("http://evil.example")'
    assert json.loads(rows[0]["after"])["name"] == "Everybody"
    assert rows[0]["previous_hash"] == rows[1]["hash"]
    link = answer.headers["link"].partition(">")[0].removeprefix("<")
    rest = list(csv.DictReader(io.StringIO(api.get(link).text)))
    assert [row["sequence"] for row in rest] == ["1"]


def test_only_owner_and_admin_read_it(
    api: ApiClient, ctx: TenantContext, other_ctx: TenantContext
) -> None:
    """What colleagues did is for the owner and the admin; each tenant sees its own."""
    api.post("/api/segments", json=SEGMENT)
    found = {
        role: api.acting_as(dataclasses.replace(ctx, role=role)).get("/api/audit").status
        for role in ("owner", "admin", "manager", "agent", "viewer")
    }
    assert found == {"owner": 200, "admin": 200, "manager": 403, "agent": 403, "viewer": 403}
    assert api.acting_as(other_ctx).get("/api/audit").body["items"] == []


@pytest.mark.parametrize(
    "name",
    ["password", "new_password", "access_token", "pin", "code", "app_secret", "api_key", "tokens"],
)
def test_secrets_are_replaced(name: str) -> None:
    """What is a secret by its name is not kept, however deep it stands."""
    kept = json.dumps(redact({"a": [{name: "canary-1"}, {"b": {name: ["canary-2"]}}], "c": "x"}))
    assert "canary" not in kept
    assert "x" in kept


def test_large_bodies_leave_their_fields_names() -> None:
    """A body of many kilobytes does not make a record that DynamoDB refuses."""
    asked = {f"field_{n}": "x" * 400 for n in range(100)}
    kept = core_audit.details(None, asked, Answer(201, "application/json", '{"id": "seg_1"}', {}))
    assert kept["id"] == "seg_1"
    assert kept["after"] == {"fields": sorted(asked)}
    assert len(json.dumps(kept)) < 3_000


def test_messages_stay_in_their_conversation() -> None:
    """What an agent writes to a customer is not copied into the audit trail."""
    (send,) = [c for c in contracts() if c.name == "send_message"]
    assert not send.keeps_body
    assert issubclass(Upstream, AppError)
