"""Fixtures of the component tier: AWS in moto, two tenants, a clock to set, a client of the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from chalice import Chalice

from chalicelib.core.clock import SystemClock
from chalicelib.core.context import TenantContext
from chalicelib.core.ids import random_id
from chalicelib.storage.tenants import TenantRow, UserRow, create_tenant
from tests.component import cloud
from tests.component.api_client import ApiClient

NOON_MS = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp() * 1000)


class SettableClock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self, at_ms: int = NOON_MS) -> None:
        self.at_ms = at_ms

    def now_ms(self) -> int:
        """Return the time that was set, in milliseconds."""
        return self.at_ms

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`."""
        self.at_ms += round(seconds * 1000)


@pytest.fixture(scope="package")
def _cloud() -> Iterator[None]:
    """Hold moto's AWS for the whole tier."""
    with cloud.moto_cloud():
        yield


@pytest.fixture
def aws(_cloud: None) -> Iterator[None]:
    """Give a test empty tables, queues and bucket, and fresh caches before and after."""
    cloud.clear_caches()
    cloud.empty()
    yield
    cloud.clear_caches()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SettableClock:
    """Give a clock that stands at noon; the system's clock follows it, so that routes do too."""
    settable = SettableClock()
    monkeypatch.setattr(SystemClock, "now_ms", lambda _self: settable.now_ms())
    return settable


def make_tenant(name: str, *, role: str = "owner") -> TenantContext:
    """Write a tenant and its owner; return the context of a user of it with `role`."""
    tenant_id, user_id = random_id("ten"), random_id("usr")
    create_tenant(
        TenantRow(tenant_id, name=name, country="US", created_at=NOON_MS),
        UserRow(
            tenant_id,
            user_id,
            name=f"Owner of {name}",
            email=f"{user_id}@parley.example",
            role="owner",
            password_hash="$2b$12$nobody.can.sign.in.with.this",
            created_at=NOON_MS,
        ),
    )
    return TenantContext(tenant_id, user_id, role, "req_test")


@pytest.fixture
def ctx(aws: None) -> TenantContext:
    """Give the owner of a tenant."""
    return make_tenant("Acme")


@pytest.fixture
def other_ctx(aws: None) -> TenantContext:
    """Give the owner of another tenant."""
    return make_tenant("Other")


def load_app() -> Chalice:
    """Return the app with every blueprint; a process has one, for a blueprint registers once."""
    from app import app

    return app


@pytest.fixture
def api(ctx: TenantContext) -> ApiClient:
    """Give a client that acts as `ctx`; `api.acting_as(None)` is nobody."""
    return ApiClient(load_app(), ctx)
