"""When a failed call is made again: the policy's table, and a client that keeps to it."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, strategies as st

from chalicelib.core.config import settings
from chalicelib.whatsapp import graph
from chalicelib.whatsapp.client import GraphClient
from chalicelib.whatsapp.codes import THROTTLE_CODES
from chalicelib.whatsapp.errors import (
    OutcomeUnknown,
    Refused,
    Throttled,
    Unreachable,
    WhatsAppError,
    error_from_body,
)
from chalicelib.whatsapp.graph import GraphRequest
from chalicelib.whatsapp.retrying import delay_s
from chalicelib.whatsapp.usage import Usage, read_usage

GET = GraphRequest("GET", "/1")
POST = GraphRequest("POST", "/1/messages", json={})
Scripted = tuple[int, dict[str, Any], dict[str, str]]
OK: Scripted = (200, {"id": "1"}, {})


def refused(status: int, code: int, **headers: str) -> Scripted:
    """Return an error of Meta."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"error": {"message": "m", "code": code}}, names


@pytest.mark.parametrize(
    ("error", "delays"),
    [
        (Throttled("m", 130429), [1, 2, 4, 8, 16, 32, 60, 60]),
        (Throttled("m"), [1, 2, 4]),
        (Throttled("m", 131056), [1, 4, 16, 64]),
        (Throttled("m", 131057), [60, 120, 180, 240, 300, 300]),
        (Throttled("m", 80007), [60, 60]),
        (Unreachable("m"), [0.25, 0.5, None]),
        (OutcomeUnknown("m"), [None]),
        (Refused("m", 131047), [None]),
    ],
)
def test_delays_are_those_of_the_table(error: WhatsAppError, delays: list[float | None]) -> None:
    """Each failure waits as the table says, without the random part."""
    assert [delay_s(error, n + 1, 0.0) for n in range(len(delays))] == delays


def test_meta_s_own_word_counts() -> None:
    """A call limit is waited out as long as Meta's header says."""
    error = Throttled("m", 4)
    error.retry_after_s = 300
    assert delay_s(error, 1, 0.9) == 300


@given(
    code=st.none() | st.sampled_from([*sorted(THROTTLE_CODES), 1, 2, 100, 190, 131000, 131047]),
    status=st.sampled_from([400, 401, 429, 500, 503]),
    failures=st.integers(1, 50),
    draw=st.floats(0, 1),
    is_read=st.booleans(),
)
def test_nothing_that_may_have_been_accepted_is_sent_again(
    code: int | None, status: int, failures: int, draw: float, *, is_read: bool
) -> None:
    """Whatever the failure, a send is repeated only after a sure refusal, and never without end."""
    error = error_from_body(status, {"error": {"message": "m", "code": code}})
    wait_s = delay_s(error, failures, draw, is_read=is_read)
    if wait_s is not None:
        assert isinstance(error, Throttled) or is_read
        assert 0.25 <= wait_s <= 4.0**6


@dataclass
class Server:
    """A scripted Graph API, and what it was asked."""

    answers: list[Scripted]
    asked: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    now_s: float = 0.0

    def client(self) -> GraphClient:
        """Return a client whose waiting takes no time."""

        def sleep(seconds: float) -> None:
            self.waits.append(seconds)
            self.now_s += seconds

        return GraphClient(sleep=sleep, clock=lambda: self.now_s, draw=lambda: 0.0)


Serving = Callable[..., Server]


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    """Give a function that serves answers in their order, over a real socket."""
    with _http_server() as (address, script):
        monkeypatch.setenv("GRAPH_URL", address)
        settings.cache_clear()

        def serve(*answers: Scripted) -> Server:
            script.append(Server(list(answers)))
            return script[-1]

        yield serve
    settings.cache_clear()


@contextmanager
def _http_server() -> Iterator[tuple[str, list[Server]]]:
    script: list[Server] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            server = script[-1]
            server.asked.append(self.path)
            status, body, headers = server.answers.pop(0)
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer  # noqa: N815 - the names of http.server

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_throttled_call_comes_back(serving: Serving) -> None:
    """A call that Meta surely refused for now is made again until it is taken."""
    server = serving(refused(400, 130429), refused(400, 130429), OK)
    client = server.client()
    assert client.call("t", POST) == {"id": "1"}
    assert server.waits == [1.0, 2.0]
    client.close()


def test_wait_is_bounded(serving: Serving) -> None:
    """A turn that would come too late is left to the caller, with the time to come back."""
    server = serving(*[refused(400, 130429)] * 3)
    client = server.client()
    with pytest.raises(Throttled) as caught:
        client.call("t", POST, retry_for_s=4.0)
    assert (server.waits, caught.value.retry_after_s) == ([1.0, 2.0], 4)
    client.close()


def test_limit_of_the_account_is_told(serving: Serving) -> None:
    """Meta's minutes until the limit opens again reach the caller as seconds, at once."""
    entry = {"type": "whatsapp", "call_count": 100, "estimated_time_to_regain_access": 5}
    header = json.dumps({"2001": [entry]})
    server = serving(refused(400, 80007, X_Business_Use_Case_Usage=header))
    client = server.client()
    with pytest.raises(Throttled) as caught:
        client.call("t", GET)
    assert (server.waits, caught.value.retry_after_s) == ([], 300)
    client.close()


def test_unclear_answer_is_repeated_for_reads_only(serving: Serving) -> None:
    """After a 5xx a GET is made again, a POST never: it may have been accepted."""
    server = serving(refused(503, 2), OK)
    client = server.client()
    assert client.call("t", GET) == {"id": "1"}
    server = serving(refused(503, 2), OK)
    with pytest.raises(OutcomeUnknown):
        server.client().call("t", POST)
    assert len(server.asked) == 1
    client.close()


def test_usage_headers_of_all_kinds() -> None:
    """The fullest of all limits counts; what cannot be read says nothing."""
    app = json.dumps({"call_count": 12, "total_cputime": 85, "total_time": 2})
    assert read_usage({"X-App-Usage": app}) == Usage(85, 0)
    entries = json.dumps({"2001": [{"call_count": 90, "estimated_time_to_regain_access": 2}]})
    both = {"X-App-Usage": app, "X-Business-Use-Case-Usage": entries}
    assert read_usage(both) == Usage(90, 120)
    for text in ("", "{", "[]", '{"a": 1}', '{"call_count": "x"}', '{"call_count": NaN}'):
        found = read_usage({"X-App-Usage": text})
        assert found is None or found == Usage(0, 0)


def test_proof_goes_with_the_token(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the deployment says so, each call proves that it knows the app's secret."""
    secrets = SimpleNamespace(meta_app_secrets=("shh", "old"))
    monkeypatch.setattr(graph, "platform_secrets", lambda: secrets)
    server = serving(OK, OK)
    client = server.client()
    client.call("token-1", GET)
    monkeypatch.setenv("GRAPH_APPSECRET_PROOF", "true")
    settings.cache_clear()
    client.call("token-1", GraphRequest("GET", "/1", params={"fields": "id"}))
    first, second = (parse_qs(urlsplit(path).query) for path in server.asked)
    expected = hmac.new(b"shh", b"token-1", hashlib.sha256).hexdigest()
    assert first == {}
    assert second == {"fields": ["id"], "appsecret_proof": [expected]}
    client.close()
    graph._proof.cache_clear()
