"""Comparing an account with Meta: adopt, update, mark what is gone; in steps, and again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Invalid, NotFound, Unavailable
from chalicelib.schemas.template_edits import SyncOut, TemplateSync
from chalicelib.services import number_calls, template_sync
from chalicelib.services.template_status import apply_status
from chalicelib.storage.templates import TemplateRow, Templates, find_template
from chalicelib.whatsapp.client import GraphClient
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock
from tests.component.graph.server import GraphServer
from tests.component.graph.template_cases import create, review, template_event


def step(ctx: TenantContext, number_id: str, cursor: str | None = None) -> SyncOut:
    """Make one step."""
    return template_sync.sync(ctx, TemplateSync(number_id=number_id, cursor=cursor))


def run(ctx: TenantContext, number_id: str) -> tuple[int, int, int, int]:
    """Compare to the end; return how many were adopted, updated, unchanged and vanished."""
    totals, cursor = [0, 0, 0, 0], None
    for _ in range(100):
        out = step(ctx, number_id, cursor)
        counts = (out.adopted, out.updated, out.unchanged, out.vanished)
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        cursor = out.next_cursor
        if cursor is None:
            return (totals[0], totals[1], totals[2], totals[3])
    raise AssertionError("the comparison does not end")


def make_at_meta(graph: GraphServer, name: str, **more: Any) -> str:
    """Make a template at Meta that Parley does not know; return its id."""
    made = graph.http.post(
        f"/v26.0/{graph.fixture.waba_id}/message_templates",
        headers={"Authorization": f"Bearer {graph.fixture.access_token}"},
        json={
            "name": name,
            "language": "en_US",
            "category": "UTILITY",
            "components": [{"type": "BODY", "text": "Good day to you"}],
            **more,
        },
    )
    assert made.status_code == 200, made.text
    return str(made.json()["id"])


def rows(ctx: TenantContext) -> dict[str, TemplateRow]:
    """Return the tenant's templates by name."""
    return {row.name: row for row in Templates(ctx).page(200, None).items}


def test_what_meta_has_is_adopted(
    graph: GraphServer, ctx: TenantContext, number_id: str, clock: SettableClock
) -> None:
    """A template that was made elsewhere is here afterwards, whole, and its webhooks find it."""
    meta_id = make_at_meta(
        graph,
        "from_elsewhere",
        parameter_format="NAMED",
        message_send_ttl_seconds=3600,
        components=[
            {
                "type": "BODY",
                "text": "Hi {{first_name}}, good day",
                "example": {
                    "body_text_named_params": [{"param_name": "first_name", "example": "Ana"}]
                },
            }
        ],
    )
    review(graph, meta_id, "APPROVED")
    clock.advance(60)
    assert run(ctx, number_id) == (1, 0, 0, 0)
    row = rows(ctx)["from_elsewhere"]
    assert (row.status, row.parameter_format, row.ttl_s) == ("APPROVED", "NAMED", 3600)
    assert list(row.variables) == ["body.first_name"]
    assert apply_status(template_event(graph, meta_id, "PAUSED", 200))
    assert run(ctx, number_id) == (0, 1, 0, 0)
    assert run(ctx, number_id) == (0, 0, 1, 0)


def test_what_differs_is_written_and_what_is_gone_is_marked(
    graph: GraphServer, ctx: TenantContext, number_id: str, clock: SettableClock
) -> None:
    """Lost webhooks and deletions at Meta are made good; one more comparison changes nothing."""
    approved, gone, same = (create(ctx, number_id, name=one) for one in ("a", "b", "c"))
    review(graph, approved.meta_template_id, "APPROVED")
    world = graph.simulation.world
    world.remove_template(world.templates[gone.meta_template_id])
    clock.advance(60)
    assert run(ctx, number_id) == (0, 1, 1, 1)
    found = rows(ctx)
    assert [found[name].status for name in "abc"] == ["APPROVED", "DELETED", "PENDING"]
    clock.advance(60)
    assert run(ctx, number_id) == (0, 0, 2, 0)
    assert same.id == found["c"].id


def test_archived_template_is_not_taken_for_gone(
    graph: GraphServer, ctx: TenantContext, number_id: str, clock: SettableClock
) -> None:
    """Meta's list leaves out what is archived; asked for it by id, Meta says so."""
    out = create(ctx, number_id)
    graph.simulation.world.templates[out.meta_template_id].status = "ARCHIVED"
    clock.advance(60)
    assert run(ctx, number_id) == (0, 1, 0, 0)
    assert Templates(ctx).get(out.id).status == "ARCHIVED"


