"""Making a campaign, changing it while it is a draft, and launching it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, FieldError, Invalid, NotFound
from chalicelib.core.ids import ordered_id
from chalicelib.schemas.campaigns import CampaignCreate, CampaignOut, CampaignUpdate
from chalicelib.services import plans
from chalicelib.services.campaigns import lifecycle
from chalicelib.services.campaigns.rules import rules_of
from chalicelib.services.campaigns.sources import columns_of, resolve
from chalicelib.services.campaigns.views import view
from chalicelib.services.filters import DAY_MS
from chalicelib.services.sendable import check_can_send
from chalicelib.storage.campaigns import CampaignRow, Campaigns, unchanged
from chalicelib.storage.numbers import NumberRow, Numbers
from chalicelib.storage.templates import TemplateRow, Templates
from chalicelib.storage.usage import CAMPAIGNS, check_room
from chalicelib.whatsapp.template_text import optional_variables, shape_of, variables
from chalicelib.whatsapp.template_values import value_problem

if TYPE_CHECKING:
    from chalicelib.services.campaigns.walking import Plan

# The launch is written within this time of its message; a planner that comes first tries again.
_LAUNCH_DELAY_S = 1
_NAME_ROOM = 110
_OPTIONS = frozenset({"send_at", "canary_percent", "canary_wait_s"})


def create(ctx: TenantContext, draft: CampaignCreate, clock: Clock = SYSTEM_CLOCK) -> CampaignOut:
    """Write a draft. 1 WRU, a few RRU.

    Raises Invalid, naming the field, where number, template, variables or audience do not fit.
    """
    now_ms = clock.now_ms()
    row = CampaignRow(
        ctx.tenant_id,
        ordered_id("cmp", now_ms),
        name=draft.name,
        state="draft",
        number_id=draft.number_id,
        template_id=draft.template_id,
        audience_filter=draft.audience.model_dump(exclude_none=True),
        variables={name: source.model_dump() for name, source in draft.variables.items()},
        send_at=draft.send_at,
        canary_percent=draft.canary_percent,
        canary_wait_s=draft.canary_wait_s,
        created_at=now_ms,
    )
    _check(ctx, row, now_ms)
    Campaigns(ctx).create(row)
    return view(ctx, row)


def update(
    ctx: TenantContext, campaign_id: str, changes: CampaignUpdate, clock: Clock = SYSTEM_CLOCK
) -> CampaignOut:
    """Change a draft, or a scheduled campaign, which stays scheduled; its dry run ends.

    1 WRU, a few RRU. Raises Conflict if it was launched, or if another changed it in the same
    moment, and what `create` does; of a scheduled campaign also what a launch would raise.
    """
    row = Campaigns(ctx).get(campaign_id)
    if row.state not in {"draft", "scheduled"}:
        raise Conflict(
            f"The campaign is {row.state}; only a draft, or a scheduled campaign, can be changed. "
            "Duplicate it instead.",
            code="campaign_state",
        )
    if changes.name is not None:
        row.name = changes.name
    if changes.number_id is not None:
        row.number_id = changes.number_id
    if changes.template_id is not None:
        row.template_id = changes.template_id
    if changes.audience is not None:
        row.audience_filter = changes.audience.model_dump(exclude_none=True)
    for name in _OPTIONS & changes.model_fields_set:
        setattr(row, name, getattr(changes, name))
    if changes.variables is not None:
        row.variables = {name: source.model_dump() for name, source in changes.variables.items()}
    _check(ctx, row, clock.now_ms())
    if row.state == "scheduled":
        ready(ctx, row)
    Campaigns(ctx).edit(row)
    return view(ctx, row, clock)


def delete(ctx: TenantContext, campaign_id: str) -> None:
    """Delete a draft; raise Conflict for a campaign that was launched: it is history. 1 WRU."""
    row = Campaigns(ctx).get(campaign_id)
    if row.state != "draft":
        raise Conflict(
            f"The campaign is {row.state}; only a draft can be deleted."
            + (" Take its schedule back first." if row.state == "scheduled" else ""),
            code="campaign_state",
        )
    Campaigns(ctx).delete_draft(row)


def duplicate(ctx: TenantContext, campaign_id: str, clock: Clock = SYSTEM_CLOCK) -> CampaignOut:
    """Write a new draft that sends the same to the same audience. 1 RRU, 1 WRU."""
    seen = Campaigns(ctx).get(campaign_id)
    now_ms = clock.now_ms()
    row = CampaignRow(
        ctx.tenant_id,
        ordered_id("cmp", now_ms),
        name=f"{seen.name[:_NAME_ROOM]} (copy)",
        state="draft",
        number_id=seen.number_id,
        template_id=seen.template_id,
        audience_filter=seen.audience_filter,
        variables=seen.variables,
        send_at=seen.send_at,
        canary_percent=seen.canary_percent,
        canary_wait_s=seen.canary_wait_s,
        created_at=now_ms,
    )
    Campaigns(ctx).create(row)
    return view(ctx, row, clock)


def _check(ctx: TenantContext, row: CampaignRow, now_ms: int) -> None:
    template = _template(ctx, row)
    resolve(ctx, row.audience_filter, now_ms)
    check_variables(ctx, template, row)


def _template(ctx: TenantContext, row: CampaignRow) -> TemplateRow:
    try:
        number = Numbers(ctx).get(row.number_id)
    except NotFound:
        raise _wrong("number_id", "This number is not connected.") from None
    try:
        template = Templates(ctx).get(row.template_id)
    except NotFound:
        raise _wrong("template_id", "There is no such template.") from None
    if template.waba_id != number.waba_id:
        raise _wrong("template_id", "The template belongs to another account than the number.")
    return template


def _wrong(field: str, message: str) -> Invalid:
    return Invalid(message, code="validation_failed", errors=(FieldError(field, message),))


def check_variables(ctx: TenantContext, template: TemplateRow, row: CampaignRow) -> None:
    """Raise Invalid where the campaign's variables are not those of the template, or nothing that
    the audience has could fill them. 1 RRU an import where a variable takes a column.
    """
    shape = shape_of(template.name, template.language, template.components)
    needed, welcome = set(variables(shape)), set(optional_variables(shape))
    errors = [
        FieldError(f"variables.{name}", "The template needs a value for this variable.")
        for name in sorted(needed - set(row.variables))
    ]
    for name, source in row.variables.items():
        fallback = source.get("fallback")
        if name not in needed | welcome:
            message: str | None = "The template has no such variable."
        elif not any(source.values()):
            message = "Give a column, a field of the contact, or a fallback."
        else:
            message = value_problem(shape, name, fallback) if fallback else None
        if message is not None:
            errors.append(FieldError(f"variables.{name}", message))
    errors += _missing_columns(ctx, row)
    if errors:
        raise Invalid(
            "The variables do not match the template: "
            + "; ".join(f"{error.field}: {error.message}" for error in errors[:5]),
            code="variables_mismatch",
            errors=tuple(errors),
        )


def _missing_columns(ctx: TenantContext, row: CampaignRow) -> list[FieldError]:
    """Return an error for each variable whose column no list has: all would get the fallback."""
    wanted = {name: column for name, one in row.variables.items() if (column := one.get("column"))}
    known = columns_of(ctx, row.audience_filter) if wanted else []
    there_are = f"; there are: {', '.join(known)}" if known else "; it has no list with columns"
    return [
        FieldError(f"variables.{name}", f"The audience has no column {column!r}{there_are}.")
        for name, column in wanted.items()
        if column not in known
    ]


def make_plan(
    ctx: TenantContext, row: CampaignRow, template: TemplateRow, folder: str, now_ms: int
) -> Plan:
    """Return what a launch or dry run of the draft freezes; raise Invalid as `create` does.

    Filters that count days back count from the day (UTC) of `now_ms`.
    """
    from chalicelib.services.campaigns.walking import Plan

    number = Numbers(ctx).get(row.number_id)
    rules = rules_of(ctx)
    digits = "".join(c for c in number.display_phone_number if c.isdigit())
    return Plan(
        folder=folder,
        template={
            "name": template.name,
            "language": template.language,
            "components": template.components,
        },
        category=template.category,
        own_phone=f"+{digits}",
        variables=row.variables,
        audience=resolve(ctx, row.audience_filter, now_ms),
        frequency_cap=rules.frequency_cap,
        quiet_hours=rules.quiet_hours,
        time_zone=rules.time_zone,
        canary_percent=row.canary_percent,
        send_at=row.send_at,
    )


def check_launch(ctx: TenantContext, row: CampaignRow, number: NumberRow) -> list[str]:
    """Return what would stop the campaign if it were launched now, in words. 3 RRU."""
    template = Templates(ctx).get(row.template_id)
    problems: list[str] = []
    if template.status != "APPROVED":
        problems.append(
            f"The template is {template.status}; WhatsApp sends only approved templates."
        )
    if number.token_error is not None:
        problems.append(
            f"WhatsApp refuses the number's access token ({number.token_error}); connect it again."
        )
    if number.status not in {"CONNECTED", "UNKNOWN"}:
        problems.append(f"The number is {number.status}; look at it in WhatsApp Manager.")
    if number.quality_rating == "RED":
        problems.append("The number's quality is RED: Meta may restrict it if this is unwanted.")
    if lifecycle.next_state(row.state, "launch") is not None:
        try:
            check_room(ctx.tenant_id, CAMPAIGNS, plans.limit(ctx, "campaigns"))
        except Conflict as full:
            problems.append(full.detail)
    return problems


def launch(ctx: TenantContext, campaign_id: str, clock: Clock = SYSTEM_CLOCK) -> CampaignOut:
    """Freeze what the campaign sends and start planning. 3 RRU, 1 WRU, 1 SQS request.

    The planner's message goes first and waits: if this dies before the launch is written, the
    message finds a draft and, after its tries, the dead-letter queue; nothing was sent.
    """
    row = Campaigns(ctx).get(campaign_id)
    if lifecycle.next_state(row.state, "launch") is None:
        raise Conflict(
            f"The campaign is {row.state}; only a draft can be launched.", code="campaign_state"
        )
    return launch_row(ctx, row, clock)


def ready(ctx: TenantContext, row: CampaignRow) -> TemplateRow:
    """Return the template of a campaign that could be launched now; raise what is against it.

    A file that everybody gets is at Meta on return.
    """
    from chalicelib.services.template_refresh import current_template

    check_can_send(Numbers(ctx).get(row.number_id))
    template = current_template(ctx, row.template_id)
    if template.status != "APPROVED":
        raise Conflict(
            f"The template is {template.status}; WhatsApp sends only approved templates.",
            code="template_not_approved",
        )
    check_variables(ctx, template, row)
    _ready_files(ctx, row, template)
    return template


def launch_row(
    ctx: TenantContext, row: CampaignRow, clock: Clock, *, when: lifecycle.When | None = None
) -> CampaignOut:
    """Launch a draft as `launch` does, if `when` holds of it in the moment of the write.

    What is frozen is what the campaign says: changed since `row` was read, it is not launched.
    """
    from chalicelib.services.campaigns import planning

    template, limit = ready(ctx, row), plans.limit(ctx, "campaigns")
    check_room(ctx.tenant_id, CAMPAIGNS, limit)  # before the planner hears of it
    now_ms = clock.now_ms()
    plan = make_plan(ctx, row, template, row.id, _rehearsed_ms(row, now_ms))
    planning.start(ctx, row.id, plan, delay_s=_LAUNCH_DELAY_S)
    lifecycle.apply(
        ctx,
        row,
        "launch",
        CampaignRow.template.set(dict(plan.template)),
        CampaignRow.plan.set(plan.as_json()),
        CampaignRow.launched_at.set(now_ms),
        when=unchanged(row) if when is None else unchanged(row) & when,
        limit=limit,
    )
    return view(ctx, row, clock)


def _rehearsed_ms(row: CampaignRow, now_ms: int) -> int:
    """Return when a launch reads the filters that count days back: as the dry run of the campaign
    as it is did, if that is done and of the last 24 hours; else now.
    """
    found = row.dry_run or {}
    is_fresh = found.get("state") == "done" and now_ms - found["started_at"] < DAY_MS
    return int(found["started_at"]) if is_fresh else now_ms


def _ready_files(ctx: TenantContext, row: CampaignRow, template: TemplateRow) -> None:
    """Have Meta know the files that go to everybody, before the first message."""
    from chalicelib.services.campaigns import files

    shape = shape_of(template.name, template.language, template.components)
    files.upload(ctx, Numbers(ctx).get(row.number_id), shape, row.variables)
