"""Asking that a business be deleted, and calling that off within the grace period."""

from __future__ import annotations

from typing import Literal, cast

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import (
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
)
from chalicelib.core.ids import random_id
from chalicelib.core.log import log
from chalicelib.core.permissions import permissions_of
from chalicelib.schemas.deletions import DeletionOut, TenantDeletion
from chalicelib.services import closing, mail_notices, second_factor
from chalicelib.services.access import PASSWORDS_PER_USER
from chalicelib.services.deletion.steps import envelope, send
from chalicelib.services.passwords import is_password
from chalicelib.services.rate_limits import spend
from chalicelib.storage import deletions as storage
from chalicelib.storage.deletions import REQUESTED, DeletionRow, find_deletion
from chalicelib.storage.schedules import create_schedule, drop_schedule
from chalicelib.storage.tenants import get_tenant, get_user

_DAY_MS = 86_400_000
# Without a day of grace the schedule still lies ahead when it is made, and the request is written.
_LEAST_MS = 60_000


def ask(ctx: TenantContext, body: TenantDeletion, clock: Clock = SYSTEM_CLOCK) -> DeletionOut:
    """Have the business deleted when its grace period ends, and tell its owners by mail.

    Raises Forbidden for who may not any more, Unauthenticated for a wrong password or code, Invalid
    for another name than the business's, Conflict where it is being deleted already. About 3 RRU
    and 3 WRU, a request of EventBridge and two of SQS.
    """
    _prove(ctx, body, clock)
    now_ms = clock.now_ms()
    if find_deletion(ctx.tenant_id) is not None:
        raise Conflict("The business is being deleted already.", code="deletion_requested")
    row = DeletionRow(
        request=random_id("del"),
        requested_at=now_ms,
        requested_by=ctx.user_id,
        due_at=now_ms + max(settings().deletion_grace_days * _DAY_MS, _LEAST_MS),
    )
    # The schedule first: one whose request was never written does nothing when it fires.
    due_at = row.due_at or 0
    create_schedule(row.request or "", due_at, envelope(ctx, "delete", row), "tenant")
    try:
        storage.ask(ctx.tenant_id, row)
    except Conflict:
        drop_schedule(row.request)
        raise
    closing.forget(ctx.tenant_id)
    send(ctx, "stop", row)
    mail_notices.tell_owners(ctx.tenant_id, "deletion_requested", due_at)
    log.info("the deletion of a business was asked for", extra={"due_at": to_iso(due_at)})
    return _out(row)


def call_off(ctx: TenantContext) -> None:
    """Keep the business: the request and its schedule go, and the owners are told. 1 RRU, 1 WRU.

    Raises NotFound where nothing was asked for, and Conflict once the grace period is over.
    Campaigns that were stopped stay so.
    """
    row = storage.get_deletion(ctx.tenant_id)
    storage.take_back(row)
    closing.forget(ctx.tenant_id)
    drop_schedule(row.request)
    mail_notices.tell_owners(ctx.tenant_id, "deletion_called_off", row.due_at or 0)
    log.info("the deletion of a business was called off")


def get(ctx: TenantContext) -> DeletionOut:
    """Return the deletion that was asked for; raise NotFound. 1 RRU."""
    row = storage.get_deletion(ctx.tenant_id)
    if row.state != REQUESTED:
        raise NotFound("The business is deleted.")
    return _out(row)


def _prove(ctx: TenantContext, body: TenantDeletion, clock: Clock) -> None:
    """Raise unless who asks may still, knows the password, has the second factor, and means it."""
    user, tenant = get_user(ctx.tenant_id, ctx.user_id), get_tenant(ctx.tenant_id)
    # The token says what they may; it may be a quarter of an hour old.
    if "tenant:write" not in permissions_of(user.role, tenant.roles):
        raise Forbidden("You may not delete the business any more; ask an owner.")
    spend(PASSWORDS_PER_USER, user.id, clock)
    if not is_password(body.password.get_secret_value(), user.password_hash):
        raise Unauthenticated("The password is wrong.", code="wrong_credentials")
    second_factor.check(user, body.code, clock)
    if body.business_name != tenant.name:
        words = "write the name of the business exactly as it is"
        raise Invalid(
            f"business_name: {words}.",
            code="name_differs",
            errors=(FieldError("business_name", words),),
        )


def _out(row: DeletionRow) -> DeletionOut:
    return DeletionOut(
        state=cast("Literal['requested']", row.state),
        requested_at=to_iso(row.requested_at or 0),
        requested_by=row.requested_by or "",
        due_at=to_iso(row.due_at or 0),
    )
