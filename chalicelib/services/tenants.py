"""The business itself: what it can set, and what it uses of its plan."""

from __future__ import annotations

from typing import Any, cast

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import FieldError, Invalid, PreconditionFailed
from chalicelib.schemas.auth import Suspension
from chalicelib.schemas.tenants import (
    PlanName,
    TenantDetails,
    TenantPatch,
    TenantUsage,
    Usage,
)
from chalicelib.services.campaigns.local_time import zone_of
from chalicelib.services.phone_countries import check_country
from chalicelib.services.plans import limits_of, plan_of
from chalicelib.storage.base import Change
from chalicelib.storage.tenants import TenantRow, change_tenant, get_tenant
from chalicelib.storage.usage import usage_of
from chalicelib.whatsapp.template_languages import LANGUAGES

_DAY_MS = 86_400_000
_REQUIRED = ("name", "country")


def get(ctx: TenantContext) -> TenantDetails:
    """Return the business of the caller. 0.5 RRU."""
    return details(get_tenant(ctx.tenant_id))


def update(ctx: TenantContext, body: TenantPatch, if_match: str | None = None) -> TenantDetails:
    """Change what `body` names, if the business is in the version of `if_match`. 1 WRU.

    Raises Invalid, naming the field; PreconditionFailed.
    """
    wanted: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    _check(wanted)
    columns = TenantRow.get_attributes()
    changes: list[Change] = [
        columns[name].remove() if value is None else columns[name].set(value)
        for name, value in wanted.items()
    ]
    return details(write(ctx.tenant_id, changes, if_match))


def write(tenant_id: str, changes: list[Change], if_match: str | None) -> TenantRow:
    """Write changes of a tenant and return it; raise NotFound, PreconditionFailed. 1 WRU."""
    row = change_tenant(tenant_id, *changes, seen=_version(if_match))
    if row is None:
        raise PreconditionFailed("Somebody else changed this business meanwhile; read it again.")
    return row


def usage(ctx: TenantContext, clock: Clock = SYSTEM_CLOCK) -> TenantUsage:
    """Return what the business uses of what its plan allows. 1 RRU."""
    return usage_view(get_tenant(ctx.tenant_id), clock.now_ms())


def usage_view(tenant: TenantRow, now_ms: int) -> TenantUsage:
    """Return what a tenant uses of its plan. 0.5 RRU."""
    used, messages = usage_of(tenant.id, now_ms)
    limits = limits_of(tenant)
    found = {name: _usage(count, getattr(limits, name)) for name, count in used.items()}
    return TenantUsage(
        plan=cast("PlanName", plan_of(tenant)),
        messages_per_day=_usage(messages, limits.messages_per_day),
        day_ends_at=to_iso((now_ms // _DAY_MS + 1) * _DAY_MS),
        **found,
    )


def details(tenant: TenantRow) -> TenantDetails:
    """Return a tenant with its settings, as the API gives it."""
    return TenantDetails(
        id=tenant.id,
        name=tenant.name,
        slug=tenant.slug,
        country=tenant.country,
        time_zone=tenant.time_zone,
        language=tenant.language,
        contact_email=tenant.contact_email,
        plan=cast("PlanName", plan_of(tenant)),
        suspension=suspension_of(tenant),
        created_at=to_iso(int(tenant.created_at)),
        version=tenant.version or 0,
    )


def suspension_of(tenant: TenantRow) -> Suspension | None:
    """Return since when a tenant is suspended and why, as the API gives it; None if it is not."""
    if tenant.suspended_at is None:
        return None
    return Suspension(since=to_iso(tenant.suspended_at), reason=tenant.suspended_reason or "")


def etag(version: int) -> str:
    """Return the `ETag` of a tenant in this version (RFC 9110, 8.8.3)."""
    return f'"{version}"'


def _version(if_match: str | None) -> int | None:
    """Return the version that `If-Match` names, None for any; -1 fits none."""
    if if_match is None or if_match.strip() == "*":
        return None
    text = if_match.strip().removeprefix('"').removesuffix('"')
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _usage(used: int, limit: int | None) -> Usage:
    return Usage(used=used, limit=limit, remaining=None if limit is None else max(0, limit - used))


def _check(wanted: dict[str, Any]) -> None:
    for name in _REQUIRED:
        if name in wanted and wanted[name] is None:
            raise _wrong(name, "cannot be taken away")
    if wanted.get("country") is not None:
        check_country(wanted["country"])
    if wanted.get("time_zone") is not None and zone_of(wanted["time_zone"]) is None:
        raise _wrong("time_zone", "there is no such time zone; give one like Europe/Berlin")
    if wanted.get("language") is not None and wanted["language"] not in LANGUAGES:
        raise _wrong("language", "WhatsApp has no templates in it; give one like de or pt_BR")


def _wrong(field: str, words: str) -> Invalid:
    return Invalid(
        f"{field}: {words}.", code="validation_failed", errors=(FieldError(field, words),)
    )
