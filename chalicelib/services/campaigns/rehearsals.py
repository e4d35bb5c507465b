"""Dry runs as the API gives them: begun, followed, and read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, cast

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, iso_or_none, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.core.signing import decode_cursor, encode_cursor
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.dry_runs import (
    DryRunOut,
    DryRunPreview,
    DryRunRecipient,
    DryRunRecipients,
)
from chalicelib.services.campaigns import dry_run, parts, permits
from chalicelib.services.campaigns.readiness import check_launch, check_variables, make_plan
from chalicelib.services.campaigns.views import forecast_out
from chalicelib.services.campaigns.walking import Plan
from chalicelib.storage.accounts import Accounts
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.numbers import NumberRow, Numbers, messages_per_s
from chalicelib.whatsapp.template_text import preview, shape_of

if TYPE_CHECKING:
    from chalicelib.services.costs import Cost

_CURRENCY = "USD"
_OVER = frozenset({"completed", "cancelled"})


def start(ctx: TenantContext, campaign_id: str, clock: Clock = SYSTEM_CLOCK) -> DryRunOut:
    """Begin a dry run of a draft, or of a scheduled campaign. A few RRU, 1 WRU, an S3 and an SQS
    request.

    Raises Conflict if the campaign was launched, Invalid if its audience or its variables are no
    longer what they were, as a launch would.
    """
    from chalicelib.services.template_refresh import current_template

    row = Campaigns(ctx).get(campaign_id)
    template = current_template(ctx, row.template_id)
    check_variables(ctx, template, row)
    folder = dry_run.folder_of(campaign_id, dry_run.new_run())
    plan = make_plan(ctx, row, template, folder, clock.now_ms())
    dry_run.start(ctx, row, plan, clock)
    return get(ctx, campaign_id, clock)


def get(ctx: TenantContext, campaign_id: str, clock: Clock = SYSTEM_CLOCK) -> DryRunOut:
    """Return how far the newest dry run has come, and what it has found; raise NotFound.

    A few RRU, 2 S3 requests and one for each part that previews are in: one, or up to ten.
    """
    from chalicelib.services.campaigns.outlook import forecast_of_launch
    from chalicelib.services.spending import cost_out

    row = Campaigns(ctx).get(campaign_id)
    if row.dry_run is None or row.dry_run_id is None:
        raise NotFound("There is no dry run of this campaign; start one.")
    found = _ended(row)
    is_done = found["state"] == dry_run.DONE
    number = Numbers(ctx).get(row.number_id)
    plan = dry_run.finished_plan(ctx, row) if is_done else None
    problems = check_launch(ctx, row, number)
    if plan is not None:
        problems += _problems_of_audience(ctx, plan, found["planned"], clock.now_ms())
    return DryRunOut(
        state=cast("Literal['running', 'done', 'failed']", found["state"]),
        reason=found.get("reason"),
        started_at=to_iso(found["started_at"]),
        finished_at=iso_or_none(found.get("at")) if is_done else None,
        audience=found["planned"] + sum(found["skipped"].values()),
        planned=found["planned"],
        canary=found.get("canary", 0),
        skipped=found["skipped"],
        previews=[] if plan is None else _previews(ctx, row, plan),
        cost=None if plan is None else cost_out(_cost(ctx, row, number, plan, clock.now_ms())),
        duration_s=-(-found["planned"] // messages_per_s(number)) if is_done else None,
        forecast=None
        if plan is None
        else forecast_out(forecast_of_launch(ctx, row, plan, number, clock.now_ms())),
        problems=problems,
    )


def _ended(row: CampaignRow) -> Mapping[str, Any]:
    """Return what the dry run has found; one that a launch has ended before it was done failed."""
    found: dict[str, Any] = row.dry_run
    if found["state"] == dry_run.RUNNING and row.state not in {"draft", "scheduled"}:
        reason = f"The campaign is {row.state}: the dry run was not done by then."
        return {**found, "state": dry_run.FAILED, "reason": reason}
    return found


def _problems_of_audience(
    ctx: TenantContext, plan: Plan, planned: int, now_ms: int
) -> Iterator[str]:
    """Yield in words what the size of an audience, and what it is made of, has against it."""
    if planned == 0:
        yield "Nobody would get it."
    days = permits.forecast(ctx, planned, now_ms)
    if days is not None:
        yield days
    for campaign_id in sorted(plan.audience.campaigns):
        other = Campaigns(ctx).get(campaign_id)
        if other.state not in _OVER:
            yield (
                f"{other.name!r}, whose outcome is the audience, is {other.state}: a launch takes "
                "its outcome of that moment, and who is to be reached yet may be by then."
            )


def _previews(ctx: TenantContext, row: CampaignRow, plan: Plan) -> list[DryRunPreview]:
    """Return the messages of the first ten who would get one. One S3 request a part."""
    shape = shape_of(**plan.template)
    found: list[DryRunPreview] = []
    for number in row.dry_run.get("preview_parts", ()):
        for one in parts.load(ctx, f"{plan.folder}/parts", number).recipients:
            text = preview(shape, one.values)
            found.append(DryRunPreview(contact_id=one.contact_id, to=one.to, text=text))
            if len(found) == dry_run.PREVIEWS:
                return found
    return found


def _cost(ctx: TenantContext, row: CampaignRow, number: NumberRow, plan: Plan, now_ms: int) -> Cost:
    from chalicelib.services.costs import card_on, estimate

    try:
        currency = Accounts(ctx).get(number.waba_id).currency or _CURRENCY
    except NotFound:
        currency = _CURRENCY
    card = card_on(currency, now_ms, now_ms)
    return estimate(card, currency, plan.category, (row.dry_run or {})["countries"], now_ms)


def recipients(ctx: TenantContext, campaign_id: str, query: PageQuery) -> DryRunRecipients:
    """Return a page of a finished dry run, at most one part's worth; raise Conflict, NotFound.

    2 S3 requests.
    """
    row = Campaigns(ctx).get(campaign_id)
    plan = dry_run.finished_plan(ctx, row)
    scope = f"{ctx.tenant_id}|dry|{row.dry_run_id}"
    position = decode_cursor(scope, query.cursor) or {"part": 0, "line": 0}
    number, line = int(position["part"]), int(position["line"])
    if number >= row.dry_run_parts:
        return DryRunRecipients(items=[], next_cursor=None)
    part = parts.load(ctx, f"{plan.folder}/parts", number)
    everybody = [*part.recipients, *part.skipped]
    page = list(islice(enumerate(everybody), line, line + query.limit))
    following = {"part": number, "line": line + len(page)}
    if following["line"] >= len(everybody):
        following = {"part": number + 1, "line": 0}
    is_end = following["part"] >= row.dry_run_parts
    return DryRunRecipients(
        items=[
            DryRunRecipient(
                contact_id=one.contact_id,
                to=one.to,
                values=dict(one.values),
                skip=one.skip,
                is_canary=position < part.canary,
            )
            for position, one in page
        ],
        next_cursor=encode_cursor(scope, None if is_end else following),
    )
