"""What Meta decides about templates: by webhook, by asking, early, late and out of order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from chalicelib.core.context import TenantContext
from chalicelib.services import templates
from chalicelib.services.template_status import (
    apply_category,
    apply_components,
    apply_quality,
    apply_status,
)
from chalicelib.services.template_view import template_out
from chalicelib.storage.templates import TemplateRow, Templates
from chalicelib.whatsapp.events import TemplateCategory, TemplateComponents, TemplateQuality
from tests.component.conftest import SettableClock
from tests.component.graph.server import GraphServer
from tests.component.graph.template_cases import (
    create,
    intercept,
    review,
    stored,
    template_event,
)


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


@pytest.mark.parametrize(
    ("event", "status"),
    [
        *((name, name) for name in ("APPROVED", "REJECTED", "PAUSED", "DISABLED", "IN_APPEAL")),
        *((name, name) for name in ("PENDING_DELETION", "DELETED", "LIMIT_EXCEEDED", "ARCHIVED")),
        ("REINSTATED", "APPROVED"),
        ("UNARCHIVED", "APPROVED"),
    ],
)
def test_every_status_by_webhook(
    graph: GraphServer, ctx: TenantContext, number_id: str, event: str, status: str
) -> None:
    """Each of Meta's events gives the template the status that it means."""
    out = create(ctx, number_id)
    assert apply_status(template_event(graph, out.meta_template_id, event, 100))
    assert Templates(ctx).get(out.id).status == status


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
    asked = len(calls)
    assert asked > 0
    assert templates.get_template(ctx, out.id).status == "PENDING"
    assert len(calls) == asked


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


def _row(ctx: TenantContext, template_id: str) -> TemplateRow:
    return Templates(ctx).get(template_id)


def test_rejection_in_words(graph: GraphServer, ctx: TenantContext, number_id: str) -> None:
    """A rejection shows Meta's own reason and advice, or what its code means without them."""
    out = create(ctx, number_id)
    event = template_event(graph, out.meta_template_id, "REJECTED", 100)
    told = "INVALID_FORMAT: Variable placed next to another variable."
    apply_status(replace(event, reason=told, recommendation="Put text between variables."))
    seen = templates.get_template(ctx, out.id)
    assert seen.rejected_reason == "INVALID_FORMAT"
    assert seen.rejection is not None
    assert seen.rejection.reason == "Variable placed next to another variable."
    assert seen.rejection.recommendation == "Put text between variables."
    apply_status(replace(event, reason="SCAM", at_ms=200_000))
    seen = templates.get_template(ctx, out.id)
    assert seen.rejection is not None
    assert (seen.rejection.code, seen.rejection.reason.endswith(".")) == ("SCAM", True)
    apply_status(template_event(graph, out.meta_template_id, "APPROVED", 300))
    assert templates.get_template(ctx, out.id).rejection is None


@pytest.mark.parametrize(
    ("title", "until"),
    [
        ("FIRST_PAUSE", "1970-01-01T03:01:40.000Z"),
        ("SECOND_PAUSE", "1970-01-01T06:01:40.000Z"),
        ("RATE_LIMITING_PAUSE", None),
    ],
)
def test_pause_and_its_end(
    graph: GraphServer, ctx: TenantContext, number_id: str, title: str, until: str | None
) -> None:
    """A pause is told with its reason and its end; approval ends it."""
    out = create(ctx, number_id)
    event = template_event(graph, out.meta_template_id, "PAUSED", 100)
    apply_status(replace(event, reason=f"{title}: Words of Meta.", pause=title))
    pause = template_out(_row(ctx, out.id), 0).pause
    assert pause is not None
    assert (pause.code, pause.reason, pause.until) == (title, "Words of Meta.", until)
    apply_status(template_event(graph, out.meta_template_id, "APPROVED", 200))
    assert template_out(_row(ctx, out.id), 0).pause is None


def test_pause_that_is_over_is_asked_for(
    graph: GraphServer, ctx: TenantContext, number_id: str, clock: SettableClock
) -> None:
    """Where the webhook of a pause's end was lost, a look after it asks Meta."""
    out = create(ctx, number_id)
    review(graph, out.meta_template_id, "APPROVED")
    event = template_event(graph, out.meta_template_id, "PAUSED", clock.now_ms() // 1000)
    apply_status(replace(event, reason="FIRST_PAUSE", pause="FIRST_PAUSE"))
    clock.advance(3 * 3600 - 1)
    assert templates.get_template(ctx, out.id).status == "PAUSED"
    clock.advance(2)
    assert templates.get_template(ctx, out.id).status == "APPROVED"


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (1_794_700_000_000, "2026-11-14T23:46:40.000Z"),
        ("April 17, 2026", "2026-04-17T00:00:00.000Z"),
        ("one day", None),
        (None, None),
    ],
)
def test_day_of_disabling(
    graph: GraphServer,
    ctx: TenantContext,
    number_id: str,
    day: int | str | None,
    shown: str | None,
) -> None:
    """A flag tells when a template will be disabled, in both of Meta's ways."""
    out = create(ctx, number_id)
    event = template_event(graph, out.meta_template_id, "FLAGGED", 100)
    assert apply_status(replace(event, disabled_on=day)) is (shown is not None)
    seen = template_out(_row(ctx, out.id), 0)
    assert (seen.status, seen.disabled_at) == ("PENDING", shown)


