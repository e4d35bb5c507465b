"""The planner: walks the audience page by page and freezes it into parts and chunks.

A page is one message on the plan queue. It may be delivered twice, or die anywhere: a part is
written once, a chunk is written once, and the next page is asked for before this one is done. An
audience with lists is gathered first, by a message of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Unavailable
from chalicelib.core.ids import ordered_id
from chalicelib.services.campaigns import dispatch, lifecycle, parts
from chalicelib.services.campaigns.audience import Recipient, plan_recipient
from chalicelib.services.campaigns.due_times import zones_key, zones_of
from chalicelib.services.campaigns.sampling import canary_first
from chalicelib.services.campaigns.walking import Plan, page, plan_from_json, read_cursor
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.chunks import Chunks
from chalicelib.storage.numbers import Numbers, messages_per_s
from chalicelib.whatsapp.template_text import shape_of
from chalicelib.whatsapp.template_values import value_problem


def chunk_size(rate_per_s: int) -> int:
    """Return how many recipients a chunk holds: a second of the number's rate, 20 to 500.

    A sender has one slot of the number for it, and its marks stay within the item's first KB.
    """
    return max(20, min(500, rate_per_s))


def start(ctx: TenantContext, campaign_id: str, plan: Plan, *, delay_s: int) -> None:
    """Ask for what planning begins with: the lists if there are any, else the first page."""
    if plan.audience.lists:
        dispatch.send_gather(ctx, campaign_id, delay_s=delay_s)
    else:
        dispatch.send_plan(ctx, campaign_id, 0, delay_s=delay_s)


def gather_lists(
    ctx: TenantContext,
    campaign_id: str,
    place: Sequence[int] = (),
    clock: Clock = SYSTEM_CLOCK,
) -> None:
    """Gather the lists of a launched campaign for a while, from `place` on, and ask to go on, or
    for the first page; see `gathering`.

    A list that cannot be gathered fails the campaign with the reason. Raises Unavailable as
    `plan_part` does.
    """
    from chalicelib.services.campaigns.gathering import CannotGather, Place, gather

    row = _planning(ctx, campaign_id)
    if row is None:
        return
    plan = plan_from_json(row.plan)
    try:
        lists, columns = plan.audience.lists, plan.columns
        following = gather(ctx, plan.folder, lists, columns, clock, Place(*place))
    except CannotGather as problem:
        lifecycle.apply(ctx, row, "fail", reason=str(problem))
        return
    if following is None:
        dispatch.send_plan(ctx, campaign_id, 0)
    else:
        dispatch.send_gather(ctx, campaign_id, place=following)


def plan_part(
    ctx: TenantContext,
    campaign_id: str,
    number: int,
    cursor: str | None,
    clock: Clock = SYSTEM_CLOCK,
) -> None:
    """Freeze part `number` of the audience and go on to the next, or start the sending.

    Per 500 contacts: one query, 1 S3 write, about 12 WRU, 1 SQS request. Raises Unavailable where
    the launch that sent this message has not been written yet: SQS delivers the message again.
    """
    row = _planning(ctx, campaign_id)
    if row is None:
        return
    rate_per_s = messages_per_s(Numbers(ctx).get(row.number_id))
    # The id orders a thread, so it carries the moment at which the message is expected to leave.
    base_ms = (row.launched_at or row.created_at) + row.planned * 1000 // rate_per_s
    part = freeze_page(
        ctx,
        plan_from_json(row.plan),
        (number, cursor, row.planned),
        (base_ms, rate_per_s),
        clock.now_ms(),
    )
    chunks = Chunks(ctx, campaign_id)
    for chunk in part.chunks(chunk_size(rate_per_s)):
        chunks.create(chunk)
    _note_progress(ctx, row, number, part)
    if part.next_cursor is None:
        _start_sending(ctx, row)
    elif row.parts == number + 1:  # further on, the page after this one has been asked for
        dispatch.send_plan(ctx, campaign_id, number + 1, cursor=part.next_cursor)


def is_planned(ctx: TenantContext, row: CampaignRow) -> bool:
    """Tell whether the whole audience, or all of a retry, is frozen. At most one S3 request."""
    if row.generation:
        return row.retry_parts >= row.parts
    if row.parts == 0:
        return False
    return parts.load(ctx, parts.launched(row.id), row.parts - 1).next_cursor is None


def _planning(ctx: TenantContext, campaign_id: str) -> CampaignRow | None:
    """Return the campaign if it is being planned; None if that is over."""
    row = Campaigns(ctx).get(campaign_id)
    if row.state in {"draft", "scheduled"}:
        raise Unavailable("The launch is not written yet.")
    return row if row.state == "planning" and row.generation == 0 else None


def freeze_page(
    ctx: TenantContext,
    plan: Plan,
    place: tuple[int, str | None, int],
    pace: tuple[int, int],
    now_ms: int,
) -> parts.Part:
    """Decide on everybody of a page and freeze them; a launch and a dry run both do it here.

    `place` is the part's number, its cursor, and how many were planned before it; `pace` is when
    the first of the page leaves, in milliseconds, and how many leave in a second.
    """
    number, cursor, before = place
    members, following = page(ctx, plan, read_cursor(cursor))
    base_ms, rate_per_s = pace
    rules, is_unfit = plan.rules(now_ms), _judge(plan)
    recipients: list[Recipient] = []
    zones: Counter[str] = Counter()
    for member in members:
        message_id = ordered_id("msg", base_ms + len(recipients) * 1000 // rate_per_s)
        recipients.append(plan_recipient(member, plan.variables, rules, message_id, is_unfit))
        is_timed = plan.send_at is not None or plan.quiet_hours is not None
        if is_timed and member.person is not None and recipients[-1].skip is None:
            zones[zones_key(zones_of(member.person, plan.time_zone))] += 1
    people, canary = canary_first(recipients, plan.canary_percent, plan.campaign_id, before)
    return parts.freeze(
        ctx,
        f"{plan.folder}/parts",
        number,
        people,
        None if following is None else str(following),
        canary=canary,
        zones=zones,
        chunk=chunk_size(rate_per_s),
    )


def _judge(plan: Plan) -> Callable[[str, str], bool]:
    """Return what tells of a variable's name and value that WhatsApp would refuse the value."""
    shape = shape_of(**plan.template)
    return lambda name, value: value_problem(shape, name, value) is not None


def _note_progress(ctx: TenantContext, row: CampaignRow, number: int, part: parts.Part) -> None:
    """Add the part to the campaign's totals, once: only the part that is next is added."""
    if row.parts != number:
        return
    skipped = Counter(row.skipped) + Counter(part.skipped_by_reason)
    zones = Counter(row.zones or {}) + Counter(part.zones)
    Campaigns(ctx).add_part(row, number, row.planned + len(part.recipients), skipped, zones)


def _start_sending(ctx: TenantContext, row: CampaignRow) -> None:
    if row.planned == 0 and not row.skipped:
        reason = "The audience is empty: no contact belongs to it."
        lifecycle.apply(ctx, row, "fail", reason=reason)
        return
    # The tick first: should this die before the state is written, the tick writes it.
    dispatch.send_tick(ctx, row, row.tick, delay_s=0)
    lifecycle.begin_sending(ctx, row)
