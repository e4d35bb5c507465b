"""The contract tier sees the API as the component tier does: in this process, AWS in moto."""

from __future__ import annotations

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.storage.tenants import UserRow
from chalicelib.storage.users import Users
from tests.component.conftest import _cloud, api, aws, clock, make_tenant, other_ctx

__all__ = ["_cloud", "api", "aws", "clock", "other_ctx"]


@pytest.fixture
def ctx(aws: None) -> TenantContext:
    """Give the owner of a tenant who operates the platform too, so that no route is closed."""
    owner = make_tenant("Acme")
    assert Users(owner.tenant_id).change(
        owner.user_id, UserRow.operator_since.set(1), UserRow.totp_secret.set(b"x")
    )
    return owner
