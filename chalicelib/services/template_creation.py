"""Submitting a template to Meta, so that what died half-way can be repeated."""

from __future__ import annotations

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.ids import ordered_id
from chalicelib.schemas.template_edits import TemplateCreate
from chalicelib.schemas.templates import TemplateOut
from chalicelib.services.number_calls import call
from chalicelib.services.template_drafts import draft_of, require_valid
from chalicelib.services.template_limits import require_free_name
from chalicelib.services.template_refresh import refresh
from chalicelib.services.template_samples import with_handles
from chalicelib.services.template_view import plain_buttons, template_out
from chalicelib.storage.numbers import NumberRow, Numbers
from chalicelib.storage.templates import TemplateRow, Templates, find_template, name_taken
from chalicelib.whatsapp import templates as meta
from chalicelib.whatsapp.errors import OutcomeUnknown, WhatsAppError, as_app_error
from chalicelib.whatsapp.graph import read_items, read_next
from chalicelib.whatsapp.template_rules import TemplateDraft
from chalicelib.whatsapp.template_text import shape_of, variables


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
