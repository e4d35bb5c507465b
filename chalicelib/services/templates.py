"""Message templates: submitted to Meta, followed through review, listed, deleted.

Meta is the truth; our row is a copy that webhooks keep. Four things keep it right where a webhook
cannot: a new row is read again from Meta once it is written (the verdict may have come before it),
a template whose status or text is in doubt is asked for again when somebody looks at it, one that
exists at Meta but not here (a process died in between) is adopted when it is created again, and
`template_sync` compares a whole account.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.ids import ordered_id
from chalicelib.core.log import log
from chalicelib.schemas.templates import (
    NamesQuery,
    PreviewRequest,
    TemplateCreate,
    TemplateList,
    TemplateNameList,
    TemplateOut,
    TemplatePreview,
    TemplateQuery,
)
from chalicelib.services.number_calls import call
from chalicelib.services.template_answers import changes_of
from chalicelib.services.template_drafts import draft_of, require_valid
from chalicelib.services.template_limits import require_free_name, was_approved
from chalicelib.services.template_preview import preview_of
from chalicelib.services.template_samples import with_handles
from chalicelib.services.template_view import name_out, plain_buttons, shape, template_out
from chalicelib.storage.numbers import NumberRow, Numbers
from chalicelib.storage.templates import TemplateRow, Templates, find_template, name_taken
from chalicelib.whatsapp import templates as meta
from chalicelib.whatsapp.errors import OutcomeUnknown, WhatsAppError, as_app_error
from chalicelib.whatsapp.numbers import read_items, read_next
from chalicelib.whatsapp.template_examples import example_values
from chalicelib.whatsapp.template_rules import TemplateDraft
from chalicelib.whatsapp.template_text import shape_of, variables

__all__ = [
    "create",
    "current_template",
    "delete",
    "get_template",
    "list_names",
    "list_templates",
    "preview",
    "refresh",
    "shape",
]

ASK_INTERVAL_MS = 30_000
_PENDING = "PENDING"


def create(ctx: TenantContext, body: TemplateCreate, clock: Clock = SYSTEM_CLOCK) -> TemplateOut:
    """Submit a template for review and keep it.

    Raises Invalid for each rule that it breaks, naming the fields; Conflict if the account has
    another template of this name and language, or Meta still keeps the name of a deleted one.
    Creating again, word for word, what is at Meta but not here adopts it, so that a request that
    died half-way can be repeated. 2 requests to Meta, and 2 for each sample of a file.
    """
    draft = draft_of(body, name=body.name, language=body.language, category=body.category)
    require_valid(body, draft)
    number, templates, now_ms = Numbers(ctx).get(body.number_id), Templates(ctx), clock.now_ms()
    known = templates.languages(number.waba_id, draft.name)
    require_free_name(known, draft.language, now_ms)
    if any(row.language == draft.language and row.deleted_at is None for row in known):
        raise name_taken(draft.name, draft.language)
    draft = with_handles(ctx, number, draft)
    row = new_row(ctx, number, _submit(ctx, number, draft), draft, now_ms)
    templates.add(row)
    refresh(ctx, number, row, now_ms)
    return template_out(row, now_ms)


def new_row(
    ctx: TenantContext,
    number: NumberRow,
    found: meta.MetaTemplate,
    draft: TemplateDraft,
    now_ms: int,
) -> TemplateRow:
    """Return a row for a template of Meta's that says what `draft` says."""
    components = [dict(part) for part in draft.components]
    return TemplateRow(
        ctx.tenant_id,
        ordered_id("tpl", now_ms),
        number_id=number.id,
        waba_id=number.waba_id,
        meta_template_id=found.meta_template_id,
        name=draft.name,
        language=draft.language,
        category=found.category or draft.category,
        status=found.status,
        rejected_reason=found.rejected_reason,
        components=components,
        variables=list(variables(shape_of(draft.name, draft.language, components))),
        parameter_format=draft.parameter_format,
        ttl_s=draft.ttl_s,
        created_at=now_ms,
        updated_at=now_ms,
        asked_at=now_ms,
        seen_at=now_ms,
    )


def get_template(ctx: TenantContext, template_id: str, clock: Clock = SYSTEM_CLOCK) -> TemplateOut:
    """Return a template; one in doubt is asked for at Meta, at most once in 30 s. NotFound."""
    return template_out(current_template(ctx, template_id, clock), clock.now_ms())


