"""Routes of the business itself, and of the platform's operators."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.contract import Reply, RequestView
from chalicelib.core.errors import Conflict
from chalicelib.core.permissions import OPERATE
from chalicelib.handlers.routing import routes
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.tenants import (
    TenantDetails,
    TenantList,
    TenantOverview,
    TenantPatch,
    TenantPlanPatch,
    TenantSuspend,
    TenantUsage,
)
from chalicelib.services import operators, tenants

api = routes(__name__, "tenants")
blueprint = api.blueprint


@api.route("GET", "/api/tenants/current", permission="tenant:read")
def get_current_tenant(ctx: TenantContext) -> Reply[TenantDetails]:
    """Get the business that you work for, with its settings."""
    return _tagged(tenants.get(ctx))


@api.route(
    "PATCH",
    "/api/tenants/current",
    permission="tenant:write",
    before=tenants.get,
    takes_if_match=True,
)
def update_current_tenant(
    ctx: TenantContext, body: TenantPatch, request: RequestView
) -> Reply[TenantDetails]:
    """Change the settings of the business."""
    return _tagged(tenants.update(ctx, body, request.headers.get("if-match")))


@api.route("GET", "/api/tenants/usage", permission="tenant:read")
def get_usage(ctx: TenantContext) -> TenantUsage:
    """Tell what the business uses of what its plan allows."""
    return tenants.usage(ctx)


@api.route("GET", "/api/tenants", permission=OPERATE)
def list_tenants(ctx: TenantContext, query: PageQuery) -> TenantList:  # noqa: ARG001
    """List all businesses of the platform, newest first."""
    return operators.page(query)


@api.route("GET", "/api/tenants/{tenant_id}", permission=OPERATE)
def get_tenant(ctx: TenantContext, tenant_id: str) -> Reply[TenantOverview]:
    """Get a business: settings, plan, and what it uses of it."""
    found = operators.get(ctx, tenant_id)
    return Reply(found, {"ETag": tenants.etag(found.tenant.version)})


@api.route(
    "PATCH",
    "/api/tenants/{tenant_id}",
    permission=OPERATE,
    before=operators.get,
    while_suspended=True,
    takes_if_match=True,
)
def update_tenant(
    ctx: TenantContext,  # noqa: ARG001
    tenant_id: str,
    body: TenantPlanPatch,
    request: RequestView,
) -> Reply[TenantOverview]:
    """Give a business another plan, or exceptions from its limits."""
    found = operators.change_plan(tenant_id, body, request.headers.get("if-match"))
    return Reply(found, {"ETag": tenants.etag(found.tenant.version)})


@api.route(
    "POST",
    "/api/tenants/{tenant_id}/suspend",
    permission=OPERATE,
    before=operators.get,
    while_suspended=True,
    errors=(Conflict,),
)
def suspend_tenant(ctx: TenantContext, tenant_id: str, body: TenantSuspend) -> TenantOverview:
    """Suspend a business, with a reason that it reads.

    It can read and export, but changes nothing and sends nothing; running campaigns pause.
    """
    return operators.suspend(ctx, tenant_id, body)


@api.route(
    "POST",
    "/api/tenants/{tenant_id}/resume",
    permission=OPERATE,
    before=operators.get,
    while_suspended=True,
    errors=(Conflict,),
)
def resume_tenant(ctx: TenantContext, tenant_id: str) -> TenantOverview:  # noqa: ARG001
    """Lift a suspension; campaigns that it paused wait for somebody to resume them."""
    return operators.resume(tenant_id)


def _tagged(found: TenantDetails) -> Reply[TenantDetails]:
    return Reply(found, {"ETag": tenants.etag(found.version)})
