"""What WhatsApp would say of a template that somebody is still writing; nothing is kept or sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, FieldError
from chalicelib.schemas.template_edits import TemplateCheck, TemplateCheckRequest, TextProblem
from chalicelib.services.template_drafts import draft_of, problems_of, warnings_of
from chalicelib.services.template_limits import require_editable, require_free_name
from chalicelib.services.template_preview import preview_of
from chalicelib.storage.numbers import Numbers
from chalicelib.storage.templates import Templates, name_taken
from chalicelib.whatsapp.template_examples import example_values
from chalicelib.whatsapp.template_text import shape_of, variables


def check(
    ctx: TenantContext, body: TemplateCheckRequest, clock: Clock = SYSTEM_CLOCK
) -> TemplateCheck:
    """Return every rule that a template breaks, what to think over, and how it would look.

    Of an existing template (`template_id`) also whether Meta takes an edit now; of a new one, with
    `number_id`, whether its name is free. Asks Meta nothing. Raises NotFound for a template or
    number that is not there. At most 2 RRU and a query.
    """
    row = None if body.template_id is None else Templates(ctx).get(body.template_id)
    draft = draft_of(
        body,
        name=body.name if row is None else row.name,
        language=body.language if row is None else row.language,
        category=body.category or ("UTILITY" if row is None else row.category),
    )
    problems = list(problems_of(body, draft))
    if row is None and body.category is None:
        problems.append(FieldError("category", "Choose MARKETING, UTILITY or AUTHENTICATION."))
    if row is not None:
        try:
            require_editable(row, draft.category, clock.now_ms())
        except Conflict as conflict:
            problems.append(FieldError("template_id", conflict.detail))
    elif body.number_id is not None:
        problems.extend(_name(ctx, body, body.number_id, clock))
    shape = shape_of(draft.name, draft.language, draft.components)
    return TemplateCheck(
        problems=_told(problems),
        warnings=_told(warnings_of(body, draft)),
        preview=preview_of(shape, _written(example_values(draft.components))),
        variables=list(variables(shape)),
    )


def _name(
    ctx: TenantContext, body: TemplateCheckRequest, number_id: str, clock: Clock
) -> Iterator[FieldError]:
    waba_id = Numbers(ctx).get(number_id).waba_id
    rows = Templates(ctx).languages(waba_id, body.name) if body.name else []
    try:
        require_free_name(rows, body.language, clock.now_ms())
    except Conflict as conflict:
        yield FieldError("name", conflict.detail)
    if any(row.language == body.language and row.deleted_at is None for row in rows):
        yield FieldError("name", name_taken(body.name, body.language).detail)


def _written(values: Mapping[str, str]) -> dict[str, str]:
    """Return the examples that are there: without one a variable is shown as it is written."""
    return {name: value for name, value in values.items() if value.strip()}


def _told(found: list[FieldError] | tuple[FieldError, ...]) -> list[TextProblem]:
    return [TextProblem(field=one.field, message=one.message) for one in found]
