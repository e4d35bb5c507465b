"""Calls that Parley builds beside plain messages, against the sandbox's idea of what Meta takes."""

from __future__ import annotations

import time
from typing import Any

import pytest

from chalicelib.whatsapp import analytics
from chalicelib.whatsapp.client import graph_client
from chalicelib.whatsapp.errors import Refused
from chalicelib.whatsapp.graph import GraphRequest, node
from chalicelib.whatsapp.message_history import history_request, read_history
from chalicelib.whatsapp.message_sender import Accepted, read_accepted, send_request
from chalicelib.whatsapp.messages import (
    SendOptions,
    content_message,
    marketing_message,
    read_receipt,
    template_message,
)
from tests.component.graph.server import GraphServer

TO = "+447400123456"


def call(graph: GraphServer, request: GraphRequest) -> dict[str, Any]:
    """Make one call with the fixture's token."""
    return graph_client().call(graph.fixture.access_token, request)


def send(graph: GraphServer, payload: dict[str, Any], edge: str = "messages") -> Accepted:
    """Send one message."""
    request = send_request(graph.fixture.phone_number_id, payload, edge)
    return read_accepted(call(graph, request))


def write_in(graph: GraphServer) -> str:
    """Have the customer write; return Meta's id of the message."""
    answer = graph.http.post(
        f"/sandbox/contacts/{TO[1:]}/messages",
        json={"phone_number_id": graph.fixture.phone_number_id, "type": "text", "text": "Hi"},
    )
    answer.raise_for_status()
    return str(answer.json()["id"])


def approved(graph: GraphServer, category: str) -> tuple[str, str]:
    """Create a template of a category and have it approved; return its name and id."""
    name = f"about_{category.lower()}"
    body = {
        "name": name,
        "language": "en_US",
        "category": category,
        "components": [{"type": "BODY", "text": "We are open today, come and see."}],
    }
    request = GraphRequest("POST", node(graph.fixture.waba_id, "message_templates"), json=body)
    template_id = str(call(graph, request)["id"])
    review = f"/sandbox/templates/{template_id}/review"
    graph.http.post(review, json={"decision": "APPROVED"}).raise_for_status()
    return name, template_id


def test_read_receipt_with_typing(graph: GraphServer) -> None:
    """A receipt names the customer's message; one of nothing is refused."""
    wamid = write_in(graph)
    path = send_request(graph.fixture.phone_number_id, read_receipt(wamid, is_typing=True))
    assert call(graph, path) == {"success": True}
    assert graph.simulation.world.inbound[wamid].read
    with pytest.raises(Refused):
        call(graph, send_request(graph.fixture.phone_number_id, read_receipt("wamid.none")))


def test_quotation_reaches_the_phone(graph: GraphServer) -> None:
    """The message that is answered is named in the context."""
    wamid = write_in(graph)
    options = SendOptions(context_wamid=wamid)
    sent = send(graph, content_message(TO, "text", {"body": "Hello"}, "cb", options))
    assert graph.simulation.world.messages[sent.message_id].context_id == wamid


def test_direct_send_needs_no_window(graph: GraphServer) -> None:
    """A message with a category goes out without a template, and with a time to live."""
    options = SendOptions(category="utility", ttl_seconds=60)
    sent = send(graph, content_message(TO, "text", {"body": "It is here"}, "cb", options))
    assert graph.simulation.world.messages[sent.message_id].category == "utility"


def test_marketing_messages(graph: GraphServer) -> None:
    """Marketing templates go through their own API; others are refused there."""
    behaviour = {"ads_sync_s": 0.0}
    graph.http.patch("/sandbox/behaviour", json=behaviour).raise_for_status()
    name, _ = approved(graph, "MARKETING")
    payload = template_message(TO, name, "en_US", [], "cb")
    extended = marketing_message(payload, "STRICT", is_activity_shared=False)
    sent = send(graph, extended, "marketing_messages")
    assert graph.simulation.world.messages[sent.message_id].category == "marketing_lite"
    other, _ = approved(graph, "UTILITY")
    wrong = marketing_message(template_message(TO, other, "en_US", [], "cb"))
    with pytest.raises(Refused) as caught:
        send(graph, wrong, "marketing_messages")
    assert caught.value.code in {131055, 134100}


def test_figures_of_the_account(graph: GraphServer) -> None:
    """Messages, prices and templates are counted as they were sent."""
    name, template_id = approved(graph, "UTILITY")
    call(graph, analytics.enable_insights_request(graph.fixture.waba_id))
    sent = send(graph, template_message(TO, name, "en_US", [], "cb"))
    deadline = time.monotonic() + 10
    while graph.simulation.world.messages[sent.message_id].status not in {"delivered", "read"}:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    waba_id, now_s = graph.fixture.waba_id, int(time.time())
    day = analytics.Period(now_s - 86_400, now_s + 86_400)
    asked = analytics.message_analytics_request(waba_id, day)
    points = analytics.read_message_analytics(call(graph, asked))
    assert (sum(p.sent for p in points), sum(p.delivered for p in points)) == (1, 1)
    priced = analytics.read_pricing_analytics(
        call(graph, analytics.pricing_analytics_request(waba_id, day))
    )
    assert sum(p.volume for p in priced) == 1
    assert {(p.pricing_category.upper(), p.country) for p in priced} == {("UTILITY", "GB")}
    analytics.read_conversation_analytics(
        call(graph, analytics.conversation_analytics_request(waba_id, day))
    )
    of_templates = analytics.template_analytics_request(waba_id, day, [template_id])
    (found,) = [p for p in analytics.read_template_analytics(call(graph, of_templates)) if p.sent]
    assert (found.template_id, found.sent, found.delivered) == (template_id, 1, 1)
    history = history_request(graph.fixture.phone_number_id, sent.message_id)
    steps = [event.status for event in read_history(call(graph, history))]
    assert {"sent", "delivered"} <= set(steps)
