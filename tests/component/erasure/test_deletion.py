"""A business is deleted: asked for, called off, carried out whatever dies, and proven."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError

from chalicelib.core import aws as aws_clients
from chalicelib.handlers.queues import inbound, send, tenant
from chalicelib.services import closing, statuses
from chalicelib.services.callback import MessageKey
from chalicelib.storage import deletions
from chalicelib.storage.deletions import DeletionRow, get_deletion, record_hash, wrong_with
from chalicelib.storage.messages import MessageRow
from chalicelib.storage.numbers import find_number
from chalicelib.storage.tenants import find_owner
from infra.erasure import main as erasure_command
from tests.component import mailbox
from tests.component.campaigns.conftest import status
from tests.component.erasure.conftest import (
    EMAIL,
    NAME,
    PASSWORD,
    PERSON,
    TEXT,
    World,
    files,
    items,
    queued,
    stored_of,
)

PATH = "/api/tenants/deletion"
ASK = {"password": PASSWORD, "business_name": "Acme"}


def ask(world: World) -> None:
    """Ask for the deletion as its owner."""
    answer = world.api.post(PATH, json=ASK)
    assert answer.status == 202, answer.body


def fire(world: World) -> dict[str, Any]:
    """Let the grace period end: the schedule's message is what EventBridge would put."""
    (schedule,) = [
        s
        for s in aws_clients.client("scheduler").list_schedules()["Schedules"]
        if s["Name"].startswith("del_")
    ]
    made = aws_clients.client("scheduler").get_schedule(
        Name=schedule["Name"], GroupName=schedule["GroupName"]
    )
    world.bench.clock.advance(15 * 86_400)
    found: dict[str, Any] = json.loads(made["Target"]["Input"])
    return found


def handle(envelope: dict[str, Any]) -> None:
    """Give one envelope to the tenant queue's Lambda."""
    record = {"messageId": "m1", "body": json.dumps(envelope)}
    assert tenant.handler({"Records": [record]}, None) == {"batchItemFailures": []}


def test_nothing_is_left_and_it_is_proven(world: World, neighbour: dict[str, Any]) -> None:
    """Of a business that used everything no item and no file is left anywhere, by its id nor by its
    people's phones, names and words; the neighbour's are untouched, byte by byte; the record says
    exactly what went, place by place.
    """
    ctx = world.ctx
    before = [name for name, text in items() if ctx.tenant_id in text]
    before_files = [key for key, _ in files() if ctx.tenant_id in key or "unhandled" in key]
    ask(world)
    world.work()
    held = {name: before.count(name) for name in set(before)}
    held["audit"] += 2  # what asking for it left there: the record, and the head is there already
    handle(fire(world))
    world.work(hours=0.3)
    for name, text in items():
        if any(text in key for key in neighbour):
            continue
        for trace in (ctx.tenant_id, NAME, TEXT, EMAIL, PERSON, PERSON.removeprefix("+")):
            assert trace not in text, (name, trace)
    assert not [key for key, _ in files() if ctx.tenant_id in key or "unhandled" in key]
    assert stored_of(next(iter({_tenant_of(key) for key in neighbour}))) == neighbour
    row = get_deletion(ctx.tenant_id)
    assert row.state == deletions.DONE
    assert wrong_with(row) == []
    assert set(row.left.values()) == {0}
    counts = row.counts
    for name in (
        "contacts",
        "messages",
        "campaigns",
        "campaign_chunks",
        "conversations",
        "imports",
    ):
        assert counts[name] == held[name], (name, counts, held)
    areas = ("campaigns/", "exports/", "imports/", "media/", "uploads/", "webhooks/unhandled/")
    assert sum(counts[area] for area in areas) == len(before_files)
    assert row.meta == {"done": 2}
    assert (row.audit_end or "").partition(":")[0].isdecimal()
    assert find_owner("email", EMAIL) is None
    assert find_number(world.bench.meta.fixture.phone_number_id) is None


def _tenant_of(key: str) -> str:
    return key[key.index("ten_") :][:30]


