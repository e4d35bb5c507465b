"""The one wrapper around every API view.

It owns, in order: request id, body limit, authentication, tenant context, permission, parsing, the
call, serialising, errors, headers. It is a wrapper and not Chalice middleware because Chalice turns
a view's exception into a 500 before any middleware sees it, and serialises outside its own error
handling: so a view's result leaves here as finished text.
"""

from __future__ import annotations

import functools
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from chalice import Blueprint, Response
from pydantic import BaseModel

from chalicelib.core.clock import SYSTEM_CLOCK
from chalicelib.core.config import settings
from chalicelib.core.context import PublicContext, TenantContext
from chalicelib.core.contract import Contract, Reply, RequestView, Route, read_contract
from chalicelib.core.errors import AppError, Forbidden, TooLarge, Unauthenticated
from chalicelib.core.idempotency import (
    HEADER as IDEMPOTENCY_KEY,
    Answer,
    AnswerStore,
    once,
    read_claim,
)
from chalicelib.core.log import bind, log, unbind
from chalicelib.core.permissions import permissions_of
from chalicelib.core.reading import media_type, parse_body, parse_query, read_cookies
from chalicelib.core.tokens import read_access_token

JSON = "application/json"
PROBLEM = "application/problem+json"
MAX_JSON_BYTES = 256 * 1024

ViewT = TypeVar("ViewT", bound=Callable[..., Any])
# Makes the context of an API key, from the key, the caller's address and the request's id; raises
# Unauthenticated or Forbidden.
KeyReader = Callable[[str, str, str], TenantContext]
KEY_PREFIX = "pk_"

_SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


