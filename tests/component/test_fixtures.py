"""The fixtures of this tier give each test a world of its own."""

from __future__ import annotations

import os

import pytest

from chalicelib.core import aws as cloud
from chalicelib.core.context import TenantContext
from chalicelib.core.secrets import platform_secrets
from chalicelib.storage.tenants import TenantRow, UserRow, get_tenant, get_user
from tests.component.conftest import SettableClock


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_starts_empty(ctx: TenantContext, turn: int) -> None:
    """What one test wrote to a table, a queue or the bucket is gone in the next."""
    queue, bucket = os.environ["PLAN_QUEUE_URL"], os.environ["BUCKET"]
    s3 = cloud.client("s3")
    assert TenantRow.count() == 1, turn
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    answer = cloud.client("sqs").receive_message(QueueUrl=queue)
    assert "Messages" not in answer
    cloud.send_messages(queue, [("{}", "group", 0)])
    s3.put_object(Bucket=bucket, Key="left-over", Body=b"x")
    assert get_tenant(ctx.tenant_id).name == "Acme"


def test_two_tenants(ctx: TenantContext, other_ctx: TenantContext) -> None:
    """The two contexts are owners of two different tenants."""
    assert ctx.tenant_id != other_ctx.tenant_id
    assert get_user(ctx.tenant_id, ctx.user_id).role == "owner"
    assert UserRow.count() == 2


def test_secrets_and_keys(aws: None) -> None:
    """The platform's secrets can be read, and a tenant's secret encrypted and decrypted."""
    assert platform_secrets().meta_verify_token == "test-verify-token"
    assert cloud.decrypt("ten_a", cloud.encrypt("ten_a", "token")) == "token"


def test_clock(clock: SettableClock) -> None:
    """The settable clock also stands for the system's."""
    from chalicelib.core.clock import SYSTEM_CLOCK

    clock.advance(1.5)
    assert SYSTEM_CLOCK.now_ms() == clock.at_ms