def test_what_comes_afterwards_is_dropped(world: World) -> None:
    """Messages on queues, webhooks and statuses for a business that has left change nothing."""
    ctx, bench = world.ctx, world.bench
    late_chunk = {
        "v": 1,
        "type": "send",
        "tenant_id": ctx.tenant_id,
        "campaign_id": bench.campaign().id,
        "chunk_id": "000000-0000",
    }
    key = MessageKey(ctx.tenant_id, world.person_id, "msg_late", bench.campaign().id)
    assert statuses.owner_of(bench.meta.fixture.phone_number_id) is not None  # a warm process
    ask(world)
    world.work()
    handle(fire(world))
    world.work(hours=0.3)
    before = sorted(items())
    for handler, envelope in ((send.handler, late_chunk), (inbound.handler, _inbound(world))):
        record = {"messageId": "m2", "body": json.dumps(envelope)}
        assert handler({"Records": [record]}, None) == {"batchItemFailures": []}
    count = statuses.apply([status(bench, key, "delivered")])
    assert (count.changed, count.unmatched) == (0, 1)
    assert world.api.get("/api/contacts").body["items"] == []  # with a token that still runs
    assert world.api.post("/api/contacts", json={"phone": PERSON}).status == 403
    assert sorted(text for text in items() if text[0] != "rate_limits") == [
        text for text in before if text[0] != "rate_limits"
    ]


def _inbound(world: World) -> dict[str, Any]:
    message = {
        "from_phone": PERSON,
        "from_user_id": None,
        "profile_name": NAME,
        "message_id": "wamid.x",
        "at_ms": world.bench.clock.now_ms(),
        "type": "text",
        "text": TEXT,
        "context_message_id": None,
    }
    return {
        "v": 1,
        "type": "inbound",
        "tenant_id": world.ctx.tenant_id,
        "number_id": world.bench.number.id,
        "message": message,
        "opens_window": True,
    }


def test_grace_period_reads_only_and_can_be_called_off(world: World) -> None:
    """Until it is due everything is read and nothing changed; scheduled campaigns are drafts again;
    owners are told by mail; called off, all works, and the schedule that fires does nothing.
    """
    ask(world)
    world.work()
    assert world.api.get("/api/contacts").status == 200
    refused = world.api.post("/api/segments", json={"name": "x", "filter": {"type": "opt_in"}})
    assert (refused.status, refused.body["code"]) == (403, "tenant_closing")
    assert "DELETE /api/tenants/deletion" in refused.body["detail"]
    states = {one["state"] for one in world.api.get("/api/campaigns").body["items"]}
    assert "scheduled" not in states
    told = [m for m in mailbox.mails(EMAIL) if "will be deleted" in m.subject]
    assert len(told) == 1
    assert world.api.get(PATH).body["state"] == "requested"
    assert world.api.post(PATH, json=ASK).body["code"] == "deletion_requested"
    envelope = fire(world)
    world.bench.clock.advance(-15 * 86_400)
    assert world.api.delete(PATH).status == 204
    assert [m for m in mailbox.mails(EMAIL) if "stays on Parley" in m.subject]
    assert (
        world.api.post("/api/segments", json={"name": "x", "filter": {"type": "opt_in"}}).status
        == 201
    )
    world.bench.clock.advance(15 * 86_400)
    handle(envelope)
    assert world.api.get("/api/contacts").body["items"]
    assert world.api.get(PATH).status == 404
    assert not aws_clients.client("scheduler").list_schedules(NamePrefix="del_")["Schedules"]


def test_deletion_that_comes_early_waits(world: World) -> None:
    """Whoever brings its message before it is due: the business stays until then, and goes then."""
    ask(world)
    world.work()
    envelope = fire(world)
    world.bench.clock.advance(-15 * 86_400)
    handle(envelope)
    assert world.api.get(PATH).body["state"] == "requested"
    (again,) = world.bench.take("tenant")
    assert json.loads(again["body"]) == envelope
    world.bench.clock.advance(15 * 86_400)
    handle(envelope)
    assert world.api.get(PATH).status in {401, 404}