def test_quality(graph: GraphServer, ctx: TenantContext, number_id: str) -> None:
    """The newest quality wins, whatever the order; an unknown word stands as it came."""
    out = create(ctx, number_id)
    waba_id, meta_id = graph.fixture.waba_id, out.meta_template_id

    def event(score: str, at_ms: int | None) -> TemplateQuality:
        return TemplateQuality(waba_id, meta_id, "n", "en", "UNKNOWN", score, at_ms)

    later = 1_894_700_000_000
    assert apply_quality(event("RED", later))
    assert apply_quality(event("RED", later))
    assert not apply_quality(event("GREEN", later - 1))
    assert not apply_quality(event("GREEN", None))
    quality = templates.get_template(ctx, out.id).quality
    assert (quality.score, quality.changed_at) == ("RED", "2030-01-15T09:33:20.000Z")
    assert apply_quality(event("PURPLE", later + 1))
    assert _row(ctx, out.id).quality_score == "PURPLE"


def test_category_change_is_announced_and_done(
    graph: GraphServer, ctx: TenantContext, number_id: str
) -> None:
    """A change that is coming is a warning with its day; once done it is the category."""
    out = create(ctx, number_id)

    def event(category: str, at_ms: int, **more: Any) -> TemplateCategory:
        return TemplateCategory(
            graph.fixture.waba_id,
            out.meta_template_id,
            "n",
            "en",
            category,
            more.get("previous"),
            more.get("correct"),
            more.get("due"),
            at_ms,
        )

    at_ms = 1_794_700_000_000
    assert apply_category(event("UTILITY", at_ms, correct="MARKETING"))
    change = template_out(_row(ctx, out.id), 0).category_change
    assert change is not None
    assert (change.correct_category, change.effective_at[:10]) == ("MARKETING", "2026-12-01")
    assert "MARKETING instead of UTILITY" in change.message
    assert apply_category(event("UTILITY", at_ms + 1, correct="MARKETING", due=at_ms + 5000))
    assert _row(ctx, out.id).category_due_at == at_ms + 5000
    assert apply_category(event("MARKETING", at_ms + 2, previous="UTILITY"))
    assert not apply_category(event("UTILITY", at_ms + 1, correct="MARKETING"))
    seen = template_out(_row(ctx, out.id), 0)
    assert (seen.category, seen.previous_category) == ("MARKETING", "UTILITY")
    assert seen.category_change is None


def test_new_texts(graph: GraphServer, ctx: TenantContext, number_id: str) -> None:
    """A text that Meta reports is shown at once, and the next look reads all of it from Meta."""
    out = create(ctx, number_id)
    review(graph, out.meta_template_id, "APPROVED")
    apply_status(template_event(graph, out.meta_template_id, "APPROVED", 100))
    event = TemplateComponents(
        graph.fixture.waba_id,
        out.meta_template_id,
        "n",
        "en",
        title=None,
        body="Hi {{1}}, good day",
        footer=None,
        buttons=(),
        at_ms=2_000_000_000_000,
    )
    assert apply_components(event)
    row = _row(ctx, out.id)
    assert list(row.variables) == ["body.1", "button.0"]
    assert templates.get_template(ctx, out.id).body == "Hi {{1}}, your {{2}} ships today."
    assert not apply_components(replace(event, at_ms=1_000))


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["APPROVED", "PAUSED", "REJECTED", "DISABLED", "FLAGGED", "NEW"]),
        st.integers(1, 5),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(EVENTS)
def test_newest_status_wins(
    graph: GraphServer, ctx: TenantContext, events: list[tuple[str, int]]
) -> None:
    """In any order and number, the status is that of the newest event, the last of equals."""
    row = stored(ctx, "order_update")
    for event, at_s in events:
        apply_status(template_event(graph, row.meta_template_id, event, at_s))
    known = [e for e in events if e[0] in {"APPROVED", "PAUSED", "REJECTED", "DISABLED"}]
    newest = max((at for _, at in known), default=0)
    expected = [event for event, at in known if at == newest][-1:] or ["PENDING"]
    assert _row(ctx, row.id).status == expected[0]
