"""Comparing an account's templates with Meta, a bounded step at a time.

    walk   Meta's list, page by page: what is not here is adopted, what differs is written
    sweep  ours that the walk did not meet: Meta is asked for each, and what is gone is DELETED

A step is one request of ours and ends within seconds, whatever the size of the account (Meta allows
6,000); its answer carries a signed cursor for the next. The cursor is all there is of a comparison:
one that is left off, repeated, or done twice at once does no harm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict
from chalicelib.core.log import log
from chalicelib.core.signing import decode_cursor, encode_cursor
from chalicelib.schemas.template_edits import SyncOut, TemplateSync
from chalicelib.services.number_calls import call
from chalicelib.services.template_answers import changes_of
from chalicelib.services.template_creation import new_row
from chalicelib.storage.numbers import NumberRow, Numbers
from chalicelib.storage.templates import TemplateRow, Templates, owners
from chalicelib.whatsapp import templates as meta
from chalicelib.whatsapp.errors import WhatsAppError, as_app_error
from chalicelib.whatsapp.graph import read_items, read_next
from chalicelib.whatsapp.template_rules import TemplateDraft

# Of 100 templates each; a page is one request to Meta and about a write for each template.
PAGES_A_STEP = 3
SWEPT_A_STEP = 40
_GOING = frozenset({"DELETED", "PENDING_DELETION"})


def sync(ctx: TenantContext, body: TemplateSync, clock: Clock = SYSTEM_CLOCK) -> SyncOut:
    """Compare the next templates of a number's account with Meta; return how that went.

    Raises NotFound for the number, Invalid for a cursor that is not of this comparison, and what
    Meta refuses. At most 3 requests to Meta and 300 templates, or 40 requests of one template each.
    """
    number = Numbers(ctx).get(body.number_id)
    scope = f"{ctx.tenant_id}|template_sync|{number.id}"
    state = decode_cursor(scope, body.cursor) or {
        "phase": "walk",
        "since_ms": clock.now_ms(),
        "after": None,
    }
    counts: Counter[str] = Counter()
    if state["phase"] == "walk":
        following: dict[str, Any] | None = _walk(ctx, number, state, counts, clock)
    else:
        following = _sweep(ctx, number, state, counts, clock)
    log.info("templates compared with Meta", extra={"phase": state["phase"], **counts})
    return SyncOut(
        adopted=counts["adopted"],
        updated=counts["updated"],
        unchanged=counts["unchanged"],
        vanished=counts["vanished"],
        next_cursor=encode_cursor(scope, following),
    )


def _walk(
    ctx: TenantContext,
    number: NumberRow,
    state: dict[str, Any],
    counts: Counter[str],
    clock: Clock,
) -> dict[str, Any]:
    """Take in some pages of Meta's list; return where to go on."""
    after = state["after"]
    for _ in range(PAGES_A_STEP):
        try:
            answer = call(ctx, number, meta.list_request(number.waba_id, after))
        except WhatsAppError as error:
            raise as_app_error(error) from error
        found = [meta.read_template(item) for item in read_items(answer)]
        _take_in(ctx, number, found, state["since_ms"], counts, clock)
        after = read_next(answer)
        if after is None:
            return {**state, "phase": "sweep", "after": None}
    return {**state, "after": after}


def _take_in(
    ctx: TenantContext,
    number: NumberRow,
    found: Sequence[meta.MetaTemplate],
    since_ms: int,
    counts: Counter[str],
    clock: Clock,
) -> None:
    templates, now_ms = Templates(ctx), clock.now_ms()
    known = owners([one.meta_template_id for one in found])
    ours = {m: owner for m, owner in known.items() if owner.tenant_id == ctx.tenant_id}
    rows = templates.get_many(owner.entity_id for owner in ours.values())
    for one in found:
        if one.meta_template_id in ours:
            row = rows.get(ours[one.meta_template_id].entity_id)
            if row is not None:
                _update(templates, row, one, since_ms, counts, now_ms)
        elif one.meta_template_id in known:
            counts["elsewhere"] += 1
        elif one.meta_template_id and one.name and one.status not in _GOING:
            _adopt(ctx, number, one, since_ms, counts, now_ms)


def _update(
    templates: Templates,
    row: TemplateRow,
    found: meta.MetaTemplate,
    since_ms: int,
    counts: Counter[str],
    now_ms: int,
) -> None:
    changes = changes_of(row, found, now_ms)
    if not changes:
        templates.note_seen(row, since_ms)
        counts["unchanged"] += 1
        return
    is_written = templates.set_answer(row, {**changes, "seen_at": since_ms}, now_ms)
    if not is_written:  # a webhook came in between: it knows better
        templates.note_seen(row, since_ms)
    counts["updated" if is_written else "unchanged"] += 1


def _adopt(
    ctx: TenantContext,
    number: NumberRow,
    found: meta.MetaTemplate,
    since_ms: int,
    counts: Counter[str],
    now_ms: int,
) -> None:
    draft = TemplateDraft(
        name=found.name,
        language=found.language,
        category=found.category,
        parameter_format=found.parameter_format,
        ttl_s=found.ttl_s,
        components=found.components,
    )
    row = new_row(ctx, number, found, draft, now_ms)
    row.quality_score = found.quality_score or "UNKNOWN"
    for name, value in changes_of(row, found, now_ms).items():
        setattr(row, name, value)
    row.seen_at = max(since_ms, now_ms)
    try:
        Templates(ctx).add(row)
    except Conflict:  # another comparison, or a creation, was here first
        counts["unchanged"] += 1
        return
    counts["adopted"] += 1


def _sweep(
    ctx: TenantContext,
    number: NumberRow,
    state: dict[str, Any],
    counts: Counter[str],
    clock: Clock,
) -> dict[str, Any] | None:
    """Ask Meta for templates that the walk did not meet; return where to go on, None at the end."""
    templates, now_ms = Templates(ctx), clock.now_ms()
    rows, after = templates.unseen(number.waba_id, state["since_ms"], SWEPT_A_STEP, state["after"])
    for row in rows:
        try:
            answer = call(ctx, number, meta.get_request(row.meta_template_id))
        except WhatsAppError as error:
            if not meta.is_gone(error):
                raise as_app_error(error) from error
            gone = {"status": "DELETED", "rejected_reason": None, "rejection": None, "pause": None}
            if templates.set_answer(row, gone, now_ms):
                counts["vanished"] += 1
            continue
        _update(templates, row, meta.read_template(answer), state["since_ms"], counts, now_ms)
    return None if after is None else {**state, "after": after}
