"""The inbox over HTTP: as an agent's browser and an integrator's program use it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from chalicelib.core.context import TenantContext
from tests.component.api_client import ApiClient
from tests.component.campaigns.conftest import Bench, People, set_faults
from tests.component.campaigns.test_replies import received, write_in

TEXT = {"type": "text", "text": {"body": "We have told the driver."}}


@pytest.fixture
def path(bench: Bench, people: People) -> str:
    """Give the conversation with a customer who has just written."""
    (contact_id,) = people(1)
    write_in(bench, contact_id)
    return f"/api/conversations/{contact_id}"


def key() -> dict[str, str]:
    """Return the header with a new key."""
    return {"Idempotency-Key": str(uuid.uuid4())}


def test_double_click_sends_once(api: ApiClient, bench: Bench, path: str) -> None:
    """The same request with the same key reaches the customer once, and is answered alike."""
    header = key()
    first, second = (api.post(f"{path}/messages", json=TEXT, headers=header) for _ in range(2))
    assert (first.status, second.status, second.body) == (201, 201, first.body)
    assert len(received(bench)) == 1
    assert api.post(f"{path}/messages", json=TEXT, headers=key()).body["id"] != first.body["id"]
    assert len(received(bench)) == 2


def test_lost_answer_is_not_sent_again(api: ApiClient, bench: Bench, path: str) -> None:
    """After WhatsApp's answer was lost the same key never sends again; the thread tells."""
    set_faults(bench.meta, error_after_accept=1.0)
    header = key()
    first = api.post(f"{path}/messages", json=TEXT, headers=header)
    assert first.status == 502
    set_faults(bench.meta)
    second = api.post(f"{path}/messages", json=TEXT, headers=header)
    assert (second.status, second.body["code"]) == (409, "request_interrupted")
    assert len(received(bench)) == 1
    shown = api.get(f"{path}/messages").body["items"][0]
    assert (shown["state"], shown["failure"]["whose"]) == ("unknown", "meta")


def test_refused_message_may_be_sent_again(api: ApiClient, bench: Bench, path: str) -> None:
    """What WhatsApp surely refused may be sent again with the same key, and then goes out once."""
    set_faults(bench.meta, fail_sync=1.0)
    header = key()
    assert api.post(f"{path}/messages", json=TEXT, headers=header).status == 422
    failed = api.get(f"{path}/messages").body["items"][0]
    assert (failed["state"], failed["failure"]["code"]) == ("failed", 131026)
    assert failed["failure"]["next_step"]
    set_faults(bench.meta)
    assert api.post(f"{path}/messages", json=TEXT, headers=header).status == 201
    assert len(received(bench)) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": ""}, "text.body"),
        ({"type": "text"}, "text"),
        ({"type": "dance"}, "type"),
        ({"type": "image", "image": {}}, "image.id"),
        (
            {
                "type": "interactive",
                "interactive": {
                    "type": "button",
                    "body": {"text": "Yes?"},
                    "action": {"buttons": [{"reply": {"id": "1", "title": "x" * 21}}]},
                },
            },
            "interactive.action.buttons.0.reply.title",
        ),
        ({"type": "template", "template": {"name": "x"}}, "template.language"),
        ({"type": "template", "template": {"id": "tpl_x"}}, "template.id"),
        ({"type": "text", "text": {"body": "x"}, "context": {"message_id": "wamid.0"}},
         "context.message_id"),
    ],
)  # fmt: skip
def test_field_that_is_wrong_is_named(
    api: ApiClient, bench: Bench, path: str, body: dict[str, Any], field: str
) -> None:
    """Nothing goes out, nothing is kept, and the error's path is that of the request."""
    answer = api.post(f"{path}/messages", json=body)
    assert answer.status == 422
    assert field in [error["field"] for error in answer.body["errors"]]
    assert received(bench) == []
    assert len(api.get(f"{path}/messages").body["items"]) == 1


def test_reading_and_typing(api: ApiClient, bench: Bench, path: str) -> None:
    """A receipt clears the count here and on the customer's phone."""
    assert api.get(path).body["unread"] == 1
    answer = api.post(f"{path}/read", json={"typing": True})
    assert (answer.status, answer.body["unread"]) == (200, 0)
    (message,) = bench.meta.simulation.world.inbound.values()
    assert message.read


def test_viewer_reads_only(api: ApiClient, bench: Bench, ctx: TenantContext, path: str) -> None:
    """A viewer sees the thread and can neither send nor mark as read; an agent can."""
    viewer = api.acting_as(TenantContext(ctx.tenant_id, ctx.user_id, "viewer", "req_1"))
    assert viewer.get(f"{path}/messages").status == 200
    assert viewer.post(f"{path}/messages", json=TEXT).status == 403
    assert viewer.post(f"{path}/read", json={}).status == 403
    agent = api.acting_as(TenantContext(ctx.tenant_id, "usr_agent", "agent", "req_1"))
    sent = agent.post(f"{path}/messages", json=TEXT)
    assert (sent.status, sent.body["sent_by"]) == (201, "usr_agent")
    assert len(received(bench)) == 1
