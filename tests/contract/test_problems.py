"""Every route answers bad requests alike: the right status, problem+json, nothing written.

ApiClient itself refuses an error that is not problem+json with code and request id.
"""

from __future__ import annotations

import dataclasses
import json

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.contract import Contract
from chalicelib.core.permissions import OPERATE, ROLES
from chalicelib.core.tokens import ACCESS_TTL_S
from chalicelib.storage.tenants import TenantRow, change_tenant
from tests.component.api_client import Answer, ApiClient, token_for
from tests.component.conftest import SettableClock
from tests.contract.routes import concrete, content_type, contracts, route_name

ALL = contracts()
PRIVATE = [c for c in ALL if not c.is_public]
WITH_BODY = [c for c in ALL if c.has_body]
WITH_JSON = [c for c in ALL if c.body is not None]
WITH_QUERY = [c for c in ALL if c.query is not None]
# Who operates the platform is no role's affair; see tests/component/test_tenants.py.
WITH_PERMISSION = [c for c in ALL if c.permission not in {None, OPERATE}]


def call(
    api: ApiClient, contract: Contract, content: bytes | None = None, **headers: str
) -> Answer:
    """Call a route with ids that name nothing."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.request(contract.method, concrete(contract), content=content, headers=sent)


@pytest.mark.parametrize("contract", PRIVATE, ids=route_name)
def test_token_is_needed(
    api: ApiClient, ctx: TenantContext, clock: SettableClock, contract: Contract
) -> None:
    """Without a token, with garbage and with an expired one a route is 401, whatever is sent."""
    nobody = api.acting_as(None)
    old = token_for(ctx)
    clock.advance(ACCESS_TTL_S)
    for authorization, code in (
        ("", "unauthenticated"),
        ("Bearer garbage", "unauthenticated"),
        (f"Bearer {old}", "token_expired"),
    ):
        answer = call(nobody, contract, b"{", Authorization=authorization)
        assert (answer.status, answer.body["code"]) == (401, code)


@pytest.mark.parametrize("contract", WITH_PERMISSION, ids=route_name)
def test_permission_is_needed(api: ApiClient, ctx: TenantContext, contract: Contract) -> None:
    """A role is 403 on a route exactly if it lacks the permission."""
    for role, permissions in {**ROLES, "unknown": frozenset[str]()}.items():
        actor = api.acting_as(dataclasses.replace(ctx, role=role))
        answer = call(actor, contract, b"{", Content_Type="text/plain")
        assert (answer.status == 403) == (contract.permission not in permissions)


@pytest.mark.parametrize("contract", PRIVATE, ids=route_name)
def test_suspension_closes_changes(api: ApiClient, ctx: TenantContext, contract: Contract) -> None:
    """A suspended business is 403 on every route that changes something but those that stay open:
    exports, one's own sign-in, and the operators' own.
    """
    change_tenant(
        ctx.tenant_id, TenantRow.suspended_at.set(1), TenantRow.suspended_reason.set("Unpaid.")
    )
    answer = call(api, contract, b"{", **_json())
    is_closed = answer.status == 403 and answer.body["code"] == "tenant_suspended"
    assert is_closed == contract.stops_when_suspended


def test_what_stays_open_while_suspended() -> None:
    """Nothing but this; who opens another route says here why it may change something."""
    opened = {c.name for c in PRIVATE if c.method != "GET" and not c.stops_when_suspended}
    assert opened == {
        # one's own sign-in
        "end_session", "change_password", "begin_totp", "change_totp",
        # taking one's data along
        "export_contacts", "export_recipients", "export_tenant",
        # leaving, or staying after all
        "delete_tenant", "keep_tenant",
        # the operators' own
        "update_tenant", "suspend_tenant", "resume_tenant",
        # asks, and changes nothing
        "preview_template", "preview_segment", "estimate_cost",
    }  # fmt: skip


@pytest.mark.parametrize("contract", WITH_BODY, ids=route_name)
def test_content_type_is_judged(api: ApiClient, contract: Contract) -> None:
    """A content type that the route does not read is 415."""
    answer = call(api, contract, b"<a/>", Content_Type="application/xml")
    assert (answer.status, answer.body["code"]) == (415, "unsupported_media")


@pytest.mark.parametrize("contract", ALL, ids=route_name)
def test_body_is_limited(api: ApiClient, contract: Contract) -> None:
    """A body over the route's limit is 413, also on a route that reads none."""
    answer = call(api, contract, b"x" * (contract.max_body_bytes + 1), **_json())
    assert (answer.status, answer.body["code"]) == (413, "too_large")
    assert str(contract.max_body_bytes) in answer.body["detail"]


