"""Contracts read from views' signatures."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from chalicelib.core.context import PublicContext, TenantContext
from chalicelib.core.contract import Reply, Route, contract_of, read_contract


class Body(BaseModel):
    """A body."""

    a: int


class Out(BaseModel):
    """An answer."""

    b: int


def route(method: str = "POST", path: str = "/api/things", **options: Any) -> Route:
    """Return a registration."""
    return Route(method, path, "things", **options)


def test_everything_is_read_from_the_view() -> None:
    """Body, query, path, answer, summary and description come from signature and docstring."""

    def update_thing(ctx: TenantContext, thing_id: str, body: Body, query: Body) -> Reply[Out]:
        """Change a thing
        in place.

        It stays
        what it was.
        """
        raise NotImplementedError

    contract = read_contract(
        update_thing, route(path="/api/things/{thing_id}", permission="contacts:write")
    )
    assert contract.name == "update_thing"
    assert contract.summary == "Change a thing in place"
    assert contract.description == "It stays\nwhat it was."
    assert contract.path_parameters == ("thing_id",)
    assert (contract.body, contract.query, contract.response) == (Body, Body, Out)
    assert not contract.is_public
    assert not contract.takes_bytes


def test_public_view() -> None:
    """A view that takes a PublicContext needs no token; one that takes no context needs one."""

    def public(ctx: PublicContext) -> None:
        """Do."""

    def private() -> None:
        """Do."""

    assert read_contract(public, route(status=204)).is_public
    assert not read_contract(private, route(status=204)).is_public


def test_body_of_two_kinds() -> None:
    """A view may take a model where the body is JSON, and bytes where it is not."""

    def start(ctx: TenantContext, body: Body | bytes) -> Reply[Out | None]:
        """Start."""
        raise NotImplementedError

    contract = read_contract(start, route(content_types=("text/csv", "application/json")))
    assert (contract.body, contract.takes_bytes, contract.response) == (Body, True, Out)


def _no_summary(ctx: TenantContext) -> None:
    pass


def _extra(ctx: TenantContext, other: str) -> None:
    """Take a parameter that the path does not name."""


def _public(ctx: PublicContext) -> None:
    """Take no token."""


def _plain(ctx: TenantContext) -> None:
    """Do."""


def _with_body(ctx: TenantContext, body: Body) -> Out:
    """Do."""
    raise NotImplementedError


def _odd_result(ctx: TenantContext) -> dict[str, int]:
    """Do."""
    raise NotImplementedError


def _odd_body(ctx: TenantContext, body: dict[str, int]) -> None:
    """Do."""


def _odd_context(ctx: str) -> None:
    """Do."""


@pytest.mark.parametrize(
    ("view", "options", "words"),
    [
        (_no_summary, {}, "docstring"),
        (_extra, {}, "the path names"),
        (_plain, {"path": "/api/things/{thing_id}"}, "the path names"),
        (_public, {"permission": "contacts:read"}, "no permission to check"),
        (_plain, {"permission": "contact:read"}, "there is no permission"),
        (_with_body, {"method": "GET"}, "has no body"),
        (_with_body, {"status": 204}, "a 204 has no body"),
        (_odd_result, {}, "a view returns"),
        (_odd_body, {}, "a body is"),
        (_odd_context, {}, "ctx is"),
    ],
)
def test_disagreement_is_found_at_registration(
    view: Any, options: dict[str, Any], words: str
) -> None:
    """A view and a registration that contradict each other fail at import, in words."""
    with pytest.raises(TypeError, match=words):
        read_contract(view, route(**options))


def test_view_without_wrapper() -> None:
    """A view that bypassed the wrapper is named."""
    with pytest.raises(TypeError, match="without the endpoint wrapper"):
        contract_of(_plain)
