"""The one wrapper around every API view.

It owns, in order: request id, viewer's address, body limit, authentication, tenant context,
permission, request limits, suspension, parsing, idempotency, audit trail, the call, serialising,
errors, headers. It is a wrapper and not Chalice middleware because Chalice turns a view's exception
into a 500 before any middleware sees it, and serialises outside its own error handling: so a view's
result leaves here as finished text.
"""

from __future__ import annotations

import functools
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, Unpack

from chalice import Blueprint, Response
from pydantic import BaseModel

from chalicelib.core.address import viewer_address
from chalicelib.core.audit import Event, Trail, audited
from chalicelib.core.clock import SYSTEM_CLOCK
from chalicelib.core.config import settings
from chalicelib.core.context import PublicContext, TenantContext
from chalicelib.core.contract import (
    Contract,
    Reply,
    RequestView,
    Route,
    RouteOptions,
    read_contract,
)
from chalicelib.core.errors import (
    AppError,
    Forbidden,
    NotFound,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
)
from chalicelib.core.headers import SECURITY, cors
from chalicelib.core.idempotency import (
    HEADER as IDEMPOTENCY_KEY,
    Answer,
    AnswerStore,
    once,
    read_claim,
)
from chalicelib.core.ids import is_id
from chalicelib.core.limits import Limiter, Standing
from chalicelib.core.log import bind, log, unbind
from chalicelib.core.permissions import OPERATE, permissions_of
from chalicelib.core.reading import media_type, parse_body, parse_query, read_cookies
from chalicelib.core.tokens import read_access_token

JSON = "application/json"
PROBLEM = "application/problem+json"

ViewT = TypeVar("ViewT", bound=Callable[..., Any])
# Makes the context of an API key, from the key, the caller's address and the request's id; raises
# Unauthenticated or Forbidden.
KeyReader = Callable[[str, str, str], TenantContext]
KEY_PREFIX = "pk_"
# Raises Forbidden for what the tenant may not do just now, whoever asks.
StandingCheck = Callable[[TenantContext, Contract], None]


@dataclass(frozen=True, slots=True, eq=False)
class Rooms:
    """What the wrapper needs of the rooms above it; a route of a test's own has none of it."""

    answers: AnswerStore | None = None
    trail: Trail | None = None
    limiter: Limiter | None = None
    read_key: KeyReader | None = None
    # Raises Forbidden for a business that is suspended; asked only where that closes the route.
    check_open: Callable[[str], None] | None = None
    # Tells whether a user is an operator of the platform; asked only on the operators' own routes.
    is_operator: Callable[[TenantContext], bool] | None = None


class Api:
    """The routes of one resource; each view registered here gets the wrapper and a contract."""

    def __init__(
        self,
        blueprint: Blueprint,
        tag: str,
        translate: Callable[[Exception], AppError | None],
        rooms: Rooms = Rooms(),
    ) -> None:
        self.blueprint = blueprint
        self._tag = tag
        self._translate = translate
        self._rooms = rooms

    def route(
        self, method: str, path: str, **options: Unpack[RouteOptions]
    ) -> Callable[[ViewT], ViewT]:
        """Register a view under `method` and `path`; raise TypeError if its signature disagrees."""
        declared = Route(method=method, path=path, tag=self._tag, **options)

        def register(view: ViewT) -> ViewT:
            self._register(read_contract(view, declared), view)
            return view

        return register

    def _register(self, contract: Contract, view: Callable[..., Any]) -> None:
        @functools.wraps(view)
        def wrapper(**path_values: str) -> Response:
            request = self.blueprint.current_request
            return _serve(_call(contract, view, request, path_values, self._rooms), self._translate)

        wrapper.__contract__ = contract  # type: ignore[attr-defined]
        # The wrapper judges the content type, so that a wrong one is answered in problem+json.
        on = self.blueprint.route(contract.path, methods=[contract.method], content_types=["*/*"])
        on(wrapper)


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    """One call of a view."""

    contract: Contract
    view: Callable[..., Any]
    request: Any = field(repr=False)  # Chalice's Request is untyped
    path_values: Mapping[str, str]
    rooms: Rooms
    headers: Mapping[str, str] = field(repr=False)
    request_id: str
    source_ip: str
    limits: dict[str, str]  # the RateLimit headers, once something was counted


def _call(
    contract: Contract,
    view: Callable[..., Any],
    request: Any,  # noqa: ANN401 - Chalice's Request is untyped
    path_values: Mapping[str, str],
    rooms: Rooms,
) -> _Call:
    headers = {name.lower(): value for name, value in request.headers.items()}
    # API Gateway names each request; Chalice's local gateway does not.
    request_id = str(request.context.get("requestId") or f"req_{secrets.token_hex(12)}")
    connected = str(request.context.get("identity", {}).get("sourceIp", ""))
    source_ip = viewer_address(headers, connected, settings().edge_secret)
    return _Call(contract, view, request, path_values, rooms, headers, request_id, source_ip, {})


