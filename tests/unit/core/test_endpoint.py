"""The wrapper around every view, with views of its own and Chalice's real request handling."""

from __future__ import annotations

import base64
import json
from io import StringIO
from typing import Any

import pytest
from chalice import Blueprint, Chalice

from chalicelib.core.clock import SYSTEM_CLOCK
from chalicelib.core.context import PublicContext, TenantContext
from chalicelib.core.contract import Reply, RequestView
from chalicelib.core.endpoint import Api
from chalicelib.core.errors import Conflict, TooManyRequests, Unavailable
from chalicelib.core.log import log
from chalicelib.core.tokens import Claims, issue_access_token
from chalicelib.schemas.base import PageQuery, RequestModel, ResponseModel


class Thing(RequestModel):
    """A thing."""

    name: str
    size: int = 1


class ThingOut(ResponseModel):
    """A thing, and who made it."""

    name: str
    by: str


class OutageError(Exception):
    """An error that the layer below knows."""


ERRORS: dict[str, Exception] = {
    "conflict": Conflict("It is there already."),
    "limit": TooManyRequests("Wait.", retry_after_s=0),
    "defect": KeyError("secret of the internals"),
    "outage": OutageError(),
}


def make_app() -> Chalice:
    """Return an app of a few odd views."""
    blueprint = Blueprint("things")
    known = Unavailable("try again", retry_after_s=2)
    api = Api(blueprint, "things", lambda e: known if isinstance(e, OutageError) else None)

    @api.route("POST", "/api/things/{thing_id}", permission="contacts:write", status=201)
    def create_thing(ctx: TenantContext, thing_id: str, body: Thing) -> ThingOut:
        """Create a thing."""
        return ThingOut(name=f"{thing_id}/{body.name}/{body.size}", by=ctx.user_id)

    @api.route("GET", "/api/things", permission="contacts:read")
    def list_things(ctx: TenantContext, query: PageQuery) -> ThingOut:
        """List things."""
        return ThingOut(name=f"{query.limit}/{query.cursor}", by=ctx.tenant_id)

    @api.route(
        "POST",
        "/api/files",
        content_types=("text/csv", "application/json"),
        max_body_bytes=20,
        permission="contacts:write",
    )
    def take_file(ctx: TenantContext, body: Thing | bytes) -> ThingOut:
        """Take a file."""
        return ThingOut(name=repr(body if isinstance(body, bytes) else body.name), by="")

    @api.route("GET", "/api/public/{what}", other_statuses={503: "Not now."}, errors=(Conflict,))
    def public(ctx: PublicContext, what: str, request: RequestView) -> Reply[ThingOut | None]:
        """Do something odd."""
        if what in ERRORS:
            raise ERRORS[what]
        if what == "cookies":
            return Reply(ThingOut(name=json.dumps(request.cookies), by=ctx.source_ip))
        status = {"busy": 503, "teapot": 418}.get(what)
        return Reply(ThingOut(name=what, by=""), {"X-Odd": "1"}, status=status)

    app = Chalice(app_name="test")
    app.register_blueprint(blueprint)
    return app


APP = make_app()


