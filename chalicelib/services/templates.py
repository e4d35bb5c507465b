"""Message templates: submitted to Meta, followed through review, deleted.

Meta is the truth; our row is a copy that webhooks keep. Three things keep it right where a webhook
cannot: a new row is read again from Meta once it is written (the verdict may have come before it),
a pending template is asked for again when somebody looks at it, and a template that exists at Meta
but not here (a process died in between) is adopted when it is created again.
"""

from __future__ import annotations

from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Invalid
from chalicelib.core.ids import ordered_id
from chalicelib.core.log import log
from chalicelib.schemas.templates import TemplateCreate, TemplateList, TemplateOut
from chalicelib.storage.numbers import NumberRow, Numbers, access_token
from chalicelib.storage.templates import TemplateRow, Templates, find_template, name_taken
from chalicelib.whatsapp import templates as meta
from chalicelib.whatsapp.client import graph_client
from chalicelib.whatsapp.errors import OutcomeUnknown, WhatsAppError, as_app_error
from chalicelib.whatsapp.numbers import read_items, read_next
from chalicelib.whatsapp.template_rules import components_of, problems
from chalicelib.whatsapp.template_text import TemplateShape, shape_of, variables

ASK_INTERVAL_MS = 30_000
_PENDING = "PENDING"
_BUTTON_FIELDS = ("type", "text", "url", "phone_number")


def create(ctx: TenantContext, body: TemplateCreate, clock: Clock = SYSTEM_CLOCK) -> TemplateOut:
    """Submit a template for review and keep it.

    Raises Invalid for each rule that it breaks, naming the fields; Conflict if the account has
    another template of this name and language. Creating again, word for word, what is at Meta but
    not here adopts it, so that a request that died half-way can be repeated. 2 requests to Meta.
    """
    found = problems(body)
    if found:
        detail = "; ".join(f"{problem.field}: {problem.message}" for problem in found)
        raise Invalid(detail, code="template_invalid", errors=found)
    number = Numbers(ctx).get(body.number_id)
    components = components_of(body)
    template = _submit(number, body, components)
    now_ms = clock.now_ms()
    row = TemplateRow(
        ctx.tenant_id,
        ordered_id("tpl", now_ms),
        number_id=number.id,
        waba_id=number.waba_id,
        meta_template_id=template.meta_template_id,
        name=body.name,
        language=body.language,
        category=template.category or body.category,
        status=template.status,
        rejected_reason=template.rejected_reason,
        components=components,
        variables=list(variables(shape_of(body.name, body.language, components))),
        created_at=now_ms,
        updated_at=now_ms,
        asked_at=now_ms,
    )
    templates = Templates(ctx)
    templates.add(row)
    _refresh(templates, number, row, now_ms)
    return _out(row)


def get_template(ctx: TenantContext, template_id: str, clock: Clock = SYSTEM_CLOCK) -> TemplateOut:
    """Return a template; one in review is asked for at Meta, at most once in 30 s. NotFound."""
    return _out(current_template(ctx, template_id, clock))


def current_template(
    ctx: TenantContext, template_id: str, clock: Clock = SYSTEM_CLOCK
) -> TemplateRow:
    """Return the row of a template as `get_template` does: what a launch should decide on."""
    templates = Templates(ctx)
    row = templates.get(template_id)
    now_ms = clock.now_ms()
    if row.status == _PENDING and templates.claim_question(row, now_ms, ASK_INTERVAL_MS):
        _refresh(templates, Numbers(ctx).get(row.number_id), row, now_ms)
    return row


def list_templates(ctx: TenantContext, limit: int, cursor: str | None) -> TemplateList:
    """Return a page of the tenant's templates, newest first; asks Meta nothing."""
    page = Templates(ctx).page(limit, cursor)
    return TemplateList(items=[_out(row) for row in page.items], next_cursor=page.next_cursor)


