"""The routes of message templates."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid, NotFound, Unavailable, Upstream
from chalicelib.handlers.routing import routes
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.templates import TemplateCreate, TemplateList, TemplateOut
from chalicelib.services import templates

api = routes(__name__, "templates")
blueprint = api.blueprint


@api.route("GET", "/api/templates", permission="templates:read", errors=(Invalid,))
def list_templates(ctx: TenantContext, query: PageQuery) -> TemplateList:
    """List the templates, newest first."""
    return templates.list_templates(ctx, query.limit, query.cursor)


@api.route(
    "POST",
    "/api/templates",
    status=201,
    permission="templates:write",
    errors=(NotFound, Conflict, Invalid, Upstream, Unavailable),
    takes_idempotency_key=True,
)
def create_template(ctx: TenantContext, body: TemplateCreate) -> TemplateOut:
    """Create a template and submit it to Meta for review.

    Variables are written {{1}}, {{2}} … and each needs an example. Only an approved template can be
    sent; the review usually takes minutes, a day at most.
    """
    return templates.create(ctx, body)


@api.route("GET", "/api/templates/{template_id}", permission="templates:read", errors=(NotFound,))
def get_template(ctx: TenantContext, template_id: str) -> TemplateOut:
    """Get a template; one that is in review is asked for at Meta."""
    return templates.get_template(ctx, template_id)


@api.route(
    "DELETE",
    "/api/templates/{template_id}",
    status=204,
    permission="templates:write",
    errors=(NotFound, Invalid, Upstream, Unavailable),
)
def delete_template(ctx: TenantContext, template_id: str) -> None:
    """Delete a template, here and at Meta."""
    templates.delete(ctx, template_id)
