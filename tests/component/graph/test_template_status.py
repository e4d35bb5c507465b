"""What Meta decides about templates: by webhook, by asking, early, late and out of order."""

from __future__ import annotations

import httpx
import pytest

from chalicelib.core.context import TenantContext
from chalicelib.services import templates
from chalicelib.services.template_status import apply_status
from chalicelib.storage.templates import TemplateRow, Templates
from tests.component.conftest import SettableClock
from tests.component.graph.server import GraphServer
from tests.component.graph.template_cases import create, intercept, review, template_event


def test_verdict_before_our_row_is_not_lost(
    graph: GraphServer, ctx: TenantContext, number_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A webhook that comes before the row is written changes nothing; reading again tells."""
    add = Templates.add

    def approve_first(self: Templates, row: TemplateRow) -> None:
        review(graph, row.meta_template_id, "APPROVED")
        event = template_event(graph, row.meta_template_id, "APPROVED", 1_794_700_000)
        assert not apply_status(event)
        add(self, row)

    monkeypatch.setattr(Templates, "add", approve_first)
    assert create(ctx, number_id).status == "APPROVED"


def test_verdict_by_webhook(graph: GraphServer, ctx: TenantContext, number_id: str) -> None:
    """An event changes the status; the same one again, or an older one, changes nothing more."""
    out = create(ctx, number_id)
    assert apply_status(template_event(graph, out.meta_template_id, "APPROVED", 100))
    assert apply_status(template_event(graph, out.meta_template_id, "PAUSED", 200))
    assert apply_status(template_event(graph, out.meta_template_id, "PAUSED", 200))
    assert not apply_status(template_event(graph, out.meta_template_id, "APPROVED", 100))
    row = Templates(ctx).get(out.id)
    assert row.status == "PAUSED"
    assert row.rejected_reason == "FIRST_PAUSE"
    assert apply_status(template_event(graph, out.meta_template_id, "REINSTATED", 300))
    row = Templates(ctx).get(out.id)
    assert row.status == "APPROVED"
    assert row.rejected_reason is None


@pytest.mark.parametrize("event", ["FLAGGED", "LOCKED", "QUARANTINED", ""])
def test_event_without_effect(
    graph: GraphServer, ctx: TenantContext, number_id: str, event: str
) -> None:
    """An event that does not change what can be sent, or that is new, leaves the template alone."""
    out = create(ctx, number_id)
    assert not apply_status(template_event(graph, out.meta_template_id, event, 100))
    assert Templates(ctx).get(out.id).status == "PENDING"


def test_event_for_nobody(graph: GraphServer) -> None:
    """An event for a template that nobody has here is quiet."""
    assert not apply_status(template_event(graph, "799999999999999", "APPROVED", 100))


def test_event_while_the_template_goes(
    graph: GraphServer, ctx: TenantContext, number_id: str
) -> None:
    """An event that finds the routing key but no row any more is quiet, and makes no row."""
    out = create(ctx, number_id)
    TemplateRow(ctx.tenant_id, out.id).delete()
    assert not apply_status(template_event(graph, out.meta_template_id, "APPROVED", 100))
    assert Templates(ctx).page(10, None).items == []


def test_pending_template_heals_when_looked_at(
    graph: GraphServer, ctx: TenantContext, number_id: str, clock: SettableClock
) -> None:
    """Where the webhook was lost a look asks Meta, but not more often than every 30 s."""
    out = create(ctx, number_id)
    review(graph, out.meta_template_id, "REJECTED", reason="INVALID_FORMAT")
    clock.advance(29)
    assert templates.get_template(ctx, out.id).status == "PENDING"
    clock.advance(2)
    seen = templates.get_template(ctx, out.id)
    assert (seen.status, seen.rejected_reason) == ("REJECTED", "INVALID_FORMAT")


def test_look_while_meta_is_away(
    ctx: TenantContext, number_id: str, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look at a pending template while Meta does not answer shows what is known."""
    out = create(ctx, number_id)
    clock.advance(60)
    calls = intercept(monkeypatch, httpx.ConnectError("x"))
    assert templates.get_template(ctx, out.id).status == "PENDING"
    assert templates.get_template(ctx, out.id).status == "PENDING"
    assert len(calls) == 1


def test_answer_does_not_undo_an_event(
    graph: GraphServer, ctx: TenantContext, number_id: str
) -> None:
    """An answer of Meta that was on its way while an event was written does not win over it."""
    out = create(ctx, number_id)
    repository = Templates(ctx)
    read_before = repository.get(out.id)
    assert apply_status(template_event(graph, out.meta_template_id, "PAUSED", 200))
    assert not repository.set_answer(read_before, {"status": "APPROVED"}, 1)
    assert repository.get(out.id).status == "PAUSED"
