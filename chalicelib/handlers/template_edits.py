"""Routes by which templates are written: checked, submitted, changed, compared with Meta's."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid, NotFound, Unavailable, Upstream
from chalicelib.handlers.routing import routes
from chalicelib.schemas.template_edits import (
    SyncOut,
    TemplateCheck,
    TemplateCheckRequest,
    TemplateCreate,
    TemplateEdit,
    TemplateSync,
)
from chalicelib.schemas.templates import TemplateOut
from chalicelib.services import (
    template_checks,
    template_creation,
    template_edits,
    template_sync,
    template_view,
)

api = routes(__name__, "templates")
blueprint = api.blueprint

_ASKING_META = (NotFound, Invalid, Upstream, Unavailable)


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
    return template_creation.create(ctx, body)


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


@api.route(
    "PATCH",
    "/api/templates/{template_id}",
    permission="templates:write",
    errors=(*_ASKING_META, Conflict),
    before=template_view.kept,
)
def update_template(ctx: TenantContext, template_id: str, body: TemplateEdit) -> TemplateOut:
    """Replace what a template says; Meta reviews it again.

    An approved template keeps its category, and takes one edit in 24 hours and 10 in 30 days.
    """
    return template_edits.edit(ctx, template_id, body)


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
