"""Templates after their creation: edited, unpaused, put away, deleted with all languages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid, Upstream
from chalicelib.schemas.template_edits import TemplateEdit
from chalicelib.services import number_calls, template_edits, templates
from chalicelib.services.template_status import apply_status
from chalicelib.storage.templates import TemplateRow, Templates
from chalicelib.whatsapp.client import GraphClient
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock
from tests.component.graph.server import GraphServer
from tests.component.graph.template_cases import create, review, template_event

DAY_S = 86_400
NEW: dict[str, Any] = {"components": [{"type": "BODY", "text": "It ships tomorrow"}]}


def edit(ctx: TenantContext, template_id: str, **changes: Any) -> Any:
    """Edit a template like NEW, with `changes`."""
    return template_edits.edit(ctx, template_id, TemplateEdit.model_validate(NEW | changes))


def approved(graph: GraphServer, ctx: TenantContext, number_id: str, **changes: Any) -> TemplateRow:
    """Return the row of a template that is approved, here and at Meta."""
    out = create(ctx, number_id, **changes)
    review(graph, out.meta_template_id, "APPROVED")
    assert apply_status(template_event(graph, out.meta_template_id, "APPROVED", 100))
    return Templates(ctx).get(out.id)


def test_edit(graph: GraphServer, ctx: TenantContext, number_id: str) -> None:
    """The new text is at Meta and here, and is reviewed again."""
    row = approved(graph, ctx, number_id)
    out = edit(ctx, row.id)
    assert (out.status, out.body, out.variables) == ("PENDING", "It ships tomorrow", [])
    assert (out.header, out.footer, out.buttons) == (None, None, [])
    at_meta = graph.simulation.world.templates[row.meta_template_id]
    assert (at_meta.status, at_meta.components[0]["text"]) == ("PENDING", "It ships tomorrow")


def test_edit_by_the_short_form(graph: GraphServer, ctx: TenantContext, number_id: str) -> None:
    """The short form edits as well, and errors name its fields."""
    row = approved(graph, ctx, number_id)
    assert edit(ctx, row.id, components=None, body="It ships now").body == "It ships now"
    with pytest.raises(Invalid) as caught:
        edit(ctx, row.id, components=None, body="It ships {{1}}")
    assert {error.field for error in caught.value.errors} == {"body", "body_examples"}
    with pytest.raises(Invalid) as caught:
        edit(ctx, row.id, body="It ships now")
    assert {error.field for error in caught.value.errors} == {"body"}


def test_edit_limits(
    graph: GraphServer, ctx: TenantContext, number_id: str, clock: SettableClock
) -> None:
    """An approved template is edited once in 24 hours and 10 times in 30 days, as Meta has it."""
    row = approved(graph, ctx, number_id)
    repository = Templates(ctx)
    for count in range(10):
        edit(ctx, row.id, components=[{"type": "BODY", "text": f"Text number {count}"}])
        apply_status(template_event(graph, row.meta_template_id, "APPROVED", 200 + count))
        with pytest.raises(Conflict) as caught:
            edit(ctx, row.id)
        assert caught.value.code == "template_edit_limit"
        clock.advance(DAY_S)
        graph.simulation.world.templates[row.meta_template_id].status = "APPROVED"
        graph.simulation.world.templates[row.meta_template_id].edits.clear()
    with pytest.raises(Conflict, match="10 in 30 days"):
        edit(ctx, row.id)
    out = templates.get_template(ctx, row.id)
    assert out.next_edit_at is not None
    clock.advance(20 * DAY_S)
    assert edit(ctx, row.id).status == "PENDING"
    assert len(repository.get(row.id).edited_at) == 10


def test_what_cannot_be_edited(graph: GraphServer, ctx: TenantContext, number_id: str) -> None:
    """A template in review is not edited, nor the category of an approved one."""
    out = create(ctx, number_id)
    with pytest.raises(Conflict) as caught:
        edit(ctx, out.id)
    assert caught.value.code == "template_not_editable"
    apply_status(template_event(graph, out.meta_template_id, "APPROVED", 100))
    with pytest.raises(Conflict) as caught:
        edit(ctx, out.id, category="MARKETING")
    assert caught.value.code == "template_category_fixed"


def test_rejected_template_changes_its_category(
    graph: GraphServer, ctx: TenantContext, number_id: str
) -> None:
    """A rejected template may become another category, as often as it takes."""
    out = create(ctx, number_id)
    for count in range(2):
        review(graph, out.meta_template_id, "REJECTED", reason="INCORRECT_CATEGORY")
        apply_status(template_event(graph, out.meta_template_id, "REJECTED", 100 + count))
        assert edit(ctx, out.id, category="MARKETING").category == "MARKETING"
    row = Templates(ctx).get(out.id)
    assert (row.status, row.rejected_reason, list(row.edited_at)) == ("PENDING", None, [])


@contextmanager
def losing_answers(*, is_written: bool) -> Iterator[None]:
    """Lose the answer of every POST, which Meta has carried out or not."""
    wire = httpx.HTTPTransport()

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            if is_written:
                wire.handle_request(request).read()
            raise httpx.ReadTimeout("x")
        return wire.handle_request(request)

    client = GraphClient(httpx.MockTransport(handle), sleep=lambda _seconds: None)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(number_calls, "graph_client", lambda: client)
        yield
    wire.close()


def test_edit_whose_answer_is_lost(graph: GraphServer, ctx: TenantContext, number_id: str) -> None:
    """After a timeout Meta is asked: what it has is kept, what it has not is told as unclear."""
    row = approved(graph, ctx, number_id)
    with losing_answers(is_written=False), pytest.raises(Upstream, match="may or may not"):
        edit(ctx, row.id)
    assert Templates(ctx).get(row.id).status == "APPROVED"
    with losing_answers(is_written=True):
        assert edit(ctx, row.id).body == "It ships tomorrow"


def test_edit_that_dies_half_way_is_found_by_a_look(
    graph: GraphServer,
    ctx: TenantContext,
    number_id: str,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A process that dies after Meta has taken the text leaves a row that the next look mends."""
    row = approved(graph, ctx, number_id)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(template_edits, "_keep", die)
        with pytest.raises(KeyboardInterrupt):
            edit(ctx, row.id)
    assert Templates(ctx).get(row.id).status == "APPROVED"
    seen = templates.get_template(ctx, row.id)
    assert (seen.status, seen.body) == ("PENDING", "It ships tomorrow")


