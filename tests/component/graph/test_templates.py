"""Templates from submission to verdict: routes, services and storage over moto and the sandbox."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid, NotFound, Unavailable, Upstream
from chalicelib.services import number_calls, templates
from chalicelib.storage.numbers import Numbers
from chalicelib.storage.templates import TemplateRow, Templates, find_template
from chalicelib.storage.tenants import UniqueKeyRow
from chalicelib.whatsapp.client import GraphClient
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock
from tests.component.graph.server import GraphServer
from tests.component.graph.template_cases import BODY, create, intercept, review


def test_template_is_submitted(graph: GraphServer, ctx: TenantContext, number_id: str) -> None:
    """A template goes to Meta as it was written, and is kept with Meta's id and its variables."""
    out = create(ctx, number_id)
    assert (out.status, out.category, out.rejected_reason) == ("PENDING", "UTILITY", None)
    assert out.variables == ["header.1", "body.1", "body.2", "button.0"]
    assert (out.header, out.footer) == ("Order {{1}}", "Reply STOP to opt out")
    assert out.buttons == [{"type": "URL", "text": "Track", "url": "https://example.com/{{1}}"}]
    at_meta = graph.simulation.world.templates[out.meta_template_id]
    assert (at_meta.name, at_meta.language) == ("order_update", "en_US")
    owner = find_template(out.meta_template_id)
    assert owner is not None
    assert (owner.tenant_id, owner.entity_id) == (ctx.tenant_id, out.id)


def test_invalid_template_never_reaches_meta(
    graph: GraphServer, ctx: TenantContext, number_id: str
) -> None:
    """Variables that do not match their examples are an error of the field; Meta is not asked."""
    with pytest.raises(Invalid) as caught:
        create(ctx, number_id, body_examples=["Ana"])
    assert [e.field for e in caught.value.errors] == ["body_examples"]
    assert graph.simulation.world.templates == {}
    assert Templates(ctx).page(10, None).items == []


def test_unknown_number(ctx: TenantContext, number_id: str, other_ctx: TenantContext) -> None:
    """A number that is not there, or is another tenant's, cannot hold a template."""
    for context, wrong in ((ctx, "num_x"), (other_ctx, number_id)):
        with pytest.raises(NotFound):
            create(context, wrong)


def test_same_name_again_is_a_conflict(ctx: TenantContext, number_id: str) -> None:
    """A name and language that the tenant has already is refused, whatever the text."""
    create(ctx, number_id)
    with pytest.raises(Conflict, match="order_update"):
        create(ctx, number_id)
    with pytest.raises(Conflict, match="order_update"):
        create(ctx, number_id, body="Hi {{1}}, another {{2}} ships today.")
    assert len(Templates(ctx).page(10, None).items) == 1


def test_creation_that_died_half_way_is_adopted(
    graph: GraphServer, ctx: TenantContext, number_id: str
) -> None:
    """What is at Meta but not here, word for word, is taken over when it is created again."""
    lost = create(ctx, number_id)
    TemplateRow(ctx.tenant_id, lost.id).delete()
    UniqueKeyRow(f"template#{lost.meta_template_id}").delete()
    review(graph, lost.meta_template_id, "APPROVED")
    with pytest.raises(Conflict):
        create(ctx, number_id, footer="Other words")
    again = create(ctx, number_id)
    assert again.meta_template_id == lost.meta_template_id
    assert again.status == "APPROVED"
    assert len(graph.simulation.world.templates) == 1


