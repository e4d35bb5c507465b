"""A route's contract: read from its view's own signature, kept on the view, told as OpenAPI.

A view takes what it needs by name:

    ctx      TenantContext (a signed-in user) or PublicContext (nobody)
    body     a pydantic model; or `bytes` for a body that is not JSON; or `Model | bytes` for both
    query    a pydantic model of the query string
    request  the RequestView, for cookies and headers
    others   path parameters, `str`

and returns a pydantic model, None (204) or a Reply.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Generic, TypedDict, TypeVar

from pydantic import BaseModel

from chalicelib.core.context import PublicContext, TenantContext
from chalicelib.core.errors import AppError
from chalicelib.core.permissions import OPERATE, PERMISSIONS

ResultT = TypeVar("ResultT", bound=BaseModel | str | None)

MAX_JSON_BYTES = 256 * 1024

_SPECIAL = frozenset({"ctx", "body", "query", "request"})


@dataclass(frozen=True, slots=True)
class RequestView:
    """The parts of an HTTP request that a view may need beyond its parsed parameters."""

    headers: Mapping[str, str] = field(repr=False)
    cookies: Mapping[str, str] = field(repr=False)
    content_type: str
    source_ip: str


@dataclass(frozen=True, slots=True)
class Reply(Generic[ResultT]):
    """A result with headers of its own, e.g. a cookie; `body` is a model or ready text.

    `status` is the route's own unless it names one of the route's `other_statuses`.
    """

    body: ResultT
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    status: int | None = None


class RouteOptions(TypedDict, total=False):
    """What a route's registration may say; `Route` has what holds where it does not.

    `errors` are those that the view raises beyond what every route may answer; `other_statuses` are
    those that a Reply may choose instead of `status`, with their meaning; `takes_idempotency_key`
    is for what must not happen twice, see `core.idempotency`. Every method but GET is audited
    unless `is_audited` is False, for what changes nothing; `before(ctx, **path parameters)` returns
    what is going to be changed, for the audit trail, which holds the body that was sent unless
    `keeps_body` is False. While a business is suspended it may read, and call what is
    `while_suspended`. `takes_if_match` tells of that header; its view compares the version.
    """

    permission: str | None
    status: int
    content_types: tuple[str, ...]
    max_body_bytes: int
    response_type: str
    errors: tuple[type[AppError], ...]
    other_statuses: Mapping[int, str]
    takes_idempotency_key: bool
    before: Callable[..., BaseModel] | None
    is_audited: bool
    keeps_body: bool
    while_suspended: bool
    takes_if_match: bool


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """What a route's registration declares; the rest of the contract is the view's signature."""

    method: str
    path: str
    tag: str
    permission: str | None = None
    status: int = 200
    content_types: tuple[str, ...] = ("application/json",)
    max_body_bytes: int = MAX_JSON_BYTES
    response_type: str = "application/json"
    errors: tuple[type[AppError], ...] = ()
    other_statuses: Mapping[int, str] = field(default_factory=dict)
    takes_idempotency_key: bool = False
    before: Callable[..., BaseModel] | None = None
    is_audited: bool = True
    keeps_body: bool = True
    while_suspended: bool = False
    takes_if_match: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Contract(Route):
    """What a route takes, gives, needs and may answer."""

    name: str = ""
    summary: str = ""
    description: str = ""
    is_public: bool = False
    parameters: tuple[str, ...] = ()
    path_parameters: tuple[str, ...] = ()
    body: type[BaseModel] | None = None
    takes_bytes: bool = False
    query: type[BaseModel] | None = None
    response: type[BaseModel] | None = None

    @property
    def leaves_record(self) -> bool:
        """Tell whether a call of the route leaves a record in the audit trail."""
        return self.is_audited and self.method != "GET"

    @property
    def stops_when_suspended(self) -> bool:
        """Tell whether the route is closed to a business that is suspended."""
        reads = self.method == "GET" or (self.permission or "").endswith(":read")
        return not reads and not self.while_suspended

    @property
    def has_body(self) -> bool:
        """Tell whether the route reads a body at all."""
        return self.body is not None or self.takes_bytes


def read_contract(view: Callable[..., Any], route: Route) -> Contract:
    """Return the contract of `view`; raise TypeError where view and route do not agree."""
    hints = typing.get_type_hints(view)
    names = tuple(inspect.signature(view).parameters)
    in_path = tuple(p[1:-1] for p in route.path.split("/") if p.startswith("{"))
    body, takes_bytes = _body_types(hints.get("body"))
    summary, _, description = (inspect.getdoc(view) or "").partition("\n\n")
    contract = Contract(
        **{f.name: getattr(route, f.name) for f in fields(Route)},
        name=view.__name__,
        summary=" ".join(summary.split()).rstrip("."),
        description=description.strip(),
        is_public=hints.get("ctx") is PublicContext,
        parameters=names,
        path_parameters=in_path,
        body=body,
        takes_bytes=takes_bytes,
        query=hints.get("query"),
        response=_response_model(hints.get("return")),
    )
    problem = _disagreement(contract, hints)
    if problem:
        message = f"{view.__module__}.{view.__name__}: {problem}"
        raise TypeError(message)
    return contract


def contract_of(view: object) -> Contract:
    """Return the contract that the endpoint wrapper left on a registered view."""
    found = getattr(view, "__contract__", None)
    if not isinstance(found, Contract):
        message = f"{view!r} was registered without the endpoint wrapper"
        raise TypeError(message)
    return found


def _members(annotation: Any) -> tuple[Any, ...]:  # noqa: ANN401 - annotations are any object
    """Return the members of a union, or the one type that is none."""
    if typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        return typing.get_args(annotation)
    return (annotation,)


def _is_model(annotation: Any) -> bool:  # noqa: ANN401
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _body_types(annotation: Any) -> tuple[type[BaseModel] | None, bool]:  # noqa: ANN401
    """Return the model of a JSON body, if there is one, and whether other bodies are taken."""
    if annotation is None:
        return None, False
    members = _members(annotation)
    models = [m for m in members if _is_model(m)]
    if len(models) > 1 or not all(m is bytes or m in models for m in members):
        message = f"a body is one model, bytes, or both, not {annotation!r}"
        raise TypeError(message)
    return (models[0] if models else None), bytes in members


def _response_model(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401
    """Return the pydantic model that a return annotation names, if any."""
    if typing.get_origin(annotation) is Reply:
        (annotation,) = typing.get_args(annotation)
    found: type[BaseModel] | None = None
    for member in _members(annotation):
        if _is_model(member) and found is None:
            found = member
        elif member not in {None, type(None), str}:
            message = f"a view returns a model, None or a Reply of one, not {annotation!r}"
            raise TypeError(message)
    return found


def _disagreement(contract: Contract, hints: Mapping[str, Any]) -> str | None:
    """Return in words what is wrong with a contract."""
    named, taken = set(contract.path_parameters), set(contract.parameters) - _SPECIAL
    permission = contract.permission
    rules = (
        (taken == named, f"the path names {sorted(named)}, the view takes {sorted(taken)}"),
        (
            hints.get("ctx") in {None, PublicContext, TenantContext},
            "ctx is a TenantContext or a PublicContext",
        ),
        (
            permission is None or not contract.is_public,
            "a public route has no permission to check",
        ),
        (
            permission is None or permission in PERMISSIONS or permission == OPERATE,
            f"there is no permission {permission!r}; see core/permissions.py",
        ),
        (contract.query is None or _is_model(contract.query), "query is a pydantic model"),
        (
            not contract.has_body or contract.method not in {"GET", "DELETE"},
            f"a {contract.method} has no body",
        ),
        (
            not contract.takes_idempotency_key
            or (contract.method == "POST" and not contract.is_public),
            "only a POST of a signed-in user takes an Idempotency-Key",
        ),
        (
            contract.status != 204 or contract.response is None,
            "a 204 has no body, yet the view returns a model",
        ),
        (contract.summary != "", "the docstring's first line is the summary; write one"),
    )
    return next((problem for holds, problem in rules if not holds), None)
