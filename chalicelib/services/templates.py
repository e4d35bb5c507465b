"""Message templates: followed through review, listed, deleted. See also `template_creation`.

Meta is the truth; our row is a copy that webhooks keep. Four things keep it right where a webhook
cannot: a new row is read again from Meta once it is written (the verdict may have come before it),
a template whose status or text is in doubt is asked for again when somebody looks at it, one that
exists at Meta but not here (a process died in between) is adopted when it is created again, and
`template_sync` compares a whole account.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.schemas.template_lists import (
    NamesQuery,
    PreviewRequest,
    TemplateList,
    TemplateName,
    TemplateNameList,
    TemplateQuery,
    Translation,
)
from chalicelib.schemas.templates import TemplateOut, TemplatePreview
from chalicelib.services.number_calls import call
from chalicelib.services.template_limits import was_approved
from chalicelib.services.template_preview import preview_of
from chalicelib.services.template_refresh import current_template
from chalicelib.services.template_view import shape, template_out
from chalicelib.storage.numbers import NumberRow, Numbers
from chalicelib.storage.templates import TemplateRow, Templates
from chalicelib.whatsapp import templates as meta
from chalicelib.whatsapp.errors import WhatsAppError, as_app_error
from chalicelib.whatsapp.template_examples import example_values


def get_template(ctx: TenantContext, template_id: str, clock: Clock = SYSTEM_CLOCK) -> TemplateOut:
    """Return a template; one in doubt is asked for at Meta, at most once in 30 s. NotFound."""
    return template_out(current_template(ctx, template_id, clock), clock.now_ms())


def list_templates(
    ctx: TenantContext, query: TemplateQuery, clock: Clock = SYSTEM_CLOCK
) -> TemplateList:
    """Return a page of the tenant's templates, newest first; asks Meta nothing.

    With `name` all languages of that name, in order of language.
    """
    wanted = {
        "waba_id": Numbers(ctx).get(query.number_id).waba_id if query.number_id else "",
        "status": (query.status or "").upper(),
        "category": query.category or "",
        "language": query.language or "",
        "quality_score": query.quality or "",
    }
    page = Templates(ctx).page(query.limit, query.cursor, query.name, wanted)
    now_ms = clock.now_ms()
    return TemplateList(
        items=[template_out(row, now_ms) for row in page.items], next_cursor=page.next_cursor
    )


def list_names(ctx: TenantContext, query: NamesQuery) -> TemplateNameList:
    """Return a page of names in order, each with all its languages; asks Meta nothing."""
    waba_id = Numbers(ctx).get(query.number_id).waba_id if query.number_id else None
    page = Templates(ctx).names(query.limit, query.cursor, query.name or "", waba_id)
    return TemplateNameList(
        items=[name_out(rows) for rows in page.groups], next_cursor=page.next_cursor
    )


def preview(ctx: TenantContext, template_id: str, body: PreviewRequest) -> TemplatePreview:
    """Return a message from the template with some values; its examples stand in for the rest."""
    row = Templates(ctx).get(template_id)
    return preview_of(shape(row), {**example_values(row.components), **body.values})


def delete(
    ctx: TenantContext,
    template_id: str,
    *,
    all_languages: bool = False,
    clock: Clock = SYSTEM_CLOCK,
) -> None:
    """Delete a template at Meta, then here; one that Meta no longer has is deleted here.

    With `all_languages` every translation of its name goes. Meta keeps the name of an approved
    template unusable for 30 days, and so do we. Raises NotFound. 1 request to Meta.
    """
    templates = Templates(ctx)
    row = templates.get(template_id)
    rows = [row]
    if all_languages:
        found = templates.languages(row.waba_id, row.name)
        rows += [one for one in found if one.deleted_at is None and one.id != row.id]
    number = Numbers(ctx).get(row.number_id)
    hsm_id = None if all_languages else row.meta_template_id
    try:
        call(ctx, number, meta.delete_request(row.waba_id, row.name, hsm_id))
    except WhatsAppError as error:
        if not meta.is_gone(error) and not all(_is_gone(ctx, number, one) for one in rows):
            raise as_app_error(error) from error
    for one in reversed(rows):  # the one that was named goes last: a repetition finds the rest
        templates.delete(one, clock.now_ms(), is_name_kept=was_approved(one))


def _is_gone(ctx: TenantContext, number: NumberRow, row: TemplateRow) -> bool:
    """Tell whether Meta has a template no more, so that there is nothing to delete."""
    try:
        call(ctx, number, meta.get_request(row.meta_template_id))
    except WhatsAppError as error:
        return meta.is_gone(error)
    return False


def name_out(rows: Sequence[TemplateRow]) -> TemplateName:
    """Return all languages of a name as the API shows them; there is at least one."""
    return TemplateName(
        name=rows[0].name,
        waba_id=rows[0].waba_id,
        languages=[
            Translation(
                id=row.id,
                language=row.language,
                status=row.status,
                category=row.category,
                quality=row.quality_score,
                rejected_reason=row.rejected_reason,
                updated_at=to_iso(int(row.updated_at)),
            )
            for row in rows
        ],
    )
