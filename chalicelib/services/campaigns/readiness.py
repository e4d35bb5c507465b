"""Whether a campaign could be launched now, and what it would send: asked by whoever launches,
schedules, rehearses or tests one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, FieldError, Invalid
from chalicelib.services import plans
from chalicelib.services.campaigns import lifecycle
from chalicelib.services.campaigns.rules import rules_of
from chalicelib.services.campaigns.sources import columns_of, resolve
from chalicelib.services.sendable import check_can_send
from chalicelib.storage.campaigns import CampaignRow
from chalicelib.storage.numbers import NumberRow, Numbers
from chalicelib.storage.templates import TemplateRow, Templates
from chalicelib.storage.usage import CAMPAIGNS, check_room
from chalicelib.whatsapp.template_text import optional_variables, shape_of, variables
from chalicelib.whatsapp.template_values import value_problem

if TYPE_CHECKING:
    from chalicelib.services.campaigns.walking import Plan


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


def _ready_files(ctx: TenantContext, row: CampaignRow, template: TemplateRow) -> None:
    """Have Meta know the files that go to everybody, before the first message."""
    from chalicelib.services.campaigns import files

    shape = shape_of(template.name, template.language, template.components)
    files.upload(ctx, Numbers(ctx).get(row.number_id), shape, row.variables)
