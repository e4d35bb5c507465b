"""The routes of message templates."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid, NotFound, Unavailable, Upstream
from chalicelib.handlers.routing import routes
from chalicelib.schemas.templates import (
    DeleteQuery,
    NamesQuery,
    PreviewRequest,
    SyncOut,
    TemplateCheck,
    TemplateCheckRequest,
    TemplateCreate,
    TemplateEdit,
    TemplateList,
    TemplateNameList,
    TemplateOut,
    TemplatePreview,
    TemplateQuery,
    TemplateSync,
)
from chalicelib.services import template_checks, template_edits, template_sync, templates

api = routes(__name__, "templates")
blueprint = api.blueprint

_ASKING_META = (NotFound, Invalid, Upstream, Unavailable)


@api.route("GET", "/api/templates", permission="templates:read", errors=(NotFound, Invalid))
def list_templates(ctx: TenantContext, query: TemplateQuery) -> TemplateList:
    """List the templates, newest first, or all languages of one name.

    Filters may be combined. A filtered list is read on until its page is full.
    """
    return templates.list_templates(ctx, query)


@api.route(
    "POST",
    "/api/templates",
    status=201,
    permission="templates:write",
    errors=(*_ASKING_META, Conflict),
    takes_idempotency_key=True,
)
def create_template(ctx: TenantContext, body: TemplateCreate) -> TemplateOut:
    """Create a template and submit it to Meta for review.

    `components` are Meta's own; a plain text may use the short form instead. Variables are written
    {{1}}, {{2}} …, or {{first_name}} with `parameter_format` NAMED, and each needs an example. Only
    an approved template can be sent; the review usually takes minutes, a day at most.
    """
    return templates.create(ctx, body)


@api.route("GET", "/api/templates/names", permission="templates:read", errors=(NotFound, Invalid))
def list_template_names(ctx: TenantContext, query: NamesQuery) -> TemplateNameList:
    """List the templates by name, each with all its languages."""
    return templates.list_names(ctx, query)


@api.route(
    "POST", "/api/templates/validate", permission="templates:write", errors=(NotFound, Invalid)
)
def validate_template(ctx: TenantContext, body: TemplateCheckRequest) -> TemplateCheck:
    """Tell what WhatsApp would say of a template, and how it would look.

    Writes nothing and asks Meta nothing: made to be called while somebody types.
    """
    return template_checks.check(ctx, body)


@api.route("POST", "/api/templates/sync", permission="templates:write", errors=_ASKING_META)
def sync_templates(ctx: TenantContext, body: TemplateSync) -> SyncOut:
    """Compare the templates of a number's account with Meta, a step at a time.

    Repeat it with `next_cursor` until that is null. A step takes some 300 templates.
    """
    return template_sync.sync(ctx, body)


@api.route("GET", "/api/templates/{template_id}", permission="templates:read", errors=(NotFound,))
def get_template(ctx: TenantContext, template_id: str) -> TemplateOut:
    """Get a template; one that is in review is asked for at Meta."""
    return templates.get_template(ctx, template_id)


@api.route(
    "PATCH",
    "/api/templates/{template_id}",
    permission="templates:write",
    errors=(*_ASKING_META, Conflict),
    before=templates.kept,
)
def update_template(ctx: TenantContext, template_id: str, body: TemplateEdit) -> TemplateOut:
    """Replace what a template says; Meta reviews it again.

    An approved template keeps its category, and takes one edit in 24 hours and 10 in 30 days.
    """
    return template_edits.edit(ctx, template_id, body)


@api.route(
    "DELETE",
    "/api/templates/{template_id}",
    status=204,
    permission="templates:write",
    errors=_ASKING_META,
    before=templates.kept,
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


@api.route(
    "POST",
    "/api/templates/{template_id}/unpause",
    permission="templates:write",
    errors=(*_ASKING_META, Conflict),
)
def unpause_template(ctx: TenantContext, template_id: str) -> TemplateOut:
    """End the pause of a template that was sent too fast."""
    return template_edits.unpause(ctx, template_id)


@api.route(
    "POST",
    "/api/templates/{template_id}/archive",
    permission="templates:write",
    errors=_ASKING_META,
)
def archive_template(ctx: TenantContext, template_id: str) -> TemplateOut:
    """Put a template away at Meta; what stays there for 28 days is deleted."""
    return template_edits.archive(ctx, template_id, is_archived=True)


@api.route(
    "POST",
    "/api/templates/{template_id}/unarchive",
    permission="templates:write",
    errors=_ASKING_META,
)
def unarchive_template(ctx: TenantContext, template_id: str) -> TemplateOut:
    """Take a template out of the archive."""
    return template_edits.archive(ctx, template_id, is_archived=False)