def test_creation_without_an_answer_is_looked_up(
    graph: GraphServer, ctx: TenantContext, number_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a timeout Parley looks whether Meta made the template, and does not make a second."""
    lost = create(ctx, number_id)
    TemplateRow(ctx.tenant_id, lost.id).delete()
    UniqueKeyRow(f"template#{lost.meta_template_id}").delete()
    wire = httpx.HTTPTransport()

    def lose_the_answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            raise httpx.ReadTimeout("x")
        return wire.handle_request(request)

    client = GraphClient(httpx.MockTransport(lose_the_answer))
    monkeypatch.setattr(number_calls, "graph_client", lambda: client)
    assert create(ctx, number_id).meta_template_id == lost.meta_template_id
    wire.close()


def test_meta_s_own_rule(ctx: TenantContext, number_id: str, monkeypatch: Any) -> None:
    """What only Meta knows to be wrong is a 422 in Meta's words, and nothing is written."""
    refusal = {
        "error": {
            "message": "Invalid parameter",
            "code": 100,
            "error_subcode": 2388099,
            "error_user_msg": "Links must not be shortened.",
        }
    }
    intercept(monkeypatch, httpx.Response(400, json=refusal))
    with pytest.raises(Invalid, match="Links must not be shortened"):
        create(ctx, number_id)
    assert Templates(ctx).page(10, None).items == []


def test_meta_unclear_and_nothing_found(
    ctx: TenantContext, number_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A creation without an answer of which Meta knows nothing is told as unclear: 502."""
    intercept(monkeypatch, httpx.ReadTimeout("x"), httpx.Response(200, json={"data": []}))
    with pytest.raises(Upstream, match="may or may not"):
        create(ctx, number_id)


def test_name_is_found_on_a_later_page(
    ctx: TenantContext, number_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A taken name is looked for on every page, and by its language: another one is no match."""
    taken = {"error": {"message": "Invalid parameter", "code": 100, "error_subcode": 2388024}}
    first = {
        "data": [{"id": "700", "name": "order_update", "language": "de"}],
        "paging": {"next": "https://graph.invalid/next", "cursors": {"after": "A"}},
    }
    last = {"data": [{"id": "701", "name": "order_update", "language": "en_US"}]}
    calls = intercept(
        monkeypatch,
        httpx.Response(400, json=taken),
        httpx.Response(200, json=first),
        httpx.Response(200, json=last),
    )
    with pytest.raises(Conflict):
        create(ctx, number_id)
    assert len(calls) == 3


def test_template_deleted_at_meta_while_in_review(
    graph: GraphServer, ctx: TenantContext, number_id: str, clock: SettableClock
) -> None:
    """A look at a pending template that Meta no longer has shows it as deleted."""
    out = create(ctx, number_id)
    world = graph.simulation.world
    world.remove_template(world.templates[out.meta_template_id])
    clock.advance(60)
    assert templates.get_template(ctx, out.id).status == "DELETED"


def test_meta_throttles(
    ctx: TenantContext, number_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rate limit of Meta is a 503 that says when to come back."""
    limit = {"error": {"message": "limit", "code": 80007}}
    intercept(monkeypatch, httpx.Response(400, json=limit))
    with pytest.raises(Unavailable) as caught:
        create(ctx, number_id)
    assert caught.value.retry_after_s == 60


def test_template_goes_at_meta_and_here(
    graph: GraphServer, ctx: TenantContext, number_id: str
) -> None:
    """A deletion removes Meta's template, our row and the routing key; the name is free again."""
    out = create(ctx, number_id)
    templates.delete(ctx, out.id)
    assert out.meta_template_id not in graph.simulation.world.templates
    assert find_template(out.meta_template_id) is None
    with pytest.raises(NotFound):
        templates.delete(ctx, out.id)


def test_deletion_that_died_half_way_is_finished(
    graph: GraphServer, ctx: TenantContext, number_id: str
) -> None:
    """A template that Meta no longer has is deleted here without an error."""
    out = create(ctx, number_id)
    world = graph.simulation.world
    world.remove_template(world.templates[out.meta_template_id])
    templates.delete(ctx, out.id)
    with pytest.raises(NotFound):
        Templates(ctx).get(out.id)


def test_deletion_that_meta_refuses(
    ctx: TenantContext, number_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Meta keeps the template so do we."""
    out = create(ctx, number_id)
    refusal = {"error": {"message": "(#100) cannot delete", "code": 100}}
    still_there = {"id": out.meta_template_id, "status": "DISABLED"}
    intercept(monkeypatch, httpx.Response(400, json=refusal), httpx.Response(200, json=still_there))
    with pytest.raises(Invalid, match="cannot delete"):
        templates.delete(ctx, out.id)
    assert Templates(ctx).get(out.id).id == out.id


def test_routes(
    graph: GraphServer, api: ApiClient, number_id: str, other_ctx: TenantContext
) -> None:
    """Create, list by pages, get, delete; another tenant finds nothing."""
    made = [
        api.post("/api/templates", json=BODY | {"number_id": number_id, "name": f"n{i}"})
        for i in range(3)
    ]
    assert [answer.status for answer in made] == [201, 201, 201]
    first = api.get("/api/templates", params={"limit": 2})
    rest = api.get("/api/templates", params={"limit": 2, "cursor": first.body["next_cursor"]})
    ids = [item["id"] for item in first.body["items"] + rest.body["items"]]
    assert set(ids) == {answer.body["id"] for answer in made}
    path = f"/api/templates/{ids[0]}"
    assert api.get(path).body["id"] == ids[0]
    other = api.acting_as(other_ctx)
    assert other.get(path).status == 404
    assert other.delete(path).status == 404
    assert other.get("/api/templates", params={"cursor": first.body["next_cursor"]}).status == 422
    assert (api.delete(path).status, api.delete(path).status) == (204, 404)
    assert api.get("/api/templates/nonsense").status == 404


def test_mismatch_over_http(api: ApiClient, number_id: str) -> None:
    """A template whose variables do not match is a 422 that names the fields."""
    wrong = BODY | {"number_id": number_id, "body": "Hi {{2}} there, friend", "footer": "{{1}}"}
    answer = api.post("/api/templates", json=wrong)
    assert (answer.status, answer.body["code"]) == (422, "template_invalid")
    fields = {error["field"] for error in answer.body["errors"]}
    assert fields == {"body", "body_examples", "footer"}


def test_dead_token_turns_the_number_red(
    ctx: TenantContext, number_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that Meta no longer takes is told, and noted on the number."""
    dead = {"error": {"message": "Invalid OAuth access token", "code": 190}}
    intercept(monkeypatch, httpx.Response(401, json=dead))
    with pytest.raises(Upstream):
        create(ctx, number_id)
    assert Numbers(ctx).get(number_id).token_error is not None
