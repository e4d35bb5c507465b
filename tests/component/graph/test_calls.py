"""Calls that Parley builds beside plain messages, against the sandbox's idea of what Meta takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.whatsapp import analytics, number_settings, numbers
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


class _Challenged(BaseHTTPRequestHandler):
    """Shakes hands as a webhook has to: it gives the challenge back."""

    def do_GET(self) -> None:
        """Answer Meta's check of the address."""
        (challenge,) = parse_qs(urlsplit(self.path).query)["hub.challenge"]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(challenge.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def callback() -> Iterator[str]:
    """Give the address of a webhook."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Challenged) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


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


def test_what_a_number_keeps_at_meta(graph: GraphServer) -> None:
    """Flows' key, India's compliance details and where data rest are set and read again."""
    number = graph.fixture.phone_number_id
    key = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----"
    call(graph, number_settings.set_encryption_request(number, key))
    kept = call(graph, number_settings.encryption_request(number))
    assert kept["data"][0]["business_public_key"] == key
    contact = {"email": "care@hats.example"}
    details = {
        "entity_name": "Hats",
        "entity_type": "PARTNERSHIP",
        "is_registered": True,
        "grievance_officer_details": contact,
        "customer_care_details": contact,
    }
    call(graph, number_settings.set_compliance_request(number, details))
    compliance = call(graph, number_settings.compliance_request(number))
    assert details.items() <= number_settings.read_compliance(compliance).items()
    call(graph, number_settings.set_storage_request(number, "IN_COUNTRY_STORAGE_ENABLED", "DE"))
    stored = call(graph, number_settings.settings_request(number))["storage_configuration"]
    assert stored["data_localization_region"] == "DE"


def test_who_gets_the_webhooks(graph: GraphServer, callback: str) -> None:
    """The app is listed with its override; number goes before account, and an empty one clears."""
    waba_id, number_id = graph.fixture.waba_id, graph.fixture.phone_number_id
    call(graph, numbers.subscribe_request(waba_id))
    call(graph, numbers.override_account_request(waba_id, f"{callback}/account", "secret"))
    call(graph, numbers.override_number_request(number_id, f"{callback}/number", "secret"))
    (app,) = numbers.read_subscriptions(call(graph, numbers.subscriptions_request(waba_id)))
    assert app.override_callback_uri == f"{callback}/account"
    levels = numbers.read_callbacks(call(graph, numbers.callbacks_request(number_id)))
    assert levels["phone_number"] == f"{callback}/number"
    assert levels["whatsapp_business_account"] == f"{callback}/account"
    call(graph, numbers.override_number_request(number_id, ""))
    call(graph, numbers.subscribe_request(waba_id))
    assert "phone_number" not in numbers.read_callbacks(
        call(graph, numbers.callbacks_request(number_id))
    )
    (app,) = numbers.read_subscriptions(call(graph, numbers.subscriptions_request(waba_id)))
    assert app.override_callback_uri is None
    call(graph, numbers.unsubscribe_request(waba_id))
    assert numbers.read_subscriptions(call(graph, numbers.subscriptions_request(waba_id))) == ()


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
