"""The planner: walks the audience page by page and freezes it into parts and chunks.

A page is one message on the plan queue. It may be delivered twice, or die anywhere: a part is
written once, a chunk is written once, and the next page is asked for before this one is done.
"""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Unavailable
from chalicelib.core.ids import ordered_id
from chalicelib.services.campaigns import dispatch, lifecycle, parts
from chalicelib.services.campaigns.audience import Recipient, is_member, plan_recipient
from chalicelib.storage.audience import page_of
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.chunks import Chunks
from chalicelib.storage.numbers import Numbers, messages_per_s

PAGE_CONTACTS = 500


def chunk_size(rate_per_s: int) -> int:
    """Return how many recipients a chunk holds: a second of the number's rate, 20 to 500.

    A sender has one slot of the number for it, and its marks stay within the item's first KB.
    """
    return max(20, min(500, rate_per_s))


def plan_part(
    ctx: TenantContext,
    campaign_id: str,
    number: int,
    cursor: str | None,
) -> None:
    """Freeze part `number` of the audience and go on to the next, or start the sending.

    Per 500 contacts: one query, 1 S3 write, about 12 WRU, 1 SQS request. Raises Unavailable where
    the launch that sent this message has not been written yet: SQS delivers the message again.
    """
    campaigns = Campaigns(ctx)
    row = campaigns.get(campaign_id)
    if row.state == "draft":
        raise Unavailable("The launch is not written yet.")
    if row.state != "planning":
        return
    rate_per_s = messages_per_s(Numbers(ctx).get(row.number_id))
    part = _freeze_page(ctx, row, number, cursor, rate_per_s)
    chunks = Chunks(ctx, campaign_id)
    for chunk in part.chunks(chunk_size(rate_per_s)):
        chunks.create(chunk)
    _note_progress(ctx, row, number, part)
    if part.next_cursor is None:
        _start(ctx, row)
    elif row.parts == number + 1:  # further on, the page after this one has been asked for
        dispatch.send_plan(ctx, campaign_id, number + 1, cursor=part.next_cursor)


def _freeze_page(
    ctx: TenantContext,
    row: CampaignRow,
    number: int,
    cursor: str | None,
    rate_per_s: int,
) -> parts.Part:
    people, next_cursor = page_of(ctx, PAGE_CONTACTS, cursor)
    # The id orders a thread, so it carries the moment at which the message is expected to leave.
    base_ms = (row.launched_at or row.created_at) + row.planned * 1000 // rate_per_s
    recipients: list[Recipient] = []
    for person in people:
        if is_member(person, row.audience_filter):
            due_ms = base_ms + len(recipients) * 1000 // rate_per_s
            recipients.append(plan_recipient(person, row.variables, ordered_id("msg", due_ms)))
    return parts.freeze(ctx, row.id, number, recipients, next_cursor)


def _note_progress(ctx: TenantContext, row: CampaignRow, number: int, part: parts.Part) -> None:
    """Add the part to the campaign's totals, once: only the part that is next is added."""
    if row.parts != number:
        return
    skipped = dict(row.skipped)
    for reason, count in part.skipped_by_reason.items():
        skipped[reason] = skipped.get(reason, 0) + count
    Campaigns(ctx).add_part(row, number, row.planned + len(part.recipients), skipped)


def _start(ctx: TenantContext, row: CampaignRow) -> None:
    if row.planned == 0 and not row.skipped:
        reason = "The audience is empty: no contact belongs to it."
        lifecycle.apply(ctx, row, "fail", reason=reason)
        return
    # The tick first: should this die before the state is written, the page is delivered again;
    # a tick that finds the campaign still planning comes back later.
    dispatch.send_tick(ctx, row, row.tick, delay_s=0)
    lifecycle.apply(ctx, row, "plan")
