"""Routes of message templates: to look at them and to delete them."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Invalid, NotFound, Unavailable, Upstream
from chalicelib.handlers.routing import routes
from chalicelib.schemas.template_lists import (
    DeleteQuery,
    NamesQuery,
    PreviewRequest,
    TemplateList,
    TemplateNameList,
    TemplateQuery,
)
from chalicelib.schemas.templates import TemplateOut, TemplatePreview
from chalicelib.services import template_view, templates

api = routes(__name__, "templates")
blueprint = api.blueprint

_ASKING_META = (NotFound, Invalid, Upstream, Unavailable)


@api.route("GET", "/api/templates", permission="templates:read", errors=(NotFound, Invalid))
def list_templates(ctx: TenantContext, query: TemplateQuery) -> TemplateList:
    """List the templates, newest first, or all languages of one name.

    Filters may be combined. A filtered list is read on until its page is full.
    """
    return templates.list_templates(ctx, query)


@api.route("GET", "/api/templates/names", permission="templates:read", errors=(NotFound, Invalid))
def list_template_names(ctx: TenantContext, query: NamesQuery) -> TemplateNameList:
    """List the templates by name, each with all its languages."""
    return templates.list_names(ctx, query)


@api.route("GET", "/api/templates/{template_id}", permission="templates:read", errors=(NotFound,))
def get_template(ctx: TenantContext, template_id: str) -> TemplateOut:
    """Get a template; one that is in review is asked for at Meta."""
    return templates.get_template(ctx, template_id)


@api.route(
    "DELETE",
    "/api/templates/{template_id}",
    status=204,
    permission="templates:write",
    errors=_ASKING_META,
    before=template_view.kept,
)
def delete_template(ctx: TenantContext, template_id: str, query: DeleteQuery) -> None:
    """Delete a template, or every language of its name, here and at Meta.

    Meta keeps the name of an approved template unusable for 30 days.
    """
    templates.delete(ctx, template_id, all_languages=query.languages == "all")


@api.route(
    "POST",
    "/api/templates/{template_id}/preview",
    permission="templates:read",
    errors=(NotFound,),
    is_audited=False,
)
def preview_template(ctx: TenantContext, template_id: str, body: PreviewRequest) -> TemplatePreview:
    """Show a message from a template with some values in their places."""
    return templates.preview(ctx, template_id, body)
