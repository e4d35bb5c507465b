"""The gateways: what API Gateway, a Function URL and CloudFront do, done on this machine."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from chalice.app import Chalice, Response

from chalicelib.core.config import settings
from infra.local import proxy, web, webhook
from infra.local.api import MAX_BODY_BYTES, Work, make_server
from infra.local.ports import HOST, free_port

Ask = Callable[..., httpx.Response]
PROBLEM = "application/problem+json"
HEADERS = web.security_headers("http://127.0.0.1:4566", "parley-local-bucket")


def small_app() -> Chalice:
    """Return an app of three routes."""
    app = Chalice("small")
    app.api.binary_types.append("text/csv")

    @app.route("/api/things/{name}", methods=["POST"], content_types=["*/*"])
    def echo(name: str) -> Response:
        request = app.current_request
        assert request is not None
        sent = request.raw_body
        assert isinstance(sent, bytes)
        body = {
            "name": name,
            "body": base64.b64encode(sent).decode(),
            "request_id": request.context["requestId"],
        }
        return Response(json.dumps(body), headers={"Content-Type": "application/json"})

    @app.route("/api/things")
    def cookies() -> Response:
        return Response("[]", headers={"Set-Cookie": ["a=1", "b=2"]})

    @app.route("/api/cookie")
    def cookie() -> Response:
        request = app.current_request
        assert request is not None
        return Response(request.headers.get("cookie", ""))

    return app


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    """The gateway with the small app, on a port of its own."""
    port = free_port()
    local = make_server(small_app(), port, Work())
    thread = threading.Thread(target=local.server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://{HOST}:{port}"
    local.shutdown()
    thread.join()
    local.server.server_close()


def test_an_unknown_path_is_a_problem(api: str) -> None:
    """404 in problem+json, where Chalice's gateway says 403 about authentication."""
    answer = httpx.get(f"{api}/api/nothing/here")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == PROBLEM
    body = answer.json()
    assert body["code"] == "not_found"
    assert body["request_id"] == answer.headers["x-request-id"]


def test_a_wrong_method_is_a_problem(api: str) -> None:
    """405 in problem+json, with the methods that are taken."""
    answer = httpx.put(f"{api}/api/things/a", content=b"x" * 5000)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.headers["content-type"] == PROBLEM


def test_head_has_no_body(api: str) -> None:
    """HEAD is refused without a body, so the connection stays in step."""
    with httpx.Client(base_url=api) as client:
        assert client.head("/api/things").status_code == 405
        assert client.get("/api/things").text == "[]"


