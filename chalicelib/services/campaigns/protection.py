"""What stops a campaign, or holds it up, before harm is done: looked at with every tick.

    what                                      the campaign
    Meta holds its template's messages        waits until one of them is let go, then goes on
    the portfolio's 24-hour limit is used up  waits until some is free, then goes on
    the plan's messages of the day are used   waits for the next day, then goes on
    Meta takes nothing for a while, or        waits for so long, then tries again
    cannot be reached
    its business is suspended                 pauses, with the reason
    its canary is sent                        pauses with what came of it, or goes on by itself;
                                              see `canary`
    too many of the last 200 failed           pauses, with the code of most of them
    most of the last 200 got no clear answer  pauses: WhatsApp does not work; see `watching`

One that waits stays running, with the reason; nothing of it is handed out meanwhile. A pause for
an answer of Meta (sending, account_reports) needs no tick.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.core.clock import Clock
from chalicelib.core.context import TenantContext
from chalicelib.services.allowance import TIERS, portfolio_of
from chalicelib.services.campaigns import canary, ledger, lifecycle, reconciling, watching
from chalicelib.services.campaigns.pace import pace_of_late
from chalicelib.services.campaigns.permits import has_messages_left, permit_of
from chalicelib.services.campaigns.rules import rules_of
from chalicelib.storage.accounts import Accounts
from chalicelib.storage.allowance import started_in_24h
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.chunks import ChunkRow
from chalicelib.storage.numbers import Numbers

HELD, ALLOWANCE, DAY, REFUSED = "held", "allowance", "day", "refused"
_WORDS = {
    HELD: "Meta holds messages of this template back while it looks at its quality. The campaign "
    "goes on by itself when Meta lets them go.",
    ALLOWANCE: "The business has reached Meta's limit of people to write to within 24 hours. The "
    "campaign goes on by itself as that frees up; verify the business or keep the quality high for "
    "a higher limit.",
    DAY: "The business has sent the messages that its plan allows in a day. The campaign goes on "
    "by itself when the next day begins (00:00 UTC); ask for a larger plan to send more.",
}
_RECOUNT_MS = 600_000
_SURE_MS = 30_000  # the counts of the sender that met the hold are written by then


def wait(ctx: TenantContext, row: CampaignRow, kind: str, now_ms: int) -> None:
    """Have a running campaign wait; quiet if it does already, or runs no more. 1 WRU."""
    _begin_waiting(ctx, row, {"kind": kind, "since": now_ms, "most": 0}, _WORDS[kind])


def wait_until(
    ctx: TenantContext, row: CampaignRow, reason: str, until_ms: int, now_ms: int
) -> None:
    """Have a running campaign wait until a moment, for a reason that passes. Costs as `wait`."""
    kept = {"kind": REFUSED, "since": now_ms, "until": until_ms}
    _begin_waiting(ctx, row, kept, f"{reason} The campaign tries again by itself.")


def _begin_waiting(
    ctx: TenantContext, row: CampaignRow, kept: Mapping[str, Any], reason: str
) -> None:
    Campaigns(ctx).update_if(
        row,
        (CampaignRow.state == "running") & CampaignRow.waiting.does_not_exist(),
        CampaignRow.waiting.set(dict(kept)),
        CampaignRow.state_reason.set(reason),
    )


def goes_on(
    ctx: TenantContext, row: CampaignRow, chunks: Sequence[ChunkRow], clock: Clock
) -> list[ChunkRow]:
    """Return the chunks of a running campaign that may be handed out now; `row` may change state.

    8 RRU for the counters, 2 for the business; 13 RRU while it waits for the allowance.
    """
    stopped = permit_of(ctx).stopped
    if stopped is not None:
        lifecycle.pause_running(ctx, row, stopped)
        return []
    counted = Campaigns(ctx).counters(row.id)
    counters = ledger.corrected(row, counted)
    _note_pace(ctx, row, counters, clock.now_ms())
    if row.waiting is not None and not _waited(ctx, row, counters, clock):
        return []
    if _goes_badly(ctx, row, counters):
        return []
    return canary.goes_on(ctx, row, chunks, counted, clock.now_ms())


def _note_pace(
    ctx: TenantContext, row: CampaignRow, counters: Mapping[str, int], now_ms: int
) -> None:
    """Keep how fast the campaign is of late, for forecasts. 1 WRU."""
    found = pace_of_late(row.pace, row.launched_at or now_ms, counters, now_ms)
    if found is not None:
        Campaigns(ctx).update_if(row, CampaignRow.state == "running", CampaignRow.pace.set(found))


def _waited(
    ctx: TenantContext, row: CampaignRow, counters: Mapping[str, int], clock: Clock
) -> bool:
    """Tell whether the campaign need not wait any more, and note what there is to note."""
    waiting, now_ms = row.waiting, clock.now_ms()
    if waiting["kind"] == ALLOWANCE:
        is_over = _is_allowed(ctx, row, now_ms)
    elif waiting["kind"] == DAY:
        is_over = has_messages_left(ctx, now_ms)
    elif waiting["kind"] == REFUSED:
        is_over = now_ms >= waiting["until"]
    else:
        held = counters.get("held", 0)
        if now_ms - waiting["since"] < _SURE_MS:
            return False
        is_over = held == 0 or held < waiting["most"]
        if not is_over and held > waiting["most"]:
            changed = {**waiting, "most": held}
            still = CampaignRow.waiting.exists()
            Campaigns(ctx).update_if(row, still, CampaignRow.waiting.set(changed))
        if not is_over:
            _recount(ctx, row, clock)
    if not is_over:
        return False
    return Campaigns(ctx).update_if(
        row,
        (CampaignRow.state == "running") & CampaignRow.waiting.exists(),
        CampaignRow.waiting.remove(),
        CampaignRow.state_reason.remove(),
    )


def _recount(ctx: TenantContext, row: CampaignRow, clock: Clock) -> None:
    """Have the ledger recounted after ten minutes of waiting, and after twice as long each time.

    A webhook that died before it counted leaves a message held by the counters for ever.
    """
    waiting, now_ms = row.waiting, clock.now_ms()
    after_ms = waiting.get("recount_ms", _RECOUNT_MS)
    if now_ms - waiting["since"] < after_ms:
        return
    later = CampaignRow.waiting.set({**waiting, "recount_ms": 2 * after_ms})
    if Campaigns(ctx).update_if(row, CampaignRow.waiting.exists(), later):
        reconciling.reconcile(ctx, row, clock)


def _is_allowed(ctx: TenantContext, row: CampaignRow, now_ms: int) -> bool:
    number = Numbers(ctx).get(row.number_id)
    limit = TIERS.get(number.messaging_limit or "")
    if limit is None:
        return True
    return started_in_24h(portfolio_of(Accounts(ctx).get(number.waba_id)), now_ms) < limit


def _goes_badly(ctx: TenantContext, row: CampaignRow, counters: Mapping[str, int]) -> bool:
    """Pause if too many of the last messages failed or are unclear, and note what was seen."""
    most = rules_of(ctx).failure_share_percent
    found = watching.look(row.watch or {}, counters, most)
    seen = CampaignRow.watch.set(dict(found.seen))
    if found.objection is not None:
        lifecycle.pause_running(ctx, row, found.objection, seen)
    elif found.seen != (row.watch or {}):
        Campaigns(ctx).update_if(row, lifecycle.looked_at(row), seen)
    return found.objection is not None
