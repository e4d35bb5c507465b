"""A retry: those who failed get a new message of the same campaign, each at most once a retry.

    1 begin    the campaign goes to planning, and its generation is one more
    2 a part   of its failed, each that is to be tried again is sealed: from here on the new message
               stands for it, whatever is reported of the old one; then they are frozen as a part
               of their own, and cut into chunks
    3 the end  the campaign runs again

Who is sealed is decided by one conditional write each: whoever was delivered meanwhile stays as he
is. A part is one message on the plan queue and may come twice or die anywhere: who was sealed and
is in no frozen part is taken up by the next run, or by the next retry, under the same message id.

    who failed with                            is tried again
    a rate, or maintenance (told by a status)  by itself, twice at most, once sending has ended
    another code that can be overcome          when a person says so
    nothing: the fate is unknown               when a person says so, and names just that; not
                                               before UNKNOWN_AFTER_S, in which WhatsApp may tell
    any other code                             not at all

Who asked, when, and for what is kept with the campaign (`retried`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import AppError, Conflict, Unavailable, Upstream
from chalicelib.core.ids import derived_id
from chalicelib.core.log import log
from chalicelib.services import plans
from chalicelib.services.campaigns import canary, dispatch, ledger, lifecycle, parts, watching
from chalicelib.services.campaigns.audience import Recipient
from chalicelib.services.sendable import check_can_send
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.chunks import Chunks
from chalicelib.storage.message_seals import seal
from chalicelib.storage.numbers import Numbers, messages_per_s
from chalicelib.storage.templates import Templates
from chalicelib.storage.usage import CAMPAIGNS, check_room
from chalicelib.whatsapp.codes import MAINTENANCE, RETRYABLE_CODES, THROTTLE_CODES

BY_ITSELF = "system"
_BY_ITSELF_MOST = 2
_PATIENCE_MS = 300_000  # maintenance takes up to five minutes
_RATES = THROTTLE_CODES | {MAINTENANCE}
_MOST = 5  # each retry is one more part to read for each part of the audience
_WRITTEN_S = 1  # the retry is written within this time of its message


def begin(
    ctx: TenantContext,
    campaign_id: str,
    codes: Iterable[int] | None = None,
    clock: Clock = SYSTEM_CLOCK,
    *,
    include_unknown: bool = False,
) -> CampaignRow:
    """Try those again who failed with a code of `codes` for which that makes sense.

    Raises Conflict for a campaign whose sending has not ended, or not long enough ago for the
    unknown, that cannot send now, or of which nobody would be tried. 3 RRU, 1 WRU, 2 requests.
    """
    row = Campaigns(ctx).get(campaign_id)
    if lifecycle.next_state(row.state, "retry") is None:
        raise Conflict(
            f"The campaign is {row.state}; who failed can be tried again when everybody was sent "
            "to.",
            code="campaign_state",
        )
    if row.generation >= _MOST:
        raise Conflict(
            f"The campaign was tried again {_MOST} times; send to those who were not reached by a "
            "campaign of their own.",
            code="too_many_retries",
        )
    check_can_send(Numbers(ctx).get(row.number_id))
    template = Templates(ctx).get(row.template_id)
    if template.status != "APPROVED":
        raise Conflict(
            f"The template is {template.status}; WhatsApp sends only approved templates.",
            code="template_not_approved",
        )
    wanted: list[int | None] = sorted(RETRYABLE_CODES if codes is None else set(codes))
    _check_somebody(ctx, row, wanted, include_unknown=include_unknown)
    generation, now_ms = row.generation + 1, clock.now_ms()
    if include_unknown:
        _check_patience(row, now_ms)
        wanted.append(None)
    limit = plans.limit(ctx, "campaigns")
    check_room(ctx.tenant_id, CAMPAIGNS, limit)
    asked = {
        "at": now_ms,
        "by": ctx.user_id,
        "codes": [code for code in wanted if code is not None],
        "include_unknown": include_unknown,
    }
    # The message goes first; one that comes before the write below fails, and comes much later.
    dispatch.send_retry(ctx, row.id, generation, 0, delay_s=_WRITTEN_S)
    return lifecycle.apply(
        ctx,
        row,
        "retry",
        CampaignRow.generation.set(generation),
        CampaignRow.generation_at.set(now_ms),
        CampaignRow.retry_codes.set(wanted),
        CampaignRow.retried.set([*(row.retried or ()), asked]),
        CampaignRow.retry_parts.set(0),
        CampaignRow.settling_at.remove(),
        CampaignRow.sending_finished_at.remove(),
        CampaignRow.completed_at.remove(),
        CampaignRow.recount.remove(),
        CampaignRow.waiting.remove(),
        CampaignRow.watch.remove(),
        *_past_canary(row),
        when=CampaignRow.generation == row.generation
        if row.generation
        else CampaignRow.generation.does_not_exist() | (CampaignRow.generation == 0),
        limit=limit,
    )


def begin_by_itself(ctx: TenantContext, row: CampaignRow, clock: Clock = SYSTEM_CLOCK) -> bool:
    """Try those again, of a settling campaign, whom Meta refused only for a rate; tell whether.

    Once all outcomes are known, or five minutes after the sending ended. One request; what `begin`
    costs where there is somebody.
    """
    tried = sum(one["by"] == BY_ITSELF for one in row.retried or ())
    if tried >= _BY_ITSELF_MOST or ctx.user_id != BY_ITSELF:
        return False
    book = ledger.live(ctx, row)
    is_time = clock.now_ms() - (row.settling_at or 0) >= _PATIENCE_MS
    codes = sorted(code for code in _RATES if book.failed.get(code))
    if not codes or not (is_time or book.is_settled):
        return False
    try:
        begin(ctx, row.id, codes, clock)
    except (Unavailable, Upstream):
        raise  # passes: the tick comes again
    except AppError as problem:
        log.info("no retry by itself", extra={"campaign_id": row.id, "why": problem.code})
        return False
    return True


def _check_somebody(
    ctx: TenantContext, row: CampaignRow, wanted: Iterable[int | None], *, include_unknown: bool
) -> None:
    refused = sorted(code for code in wanted if code is not None and code not in RETRYABLE_CODES)
    if refused:
        raise Conflict(
            f"Trying again makes no sense for {', '.join(map(str, refused))}: the message would "
            "fail again, or should not be sent.",
            code="not_retryable",
        )
    book = ledger.live(ctx, row)
    failed = sum(count for code, count in book.failed.items() if code in set(wanted))
    if failed == 0 and not (include_unknown and book.states["unknown"]):
        raise Conflict(
            "Nobody is to be tried again: none failed for a reason that another try can overcome.",
            code="nothing_to_retry",
        )


def _check_patience(row: CampaignRow, now_ms: int) -> None:
    """Raise Conflict if WhatsApp may well tell yet what became of those whose fate is unknown."""
    ended_ms = row.sending_finished_at or row.settling_at or now_ms
    from_ms = ended_ms + settings().unknown_after_s * 1000
    if now_ms < from_ms:
        raise Conflict(
            "WhatsApp may still tell what became of those whose fate is unknown: try them again "
            f"from {to_iso(from_ms)} on. Who failed can be tried again without them now.",
            code="unknown_too_early",
        )


def _past_canary(row: CampaignRow) -> list[lifecycle.Change]:
    """Return the change by which there is no canary any more: all of the audience was sent to."""
    if row.canary is None:
        return []
    return [CampaignRow.canary.set({**row.canary, "state": canary.PASSED})]


def retry_part(
    ctx: TenantContext, campaign_id: str, generation: int, number: int, clock: Clock = SYSTEM_CLOCK
) -> None:
    """Take those of part `number` who are to be tried again, and go on to the next part.

    0.5 RRU a recipient, 1 WRU one that is tried again, 2 S3 and 1 SQS requests a part. Raises
    Unavailable where the retry that sent this is not written yet: SQS delivers it again.
    """
    row = Campaigns(ctx).get(campaign_id)
    if row.generation < generation:
        raise Unavailable("The retry is not written yet.")
    if row.generation > generation or row.state != "planning":
        log.info("a retry that is over", extra={"campaign_id": campaign_id})
        return
    if row.retry_parts == number:
        _take(ctx, row, number, clock)
    if number + 1 < row.parts:
        dispatch.send_retry(ctx, campaign_id, generation, number + 1)
        return
    dispatch.send_tick(ctx, row, row.tick, delay_s=0)
    _forgive(ctx, row)
    lifecycle.begin_sending(ctx, row)


def _forgive(ctx: TenantContext, row: CampaignRow) -> None:
    """Have what failed and stays so be no reason to pause the retry. 1 WRU, one request.

    A retry that dies before this is held to all that the campaign has failed.
    """
    seen = watching.mark(ledger.corrected(row, Campaigns(ctx).counters(row.id)))
    is_beginning = CampaignRow.state == "planning"
    Campaigns(ctx).update_if(row, is_beginning, CampaignRow.watch.set(seen))


def _take(ctx: TenantContext, row: CampaignRow, number: int, clock: Clock) -> None:
    from chalicelib.services.campaigns.planning import chunk_size

    again: list[Recipient] = []
    moved: Counter[str] = Counter()
    for outcome in ledger.part_outcomes(ctx, row, number, clock.now_ms()):
        new_id = _sealed(ctx, row, outcome, moved)
        if new_id is not None:
            again.append(replace(outcome.recipient, message_id=new_id))
    Campaigns(ctx).count(row.id, moved)
    place = parts.part_of(number, row.generation, row.parts)
    size = chunk_size(messages_per_s(Numbers(ctx).get(row.number_id)))
    part = parts.freeze(ctx, parts.launched(row.id), place, again, None, chunk=size)
    chunks = Chunks(ctx, row.id)
    for chunk in part.chunks(size):
        chunks.create(chunk)
    done = CampaignRow.retry_parts == number
    if number == 0:
        done |= CampaignRow.retry_parts.does_not_exist()
    Campaigns(ctx).update_if(row, done, CampaignRow.retry_parts.set(number + 1))


def _sealed(
    ctx: TenantContext, row: CampaignRow, outcome: ledger.Outcome, moved: Counter[str]
) -> str | None:
    """Return the new message's id if this one is to be tried again and is sealed, else None.

    What a seal takes out of the counters goes to `moved`: the recipient is queued again.
    """
    if outcome.retried_as is not None:
        return outcome.retried_as  # sealed by a run that did not come to freeze it
    codes = row.retry_codes or []
    is_unknown = outcome.state == "unknown" and None in codes
    is_failed = (
        outcome.state == "failed" and outcome.error_code is not None and outcome.error_code in codes
    )
    if not outcome.has_row or not (is_unknown or is_failed):
        return None
    one = outcome.recipient
    new_id = derived_id("msg", row.generation_at or row.created_at, one.message_id)
    if not seal(ctx, one.contact_id, one.message_id, outcome.state, new_id):
        return None
    moved[outcome.state] -= 1
    if is_failed:
        moved[f"code#{outcome.error_code}"] -= 1
    return new_id
