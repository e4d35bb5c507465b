"""Connecting numbers: routes, services and storage over moto and the sandbox."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.schemas.numbers import NumberConnect
from chalicelib.services import numbers
from chalicelib.storage.numbers import (
    Connection,
    NumberRow,
    Numbers,
    access_token,
    find_number,
    messages_per_s,
)
from chalicelib.storage.tenants import UniqueKeyRow
from chalicelib.whatsapp.client import GraphClient
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock
from tests.component.graph.server import GraphServer


def _body(graph: GraphServer, **changes: str) -> dict[str, str]:
    fixture = graph.fixture
    return {
        "phone_number_id": fixture.phone_number_id,
        "waba_id": fixture.waba_id,
        "access_token": fixture.access_token,
    } | changes


def _connect(ctx: TenantContext, body: dict[str, str]) -> Any:
    return numbers.connect(ctx, NumberConnect.model_validate(body))


def test_number_is_connected(graph: GraphServer, ctx: TenantContext, clock: SettableClock) -> None:
    """Meta's fields, the encrypted token, the routing key and the subscription are all there."""
    out = _connect(ctx, _body(graph))
    assert out.phone_number_id == graph.fixture.phone_number_id
    assert out.display_phone_number
    assert (out.throughput_level, out.messages_per_s) == ("STANDARD", 80)
    assert out.connected_at == "2026-11-23T12:00:00.000Z"
    row = Numbers(ctx).get(out.id)
    assert graph.fixture.access_token.encode() not in row.token_ciphertext
    assert access_token(row) == graph.fixture.access_token
    owner = find_number(graph.fixture.phone_number_id)
    assert owner is not None
    assert (owner.tenant_id, owner.entity_id) == (ctx.tenant_id, out.id)
    answer = graph.http.get(
        f"/v26.0/{graph.fixture.waba_id}/subscribed_apps",
        headers={"Authorization": f"Bearer {graph.fixture.access_token}"},
    )
    assert len(answer.json()["data"]) == 1


def test_again_renews_the_token(graph: GraphServer, ctx: TenantContext) -> None:
    """The same tenant connecting again keeps the number's id and its pacing, and one row."""
    first = _connect(ctx, _body(graph))
    row = Numbers(ctx).get(first.id)
    row.update(actions=[NumberRow.next_slot_ms.set(5)])
    again = _connect(ctx, _body(graph))
    assert again.id == first.id
    assert again.connected_at == first.connected_at
    row = Numbers(ctx).get(first.id)
    assert row.next_slot_ms == 5
    assert access_token(row) == graph.fixture.access_token
    assert len(Numbers(ctx).page(10, None).items) == 1


def test_number_of_another_tenant(
    graph: GraphServer, ctx: TenantContext, other_ctx: TenantContext
) -> None:
    """A number that another tenant has connected is a Conflict, and stays theirs."""
    _connect(ctx, _body(graph))
    with pytest.raises(Conflict, match="another business"):
        _connect(other_ctx, _body(graph))
    assert Numbers(other_ctx).page(10, None).items == []


def test_race_for_a_number_has_one_winner(
    graph: GraphServer, ctx: TenantContext, other_ctx: TenantContext
) -> None:
    """Where both asked Meta before either wrote, the transaction decides."""
    out = _connect(ctx, _body(graph))
    row = Numbers(ctx).get(out.id)
    connection = Connection(
        **{name: getattr(row, name) for name in Connection.__dataclass_fields__}
    )
    with pytest.raises(Conflict, match="another business"):
        Numbers(other_ctx).connect(connection, 1)
    assert UniqueKeyRow.get(f"number#{row.phone_number_id}").tenant_id == ctx.tenant_id


def test_wrong_token(graph: GraphServer, ctx: TenantContext) -> None:
    """A token that Meta refuses is an error of its field, in Meta's words; nothing is written."""
    with pytest.raises(Invalid, match="Invalid OAuth access token") as caught:
        _connect(ctx, _body(graph, access_token="EAAwrong"))
    assert [e.field for e in caught.value.errors] == ["access_token"]
    assert Numbers(ctx).page(10, None).items == []
    assert find_number(graph.fixture.phone_number_id) is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone_number_id": "399999999999999"}, "phone_number_id"),
        ({"waba_id": "299999999999999"}, "waba_id"),
    ],
)
def test_wrong_ids(
    graph: GraphServer, ctx: TenantContext, changes: dict[str, str], field: str
) -> None:
    """An id that Meta does not know is an error of its field; nothing is written."""
    with pytest.raises(Invalid) as caught:
        _connect(ctx, _body(graph, **changes))
    assert [e.field for e in caught.value.errors] == [field]
    assert find_number(graph.fixture.phone_number_id) is None


def test_number_of_another_account(graph: GraphServer, ctx: TenantContext) -> None:
    """A number that stands under another account than the one named is refused."""
    token = graph.fixture.access_token
    made = graph.http.post("/sandbox/numbers", json={"waba_id": "200000000000009"})
    assert made.status_code < 300, made.text
    other = made.json()
    body = {
        "phone_number_id": other.get("phone_number_id") or other["id"],
        "waba_id": graph.fixture.waba_id,
        "access_token": other.get("access_token", token),
    }
    with pytest.raises(Invalid) as caught:
        _connect(ctx, body)
    assert caught.value.errors[0].field in {"waba_id", "access_token"}