def call(
    method: str,
    resource: str,
    *,
    path: dict[str, str] | None = None,
    body: bytes | None = None,
    query: dict[str, list[str]] | None = None,
    role: str | None = "owner",
    request_id: str | None = "req-1",
    **headers: str,
) -> tuple[int, dict[str, str], Any]:
    """Return status, headers and parsed body of a call."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if role:
        token = issue_access_token(Claims("ten_a", "usr_a", role, "ses_a"), SYSTEM_CLOCK.now_ms())
        sent.setdefault("authorization", f"Bearer {token}")
    context = {
        "httpMethod": method,
        "resourcePath": resource,
        "identity": {"sourceIp": "192.0.2.1"},
    }
    event = {
        "headers": sent,
        "pathParameters": path,
        "multiValueQueryStringParameters": query,
        "stageVariables": None,
        "requestContext": {**context, **({"requestId": request_id} if request_id else {})},
        "body": None if body is None else base64.b64encode(body).decode(),
        "isBase64Encoded": body is not None,
    }
    answer = APP(event, None)
    text = answer["body"]
    return answer["statusCode"], answer["headers"], json.loads(text) if text else None


def create(body: bytes, **options: Any) -> tuple[int, dict[str, str], Any]:
    """Call the view that creates."""
    options.setdefault("content_type", "application/json")
    return call("POST", "/api/things/{thing_id}", path={"thing_id": "7"}, body=body, **options)


def odd(what: str, **options: Any) -> tuple[int, dict[str, str], Any]:
    """Call the odd view."""
    return call("GET", "/api/public/{what}", path={"what": what}, role=None, **options)


def test_a_good_call() -> None:
    """Path, body and context reach the view; its model comes back with the route's status."""
    status, headers, body = create(b'{"name": " a "}', content_type="application/json; charset=x")
    assert (status, body) == (201, {"name": "7/a/1", "by": "usr_a"})
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Request-Id"] == "req-1"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in headers


def test_json_needs_no_content_type() -> None:
    """A body without a content type is read as JSON where nothing else is taken."""
    assert create(b'{"name": "a"}', content_type="")[0] == 201


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b"", 400, "malformed_json"),
        (b"\xff\xfe", 400, "malformed_json"),
        (b'{"name": "\\ud800"}', 400, "malformed_json"),
        (b"[" * 100_000, 400, "malformed_json"),
        (b"null", 422, "validation_failed"),
        (b"[]", 422, "validation_failed"),
        (b"{}", 422, "validation_failed"),
        (b'{"name": "a", "size": "x"}', 422, "validation_failed"),
        (b'{"name": "a", "extra": 1}', 422, "validation_failed"),
        (b'{"name": "' + b"a" * 262_144 + b'"}', 413, "too_large"),
    ],
)
def test_bad_bodies(body: bytes, status: int, code: str) -> None:
    """Each way of being wrong has its status and code, and the answer never repeats the body."""
    found, headers, problem = create(body)
    assert (found, problem["code"]) == (status, code)
    assert headers["Content-Type"] == "application/problem+json"
    assert problem["request_id"] == "req-1"
    if status == 422:
        assert problem["errors"]


def test_fields_are_named_by_path() -> None:
    """A field error names the field; a body that is no object is called `body`."""
    assert create(b'{"name": "a", "size": []}')[2]["errors"][0]["field"] == "size"
    assert create(b"[]")[2]["errors"][0]["field"] == "body"


def test_wrong_content_type() -> None:
    """A content type that the route does not read is 415 and says what it does read."""
    status, _, problem = create(b"<a/>", content_type="text/xml")
    assert status == 415
    assert problem["detail"] == "Send application/json, not text/xml."


def test_model_or_bytes() -> None:
    """A route that takes both gives the view a model for JSON and bytes for the rest."""

    def send(body: bytes, content_type: str) -> tuple[int, dict[str, str], Any]:
        return call("POST", "/api/files", body=body, content_type=content_type)

    assert send(b"a,b", "text/csv")[2]["name"] == "b'a,b'"
    assert send(b'{"name":"x"}', "application/json")[2]["name"] == "'x'"
    assert send(b"a,b", "")[0] == 415
    assert send(b"a" * 21, "text/csv")[0] == 413


@pytest.mark.parametrize(
    ("query", "status", "name"),
    [
        (None, 200, "50/None"),
        ({"limit": ["3"], "cursor": ["x"]}, 200, "3/x"),
        ({"limit": ["1", "2"]}, 200, "2/None"),
        ({"limit": ["0"]}, 422, ""),
        ({"limit": ["ten"]}, 422, ""),
        ({"page": ["2"]}, 422, ""),
    ],
)
def test_query(query: dict[str, list[str]] | None, status: int, name: str) -> None:
    """The query string is parsed like a body, and what the route does not know is refused."""
    found, _, body = call("GET", "/api/things", query=query)
    assert found == status
    assert body.get("name", "") == name


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer x y", "Bearer é"]
)
def test_without_a_token(authorization: str) -> None:
    """No token and no usable token are 401, with the challenge that HTTP asks for."""
    status, headers, problem = call("GET", "/api/things", role=None, authorization=authorization)
    assert (status, problem["code"]) == (401, "unauthenticated")
    assert headers["WWW-Authenticate"].startswith("Bearer")


