"""The whole package, deployed into the emulator, answers over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import botocore.session
import httpx
import pytest

from infra.local.deploy import Functions
from infra.local.fixture import MetaApp

Stack = tuple[dict[str, str], Functions]


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    """Give a client that waits for a cold start on a slow machine."""
    with httpx.Client(timeout=30, trust_env=False) as client:
        yield client


def test_health_is_answered(stack: Stack, http: httpx.Client) -> None:
    """The health route reaches the tables, queues and bucket that were deployed with it."""
    answer = http.get(f"{stack[1].api_url}/api/health")
    services = answer.json()["services"]
    assert answer.status_code in {200, 503}, answer.text
    assert {"database", "queues", "storage"} <= set(services)


def test_the_openapi_document_has_every_route(stack: Stack, http: httpx.Client) -> None:
    """Although its function loads one blueprint, the document tells of all."""
    document = http.get(f"{stack[1].api_url}/api/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert {"/api/contacts", "/api/campaigns", "/api/auth/login"} <= set(document["paths"])


def test_a_stranger_is_refused(stack: Stack, http: httpx.Client) -> None:
    """A route that needs a token says so in problem+json."""
    answer = http.get(f"{stack[1].api_url}/api/contacts")
    assert answer.status_code == 401, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unauthenticated"


def test_the_webhook_shakes_hands(stack: Stack, meta_app: MetaApp, http: httpx.Client) -> None:
    """Meta's subscription handshake is echoed with the right token and refused with another."""
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444"}
    url = stack[1].webhook_url
    right = http.get(url, params={**query, "hub.verify_token": meta_app.verify_token})
    assert (right.status_code, right.text) == (200, "1158201444")
    wrong = http.get(url, params={**query, "hub.verify_token": "guess"})
    assert wrong.status_code in {401, 403}


def test_an_unsigned_webhook_is_refused(stack: Stack, http: httpx.Client) -> None:
    """A body without Meta's signature changes nothing and is answered 401."""
    body = json.dumps({"object": "whatsapp_business_account", "entry": []})
    answer = http.post(stack[1].webhook_url, content=body)
    assert answer.status_code == 401


def test_each_queue_has_a_consumer_that_keeps_what_it_cannot_do(stack: Stack) -> None:
    """A message that no code understands is taken, reported as failed, and stays in its queue."""
    env = stack[0]
    sqs: Any = botocore.session.get_session().create_client(
        "sqs",
        endpoint_url=env["AWS_ENDPOINT_URL"],
        region_name=env["AWS_REGION"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    urls = {
        name: env[f"{name}_QUEUE_URL"] for name in ("PLAN", "SEND", "INBOUND", "IMPORTS", "MEDIA")
    }
    wanted = {"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "1"}

    def counts() -> dict[str, dict[str, str]]:
        return {
            name: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(wanted))["Attributes"]
            for name, url in urls.items()
        }

    for url in urls.values():
        sqs.send_message(QueueUrl=url, MessageBody='{"v": 999}')
    end = time.monotonic() + 20
    while any(found != wanted for found in counts().values()) and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(2)  # long enough for the functions to answer, and for a success to be deleted
    assert counts() == dict.fromkeys(urls, wanted)
