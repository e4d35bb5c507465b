"""Templates for tests: a request, a review, a webhook's event, and a Meta that fails on demand."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.ids import ordered_id
from chalicelib.schemas.template_edits import TemplateCreate
from chalicelib.schemas.templates import TemplateOut
from chalicelib.services import number_calls, template_creation
from chalicelib.storage.templates import TemplateRow, Templates
from chalicelib.whatsapp.client import GraphClient
from chalicelib.whatsapp.events import TemplateStatus
from tests.component.graph.server import GraphServer

BODY: dict[str, Any] = {
    "name": "order_update",
    "language": "en_US",
    "category": "UTILITY",
    "header": {"text": "Order {{1}}", "examples": ["77"]},
    "body": "Hi {{1}}, your {{2}} ships today.",
    "body_examples": ["Ana", "hat"],
    "footer": "Reply STOP to opt out",
    "buttons": [
        {
            "type": "URL",
            "text": "Track",
            "url": "https://example.com/{{1}}",
            "example": "https://example.com/77",
        }
    ],
}


def create(ctx: TenantContext, number_id: str, **changes: Any) -> TemplateOut:
    """Create a template like BODY, with `changes`."""
    body = TemplateCreate.model_validate(BODY | {"number_id": number_id} | changes)
    return template_creation.create(ctx, body)


def stored(ctx: TenantContext, name: str, language: str = "en_US", **more: Any) -> TemplateRow:
    """Write a template that only Parley knows."""
    template_id = ordered_id("tpl", 1_794_700_000_000)
    fields: dict[str, Any] = {
        "number_id": "num_x",
        "waba_id": "2001",
        "meta_template_id": template_id,
        "name": name,
        "language": language,
        "category": "UTILITY",
        "status": "PENDING",
        "components": [{"type": "BODY", "text": "Hello"}],
        "variables": [],
        "created_at": 1,
        "updated_at": 1,
    }
    row = TemplateRow(ctx.tenant_id, template_id, **{**fields, **more})
    Templates(ctx).add(row)
    return row


def review(graph: GraphServer, meta_template_id: str, decision: str, **more: str) -> None:
    """Have the sandbox decide on a template."""
    answer = graph.http.post(
        f"/sandbox/templates/{meta_template_id}/review", json={"decision": decision, **more}
    )
    assert answer.status_code == 200, answer.text


def template_event(
    graph: GraphServer, meta_template_id: str, event: str, at_s: int
) -> TemplateStatus:
    """Return what a webhook says of a template."""
    return TemplateStatus(
        waba_id=graph.fixture.waba_id,
        meta_template_id=meta_template_id,
        name=BODY["name"],
        language=BODY["language"],
        event=event,
        reason="FIRST_PAUSE" if event == "PAUSED" else None,
        at_ms=at_s * 1000,
    )


def intercept(monkeypatch: pytest.MonkeyPatch, *failures: httpx.Response | Exception) -> list[str]:
    """Answer Parley's next calls of Meta with `failures`, the last one again and again.

    Returns the list of calls made; nothing is waited for between them.
    """
    calls: list[str] = []
    left = list(failures)

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(f"{request.method} {request.url.path}")
        outcome = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    client = GraphClient(httpx.MockTransport(handler), sleep=lambda _seconds: None)
    monkeypatch.setattr(number_calls, "graph_client", lambda: client)
    return calls
