"""A client of the API without a network: API Gateway events into this process's Chalice app."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from chalice import Chalice

from chalicelib.core.clock import SYSTEM_CLOCK
from chalicelib.core.context import TenantContext
from chalicelib.core.contract import contract_of
from chalicelib.core.tokens import Claims, issue_access_token
from chalicelib.storage.audit import AuditRow, read_event
from tests.grant_guard import acting_as_test

# The one answer that says "not well" in a body of its own, for a load balancer to read.
_NOT_PROBLEMS = frozenset({"/api/health"})


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; header names are in lower case, `body` is parsed JSON where it is JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any
    text: str

    def cookie(self, name: str) -> str | None:
        """Return the value that the answer sets for a cookie, if it does."""
        jar = SimpleCookie(self.headers.get("set-cookie", ""))
        return jar[name].value if name in jar else None


class NotAProblemError(Exception):
    """The API answered an error in another shape than problem+json."""


class ApiClient:
    """Calls routes as `ctx`, or as nobody."""

    def __init__(self, app: Chalice, ctx: TenantContext | None) -> None:
        self._app = app
        self._ctx = ctx

    def acting_as(self, ctx: TenantContext | None) -> ApiClient:
        """Return a client of somebody else; None is nobody."""
        return ApiClient(self._app, ctx)

    def get(self, path: str, **options: Any) -> Answer:
        """GET `path`."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> Answer:
        """POST to `path`."""
        return self.request("POST", path, **options)

    def patch(self, path: str, **options: Any) -> Answer:
        """PATCH `path`."""
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        """DELETE `path`."""
        return self.request("DELETE", path, **options)

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        source_ip: str = "203.0.113.7",
    ) -> Answer:
        """Return the answer; raise LookupError where no route is, NotAProblemError as it says."""
        sent = {"Accept": "application/json, application/problem+json"}
        if self._ctx is not None:
            sent["Authorization"] = f"Bearer {token_for(self._ctx)}"
        if json is not None:
            content = _dump(json)
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        event = _event(self._app, method, path, params or {}, sent, content, source_ip)
        answer = _answer(self._app(event, None))
        if answer.status >= 400:
            _check_problem(path, answer)
        elif self._ctx is not None:
            _check_audited(self._app, event, self._ctx, answer)
        return answer


class NotAuditedError(Exception):
    """A change was answered as done, and the audit trail of the tenant does not have it."""


def _check_audited(
    app: Chalice, event: Mapping[str, Any], ctx: TenantContext, answer: Answer
) -> None:
    """Raise NotAuditedError unless the newest records have this very request, as they must."""
    view = app.routes[event["resource"]][event["httpMethod"]].view_function
    contract = contract_of(view)
    acts_as_ctx = "Authorization" in event["headers"] and not contract.is_public
    if not contract.leaves_record or not acts_as_ctx or "idempotency-replayed" in answer.headers:
        return
    wanted = event["requestContext"]["requestId"]
    with acting_as_test():
        newest = AuditRow.query(
            ctx.tenant_id, AuditRow.id.startswith("aud_"), scan_index_forward=False, limit=5
        )
        is_written = any(read_event(row)["request_id"] == wanted for row in newest)
    if not is_written:
        raise NotAuditedError(f"{contract.method} {contract.path}")


def token_for(ctx: TenantContext) -> str:
    """Return an access token for the user of `ctx`."""
    claims = Claims(ctx.tenant_id, ctx.user_id, ctx.role, "ses_test")
    return issue_access_token(claims, SYSTEM_CLOCK.now_ms())


def _dump(value: Any) -> bytes:
    return json.dumps(value).encode()


def _find_route(app: Chalice, method: str, path: str) -> tuple[str, dict[str, str]]:
    """Return the resource and path parameters; a fixed segment beats a parameter, as at AWS."""
    parts = path.split("/")
    found: list[tuple[int, str, dict[str, str]]] = []
    for resource, views in app.routes.items():
        wanted = resource.split("/")
        if method not in views or len(wanted) != len(parts):
            continue
        pairs = list(zip(wanted, parts, strict=True))
        if all(w == p or (w.startswith("{") and p) for w, p in pairs):
            values = {w[1:-1]: unquote(p) for w, p in pairs if w.startswith("{")}
            found.append((len(values), resource, values))
    if not found:
        message = f"no route {method} {path}"
        raise LookupError(message)
    _, resource, values = min(found, key=lambda f: f[0])
    return resource, values


def _event(
    app: Chalice,
    method: str,
    path: str,
    params: Mapping[str, str | int],
    headers: Mapping[str, str],
    content: bytes | None,
    source_ip: str,
) -> dict[str, Any]:
    parts = urlsplit(path)
    resource, values = _find_route(app, method, parts.path)
    query = parse_qs(parts.query + "&" + urlencode(params), keep_blank_values=True)
    return {
        "resource": resource,
        "path": parts.path,
        "httpMethod": method,
        "headers": dict(headers),
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "pathParameters": values or None,
        "queryStringParameters": {n: v[-1] for n, v in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "stageVariables": None,
        "requestContext": {
            "httpMethod": method,
            "resourcePath": resource,
            "requestId": str(uuid.uuid4()),
            "identity": {"sourceIp": source_ip},
        },
        "body": None if content is None else base64.b64encode(content).decode(),
        "isBase64Encoded": content is not None,
    }


def _answer(raw: Mapping[str, Any]) -> Answer:
    headers = {name.lower(): value for name, value in raw["headers"].items()}
    text = raw["body"]
    is_json = "json" in headers.get("content-type", "") and text
    return Answer(raw["statusCode"], headers, json.loads(text) if is_json else None, text)


def _check_problem(path: str, answer: Answer) -> None:
    if path.split("?", maxsplit=1)[0] in _NOT_PROBLEMS:
        return
    kind = answer.headers.get("content-type")
    body = answer.body
    if (
        kind != "application/problem+json"
        or not {"type", "title", "status", "detail", "code", "request_id"} <= set(body)
        or body["status"] != answer.status
    ):
        message = f"{path} answered {answer.status} as {kind}: {answer.text[:500]}"
        raise NotAProblemError(message)
