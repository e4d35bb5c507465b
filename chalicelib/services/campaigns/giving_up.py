"""A message that failed at each of its deliveries: what waits for it ends, and says so.

    message            what becomes of what it was to bring on
    launch             the campaign that a schedule was to start is a draft again
    gather, plan       the campaign fails: nothing was sent, and who was planned is skipped
    dry, gather a run  the dry run fails
    retry              the campaign says so and waits, for most have had their message: a recount
                       asks for the part once more, a cancelling ends it
    tick               a running campaign pauses, and resuming begins anew; one whose sending is
                       over says so, and a recount has it looked after again

Only the page that is next counts: a copy of a message that is behind the others ends nothing. The
message itself goes to the dead letters, where whoever runs Parley sees it.
"""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict
from chalicelib.core.log import log
from chalicelib.services.campaigns import dry_run, lifecycle, planning
from chalicelib.storage.campaigns import CampaignRow, Campaigns

_TELL = "If that fails as well, tell whoever runs Parley: the cause is in its log."


def give_up_launch(ctx: TenantContext, campaign_id: str, number: int) -> None:
    """Fail a campaign whose page `number` could not be planned. 1 RRU, 4 WRU; safe to run twice.

    So does one whose last page is planned, and whose sending could not begin.
    """
    row = Campaigns(ctx).get(campaign_id)
    if row.state != "planning" or row.generation:
        return
    is_last = row.parts == number + 1 and planning.is_planned(ctx, row)
    reason = (
        f"Page {number + 1} of the audience could not be planned, however often it was tried. "
        f"Nothing was sent: duplicate the campaign and launch the copy. {_TELL}"
    )
    try:
        lifecycle.apply(ctx, row, "fail", reason=reason, when=CampaignRow.parts == number + is_last)
    except Conflict:
        log.info("the planning has gone on meanwhile", extra={"campaign_id": campaign_id})


def give_up_dry_run(ctx: TenantContext, campaign_id: str, run: str, number: int) -> None:
    """Fail a dry run whose page `number` could not be decided on. 1 RRU, 1 WRU."""
    reason = (
        f"Page {number + 1} of the audience could not be decided on, however often it was tried. "
        f"Start a new dry run. {_TELL}"
    )
    dry_run.fail(ctx, campaign_id, run, number, reason)


def give_up_retry(ctx: TenantContext, campaign_id: str, generation: int, number: int) -> None:
    """Say of a campaign that part `number` could not be taken up for its retry. 1 RRU, 1 WRU."""
    row = Campaigns(ctx).get(campaign_id)
    reason = (
        f"Trying again stopped at part {number + 1} of {row.parts}, which failed however often it "
        f"was taken up. Nobody gets the message twice: recount to go on, or cancel. {_TELL}"
    )
    is_next = (CampaignRow.state == "planning") & (CampaignRow.generation == generation)
    is_next &= CampaignRow.retry_parts == number
    Campaigns(ctx).update_if(row, is_next, CampaignRow.state_reason.set(reason))


def give_up_tick(ctx: TenantContext, campaign_id: str, number: int) -> None:
    """Pause a campaign that could not be looked after, or say so of one that cannot be paused.

    1 RRU, 1 WRU.
    """
    campaigns = Campaigns(ctx)
    row = campaigns.get(campaign_id)
    if row.tick != number:
        return
    failed = "The campaign could not be looked after, however often it was tried"
    if row.state == "running":
        reason = f"{failed}, so nothing more is sent: resume it to go on. {_TELL}"
        lifecycle.pause_by_rule(ctx, campaign_id, reason)
    elif row.state in {"settling", "cancelled"}:
        reason = f"{failed}: recount it, and it goes on. {_TELL}"
        same = (CampaignRow.state == row.state) & (CampaignRow.tick == number)
        campaigns.update_if(row, same, CampaignRow.state_reason.set(reason))