def test_preflights_are_answered_for_configured_origins(
    api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPTIONS of every path tells its methods to all, and lets only a configured origin in."""
    monkeypatch.setenv("WEB_ORIGIN", "https://app.example, https://staff.example")
    settings.cache_clear()
    for origin in ("https://app.example", "https://staff.example"):
        answer = httpx.options(f"{api}/api/things/a", headers={"Origin": origin})
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert answer.headers["access-control-allow-methods"] == "OPTIONS, POST"
        assert "Idempotency-Key" in answer.headers["access-control-allow-headers"]
        assert answer.headers["vary"] == "Origin"
        assert "max-age=63072000" in answer.headers["strict-transport-security"]
    for origin in ("https://evil.example", "null", "https://app.example.evil.example"):
        answer = httpx.options(f"{api}/api/things", headers={"Origin": origin})
        assert answer.status_code == 204
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-credentials" not in answer.headers
    assert httpx.options(f"{api}/api/nothing").status_code == 404
    settings.cache_clear()


def test_a_body_over_the_limit_is_a_problem(api: str) -> None:
    """413 in problem+json reaches even a sender that never looks before it has sent all."""
    with httpx.Client(base_url=api) as client:
        answer = client.post("/api/things/a", content=b"x" * (MAX_BODY_BYTES + 1))
        assert answer.status_code == 413
        assert answer.json()["code"] == "too_large"
        assert client.get("/api/things").status_code == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"POST /api/things/a HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400),
        (b"POST /api/things/a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"BREW /api/things HTTP/1.1\r\nConnection: close\r\n\r\n", 405),
    ],
)
def test_what_is_not_a_request_is_a_problem(api: str, sent: bytes, status: int) -> None:
    """Even bytes that are hardly HTTP are answered in problem+json; the connection is closed."""
    address = httpx.URL(api)
    with socket.create_connection((address.host, address.port or 0), timeout=5) as connection:
        connection.sendall(sent)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert PROBLEM.encode() in head
    assert json.loads(body)["status"] == status


@pytest.mark.parametrize("kind", ["text/csv; charset=utf-8", "Text/CSV"])
def test_binary_bodies_arrive_whole(api: str, kind: str) -> None:
    """A binary type is known with its parameters and in any case; not one byte is lost."""
    sent = bytes(range(256))
    answer = httpx.post(f"{api}/api/things/a", content=sent, headers={"Content-Type": kind})
    assert base64.b64decode(answer.json()["body"]) == sent


def test_path_values_are_decoded_and_requests_have_ids(api: str) -> None:
    """As API Gateway does, and Chalice's own gateway does not."""
    body = httpx.post(f"{api}/api/things/a%20b%2Fc", content=b"{}").json()
    assert body["name"] == "a b/c"
    assert len(body["request_id"]) == 36


def test_several_cookies_are_several_headers(api: str) -> None:
    """A session needs each of its cookies."""
    assert httpx.get(f"{api}/api/things").headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_keep_alive_is_not_slowed_down(api: str) -> None:
    """A request on a kept connection takes a few ms, not the 43 of Nagle and a delayed ACK."""
    with httpx.Client(base_url=api) as client:
        client.get("/api/things")
        began = time.perf_counter()
        for _ in range(20):
            client.get("/api/things")
        assert time.perf_counter() - began < 20 * 0.030


def ask(app: Any, method: str, path: str, **options: Any) -> httpx.Response:
    """Return an ASGI app's answer."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://local") as client,
        ):
            return await client.request(method, path, **options)

    return anyio.run(send)


def test_the_webhook_gets_a_function_url_event() -> None:
    """Payload format 2.0, with the bytes as they were, whatever they are."""
    events: list[dict[str, Any]] = []

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        events.append(event)
        return {"statusCode": 200, "body": context.aws_request_id}

    sent = b'{"a":"\\u00e9\\/"}\xff'
    app = webhook.make_app(handler, timeout_s=30, memory_mb=512)
    headers = [("X-Hub-Signature-256", "sha256=1"), ("X-Many", "a"), ("X-Many", "b")]
    answer = ask(app, "POST", "/hook%20s?a=1&b=2&a=3", content=sent, headers=headers)
    assert answer.status_code == 200
    event = events[0]
    assert event["version"] == "2.0"
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == sent
    assert event["headers"]["x-hub-signature-256"] == "sha256=1"
    assert event["headers"]["x-many"] == "a,b"
    assert event["rawQueryString"] == "a=1&b=2&a=3"
    assert event["queryStringParameters"] == {"a": "1,3", "b": "2"}
    assert event["requestContext"]["http"]["method"] == "POST"
    assert event["rawPath"] == "/hook%20s"


@pytest.mark.parametrize(
    ("result", "status", "kind", "body"),
    [
        ({"statusCode": 401}, 401, "application/json", b""),
        ({"ok": True}, 200, "application/json", b'{"ok": true}'),
        (
            {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": "1158201444"},
            200,
            "text/plain",
            b"1158201444",
        ),
        (
            {"statusCode": 200, "body": base64.b64encode(b"\0").decode(), "isBase64Encoded": True},
            200,
            "application/json",
            b"\0",
        ),
    ],
)
def test_the_webhooks_answer_is_turned_back(
    result: dict[str, Any], status: int, kind: str, body: bytes
) -> None:
    """Every form of answer that a Function URL knows becomes the same HTTP."""
    app = webhook.make_app(lambda _event, _context: result, timeout_s=30, memory_mb=512)
    answer = ask(app, "GET", "/")
    assert (answer.status_code, answer.headers["content-type"]) == (status, kind)
    assert answer.content == body


def test_a_webhook_that_raises_is_a_bad_gateway() -> None:
    """Meta is told to come again, and is told nothing else."""

    def handler(_event: dict[str, Any], _context: Any) -> None:
        raise RuntimeError("secret detail")

    app = webhook.make_app(handler, timeout_s=30, memory_mb=512)
    answer = ask(app, "POST", "/", content=b"{}")
    assert answer.status_code == 502
    assert "secret detail" not in answer.text


def test_a_webhook_body_over_the_limit_is_refused() -> None:
    """What Lambda would not take never reaches the handler."""
    app = webhook.make_app(lambda _event, _context: None, timeout_s=30, memory_mb=512)
    assert ask(app, "POST", "/", content=b"x" * (6 * 1024 * 1024 + 1)).status_code == 413


@pytest.fixture
def spa(tmp_path: Path, api: str) -> Ask:
    """The SPA's server over a small build, with the gateway behind it."""
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<h1>Parley</h1>")
    (dist / "assets" / "app-1a2b.js").write_text("0")
    (tmp_path / "secret.txt").write_text("secret")
    # An app for each request: its client belongs to the event loop of that request.
    return lambda method, path, **options: ask(
        web.make_app(dist, api, HEADERS), method, path, **options
    )


def test_the_spas_own_paths_get_its_page(spa: Ask) -> None:
    """A link into the app works, is not cached, and carries the security headers of edge.yaml."""
    answer = spa("GET", "/campaigns/cmp_1")
    assert answer.text == "<h1>Parley</h1>"
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "connect-src 'self' http://127.0.0.1:4566/parley-local-bucket/ " in policy
    assert "${" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_hashed_files_are_kept_for_ever(spa: Ask) -> None:
    """What has its hash in its name never needs to be asked for again."""
    assert "immutable" in spa("GET", "/assets/app-1a2b.js").headers["cache-control"]


@pytest.mark.parametrize("path", ["/assets/gone.js", "/../secret.txt", "/%2e%2e/secret.txt"])
def test_what_is_not_in_the_build_is_not_served(spa: Ask, path: str) -> None:
    """A missing file is 404, not the page; nothing outside the build can be had."""
    answer = spa("GET", path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == PROBLEM


def test_the_api_is_beside_the_spa(spa: Ask) -> None:
    """Requests and answers pass through unchanged: method, body, status, headers."""
    answer = spa(
        "POST", "/api/things/a%20b", content=b"\0body", headers={"Content-Type": "text/csv"}
    )
    assert answer.json()["name"] == "a b"
    assert base64.b64decode(answer.json()["body"]) == b"\0body"
    assert spa("GET", "/api/things").headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert spa("GET", "/api/nothing").headers["content-type"] == PROBLEM


def test_a_cookie_stays_with_the_browser_that_got_it(api: str) -> None:
    """What one visitor was given is not sent along for the next."""

    async def two_visitors() -> tuple[str, str]:
        app = proxy.make_app(api)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://local") as first,
            httpx.AsyncClient(transport=transport, base_url="http://local") as second,
        ):
            await first.get("/api/things")
            own = await first.get("/api/cookie")
            return own.text, (await second.get("/api/cookie")).text

    assert anyio.run(two_visitors) == ("a=1; b=2", "")


def test_an_spa_that_is_not_built_says_how(tmp_path: Path) -> None:
    """Instead of a bare 404 there is a page that says what to do."""
    answer = ask(web.make_app(tmp_path / "dist", "http://127.0.0.1:1", HEADERS), "GET", "/")
    assert answer.status_code == 503
    assert "npm run build" in answer.text


def test_an_api_that_is_down_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser is told that it may try again, in the form of every other error."""
    monkeypatch.setattr(proxy, "_CONNECT_RETRIES", 0)
    answer = ask(proxy.make_app(f"http://{HOST}:{free_port()}"), "GET", "/api/health")
    assert answer.status_code == 503
    assert answer.json()["code"] == "unavailable"
    assert answer.headers["retry-after"] == "1"
