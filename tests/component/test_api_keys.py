"""API keys over the API: made, used, limited, removed."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.ids import random_id
from chalicelib.storage.api_keys import ApiKeyRow
from tests.component.api_client import Answer, ApiClient
from tests.component.conftest import SettableClock

READ = {"name": "Shop", "scopes": ["contacts:read"]}


def make(api: ApiClient, **changes: Any) -> dict[str, Any]:
    """Make a key; return the answer's body."""
    answer = api.post("/api/api-keys", json={**READ, **changes})
    assert answer.status == 201, answer.body
    return dict(answer.body)


def use(
    api: ApiClient, key: str, method: str = "GET", path: str = "/api/contacts", **options: Any
) -> Answer:
    """Call a route with a key."""
    headers = {"Authorization": f"Bearer {key}"}
    return api.acting_as(None).request(method, path, headers=headers, **options)


def test_whole_way(api: ApiClient, ctx: TenantContext, clock: SettableClock) -> None:
    """A key is shown once, does what its scopes say and no more, and ends when it is removed."""
    made = make(api)
    key = made.pop("key")
    assert key.startswith("pk_")
    (listed,) = api.get("/api/api-keys").body["items"]
    assert listed == made
    assert key not in api.get("/api/api-keys").text
    assert use(api, key).status == 200
    contact = {"phone": "+4915123456789", "name": "Ada"}
    assert use(api, key, "POST", json=contact).status == 403
    assert use(api, key, path="/api/campaigns").status == 403
    assert use(api, key, path="/api/auth/me").status == 403
    assert use(api, key, path="/api/auth/sessions").status == 403
    assert api.delete(f"/api/api-keys/{made['id']}").status == 204
    assert use(api, key).status == 401
    assert api.delete(f"/api/api-keys/{made['id']}").status == 404


def test_belongs_to_its_tenant(api: ApiClient, other_ctx: TenantContext) -> None:
    """A key sees its own tenant, and its secret opens no other tenant's."""
    contact = {"phone": "+4915123456789", "name": "Ada"}
    assert api.post("/api/contacts", json=contact).status == 201
    mine = make(api)["key"]
    other = make(api.acting_as(other_ctx))["key"]
    assert len(use(api, mine).body["items"]) == 1
    assert use(api, other).body["items"] == []
    _, tenant, key_id, secret = mine.split("_", 3)
    _, other_tenant, other_id, _ = other.split("_", 3)
    for forged in (
        f"pk_{other_tenant}_{key_id}_{secret}",
        f"pk_{other_tenant}_{other_id}_{secret}",
        f"pk_{tenant}_{key_id}_{secret}x",
        f"pk_{tenant}_{key_id}_",
        f"pk_{tenant}_{key_id}",
        f"pk_{random_id('ten')[4:]}_{key_id}_{secret}",
        "pk_",
        "pk_é_ü_ö",
        "pk_..%2f_x_y",
    ):
        assert use(api, forged).status == 401, forged


def test_secret_is_not_stored(api: ApiClient) -> None:
    """Who reads the table cannot use a key."""
    secret = make(api)["key"].split("_", 3)[3]
    (row,) = ApiKeyRow.scan()
    assert secret not in str(row.to_simple_dict())


def test_expires(api: ApiClient, clock: SettableClock) -> None:
    """From its time on a key is good for nothing."""
    key = make(api, expires_at="2026-11-23T13:00:00+00:00")["key"]
    clock.advance(3599)
    assert use(api, key).status == 200
    clock.advance(1)
    assert use(api, key).status == 401


def test_networks(api: ApiClient) -> None:
    """A key with networks works from there only, IPv6 included."""
    key = make(api, networks=["203.0.113.0/24", "2001:db8::/32"])["key"]
    assert use(api, key, source_ip="203.0.113.200").status == 200
    assert use(api, key, source_ip="2001:db8::1").status == 200
    for elsewhere in ("198.51.100.1", "2001:db9::1", "", "::ffff:1"):
        answer = use(api, key, source_ip=elsewhere)
        assert (answer.status, answer.body["code"]) == (403, "wrong_network")


def test_last_use_is_noted_now_and_then(api: ApiClient, clock: SettableClock) -> None:
    """The first use is written, and the next after a quarter of an hour; not each."""
    key = make(api)["key"]

    def last_use() -> str | None:
        (listed,) = api.get("/api/api-keys").body["items"]
        return str(listed["last_used_at"]) if listed["last_used_at"] else None

    assert last_use() is None
    use(api, key)
    assert last_use() == "2026-11-23T12:00:00.000Z"
    clock.advance(899)
    use(api, key)
    assert last_use() == "2026-11-23T12:00:00.000Z"
    clock.advance(2)
    use(api, key)
    assert last_use() == "2026-11-23T12:15:01.000Z"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scopes": ["users:write"]}, "scopes"),
        ({"scopes": ["api_keys:write"]}, "scopes"),
        ({"scopes": ["moon:read"]}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"expires_at": "2026-11-23T12:00:00Z"}, "expires_at"),
        ({"expires_at": "2027-01-01T00:00:00"}, "expires_at"),
        ({"networks": ["203.0.113.7/24"]}, "networks.0"),
        ({"networks": ["example.com"]}, "networks.0"),
        ({"name": " "}, "name"),
        ({"tenant_id": "ten_x"}, "tenant_id"),
        ({"key": "pk_mine"}, "key"),
    ],
)
def test_refused(api: ApiClient, clock: SettableClock, changes: dict[str, Any], field: str) -> None:
    """What no key can have is refused by field."""
    answer = api.post("/api/api-keys", json={**READ, **changes})
    assert answer.status == 422
    assert answer.body["errors"][0]["field"] == field


def test_nobody_makes_a_key_above_themselves(api: ApiClient, ctx: TenantContext) -> None:
    """A viewer makes none, and a key cannot make another."""
    viewer = TenantContext(ctx.tenant_id, ctx.user_id, "viewer", "req_test")
    assert api.acting_as(viewer).post("/api/api-keys", json=READ).status == 403
    assert api.acting_as(viewer).get("/api/api-keys").status == 403
    key = make(api, scopes=["api_keys:read"])["key"]
    assert use(api, key, path="/api/api-keys").status == 200
    assert use(api, key, "POST", "/api/api-keys", json=READ).status == 403
