"""Live validation: what WhatsApp would say of a template that is still being written."""

from __future__ import annotations

from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.services import templates
from chalicelib.services.template_status import apply_status
from chalicelib.storage.templates import Templates
from tests.component.api_client import ApiClient
from tests.component.graph.server import GraphServer
from tests.component.graph.template_cases import BODY, create, review, template_event


def check(api: ApiClient, **body: Any) -> Any:
    """Return what is said of a template."""
    answer = api.post("/api/templates/validate", json=body)
    assert answer.status == 200, answer.text
    return answer.body


def fields(found: list[dict[str, str]]) -> set[str]:
    """Return the fields of what is said."""
    return {one["field"] for one in found}


def test_empty_form(api: ApiClient) -> None:
    """A form that is still empty is told what it needs, field by field, not refused."""
    found = check(api)
    assert fields(found["problems"]) == {"name", "language", "category", "body"}
    assert found["preview"]["body"] == ""


def test_problems_warnings_and_preview(
    graph: GraphServer, api: ApiClient, ctx: TenantContext, number_id: str
) -> None:
    """One answer has what must change, what to think over, and how it looks; nothing is written."""
    reply = {"type": "QUICK_REPLY", "text": "Yes"}
    found = check(
        api,
        number_id=number_id,
        name="autumn",
        language="en_US",
        category="UTILITY",
        components=[
            {"type": "HEADER", "format": "TEXT", "text": "x" * 61},
            {
                "type": "BODY",
                "text": "Hi {{1}}, here are 20 % off",
                "example": {"body_text": [["Ana"]]},
            },
            {"type": "BUTTONS", "buttons": [reply] * 4},
        ],
    )
    assert fields(found["problems"]) == {"components.0.text"}
    assert "at most 60" in found["problems"][0]["message"]
    assert fields(found["warnings"]) == {"components.1.text", "components.2.buttons"}
    assert found["variables"] == ["body.1"]
    assert found["preview"]["body"] == "Hi Ana, here are 20 % off"
    assert [button["text"] for button in found["preview"]["buttons"]] == ["Yes"] * 4
    assert graph.simulation.world.templates == {}
    assert Templates(ctx).page(10, None).items == []


def test_preview_without_examples(api: ApiClient) -> None:
    """A variable whose example is still empty stands in the preview as it is written."""
    body = {
        "type": "BODY",
        "text": "Hi {{1}}, your {{2}} is here",
        "example": {"body_text": [["Ana", " "]]},
    }
    found = check(api, name="autumn", language="en", category="UTILITY", components=[body])
    assert found["preview"]["body"] == "Hi Ana, your {{2}} is here"
    assert found["preview"]["missing"] == ["body.2"]


def test_short_form(api: ApiClient) -> None:
    """The short form is told by its own fields."""
    found = check(
        api,
        **{**BODY, "footer": "{{1}}", "body": "Hi {{1}}{{2}} there, my friend", "header": None},
    )
    assert fields(found["problems"]) == {"footer", "body"}


def test_name_that_is_taken(
    graph: GraphServer, api: ApiClient, ctx: TenantContext, number_id: str
) -> None:
    """With a number the name is looked up: taken, or kept by Meta after a deletion."""
    out = create(ctx, number_id)
    body = BODY | {"number_id": number_id}
    assert fields(check(api, **body)["problems"]) == {"name"}
    assert fields(check(api, **body | {"language": "de"})["problems"]) == set()
    review(graph, out.meta_template_id, "APPROVED")
    apply_status(template_event(graph, out.meta_template_id, "APPROVED", 100))
    templates.delete(ctx, out.id)
    found = check(api, **body)["problems"]
    assert fields(found) == {"name"}
    assert "30 days" in found[0]["message"]


def test_edit_that_must_wait(
    graph: GraphServer, api: ApiClient, ctx: TenantContext, number_id: str
) -> None:
    """Of an existing template it is told whether Meta takes an edit now."""
    out = create(ctx, number_id)
    found = check(api, template_id=out.id, body="Good day to you")
    assert fields(found["problems"]) == {"template_id"}
    apply_status(template_event(graph, out.meta_template_id, "APPROVED", 100))
    assert check(api, template_id=out.id, body="Good day to you")["problems"] == []


def test_what_is_not_there(api: ApiClient, other_ctx: TenantContext, number_id: str) -> None:
    """A number or template that is not there, or is another tenant's, is 404."""
    for body in ({"number_id": "num_x", "name": "a"}, {"template_id": "tpl_x"}):
        assert api.post("/api/templates/validate", json=body).status == 404
    body = {"number_id": number_id, "name": "a"}
    assert api.acting_as(other_ctx).post("/api/templates/validate", json=body).status == 404