def test_verdict_during_an_edit_stays(
    graph: GraphServer, ctx: TenantContext, number_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A webhook that comes between Meta's answer and our write is not undone by it."""
    row = approved(graph, ctx, number_id)
    keep = template_edits._keep

    def reject_first(*arguments: Any, **named: Any) -> None:
        review(graph, row.meta_template_id, "REJECTED", reason="SCAM")
        apply_status(template_event(graph, row.meta_template_id, "REJECTED", 500))
        keep(*arguments, **named)

    monkeypatch.setattr(template_edits, "_keep", reject_first)
    out = edit(ctx, row.id)
    assert (out.status, out.body) == ("REJECTED", "It ships tomorrow")


def test_pause_is_ended(graph: GraphServer, ctx: TenantContext, number_id: str) -> None:
    """A paused template is approved again; one that is not paused has no pause to end."""
    row = approved(graph, ctx, number_id)
    with pytest.raises(Conflict, match="no pause"):
        template_edits.unpause(ctx, row.id)
    review(graph, row.meta_template_id, "PAUSED")
    apply_status(template_event(graph, row.meta_template_id, "PAUSED", 200))
    assert template_edits.unpause(ctx, row.id).status == "APPROVED"
    # Here it is paused by a late event, at Meta it is not: Meta's polite refusal is told.
    apply_status(template_event(graph, row.meta_template_id, "PAUSED", 300))
    with pytest.raises(Conflict, match="The template is APPROVED now"):
        template_edits.unpause(ctx, row.id)


def test_archive(graph: GraphServer, ctx: TenantContext, number_id: str) -> None:
    """A template is put away and taken out again, each as often as one likes."""
    row = approved(graph, ctx, number_id)
    for is_archived, status in ((True, "ARCHIVED"), (True, "ARCHIVED"), (False, "APPROVED")):
        out = template_edits.archive(ctx, row.id, is_archived=is_archived)
        assert (out.status, out.is_sendable) == (status, status == "APPROVED")
    pending = create(ctx, number_id, name="other")
    with pytest.raises(Conflict, match="not APPROVED"):
        template_edits.archive(ctx, pending.id, is_archived=True)


def test_name_of_a_deleted_template_is_blocked(
    graph: GraphServer, ctx: TenantContext, number_id: str, clock: SettableClock
) -> None:
    """The name of a deleted approved template is free after 30 days, here as at Meta."""
    row = approved(graph, ctx, number_id)
    templates.delete(ctx, row.id)
    assert Templates(ctx).page(10, None).items == []
    assert Templates(ctx).names(10, None, "").groups == []
    with pytest.raises(Conflict) as caught:
        create(ctx, number_id)
    assert caught.value.code == "template_name_blocked"
    with pytest.raises(Conflict):
        create(ctx, number_id, language="de")
    clock.advance(30 * DAY_S)
    graph.simulation.world.wabas[graph.fixture.waba_id].blocked_names.clear()
    assert create(ctx, number_id).status == "PENDING"


def test_translation_that_was_deleted_blocks_its_language_alone(
    graph: GraphServer, ctx: TenantContext, number_id: str
) -> None:
    """While another language of the name is there, only the deleted one is blocked."""
    row = approved(graph, ctx, number_id)
    create(ctx, number_id, language="de")
    templates.delete(ctx, row.id)
    graph.simulation.world.wabas[graph.fixture.waba_id].blocked_names.clear()
    with pytest.raises(Conflict):
        create(ctx, number_id)
    assert create(ctx, number_id, language="fr").status == "PENDING"


def test_all_languages_are_deleted(
    graph: GraphServer, api: ApiClient, ctx: TenantContext, number_id: str
) -> None:
    """`languages=all` deletes a name with all its translations, and nothing else."""
    ids = [create(ctx, number_id, language=one).id for one in ("en_US", "de", "fr")]
    other = create(ctx, number_id, name="order_update_2")
    path = f"/api/templates/{ids[1]}"
    assert api.delete(path, params={"languages": "some"}).status == 422
    assert api.delete(path, params={"languages": "all"}).status == 204
    assert [row.id for row in Templates(ctx).page(10, None).items] == [other.id]
    assert list(graph.simulation.world.templates) == [other.meta_template_id]
    assert api.delete(path, params={"languages": "all"}).status == 404


def test_routes(graph: GraphServer, api: ApiClient, ctx: TenantContext, number_id: str) -> None:
    """PATCH, unpause and archive over HTTP."""
    row = approved(graph, ctx, number_id)
    path = f"/api/templates/{row.id}"
    assert api.post(f"{path}/unpause").status == 409
    assert api.post(f"{path}/archive").body["status"] == "ARCHIVED"
    assert api.post(f"{path}/unarchive").body["status"] == "APPROVED"
    edited = api.patch(path, json={"components": BODY_ONLY})
    assert (edited.status, edited.body["body"]) == (200, "Good day to you")
    again = api.patch(path, json={"components": BODY_ONLY})
    assert (again.status, again.body["code"]) == (409, "template_not_editable")
    wrong = api.patch(path, json={"components": [{"type": "BODY", "text": 7}]})
    assert [error["field"] for error in wrong.body["errors"]] == ["components.0.text"]


BODY_ONLY = [{"type": "BODY", "text": "Good day to you"}]