def delete(ctx: TenantContext, template_id: str) -> None:
    """Delete a template at Meta, then here; one that Meta no longer has is deleted here.

    Meta keeps the name of an approved template unusable for 30 days. Raises NotFound.
    """
    templates = Templates(ctx)
    row = templates.get(template_id)
    token = access_token(Numbers(ctx).get(row.number_id))
    request = meta.delete_request(row.waba_id, row.name, row.meta_template_id)
    try:
        graph_client().call(token, request)
    except WhatsAppError as error:
        if not _is_gone(token, row, error):
            raise as_app_error(error) from error
    templates.delete(row)


def shape(row: TemplateRow) -> TemplateShape:
    """Return what a message from this template needs and looks like."""
    return shape_of(row.name, row.language, row.components)


def _submit(
    number: NumberRow, body: TemplateCreate, components: list[dict[str, Any]]
) -> meta.MetaTemplate:
    """Return the template that Meta made, or the equal one that it has from an earlier try."""
    token = access_token(number)
    request = meta.create_request(
        number.waba_id, body.name, body.language, body.category, components
    )
    try:
        created = meta.read_template(graph_client().call(token, request))
    except WhatsAppError as error:
        if not meta.is_name_taken(error) and not isinstance(error, OutcomeUnknown):
            raise as_app_error(error) from error
        found = _find(token, number.waba_id, body.name, body.language)
        if found is None:
            raise as_app_error(error) from error
        if not _is_equal(found, components) or find_template(found.meta_template_id) is not None:
            raise name_taken(body.name, body.language) from error
        return found
    return created


def _find(token: str, waba_id: str, name: str, language: str) -> meta.MetaTemplate | None:
    after: str | None = None
    while True:
        try:
            answer = graph_client().call(token, meta.find_request(waba_id, name, after))
        except WhatsAppError as error:
            raise as_app_error(error) from error
        for item in read_items(answer):
            template = meta.read_template(item)
            if (template.name, template.language) == (name, language):
                return template
        after = read_next(answer)
        if after is None:
            return None


def _is_equal(found: meta.MetaTemplate, components: list[dict[str, Any]]) -> bool:
    """Tell whether Meta's template says the same as ours; examples are no part of it."""
    theirs = shape_of(found.name, found.language, found.components)
    ours = shape_of(found.name, found.language, components)
    return (theirs.header, theirs.body, theirs.footer, _buttons(theirs)) == (
        ours.header,
        ours.body,
        ours.footer,
        _buttons(ours),
    )


def _refresh(templates: Templates, number: NumberRow, row: TemplateRow, now_ms: int) -> None:
    """Write what Meta says now of a template in review.

    Meta not answering is no error of the caller's request: the webhook or the next look will tell.
    """
    if row.status != _PENDING:
        return
    try:
        answer = graph_client().call(access_token(number), meta.get_request(row.meta_template_id))
    except WhatsAppError as error:
        if meta.is_gone(error):
            templates.set_answer(row, "DELETED", row.category, None, now_ms)
        else:
            log.warning("a template could not be read again", extra={"error": repr(error)})
        return
    found = meta.read_template(answer)
    category = found.category or row.category
    if (found.status, category) != (row.status, row.category):
        templates.set_answer(row, found.status, category, found.rejected_reason, now_ms)


def _is_gone(token: str, row: TemplateRow, error: WhatsAppError) -> bool:
    """Tell whether a deletion failed because there is nothing (any more) to delete."""
    if meta.is_gone(error):
        return True
    try:
        graph_client().call(token, meta.get_request(row.meta_template_id))
    except WhatsAppError as second:
        return meta.is_gone(second)
    return False


def _buttons(template: TemplateShape) -> list[dict[str, str]]:
    return [
        {name: str(button[name]) for name in _BUTTON_FIELDS if name in button}
        for button in template.buttons
    ]


def _out(row: TemplateRow) -> TemplateOut:
    text = shape(row)
    return TemplateOut(
        id=row.id,
        number_id=row.number_id,
        meta_template_id=row.meta_template_id,
        name=row.name,
        language=row.language,
        category=row.category,
        status=row.status,
        rejected_reason=row.rejected_reason,
        header=text.header,
        body=text.body,
        footer=text.footer,
        buttons=_buttons(text),
        variables=list(variables(text)),
        created_at=to_iso(int(row.created_at)),
        updated_at=to_iso(int(row.updated_at)),
    )