def test_authentication_comes_before_parsing() -> None:
    """Who is not signed in learns nothing about what a body should be."""
    assert create(b"{", role=None)[0] == 401
    assert create(b"{", role="viewer")[0] == 403


def test_permission() -> None:
    """A role without the permission is 403, and the answer names both."""
    status, _, problem = create(b'{"name": "a"}', role="viewer")
    assert status == 403
    assert "'viewer'" in problem["detail"]
    assert "'contacts:write'" in problem["detail"]


def test_expected_error() -> None:
    """An error that the view raises leaves with its status, code and words."""
    status, _, problem = odd("conflict")
    assert (status, problem["detail"]) == (409, "It is there already.")


def test_retry_after() -> None:
    """Retry-After is there with the error that knows it, and at least a second."""
    assert odd("limit")[1]["Retry-After"] == "1"
    status, headers, _ = odd("outage")
    assert (status, headers["Retry-After"]) == (503, "2")


def test_defect_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown error is a 500 with the request id and none of the internals; the log has its type
    and its way, but not its words, which may quote what was sent.
    """
    stream = StringIO()
    monkeypatch.setattr(log.registered_handler, "stream", stream)
    status, headers, problem = odd("defect")
    assert status == 500
    assert headers["Content-Type"] == "application/problem+json"
    assert problem["code"] == "internal_error"
    assert "req-1" in problem["detail"]
    assert "secret of the internals" not in json.dumps(problem)
    line = json.loads(stream.getvalue().splitlines()[0])
    assert line["exception_name"] in line["exception"]
    assert f"{__file__}:" in line["exception"]
    assert "secret of the internals" not in stream.getvalue()
    assert line["request_id"] == "req-1"
    assert line["route"] == "GET /api/public/{what}"


def test_log_forgets_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one request bound to the log is gone when the next begins."""
    call("GET", "/api/things")
    stream = StringIO()
    monkeypatch.setattr(log.registered_handler, "stream", stream)
    log.info("between")
    assert "ten_a" not in stream.getvalue()


def test_declared_status() -> None:
    """A reply may choose a status that its route declares, and add headers; another is a defect."""
    assert odd("busy")[0] == 503
    assert odd("fine")[1]["X-Odd"] == "1"
    assert odd("teapot")[0] == 500


def test_request_id_is_made_where_the_gateway_gives_none() -> None:
    """Behind a gateway that names no requests each still has a name of its own."""
    first, second = (odd("fine", request_id=None)[1]["X-Request-Id"] for _ in range(2))
    assert first.startswith("req_")
    assert first != second


def test_cookies() -> None:
    """Cookies are read one by one: an odd one hides no other."""
    body = odd("cookies", cookie="a=1; odd={x y}; ; novalue; b=2=3")[2]
    assert json.loads(body["name"]) == {"a": "1", "odd": "{x y}", "b": "2=3"}
    assert body["by"] == "192.0.2.1"


def test_cors(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listed origin may read answers, errors too; another may not."""
    from chalicelib.core.config import settings

    monkeypatch.setenv("WEB_ORIGIN", "https://app.example, https://b.example")
    settings.cache_clear()
    for what in ("fine", "conflict"):
        headers = odd(what, origin="https://b.example")[1]
        assert headers["Access-Control-Allow-Origin"] == "https://b.example"
        assert headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Origin" not in odd(what, origin="https://evil.example")[1]
    monkeypatch.undo()
    settings.cache_clear()
