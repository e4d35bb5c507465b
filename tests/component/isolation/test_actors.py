"""Who may call what: every route called as everybody, against the table of docs/permissions.md.

The table is made from what the routes declare; here each route is called, and what is refused is
compared with what the table promises, so that a declaration that nothing heeds would be found.
"""

from __future__ import annotations

import re

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.contract import Contract
from chalicelib.core.permissions import KEY_SCOPES, ROLES
from infra.permissions import DOCUMENT
from tests.component.api_client import ApiClient
from tests.component.isolation.conftest import Actor, actors_of, nothing_changes
from tests.contract.routes import concrete, contracts

_ROW = re.compile(r"\| `(?P<route>[A-Z]+ [^`]+)` \| (?P<needs>[^|]+) \|(?P<cells>.*)\|")
_COLUMNS = (*ROLES, "key")


def promised() -> dict[str, dict[str, bool]]:
    """Return what docs/permissions.md says: by route, who may."""
    found = {}
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        row = _ROW.fullmatch(line)
        if row is not None:
            cells = [cell.strip() == "yes" for cell in row["cells"].split("|")]
            found[row["route"]] = dict(zip(_COLUMNS, cells, strict=True))
    return found


def is_let_in(actor: Actor, contract: Contract) -> bool:
    """Call the route with a body that nothing reads; tell whether it got past the door.

    What is let in ends at 404, 415 or 422, or is done; a refusal is 403 and nothing else.
    """
    headers = {"Content-Type": "application/x-nothing"} if contract.has_body else {}
    answer = actor.request(
        contract.method,
        concrete(contract),
        content=b"x" if contract.has_body else None,
        headers=headers,
        params={"no_such": "1"} if contract.query is not None else None,
    )
    if answer.status == 403:
        assert answer.body["code"] == "forbidden"
        return False
    expected = {200, 202, 404, 409} if acts_at_once(contract) else {200, 404, 415, 422}
    assert answer.status in expected, (contract.name, actor.name, answer.body)
    return True


def acts_at_once(contract: Contract) -> bool:
    """Tell whether a route takes nothing that could be wrong, and so does what it does."""
    takes = contract.has_body or contract.path_parameters or contract.query is not None
    return contract.method != "GET" and not takes


def test_every_route_as_everybody(api: ApiClient, ctx: TenantContext) -> None:
    """Route by actor is what the table says: roles, own roles, an unknown one, keys; no row is
    missing, and none is for a route that is gone.
    """
    table = promised()
    assert set(table) == {f"{c.method} {c.path}" for c in contracts()}
    actors = actors_of(ctx, api)
    private = [contract for contract in contracts() if not contract.is_public]

    def walk(contract: Contract) -> None:
        row = table[f"{contract.method} {contract.path}"]
        for actor in actors:
            let_in = is_let_in(actor, contract)
            where = (contract.name, actor.name)
            assert let_in == actor.may(contract.permission), where
            if actor.name in row:
                assert let_in == row[actor.name], where

    with nothing_changes("walking all routes"):
        for contract in private:
            if not acts_at_once(contract):
                walk(contract)
    for contract in private:
        if acts_at_once(contract):
            walk(contract)


def test_nobody_is_let_in_without_a_token(api: ApiClient) -> None:
    """Every route that is not public is 401 for who sends nothing, and 200 or less for nobody."""
    nobody = api.acting_as(None)
    for contract in contracts():
        if not contract.is_public:
            assert nobody.request(contract.method, concrete(contract)).status == 401, contract.name


@pytest.mark.parametrize("scope", sorted(KEY_SCOPES))
def test_a_scope_opens_its_routes_alone(api: ApiClient, ctx: TenantContext, scope: str) -> None:
    """An API key with one scope is let into exactly the routes that need this one."""
    made = api.post("/api/api-keys", json={"name": "One", "scopes": [scope]}).body["key"]
    headers = {"Authorization": f"Bearer {made}"}
    actor = Actor("key", api.acting_as(None), headers, frozenset({scope}), is_key=True)
    opened = {c.permission for c in contracts() if not c.is_public and is_let_in(actor, c)}
    used = {c.permission for c in contracts()}
    assert opened == {scope} & used


def test_a_user_of_another_tenant_by_token(
    api: ApiClient, ctx: TenantContext, other_ctx: TenantContext
) -> None:
    """A token of one tenant's user with another tenant's id is nobody's: `me` finds no account."""
    import dataclasses

    crossed = dataclasses.replace(other_ctx, user_id=ctx.user_id)
    assert api.acting_as(crossed).get("/api/auth/me").status == 401
