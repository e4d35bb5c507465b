"""How many requests an address, a user and a tenant may make, and how an answer tells of it."""

from __future__ import annotations

import dataclasses

import pytest
from pynamodb.exceptions import UpdateError

from chalicelib.core.address import network_of, viewer_address
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.services import request_limits
from chalicelib.services.request_limits import RequestLimits
from chalicelib.storage import rate_limits as storage
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock

pytestmark = pytest.mark.usefixtures("aws")


def limit_to(monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
    """Set limits as a deployment does."""
    for name, value in limits.items():
        monkeypatch.setenv(f"REQUESTS_PER_{name.upper()}", str(value))
    settings.cache_clear()


def test_a_user_is_limited(
    api: ApiClient, ctx: TenantContext, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request over the limit is 429 with when to come back; a colleague and the next minute
    are free.
    """
    limit_to(monkeypatch, user=3)
    clock.advance(20)
    answers = [api.get("/api/contacts") for _ in range(4)]
    assert [a.status for a in answers] == [200, 200, 200, 429]
    assert [a.headers["ratelimit-remaining"] for a in answers] == ["2", "1", "0", "0"]
    refused = answers[-1]
    assert refused.body["code"] == "too_many_requests"
    assert (refused.headers["retry-after"], refused.headers["ratelimit-reset"]) == ("40", "40")
    assert refused.headers["ratelimit-policy"] == "3;w=60"
    colleague = dataclasses.replace(ctx, user_id="usr_colleague")
    assert api.acting_as(colleague).get("/api/contacts").status == 200
    clock.advance(40)
    assert api.get("/api/contacts").status == 200


def test_a_key_is_limited_apart_from_its_maker(
    api: ApiClient, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each API key has a limit of its own; neither another key nor its maker feels it."""
    keys = [
        api.post("/api/api-keys", json={"name": name, "scopes": ["contacts:read"]}).body["key"]
        for name in ("Shop", "Till")
    ]
    limit_to(monkeypatch, user=2)
    clock.advance(60)
    first, second = ({"Authorization": f"Bearer {key}"} for key in keys)
    nobody = api.acting_as(None)
    found = [nobody.get("/api/contacts", headers=first) for _ in range(3)]
    assert [answer.status for answer in found] == [200, 200, 429]
    assert found[-1].headers["retry-after"] == found[-1].headers["ratelimit-reset"]
    assert nobody.get("/api/contacts", headers=second).status == 200
    assert api.get("/api/contacts").status == 200


def test_a_tenant_is_limited(
    api: ApiClient,
    ctx: TenantContext,
    other_ctx: TenantContext,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All users of a business count together, and another business does not feel it."""
    limit_to(monkeypatch, tenant=4)
    team = [dataclasses.replace(ctx, user_id=f"usr_{n}") for n in range(5)]
    found = [api.acting_as(user).get("/api/contacts").status for user in team]
    assert found == [200, 200, 200, 200, 429]
    assert api.acting_as(other_ctx).get("/api/contacts").status == 200


def test_an_address_without_a_token_is_limited(
    api: ApiClient, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guessing tokens, and what nobody need sign in for, count by address; users behind the same
    address do not feel it.
    """
    limit_to(monkeypatch, address=2)
    bad = {"Authorization": "Bearer guess"}
    found = [api.get("/api/contacts", headers=bad).status for _ in range(3)]
    assert found == [401, 401, 429]
    assert api.acting_as(None).get("/api/openapi.json").status == 429
    assert api.get("/api/contacts", headers=bad, source_ip="198.51.100.9").status == 401
    assert api.get("/api/contacts").status == 200


def test_processes_share_a_limit(
    ctx: TenantContext, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However requests spread over processes, no window lets more through than the limit, and a
    busy process writes far less often than it counts.
    """
    limit_to(monkeypatch, user=1000, tenant=0)
    writes: list[int] = []
    count = storage.count_attempt

    def counted(key: str, expires_at: int, attempts: int = 1) -> int:
        writes.append(attempts)
        return count(key, expires_at, attempts)

    monkeypatch.setattr(storage, "count_attempt", counted)
    processes = [request_limits._Meters() for _ in range(4)]
    through = 0
    for number in range(1600):
        process = processes[number % 4]
        monkeypatch.setattr(request_limits, "_meters", lambda process=process: process)
        standing = RequestLimits().of_actor(ctx)
        through += standing is not None and standing.remaining >= 0
    assert 900 <= through <= 1000
    assert len(writes) < 100


def test_refusals_cost_nothing(
    ctx: TenantContext, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a process knows that a limit is used up it refuses without asking the database."""
    limit_to(monkeypatch, user=1, tenant=0)
    assert [getattr(RequestLimits().of_actor(ctx), "remaining", None) for _ in range(2)] == [0, -1]
    monkeypatch.setattr(storage, "count_attempt", None)
    assert RequestLimits().of_actor(ctx) is not None


def test_an_outage_of_the_counters_stops_nobody(
    api: ApiClient, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where requests cannot be counted they are answered, without the headers."""

    def gone(*_: object) -> int:
        raise UpdateError(cause=ConnectionError("gone"))

    monkeypatch.setattr(storage, "count_attempt", gone)
    answer = api.get("/api/contacts")
    assert answer.status == 200
    assert "ratelimit-limit" not in answer.headers


@pytest.mark.parametrize(
    ("forwarded", "proof", "address"),
    [
        ("198.51.100.9, 203.0.113.7", "s" * 32, "198.51.100.9"),
        ("198.51.100.9", "s" * 32, "198.51.100.9"),
        ("6.6.6.6, 198.51.100.9, 203.0.113.7", "s" * 32, "198.51.100.9"),
        ("2001:db8::1, 203.0.113.7", "s" * 32, "2001:db8::1"),
        ("198.51.100.9, 203.0.113.7", "guess", "203.0.113.7"),
        ("198.51.100.9, 203.0.113.7", "", "203.0.113.7"),
        ("nonsense, 203.0.113.7", "s" * 32, "203.0.113.7"),
        ("", "s" * 32, "203.0.113.7"),
    ],
)
def test_the_viewer_is_believed_to_cloudfront_only(
    forwarded: str, proof: str, address: str
) -> None:
    """The address that CloudFront vouches for counts; what anybody else writes does not."""
    headers = {"x-forwarded-for": forwarded, "x-parley-edge": proof}
    assert viewer_address(headers, "203.0.113.7", "s" * 32) == address
    assert viewer_address(headers, "203.0.113.7", "") == "203.0.113.7"


def test_one_customer_of_ipv6_is_one_address() -> None:
    """An IPv6 customer has 2^64 addresses, which count as one."""
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2::9") == "2001:db8:1:2::"
    assert network_of("198.51.100.9") == "198.51.100.9"
