"""The states of a campaign and the ways between them.

    action      from                                         to
    schedule    draft, scheduled                             scheduled   a time, or another one
    unschedule  scheduled                                    draft       by a person, or it failed
    launch      draft, scheduled                             planning    by a person or a schedule
    plan        planning                                     running     the audience is frozen
    pause       running                                      paused      by a person, or by rule
    resume      paused                                       running
    settle      running                                      settling    all were handed to Meta
    complete    settling                                     completed   all is known, or time is up
    retry       settling, completed                          planning    some of who failed, again
    cancel      draft, scheduled, planning, running, paused  cancelled
    fail        planning                                     failed      nothing could be sent

Each change is one conditional write: of two at once, one holds and the other is told.
"""

from __future__ import annotations

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict
from chalicelib.core.log import log
from chalicelib.services.campaigns import dispatch, ledger
from chalicelib.services.sendable import check_can_send
from chalicelib.storage.base import Change, When
from chalicelib.storage.campaign_states import change_state
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.numbers import Numbers

__all__ = ["TRANSITIONS", "Change", "When", "apply", "cancel", "next_state", "pause", "resume"]

TRANSITIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "schedule": (("draft", "scheduled"), "scheduled"),
    "unschedule": (("scheduled",), "draft"),
    "launch": (("draft", "scheduled"), "planning"),
    "plan": (("planning",), "running"),
    "pause": (("running",), "paused"),
    "resume": (("paused",), "running"),
    "settle": (("running",), "settling"),
    "complete": (("settling",), "completed"),
    "retry": (("settling", "completed"), "planning"),
    "cancel": (("draft", "scheduled", "planning", "running", "paused"), "cancelled"),
    "fail": (("planning",), "failed"),
}


def next_state(state: str, action: str) -> str | None:
    """Return where `action` leads from `state`, or None where it is not allowed."""
    before, after = TRANSITIONS[action]
    return after if state in before else None


def apply(
    ctx: TenantContext,
    row: CampaignRow,
    action: str,
    *changes: Change,
    reason: str | None = None,
    when: When | None = None,
    limit: int | None = None,
) -> CampaignRow:
    """Carry out `action`, with further changes in the same write; raise Conflict. 1 WRU, 4 for one
    that begins or ends being under way.

    `when` is what must hold of the campaign besides its state, `limit` how many the plan allows
    under way at once.
    """
    before, after = TRANSITIONS[action]
    if row.state not in before:
        raise Conflict(
            f"A campaign that is {row.state} cannot {action}; it would have to be "
            f"{' or '.join(before)}.",
            code="campaign_state",
        )
    note = (
        CampaignRow.state_reason.remove()
        if reason is None
        else CampaignRow.state_reason.set(reason)
    )
    change_state(ctx, row, before, after, note, *changes, when=when, limit=limit)
    return row


def begin_sending(ctx: TenantContext, row: CampaignRow) -> None:
    """Have a campaign run whose audience is frozen; quiet if it does, or is over. 1 WRU.

    Whoever froze the last of it does this, and the first tick in the place of one that died.
    """
    same: When = CampaignRow.generation == row.generation
    if not row.generation:
        same |= CampaignRow.generation.does_not_exist()
    try:
        apply(ctx, row, "plan", when=same)
    except Conflict:
        log.info("the campaign is not planning any more", extra={"campaign_id": row.id})
        row.refresh(consistent_read=True)


def pause(ctx: TenantContext, campaign_id: str, reason: str | None = None) -> CampaignRow:
    """Stop handing messages to Meta; what is in flight ends. 1 RRU, 1 WRU."""
    return apply(ctx, Campaigns(ctx).get(campaign_id), "pause", reason=reason)


def pause_by_rule(
    ctx: TenantContext, campaign_id: str, reason: str, at_ms: int | None = None
) -> CampaignRow | None:
    """Pause for a reason that no person gave; None if the campaign is no longer running.

    Nor is it paused if it was resumed after `at_ms`, the moment that the reason is of: whoever
    resumed has seen to it. 1 RRU, 1 WRU.
    """
    when: When | None = None
    if at_ms is not None:
        when = CampaignRow.resumed_at.does_not_exist() | (CampaignRow.resumed_at <= at_ms)
    try:
        return apply(ctx, Campaigns(ctx).get(campaign_id), "pause", reason=reason, when=when)
    except Conflict:
        log.info("the campaign does not run, or anew", extra={"campaign_id": campaign_id})
        return None


def looked_at(row: CampaignRow) -> When:
    """Return the condition that a running campaign is where the tick that read `row` found it: not
    with a later tick, as after a resuming.
    """
    as_read: When = (CampaignRow.state == "running") & (CampaignRow.tick == row.tick)
    return as_read


def pause_running(ctx: TenantContext, row: CampaignRow, reason: str, *changes: Change) -> None:
    """Pause for what a tick's look at `row` has found; quiet if it is no longer so. 1 WRU."""
    try:
        apply(ctx, row, "pause", *changes, reason=reason, when=looked_at(row))
    except Conflict:
        log.info("the campaign is not running any more", extra={"campaign_id": row.id})
        row.refresh(consistent_read=True)


def resume(ctx: TenantContext, campaign_id: str, clock: Clock = SYSTEM_CLOCK) -> CampaignRow:
    """Go on where the campaign was paused, if its number can send. 2 RRU, 1 WRU, 1 SQS request.

    The tick that begins the new chain goes first, and its number is written with the state: should
    this die in between, the campaign is paused still and can be resumed again.
    """
    from chalicelib.services.campaigns import watching

    row = Campaigns(ctx).get(campaign_id)
    if next_state(row.state, "resume") is not None:
        check_can_send(Numbers(ctx).get(row.number_id))
        dispatch.send_tick(ctx, row, row.tick + 1, delay_s=1)
    counters = ledger.corrected(row, Campaigns(ctx).counters(row.id))
    changes = [
        CampaignRow.tick.set(row.tick + 1),
        CampaignRow.waiting.remove(),
        CampaignRow.resumed_at.set(clock.now_ms()),
    ]
    # Whatever failed until now has been looked at: the rule counts anew.
    seen = CampaignRow.watch.set(watching.mark(counters))
    return apply(ctx, row, "resume", *changes, seen)


def cancel(ctx: TenantContext, campaign_id: str) -> CampaignRow:
    """End the campaign for good; who was not begun is skipped. 1 RRU, 1 WRU, 1 SQS request.

    The tick that closes it goes first, for one that is paused has no other: should this die before
    the write, it is a copy of a tick, or finds nothing to do. The schedule of one that was to start
    by itself is taken back: 1 request of EventBridge.
    """
    from chalicelib.storage.schedules import drop_schedule

    row = Campaigns(ctx).get(campaign_id)
    was_scheduled = row.state == "scheduled"
    if next_state(row.state, "cancel") is not None:
        dispatch.send_tick(ctx, row, row.tick, delay_s=60)
    apply(ctx, row, "cancel")
    if was_scheduled:
        drop_schedule(row.schedule_name)  # as the write above has found it
    return row
