"""Messages that Parley builds, against the sandbox's idea of what Meta takes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.schemas.numbers import NumberConnect
from chalicelib.schemas.template_edits import TemplateCreate
from chalicelib.services import numbers, template_creation, template_view
from chalicelib.storage.templates import TemplateRow, Templates
from chalicelib.whatsapp.errors import Refused, TemplateBlocked, TokenRefused
from chalicelib.whatsapp.message_sender import Accepted, MessageSender
from chalicelib.whatsapp.messages import template_message, text_message
from chalicelib.whatsapp.sending import send_now
from chalicelib.whatsapp.template_text import send_components
from tests.component.graph.server import GraphServer

TO = "+447400123456"
CALLBACK = "p1.cmp_x.ten_x.con_x.msg_x.sig"
BODY: dict[str, Any] = {
    "name": "order_update",
    "language": "pt_BR",
    "category": "MARKETING",
    "header": {"text": "Pedido {{1}}", "examples": ["77"]},
    "body": "Olá {{1}}, o seu {{2}} sai hoje.",
    "body_examples": ["Ana", "chapéu"],
    "buttons": [
        {"type": "QUICK_REPLY", "text": "Sair"},
        {
            "type": "URL",
            "text": "Ver",
            "url": "https://example.com/{{1}}",
            "example": "https://example.com/77",
        },
    ],
}
VALUES = {"header.1": "77", "body.1": "Ana\n\tMaria", "body.2": "cha     péu", "button.1": "t/7"}


@pytest.fixture
def approved(graph: GraphServer, ctx: TenantContext) -> TemplateRow:
    """Give an approved template of a connected number."""
    fixture = graph.fixture
    connect = NumberConnect.model_validate(
        {
            "phone_number_id": fixture.phone_number_id,
            "waba_id": fixture.waba_id,
            "access_token": fixture.access_token,
        }
    )
    number = numbers.connect(ctx, connect)
    body = TemplateCreate.model_validate(BODY | {"number_id": number.id})
    made = template_creation.create(ctx, body)
    review = f"/sandbox/templates/{made.meta_template_id}/review"
    graph.http.post(review, json={"decision": "APPROVED"}).raise_for_status()
    return Templates(ctx).get(made.id)


def _send(graph: GraphServer, payload: Mapping[str, Any]) -> Accepted:
    async def act() -> Accepted:
        sender = MessageSender()
        try:
            return await sender.send(
                graph.fixture.phone_number_id, graph.fixture.access_token, payload
            )
        finally:
            await sender.aclose()

    return asyncio.run(act())


def _template(row: TemplateRow, **changes: str) -> dict[str, Any]:
    components = send_components(template_view.shape(row), VALUES | changes)
    return template_message(TO, row.name, row.language, components, CALLBACK)


def test_template_with_every_part_is_accepted(graph: GraphServer, approved: TemplateRow) -> None:
    """Header, body and button values fit Meta's checks, line breaks and spaces cleaned away."""
    accepted = _send(graph, _template(approved))
    assert accepted.message_id.startswith("wamid.")
    assert (accepted.wa_id, accepted.is_held) == (TO[1:], False)
    (sent,) = graph.http.get("/sandbox/messages", params={"wa_id": TO[1:]}).json()["items"]
    assert sent["callback_data"] == CALLBACK
    content = sent["content"] if isinstance(sent["content"], dict) else json.loads(sent["content"])
    (body,) = [part for part in content["components"] if part["type"] == "body"]
    assert [p["text"] for p in body["parameters"]] == ["Ana Maria", "cha    péu"]


def test_paused_template_stops_the_campaign(graph: GraphServer, approved: TemplateRow) -> None:
    """A send of a paused template is the error that pauses."""
    review = f"/sandbox/templates/{approved.meta_template_id}/review"
    graph.http.post(review, json={"decision": "PAUSED"}).raise_for_status()
    with pytest.raises(TemplateBlocked) as caught:
        _send(graph, _template(approved))
    assert (caught.value.code, caught.value.pauses) == (132015, True)


def test_value_that_is_empty_is_refused_for_this_one(
    graph: GraphServer, approved: TemplateRow
) -> None:
    """An empty value fails this message, not the campaign."""
    with pytest.raises(Refused) as caught:
        _send(graph, _template(approved, **{"body.1": " "}))
    assert not caught.value.pauses


def test_reply_by_the_synchronous_way(graph: GraphServer, approved: TemplateRow) -> None:
    """An agent's text is accepted; a wrong token is told as such."""
    payload = text_message(TO, "Olá 👋", CALLBACK)
    fixture = graph.fixture
    accepted = send_now(fixture.access_token, fixture.phone_number_id, payload)
    assert accepted.message_id.startswith("wamid.")
    with pytest.raises(TokenRefused):
        send_now("EAAwrong", fixture.phone_number_id, payload)