def _intercept(monkeypatch: pytest.MonkeyPatch, *answers: httpx.Response) -> list[httpx.URL]:
    """Answer Parley's next calls of Meta with `answers`; return the addresses that it asks."""
    asked: list[httpx.URL] = []
    left = list(answers)

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return left.pop(0)

    client = GraphClient(httpx.MockTransport(handler))
    monkeypatch.setattr(numbers, "graph_client", lambda: client)
    return asked


BODY = {"phone_number_id": "3000003", "waba_id": "2000001", "access_token": "EAAx"}


def _page(number_id: str, after: str) -> httpx.Response:
    paging = {"next": "https://graph.invalid/next", "cursors": {"after": after}}
    return httpx.Response(200, json={"data": [{"id": number_id}], "paging": paging})


def test_account_with_many_numbers(ctx: TenantContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """A number on a later page of the account's numbers is found by Meta's cursor."""
    asked = _intercept(
        monkeypatch,
        httpx.Response(200, json={"id": "3000003", "throughput": {"level": "HIGH"}}),
        _page("3000001", "A"),
        _page("3000003", "B"),
        httpx.Response(200, json={"success": True}),
        httpx.Response(200, json={"id": "2000001", "name": "Acme"}),
    )
    assert _connect(ctx, BODY).messages_per_s == 1000
    assert [url.params.get("after") for url in asked] == [None, None, "A", None, None]


def test_account_that_never_ends(ctx: TenantContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that goes on and on is given up, not followed for ever."""
    pages = [_page("3000001", "A") for _ in range(10)]
    asked = _intercept(monkeypatch, httpx.Response(200, json={"id": "3000003"}), *pages)
    with pytest.raises(Invalid, match="does not hold"):
        _connect(ctx, BODY)
    assert len(asked) == 11


def test_subscription_refused(ctx: TenantContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that may read but not manage the account is an error of the token; nothing stays."""
    refusal = {"error": {"message": "(#200) Requires management permission", "code": 200}}
    _intercept(
        monkeypatch,
        httpx.Response(200, json={"id": "3000003"}),
        httpx.Response(200, json={"data": [{"id": "3000003"}]}),
        httpx.Response(403, json=refusal),
    )
    with pytest.raises(Invalid, match="management permission") as caught:
        _connect(ctx, BODY)
    assert caught.value.errors[0].field == "access_token"
    assert Numbers(ctx).page(10, None).items == []


@pytest.mark.parametrize("token", ["", " ", "EAA token", "EAA\ntoken", "ÉAA", "x" * 1001])
def test_token_that_no_header_can_carry(token: str) -> None:
    """A token with spaces, line breaks or letters beyond ASCII is refused before Meta is asked."""
    with pytest.raises(ValidationError):
        NumberConnect.model_validate(
            {"phone_number_id": "300000000000001", "waba_id": "2000001", "access_token": token}
        )


@pytest.mark.parametrize(
    ("level", "rate"),
    [("STANDARD", 80), ("HIGH", 1000), ("NOT_APPLICABLE", 80), ("SOMETHING_NEW", 80)],
)
def test_rate_by_throughput_level(level: str, rate: int) -> None:
    """Meta's level gives the messages a second; an unknown one is taken for standard."""
    assert messages_per_s(NumberRow(throughput_level=level)) == rate


def test_routes(graph: GraphServer, api: ApiClient, other_ctx: TenantContext) -> None:
    """Connect, list, get; the token is in no answer; another tenant sees nothing."""
    made = api.post("/api/numbers", json=_body(graph))
    assert made.status == 201, made.text
    number_id = made.body["id"]
    looked_at = api.get(f"/api/numbers/{number_id}").body
    assert looked_at == made.body | {
        "allowance": {"limit": None, "used": 0, "remaining": None},
    }
    listed = api.get("/api/numbers")
    assert listed.body == {"items": [made.body], "next_cursor": None}
    assert graph.fixture.access_token not in made.text + listed.text
    other = api.acting_as(other_ctx)
    assert other.get("/api/numbers").body["items"] == []
    assert other.get(f"/api/numbers/{number_id}").status == 404
    assert api.get("/api/numbers/nonsense").status == 404
    refused = api.post("/api/numbers", json=_body(graph, access_token="EAAwrong"))
    assert (refused.status, refused.body["code"]) == (422, "number_refused")
    assert refused.body["errors"][0]["field"] == "access_token"


def test_meta_out_of_reach(api: ApiClient, clock: SettableClock) -> None:
    """Where Meta cannot be reached the answer is 503 with a time to come back."""
    body = {"phone_number_id": "300000000000001", "waba_id": "2000001", "access_token": "EAAx"}
    answer = api.post("/api/numbers", json=body)
    assert (answer.status, answer.body["code"]) == (503, "whatsapp_unreachable")
    assert answer.headers["retry-after"] == "5"
