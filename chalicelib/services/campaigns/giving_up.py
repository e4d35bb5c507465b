"""A message of planning that failed at each of its deliveries: what waits for it ends, and says so.

    message            what becomes of what it was to bring on
    gather, plan       the campaign fails: nothing was sent, and who was planned is skipped
    dry, gather a run  the dry run fails
    retry              the campaign says so and waits, for most have had their message: a recount
                       asks for the part once more, a cancelling ends it

Only the page that is next counts: a copy of a message that is behind the others ends nothing. The
message itself goes to the dead letters, where whoever runs Parley sees it.
"""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict
from chalicelib.core.log import log
from chalicelib.services.campaigns import dry_run, lifecycle
from chalicelib.storage.campaigns import CampaignRow, Campaigns

_TELL = "If that fails as well, tell whoever runs Parley: the cause is in its log."


def give_up_launch(ctx: TenantContext, campaign_id: str, number: int) -> None:
    """Fail a campaign whose page `number` could not be planned. 1 RRU, 4 WRU; safe to run twice."""
    row = Campaigns(ctx).get(campaign_id)
    if row.state != "planning" or row.generation:
        return
    reason = (
        f"Page {number + 1} of the audience could not be planned, however often it was tried. "
        f"Nothing was sent: duplicate the campaign and launch the copy. {_TELL}"
    )
    try:
        lifecycle.apply(ctx, row, "fail", reason=reason, when=CampaignRow.parts == number)
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