class Api:
    """The routes of one resource; each view registered here gets the wrapper and a contract."""

    def __init__(
        self,
        blueprint: Blueprint,
        tag: str,
        translate: Callable[[Exception], AppError | None],
        answers: AnswerStore | None = None,
        read_key: KeyReader | None = None,
    ) -> None:
        self.blueprint = blueprint
        self._tag = tag
        self._translate = translate
        self._answers = answers
        self._read_key = read_key

    def route(
        self,
        method: str,
        path: str,
        *,
        permission: str | None = None,
        status: int = 200,
        content_types: tuple[str, ...] = (JSON,),
        max_body_bytes: int = MAX_JSON_BYTES,
        response_type: str = JSON,
        errors: tuple[type[AppError], ...] = (),
        other_statuses: Mapping[int, str] | None = None,
        takes_idempotency_key: bool = False,
    ) -> Callable[[ViewT], ViewT]:
        """Register a view under `method` and `path`; raise TypeError if its signature disagrees.

        `errors` are those that the view raises beyond what every route may answer;
        `other_statuses` are those that a Reply may choose instead of `status`, with their meaning;
        `takes_idempotency_key` is for what must not happen twice, see `core.idempotency`.
        """
        declared = Route(
            method=method,
            path=path,
            tag=self._tag,
            permission=permission,
            status=status,
            content_types=content_types,
            max_body_bytes=max_body_bytes,
            response_type=response_type,
            errors=errors,
            other_statuses=other_statuses or {},
            takes_idempotency_key=takes_idempotency_key,
        )

        def register(view: ViewT) -> ViewT:
            self._register(read_contract(view, declared), view)
            return view

        return register

    def _register(self, contract: Contract, view: Callable[..., Any]) -> None:
        @functools.wraps(view)
        def wrapper(**path_values: str) -> Response:
            request = self.blueprint.current_request
            call = _Call(contract, view, request, path_values, self._answers, self._read_key)
            return _serve(call, self._translate)

        wrapper.__contract__ = contract  # type: ignore[attr-defined]
        # The wrapper judges the content type, so that a wrong one is answered in problem+json.
        on = self.blueprint.route(contract.path, methods=[contract.method], content_types=["*/*"])
        on(wrapper)


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of a view."""

    contract: Contract
    view: Callable[..., Any]
    request: Any  # Chalice's Request is untyped
    path_values: Mapping[str, str]
    answers: AnswerStore | None
    read_key: KeyReader | None


def _serve(call: _Call, translate: Callable[[Exception], AppError | None]) -> Response:
    started_ms = SYSTEM_CLOCK.now_ms()
    contract, request = call.contract, call.request
    # API Gateway names each request; Chalice's local gateway does not.
    request_id = str(request.context.get("requestId") or f"req_{secrets.token_hex(12)}")
    bind(request_id=request_id, route=f"{contract.method} {contract.path}")
    try:
        try:
            answer = _answer(call, request_id)
        except AppError as error:
            answer = _problem(error, request_id)
        except Exception as error:  # noqa: BLE001 - the edge of the process: nothing goes on after
            answer = _problem(_expected(error, translate, request_id), request_id)
        took_ms = SYSTEM_CLOCK.now_ms() - started_ms
        log.info("served", extra={"status": answer.status, "duration_ms": took_ms})
    finally:
        unbind()
    common = {
        **_SECURITY_HEADERS,
        **_cors(request.headers.get("origin", "")),
        "Content-Type": answer.content_type,
        "X-Request-Id": request_id,
    }
    return Response(answer.text, {**common, **answer.headers}, answer.status)


def _finish(contract: Contract, result: Any) -> Answer:  # noqa: ANN401
    """Return what a view returned as a finished answer."""
    reply = result if isinstance(result, Reply) else Reply(result)
    status = contract.status if reply.status is None else reply.status
    if status != contract.status and status not in contract.other_statuses:
        message = f"{contract.name} chose status {status}, which its route does not declare"
        raise TypeError(message)
    is_model = isinstance(reply.body, BaseModel)
    text = reply.body.model_dump_json() if is_model else reply.body or ""
    return Answer(status, contract.response_type, text, dict(reply.headers))


def _expected(
    error: Exception, translate: Callable[[Exception], AppError | None], request_id: str
) -> AppError:
    """Return `error` as a known outage, else log it as the defect that it is."""
    known = translate(error)
    if known is not None:
        log.warning(
            "a dependency failed", extra={"error": type(error).__name__, "code": known.code}
        )
        return known
    log.exception("unhandled error")
    return AppError(f"Something broke on our side; quote {request_id} when you report it.")


def _problem(error: AppError, request_id: str) -> Answer:
    headers: dict[str, str] = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, error.retry_after_s))
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="parley"'
    return Answer(error.status, PROBLEM, json.dumps(error.problem(request_id)), headers)


def _cors(origin: str) -> dict[str, str]:
    if origin and origin in settings().web_origins:
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Credentials": "true",
            "Vary": "Origin",
        }
    return {}


def _answer(call: _Call, request_id: str) -> Answer:
    contract, request = call.contract, call.request
    source_ip = str(request.context.get("identity", {}).get("sourceIp", ""))
    headers = {name.lower(): value for name, value in request.headers.items()}
    raw = bytes(request.raw_body)
    if len(raw) > contract.max_body_bytes:
        raise TooLarge(
            f"The body has {len(raw)} bytes; this route takes at most {contract.max_body_bytes}."
        )
    context: PublicContext | TenantContext
    if contract.is_public:
        context = PublicContext(request_id, source_ip)
    else:
        context = _authenticate(call, headers.get("authorization", ""), source_ip, request_id)
    content_type = media_type(headers)
    arguments: dict[str, Any] = dict(call.path_values)
    if "ctx" in contract.parameters:
        arguments["ctx"] = context
    if contract.has_body:
        arguments["body"] = parse_body(contract, raw, content_type)
    if contract.query is not None:
        arguments["query"] = parse_query(contract.query, request.query_params)
    if "request" in contract.parameters:
        arguments["request"] = RequestView(headers, read_cookies(headers), content_type, source_ip)

    def act() -> Answer:
        return _finish(contract, call.view(**arguments))

    key = headers.get(IDEMPOTENCY_KEY.lower()) if contract.takes_idempotency_key else None
    if key is None or call.answers is None or not isinstance(context, TenantContext):
        return act()
    target = (contract.method, contract.path, *call.path_values.values())
    return once(call.answers, read_claim(context, key, target, raw, SYSTEM_CLOCK), act)


def _authenticate(
    call: _Call, authorization: str, source_ip: str, request_id: str
) -> TenantContext:
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Send an access token: 'Authorization: Bearer <token>'.")
    read_key = call.read_key if token.startswith(KEY_PREFIX) else None
    ctx = read_key(token, source_ip, request_id) if read_key else _signed_in(token, request_id)
    bind(tenant_id=ctx.tenant_id, user_id=ctx.user_id)
    permission = call.contract.permission
    if permission is None and read_key is not None:
        raise Forbidden("This is about a user; sign in as one instead of using an API key.")
    if permission is not None and permission not in ctx.permissions:
        raise Forbidden(f"The role {ctx.role!r} lacks the permission {permission!r}.")
    return ctx


def _signed_in(token: str, request_id: str) -> TenantContext:
    claims = read_access_token(token)
    return TenantContext(
        claims.tenant_id,
        claims.user_id,
        claims.role,
        request_id,
        session_id=claims.session_id,
        permissions=permissions_of(claims.role, {claims.role: claims.permissions}),
    )