def _serve(call: _Call, translate: Callable[[Exception], AppError | None]) -> Response:
    started_ms = SYSTEM_CLOCK.now_ms()
    contract, request_id = call.contract, call.request_id
    bind(request_id=request_id, route=f"{contract.method} {contract.path}")
    try:
        try:
            answer = _answer(call)
        except AppError as error:
            answer = _problem(error, request_id)
        except Exception as error:  # noqa: BLE001 - the edge of the process: nothing goes on after
            answer = _problem(_expected(error, translate, request_id), request_id)
        took_ms = SYSTEM_CLOCK.now_ms() - started_ms
        log.info("served", extra={"status": answer.status, "duration_ms": took_ms})
    finally:
        unbind()
    common = {
        **SECURITY,
        **cors(call.headers.get("origin", ""), settings().web_origins),
        **call.limits,
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


def _answer(call: _Call) -> Answer:
    contract, request, headers = call.contract, call.request, call.headers
    raw = bytes(request.raw_body)
    if len(raw) > contract.max_body_bytes:
        raise TooLarge(
            f"The body has {len(raw)} bytes; this route takes at most {contract.max_body_bytes}."
        )
    context = _admit(call)
    content_type = media_type(headers)
    arguments: dict[str, Any] = dict(call.path_values)
    if "ctx" in contract.parameters:
        arguments["ctx"] = context
    if contract.has_body:
        arguments["body"] = parse_body(contract, raw, content_type)
    if contract.query is not None:
        arguments["query"] = parse_query(contract.query, request.query_params)
    if "request" in contract.parameters:
        arguments["request"] = RequestView(
            headers, read_cookies(headers), content_type, call.source_ip
        )

    def act() -> Answer:
        return _carry_out(call, context, arguments)

    answers = call.rooms.answers
    key = headers.get(IDEMPOTENCY_KEY.lower()) if contract.takes_idempotency_key else None
    if key is None or answers is None or not isinstance(context, TenantContext):
        return act()
    target = (contract.method, contract.path, *call.path_values.values())
    return once(answers, read_claim(context, key, target, raw, SYSTEM_CLOCK), act)


def _admit(call: _Call) -> PublicContext | TenantContext:
    """Return who asks; raise what keeps them out: no good token, no permission, too many requests.

    Who is not signed in, or not as they should be, counts by their address.
    """
    limiter = call.rooms.limiter
    context: PublicContext | TenantContext = PublicContext(call.request_id, call.source_ip)
    if not call.contract.is_public:
        try:
            context = _authenticate(call)
        except AppError:
            if limiter is not None:
                _hold_to(call, limiter.of_address(call.source_ip))
            raise
    if limiter is not None:
        if isinstance(context, TenantContext):
            _hold_to(call, limiter.of_actor(context))
        else:
            _hold_to(call, limiter.of_address(call.source_ip))
    check_open = call.rooms.check_open
    if (
        check_open is not None
        and isinstance(context, TenantContext)
        and call.contract.stops_when_suspended
    ):
        check_open(context.tenant_id)
    return context


def _hold_to(call: _Call, standing: Standing | None) -> None:
    if standing is None:
        return
    call.limits.update(standing.headers())
    if standing.remaining < 0:
        raise TooManyRequests(
            f"More than {standing.limit} requests in {standing.window_s} seconds; "
            f"try again in {standing.reset_s} seconds.",
            retry_after_s=standing.reset_s,
        )


def _carry_out(
    call: _Call, context: PublicContext | TenantContext, arguments: Mapping[str, Any]
) -> Answer:
    """Call the view, and leave its record in the audit trail if it changes something."""
    contract = call.contract

    def act() -> Answer:
        return _finish(contract, call.view(**arguments))

    def read_before() -> BaseModel | None:
        try:
            return contract.before(context, **call.path_values) if contract.before else None
        except NotFound:
            return None  # the view says so in its own words

    if call.rooms.trail is None or not contract.leaves_record:
        return act()
    body = arguments.get("body")
    asked = body if isinstance(body, BaseModel) and contract.keeps_body else None
    trail, event = call.rooms.trail, _event(call, context)
    target = call.path_values.get("tenant_id", "") if contract.permission == OPERATE else ""
    if not is_id("ten", target):
        return audited(trail, event, asked, read_before, act)
    # What an operator does to a business is in its own trail too, without where they did it from.
    theirs = replace(event, tenant_id=target, role="operator", source_ip="", user_agent="")
    return audited(
        trail, event, asked, read_before, lambda: audited(trail, theirs, asked, read_before, act)
    )


def _event(call: _Call, context: PublicContext | TenantContext) -> Event:
    user = context if isinstance(context, TenantContext) else None
    return Event(
        tenant_id=user.tenant_id if user else "",
        actor_id=user.user_id if user else "",
        role=user.role if user else "",
        source_ip=call.source_ip,
        user_agent=call.headers.get("user-agent", "")[:200],
        request_id=call.request_id,
        action=call.contract.name,
        route=f"{call.contract.method} {call.contract.path}",
        targets=dict(call.path_values),
        at_ms=SYSTEM_CLOCK.now_ms(),
    )


def _authenticate(call: _Call) -> TenantContext:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Send an access token: 'Authorization: Bearer <token>'.")
    read_key = call.rooms.read_key if token.startswith(KEY_PREFIX) else None
    if read_key is not None:
        ctx = read_key(token, call.source_ip, call.request_id)
    else:
        ctx = _signed_in(token, call.request_id)
    bind(tenant_id=ctx.tenant_id, user_id=ctx.user_id)
    permission, is_operator = call.contract.permission, call.rooms.is_operator
    if permission == OPERATE and is_operator is not None and is_operator(ctx):
        ctx = replace(ctx, permissions=ctx.permissions | {OPERATE})
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