def test_large_account_goes_in_steps(
    graph: GraphServer,
    ctx: TenantContext,
    number_id: str,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Steps are bounded, each goes on where the one before ended, and nothing is left out."""
    monkeypatch.setattr(template_sync, "PAGES_A_STEP", 1)
    monkeypatch.setattr(template_sync, "SWEPT_A_STEP", 2)
    monkeypatch.setattr("chalicelib.whatsapp.templates.PAGE", 3)
    vanishing = [create(ctx, number_id, name=f"old_{n}") for n in range(5)]
    for n in range(7):
        make_at_meta(graph, f"new_{n}")
    world = graph.simulation.world
    for out in vanishing:
        world.remove_template(world.templates[out.meta_template_id])
    clock.advance(60)
    first = step(ctx, number_id)
    assert (first.adopted, first.next_cursor is not None) == (3, True)
    again = step(ctx, number_id)  # a comparison that was left off, begun anew
    assert (again.adopted, again.unchanged) == (0, 3)
    assert run(ctx, number_id) == (4, 0, 3, 5)
    assert len(rows(ctx)) == 12


def test_template_of_another_tenant_is_left_alone(
    graph: GraphServer,
    ctx: TenantContext,
    other_ctx: TenantContext,
    number_id: str,
    clock: SettableClock,
) -> None:
    """What another tenant has by its routing key is neither adopted nor changed."""
    meta_id = make_at_meta(graph, "shared")
    clock.advance(60)
    run(ctx, number_id)
    row = rows(ctx)["shared"]
    Templates(ctx).delete(row, clock.now_ms())
    theirs = TemplateRow(
        other_ctx.tenant_id,
        row.id,
        number_id="num_x",
        waba_id=row.waba_id,
        meta_template_id=meta_id,
        name="shared",
        language="en_US",
        category="UTILITY",
        status="PENDING",
        components=[],
        variables=[],
        created_at=1,
        updated_at=1,
    )
    Templates(other_ctx).add(theirs)
    assert run(ctx, number_id) == (0, 0, 0, 0)
    owner = find_template(meta_id)
    assert owner is not None
    assert owner.tenant_id == other_ctx.tenant_id


def test_deleted_template_is_not_adopted_again(
    graph: GraphServer, ctx: TenantContext, number_id: str, clock: SettableClock
) -> None:
    """What Meta still lists while it deletes it stays away."""
    meta_id = make_at_meta(graph, "going")
    graph.simulation.world.templates[meta_id].status = "PENDING_DELETION"
    assert run(ctx, number_id) == (0, 0, 0, 0)


def test_two_comparisons_at_once(
    graph: GraphServer, ctx: TenantContext, number_id: str, clock: SettableClock
) -> None:
    """Two that adopt the same template make one row of it."""
    make_at_meta(graph, "once")
    add, calls = Templates.add, []

    def add_after_another(self: Templates, row: TemplateRow) -> None:
        calls.append(row.id)
        if len(calls) == 1:
            step(ctx, number_id)
        add(self, row)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Templates, "add", add_after_another)
        assert step(ctx, number_id).adopted == 0
    assert len(rows(ctx)) == 1


def test_webhook_in_between_knows_better(
    graph: GraphServer, ctx: TenantContext, number_id: str, clock: SettableClock
) -> None:
    """What Meta's list said before an event does not undo the event."""
    out = create(ctx, number_id)
    review(graph, out.meta_template_id, "APPROVED")
    set_answer = Templates.set_answer

    def pause_first(self: Templates, row: TemplateRow, changes: Any, now_ms: int) -> bool:
        apply_status(template_event(graph, row.meta_template_id, "PAUSED", 900))
        return set_answer(self, row, changes, now_ms)

    clock.advance(60)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Templates, "set_answer", pause_first)
        step(ctx, number_id)
    assert Templates(ctx).get(out.id).status == "PAUSED"


def test_errors(
    graph: GraphServer,
    api: ApiClient,
    ctx: TenantContext,
    number_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A number that is not there, a cursor of elsewhere and a Meta that throttles are told."""
    with pytest.raises(NotFound):
        step(ctx, "num_x")
    with pytest.raises(Invalid, match="cursor"):
        step(ctx, number_id, "e30.AAAA")
    limit = {"error": {"message": "limit", "code": 80007}}
    throttling = httpx.MockTransport(lambda _: httpx.Response(400, json=limit))
    client = GraphClient(throttling, sleep=lambda _seconds: None)
    with monkeypatch.context() as patched:
        patched.setattr(number_calls, "graph_client", lambda: client)
        with pytest.raises(Unavailable):
            step(ctx, number_id)
    answer = api.post("/api/templates/sync", json={"number_id": number_id})
    assert answer.status == 200
    assert set(answer.body) == {"adopted", "updated", "unchanged", "vanished", "next_cursor"}
