"""The health check over the API."""

from __future__ import annotations

import time

import httpx
import pytest

from chalicelib.core import aws as cloud
from chalicelib.services import health
from chalicelib.whatsapp.client import GraphClient
from tests.component.api_client import ApiClient


@pytest.fixture
def nobody(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> ApiClient:
    """Give a client without a token, and a WhatsApp that answers."""
    _whatsapp_answers(monkeypatch, 404)
    return api.acting_as(None)


def _whatsapp_answers(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    client = GraphClient(httpx.MockTransport(lambda _request: httpx.Response(status)))
    monkeypatch.setattr(health, "graph_client", lambda: client)


def test_all_is_well(nobody: ApiClient) -> None:
    """With everything there the answer is 200 and `ok`, with each check's latency."""
    answer = nobody.get("/api/health")
    assert answer.status == 200
    assert answer.body["status"] == "ok"
    assert answer.body["version"] == "test"
    assert set(answer.body["services"]) == {"database", "queues", "storage", "whatsapp"}
    assert all(s["latency_ms"] >= 0 for s in answer.body["services"].values())


@pytest.mark.parametrize(("service", "status"), [("storage", 503), ("whatsapp", 200)])
def test_one_is_down(
    nobody: ApiClient, monkeypatch: pytest.MonkeyPatch, service: str, status: int
) -> None:
    """What Parley cannot do without makes it 503; without WhatsApp it still takes work."""
    if service == "storage":
        cloud.client("s3").delete_bucket(Bucket="parley-local")
    else:
        _whatsapp_answers(monkeypatch, 503)
    try:
        answer = nobody.get("/api/health")
    finally:
        if service == "storage":
            cloud.client("s3").create_bucket(Bucket="parley-local")
    assert (answer.status, answer.body["status"]) == (status, "degraded")
    states = {name: found["status"] for name, found in answer.body["services"].items()}
    assert [name for name, state in states.items() if state == "down"] == [service]
    assert answer.body["services"][service]["detail"] == "it cannot be used"


def test_slow_service_is_down_in_time(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dependency that hangs is reported as down at the deadline; the answer does not hang."""
    monkeypatch.setitem(health.CHECKS, "queues", lambda: time.sleep(0.6))
    _whatsapp_answers(monkeypatch, 404)
    started = time.perf_counter()
    found = health.check(deadline_s=0.3)
    assert time.perf_counter() - started < 0.6
    assert found.services["queues"].detail == "no answer in time"
    assert not health.is_able(found)