def test_deletion_is_called_off_without_eventbridge(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A schedule that cannot be taken back fires for nothing; the owners are told all the same."""
    ask(world)
    world.work()
    call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def away(self: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        if operation == "DeleteSchedule":
            raise EndpointConnectionError(endpoint_url="https://scheduler.invalid")
        return call(self, operation, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", away)
    assert world.api.delete(PATH).status == 204
    assert [m for m in mailbox.mails(EMAIL) if "stays on Parley" in m.subject]
    handle(fire(world))
    assert world.api.get("/api/contacts").body["items"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({**ASK, "password": "wrong horse battery"}, (401, "wrong_credentials")),
        ({**ASK, "business_name": "Acme "}, (202, None)),
        ({**ASK, "business_name": "acme"}, (422, "name_differs")),
    ],
)
def test_only_who_proves_it_may_ask(
    world: World, body: dict[str, str], expected: tuple[int, str | None]
) -> None:
    """Password and name must be right; a refused request leaves nothing behind."""
    answer = world.api.post(PATH, json=body)
    assert (answer.status, answer.body.get("code")) == expected
    assert (deletions.find_deletion(world.ctx.tenant_id) is None) == (answer.status != 202)


def test_a_worker_may_die_anywhere(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before and after each of its writes in turn, and delivered again each time, the
    deletion ends as if nothing had happened, and counts each thing once.
    """
    tenant_id = world.ctx.tenant_id
    ask(world)
    world.work()
    expected: dict[str, int] = {}
    for name, text in items():
        if tenant_id in text and name not in {"deletions", "rate_limits"}:
            expected[name] = expected.get(name, 0) + 1
    first = fire(world)
    killer = Killer(monkeypatch)
    assert run_with_deaths(world, first, killer) > 60
    row = get_deletion(tenant_id)
    assert wrong_with(row) == []
    counts = {name: count for name, count in row.counts.items() if not name.endswith("/")}
    assert counts == expected
    left = [name for name, text in items() if tenant_id in text and name != "rate_limits"]
    assert left == []


class Killed(BaseException):
    """Stands for the death of the process: nothing catches it."""


class Killer:
    """Lets the process die at its next write: before it is done, or after."""

    WRITES = frozenset({"TransactWriteItems", "UpdateItem", "DeleteObjects", "SendMessageBatch"})

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from botocore.client import BaseClient

        self.writes = self.WRITES
        self.is_armed = False
        self.is_after = False
        self.died_at: list[str] = []
        real = BaseClient._make_api_call  # type: ignore[attr-defined]
        killer = self

        def call(client: Any, operation: str, params: dict[str, Any]) -> Any:
            if operation not in killer.writes or not killer.is_armed:
                return real(client, operation, params)
            if operation == "SendMessageBatch" and killer.died_at[-2:] == [operation] * 2:
                return real(client, operation, params)  # before and after it was died at
            if killer.is_after:
                real(client, operation, params)  # where it is refused, there is nothing to die at
            killer.is_armed = False
            killer.died_at.append(operation)
            raise Killed

        monkeypatch.setattr(BaseClient, "_make_api_call", call)


def run_with_deaths(world: World, first: dict[str, Any], killer: Killer) -> int:
    """Work everything off; each delivery dies at its first write; return how often one did.

    Before that write and, delivered again, after it: so the work goes on by one write in two
    deliveries, and each write is died at twice.
    """
    deaths, waiting = 0, [first]
    while waiting:
        killer.is_armed, killer.is_after = True, deaths % 2 == 1
        try:
            handle(waiting[0])
        except Killed:
            deaths += 1
        else:
            del waiting[0]
        killer.is_armed = False
        world.bench.clock.advance(31)
        waiting += [json.loads(record["body"]) for record in world.bench.take("tenant")]
        assert deaths < 2_000
    return deaths


def test_a_record_that_was_changed_is_seen(world: World) -> None:
    """The record has the hash of all that it says, and the chain's head has the record's."""
    ask(world)
    world.work()
    handle(fire(world))
    world.work(hours=0.3)
    row = get_deletion(world.ctx.tenant_id)
    assert row.previous_hash == deletions.GENESIS
    head = DeletionRow.get("head")
    assert (head.sequence, head.hash) == (1, record_hash(row))
    row.counts = {**row.counts, "contacts": 0}
    assert wrong_with(row) == ["the record was changed: it does not have its hash"]
    closing.forget(world.ctx.tenant_id)
    assert not queued("tenant")


def test_command_says_what_is_left(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """`infra.erasure verify` fails before, passes after, by keys and by scan, and tells of one item
    that is put back.
    """
    tenant_id = world.ctx.tenant_id
    assert erasure_command(["verify", tenant_id]) == 1
    assert "no record of a deletion" in capsys.readouterr().out
    ask(world)
    world.work()
    handle(fire(world))
    world.work(hours=0.3)
    capsys.readouterr()
    assert erasure_command(["verify", tenant_id, "--scan"]) == 0
    told = capsys.readouterr().out
    assert f"{tenant_id}: erased; nothing is left" in told
    assert "erased from contacts" in told
    MessageRow(f"{tenant_id}#con_x", "msg_1", text="a ghost").save()
    assert erasure_command(["verify", tenant_id]) == 0  # no key leads there
    assert erasure_command(["verify", tenant_id, "--scan"]) == 1
    assert "1 left in messages" in capsys.readouterr().out
    assert erasure_command(["verify", "nonsense"]) == 2