def kept(ctx: TenantContext, template_id: str, clock: Clock = SYSTEM_CLOCK) -> TemplateOut:
    """Return a template as it is kept, without asking Meta; raise NotFound. 1 RRU."""
    return template_out(Templates(ctx).get(template_id), clock.now_ms())


def current_template(
    ctx: TenantContext, template_id: str, clock: Clock = SYSTEM_CLOCK
) -> TemplateRow:
    """Return the row of a template as `get_template` does: what a launch should decide on."""
    templates = Templates(ctx)
    row = templates.get(template_id)
    now_ms = clock.now_ms()
    if _is_in_doubt(row, now_ms) and templates.claim_question(row, now_ms, ASK_INTERVAL_MS):
        refresh(ctx, Numbers(ctx).get(row.number_id), row, now_ms)
    return row


def _is_in_doubt(row: TemplateRow, now_ms: int) -> bool:
    """Tell whether Meta may know better: in review, a pause that is over, a text half known."""
    pause: Mapping[str, Any] = row.pause or {}
    until_ms = pause.get("until_ms")
    is_over = row.status == "PAUSED" and until_ms is not None and int(until_ms) <= now_ms
    return row.status == _PENDING or is_over or row.components_at > row.asked_at


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


def _submit(ctx: TenantContext, number: NumberRow, draft: TemplateDraft) -> meta.MetaTemplate:
    """Return the template that Meta made, or the equal one that it has from an earlier try."""
    try:
        answer = call(ctx, number, meta.create_request(number.waba_id, draft))
    except WhatsAppError as error:
        if not meta.is_name_taken(error) and not isinstance(error, OutcomeUnknown):
            raise as_app_error(error) from error
        found = _find(ctx, number, draft.name, draft.language)
        if found is None:
            raise as_app_error(error) from error
        if not is_equal(found, draft) or find_template(found.meta_template_id) is not None:
            raise name_taken(draft.name, draft.language) from error
        return found
    return meta.read_template(answer)


def _find(
    ctx: TenantContext, number: NumberRow, name: str, language: str
) -> meta.MetaTemplate | None:
    after: str | None = None
    while True:
        try:
            answer = call(ctx, number, meta.find_request(number.waba_id, name, after))
        except WhatsAppError as error:
            raise as_app_error(error) from error
        for item in read_items(answer):
            template = meta.read_template(item)
            if (template.name, template.language) == (name, language):
                return template
        after = read_next(answer)
        if after is None:
            return None


def is_equal(found: meta.MetaTemplate, draft: TemplateDraft) -> bool:
    """Tell whether Meta's template says the same as ours; examples are no part of it.

    The text of an authentication template is Meta's own, so there only the kind is compared.
    """
    theirs = shape_of(found.name, found.language, found.components)
    ours = shape_of(found.name, found.language, draft.components)
    if draft.category == "AUTHENTICATION":
        return found.category == draft.category
    parts = ("header_format", "header", "body", "footer", "offer", "has_expiration")
    return (
        all(getattr(theirs, part) == getattr(ours, part) for part in parts)
        and plain_buttons(theirs) == plain_buttons(ours)
        and [card.body for card in theirs.cards] == [card.body for card in ours.cards]
    )


def refresh(ctx: TenantContext, number: NumberRow, row: TemplateRow, now_ms: int) -> None:
    """Write what Meta says now of a template that is in doubt.

    Meta not answering is no error of the caller's request: the webhook or the next look will tell.
    """
    templates = Templates(ctx)
    try:
        answer = call(ctx, number, meta.get_request(row.meta_template_id))
    except WhatsAppError as error:
        if meta.is_gone(error):
            templates.set_answer(row, {"status": "DELETED", "rejected_reason": None}, now_ms)
        else:
            log.warning("a template could not be read again", extra={"error": repr(error)})
        return
    changes = changes_of(row, meta.read_template(answer), now_ms)
    if changes:
        templates.set_answer(row, changes, now_ms)


def _is_gone(ctx: TenantContext, number: NumberRow, row: TemplateRow) -> bool:
    """Tell whether Meta has a template no more, so that there is nothing to delete."""
    try:
        call(ctx, number, meta.get_request(row.meta_template_id))
    except WhatsAppError as error:
        return meta.is_gone(error)
    return False
