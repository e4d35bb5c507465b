"""What became of a campaign: its ledger with reasons, and each recipient."""

from __future__ import annotations

from typing import cast

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, iso_or_none, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.signing import decode_cursor, encode_cursor
from chalicelib.schemas.campaigns import (
    CampaignState,
    FailureCount,
    MessageState,
    Recipient,
    RecipientList,
    RecipientsQuery,
    ReportOut,
)
from chalicelib.services.campaigns import ledger, ticking
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.messages import MessageRow, Messages
from chalicelib.whatsapp.codes import explain


def report(ctx: TenantContext, campaign_id: str) -> ReportOut:
    """Return the ledger by its counters, and when it was last recounted. 1 RRU and one query."""
    row = Campaigns(ctx).get(campaign_id)
    return _report(row, ledger.live(ctx, row))


def reconcile(ctx: TenantContext, campaign_id: str, clock: Clock = SYSTEM_CLOCK) -> ReportOut:
    """Recount the ledger from every recipient's row, now. 0.5 RRU a recipient."""
    row = Campaigns(ctx).get(campaign_id)
    return _report(row, ticking.reconcile(ctx, row, clock))


def _report(row: CampaignRow, book: ledger.Ledger) -> ReportOut:
    counted = row.recount or {}
    return ReportOut(
        campaign_id=row.id,
        state=cast(CampaignState, row.state),
        audience=book.audience,
        states=dict(book.states),
        skipped=dict(book.skipped),
        failed=[
            _failure(code, count)
            for code, count in sorted(book.failed.items(), key=lambda pair: -pair[1])
        ],
        answered=book.answered,
        reconciled=bool(counted.get("is_balanced")) and book.is_balanced,
        counter_drift=counted.get("drift", {}),
        recounted_at=to_iso(counted["at"]) if counted else None,
        launched_at=iso_or_none(row.launched_at),
        sending_finished_at=iso_or_none(row.sending_finished_at),
    )


def _failure(code: int, count: int) -> FailureCount:
    words = explain(code)
    return FailureCount(
        code=code,
        title=words.title,
        count=count,
        cause=words.cause,
        whose=words.whose,
        done=words.done,
        next_step=words.next_step,
        is_retryable=words.is_retryable,
    )


def recipients(
    ctx: TenantContext, campaign_id: str, query: RecipientsQuery, clock: Clock = SYSTEM_CLOCK
) -> RecipientList:
    """Return a page of recipients in the order of the frozen audience, at most one part's worth.

    With a state, the page is what of that state is found from the cursor to the end of its part.
    One S3 request, one query of the part's chunks, 0.5 RRU a recipient of the part.
    """
    row = Campaigns(ctx).get(campaign_id)
    scope = f"{ctx.tenant_id}|recipients|{campaign_id}|{query.state}"
    position = decode_cursor(scope, query.cursor) or {"part": 0, "line": 0}
    number, line = int(position["part"]), int(position["line"])
    if number >= row.parts:
        return RecipientList(items=[], next_cursor=None)
    outcomes = list(ledger.part_outcomes(ctx, row, number, clock.now_ms()))
    found: list[ledger.Outcome] = []
    while line < len(outcomes) and len(found) < query.limit:
        if query.state in {None, outcomes[line].state}:
            found.append(outcomes[line])
        line += 1
    following = {"part": number, "line": line}
    if line >= len(outcomes):
        following = {"part": number + 1, "line": 0}
    is_last = following["part"] >= row.parts
    rows = Messages(ctx).rows(
        (one.recipient.contact_id, one.recipient.message_id) for one in found if one.has_row
    )
    return RecipientList(
        items=[_recipient(one, rows.get(one.recipient.message_id)) for one in found],
        next_cursor=None if is_last else encode_cursor(scope, following),
    )


def _recipient(one: ledger.Outcome, row: MessageRow | None) -> Recipient:
    return Recipient(
        contact_id=one.recipient.contact_id,
        message_id=one.recipient.message_id or None,
        to=one.recipient.to,
        state=cast(MessageState, one.state),
        reason=one.reason or (row.error if row else None),
        error_code=one.error_code,
        accepted_at=iso_or_none(row.accepted_at) if row else None,
        sent_at=iso_or_none(row.sent_at) if row else None,
        delivered_at=iso_or_none(row.delivered_at) if row else None,
        read_at=iso_or_none(row.read_at) if row else None,
        failed_at=iso_or_none(row.failed_at) if row else None,
    )