@pytest.mark.parametrize("contract", WITH_JSON, ids=route_name)
@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b'{"a": 1,}', b"{'a': 1}"])
def test_malformed_json(api: ApiClient, contract: Contract, body: bytes) -> None:
    """What is not JSON is 400."""
    answer = call(api, contract, body, **_json())
    assert (answer.status, answer.body["code"]) == (400, "malformed_json")


@pytest.mark.parametrize("contract", WITH_JSON, ids=route_name)
@pytest.mark.parametrize("value", ["[" * 5_000 + "]" * 5_000, '{"a":' * 50 + "1" + "}" * 50])
def test_deep_json(api: ApiClient, contract: Contract, value: str) -> None:
    """A body that is nested without end is 400, and is not read."""
    answer = call(api, contract, f'{{"x": {value}}}'.encode(), **_json())
    assert (answer.status, answer.body["code"]) == (400, "malformed_json")
    assert "levels deep" in answer.body["detail"]


@pytest.mark.parametrize("contract", WITH_JSON, ids=route_name)
def test_brackets_in_texts_and_endless_numbers(api: ApiClient, contract: Contract) -> None:
    """Brackets within a text nest nothing, and a number of 5,000 digits is a wrong value."""
    text = json.dumps("\\" + '"' + "[" * 100)
    answer = call(api, contract, f'{{"no_such": {text}}}'.encode(), **_json())
    assert answer.status == 422
    answer = call(api, contract, b'{"no_such": ' + b"7" * 5_000 + b"}", **_json())
    assert answer.status in {400, 422}


@pytest.mark.parametrize("contract", WITH_JSON, ids=route_name)
def test_unknown_field(api: ApiClient, contract: Contract) -> None:
    """A field that the route does not know is refused by name, so that no typo is lost."""
    answer = call(api, contract, json.dumps({"no_such_field": 1}).encode(), **_json())
    assert answer.status == 422
    assert "no_such_field" in [error["field"] for error in answer.body["errors"]]


@pytest.mark.parametrize("contract", WITH_QUERY, ids=route_name)
def test_unknown_query_parameter(api: ApiClient, contract: Contract) -> None:
    """A query parameter that the route does not know is refused by name, beside those it misses."""
    answer = api.request(contract.method, concrete(contract), params={"no_such": "1"})
    assert answer.status == 422
    assert contract.query is not None
    needed = {n for n, field in contract.query.model_fields.items() if field.is_required()}
    assert {error["field"] for error in answer.body["errors"]} == {"no_such", *needed}


@pytest.mark.parametrize(
    "contract",
    [c for c in WITH_QUERY if c.query is not None and "cursor" in c.query.model_fields],
    ids=route_name,
)
def test_forged_cursor(api: ApiClient, contract: Contract) -> None:
    """A cursor that Parley did not make is a field error, or the list's owner is not found."""
    answer = api.request(contract.method, concrete(contract), params={"cursor": "e30.AAAA"})
    assert answer.status in ({404, 422} if contract.path_parameters else {422})


@pytest.mark.parametrize(
    "contract",
    [c for c in ALL if c.path_parameters and not c.has_body],
    ids=route_name,
)
@pytest.mark.parametrize(
    "bad_id", ["", "x", "con_", "con_" + "u" * 26, "con_%00", "con_é", "a" * 3000]
)
def test_malformed_id(api: ApiClient, contract: Contract, bad_id: str) -> None:
    """An id of any other shape is simply not there: 404."""
    head, _, tail = contract.path.partition("{")
    path = f"{head}{bad_id or '%20'}{tail.partition('}')[2]}"
    assert api.request(contract.method, path).status == 404


@pytest.mark.parametrize(
    "contract", [c for c in ALL if c.path_parameters and not c.has_body], ids=route_name
)
def test_id_of_nothing(api: ApiClient, contract: Contract) -> None:
    """An id that names nothing is 404."""
    assert call(api, contract).status == 404


@pytest.mark.parametrize("contract", PRIVATE, ids=route_name)
def test_defect_is_a_500_without_internals(
    api: ApiClient, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown error in any route is a 500 problem that shows nothing of the inside."""
    from chalicelib.core import endpoint

    def break_down(*_: object) -> None:
        raise ZeroDivisionError("secret of the internals")

    monkeypatch.setattr(endpoint, "read_access_token", break_down)
    answer = call(api, contract)
    assert (answer.status, answer.body["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    assert "ZeroDivision" not in answer.text


def _json() -> dict[str, str]:
    return {"Content_Type": "application/json"}


def test_routes_that_read_bytes_say_so() -> None:
    """Only a route that takes bytes reads anything but JSON."""
    for contract in ALL:
        is_json = content_type(contract)["Content-Type"] == "application/json"
        assert is_json or contract.takes_bytes
