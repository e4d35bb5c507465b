"""The sender: one chunk, from its claim to a row for each of its recipients.

    1 claim       conditional, with a lease; a copy of the message finds it taken or done
    2 recover     who was begun by a sender that died and has no row becomes `unknown`
    3 check       is the campaign running, has a contact opted out, *now*
    4 reserve     a slot on the number, which all its senders share
    5 waves       mark as begun, then send in parallel, spaced by the number's rate
    6 hand over   finish the chunk, or give back who was surely not sent

A wave is marked one ahead of its sending, so at most two waves are in doubt when a sender dies,
and the marking costs no time. Meta has no idempotency key: nothing that was begun is ever sent
again, unless Meta itself said that it refused it for now.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Mapping

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.log import log
from chalicelib.services import webhook_envelopes
from chalicelib.services.campaigns import (
    canary,
    dispatch,
    files,
    ledger,
    lifecycle,
    parts,
    permits,
    protection,
)
from chalicelib.services.campaigns.admission import release
from chalicelib.services.campaigns.audience import Recipient
from chalicelib.services.campaigns.handover import ChunkRun, row_fields, settle, skip, turn
from chalicelib.services.campaigns.pace import pace_of
from chalicelib.services.campaigns.recording import Recording
from chalicelib.services.campaigns.suppressing import suppressed_now
from chalicelib.services.number_token import note_token_refused
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.chunks import BEGUN, NOT_BEGUN, ChunkRow, Chunks, Lease, LostLease
from chalicelib.storage.messages import Messages
from chalicelib.storage.numbers import Disconnected, Numbers, access_token, messages_per_s
from chalicelib.storage.pacing import Slot, push_back, reserve_slot
from chalicelib.whatsapp.codes import is_of_one_or_all
from chalicelib.whatsapp.template_text import shape_of

LEASE_MS = 30_000
MAX_WAIT_MS = 5_000
ARRIVE_MS = 2_000  # before the slot: a queue's message may take so long
LONG_WAIT_MS = 500  # after so long it is asked again whether the campaign goes on
LEAD_MS = 100  # before the slot, for marking the first wave
UNREACHABLE_MS = 15_000
UNCLEAR_LEAST, UNCLEAR_MS = 20, 5_000  # then a tick looks whether it is worse than a moment
WAVES_A_SECOND = 8  # small waves leave few in doubt; each costs a write
_THROUGH = ("accepted", "held", "sent", "delivered", "read")


class TooEarly(Exception):
    """The number's next free slot is too far off to wait for it here."""

    def __init__(self, slot: Slot) -> None:
        super().__init__(slot)
        self.slot = slot


class Stopped(Exception):
    """The campaign was paused or cancelled while the chunk waited for its slot."""

    def __init__(self, campaign: CampaignRow) -> None:
        super().__init__(campaign.state)
        self.campaign = campaign


def send_chunk(
    ctx: TenantContext,
    campaign_id: str,
    chunk_id: str,
    slot_ms: int | None,
    loop: asyncio.AbstractEventLoop,
    clock: Clock = SYSTEM_CLOCK,
) -> None:
    """Send a chunk, or what is left of it; `slot_ms` is a slot that was reserved for it before.

    Per chunk of n: about 7 + n/10 WRU, n + 1 RRU, 1 S3 read; per message 1 WRU, 1/10 to 1/25 of a
    request for it, and one call of Meta.
    Safe to run twice, at once, and after a death at any line.
    """
    started_ms = clock.now_ms()
    campaign = Campaigns(ctx).get(campaign_id)
    chunks = Chunks(ctx, campaign_id)
    lease = Lease(secrets.token_hex(8), LEASE_MS)
    chunk = chunks.claim(chunk_id, lease, clock.now_ms())
    if chunk is None:
        return  # done, or in other hands: the campaign's tick looks after a lease that runs out
    recipients = parts.load_chunk(ctx, campaign_id, chunk)
    recover(ctx, campaign, chunk, recipients)
    is_early = canary.is_canary(campaign) and not chunk.is_canary
    if campaign.state != "running" or campaign.waiting is not None or is_early:
        _let_go(chunks, campaign, chunk, lease, clock)
        return
    permit = permits.permit_of(ctx)
    if permit.stopped is not None:
        chunks.give_back(chunk, [], lease)
        lifecycle.pause_by_rule(ctx, campaign.id, permit.stopped, started_ms)
        return
    number = Numbers(ctx).get(campaign.number_id)
    shape = shape_of(**campaign.template)
    try:
        token = access_token(number)
        recipients = files.with_meta_ids(ctx, number, shape, recipients)
    except (Disconnected, Invalid, NotFound) as error:
        chunks.give_back(chunk, [], lease)
        lifecycle.pause_by_rule(ctx, campaign.id, error.detail, started_ms)
        return
    run = ChunkRun(
        ctx=ctx,
        campaign=campaign,
        number=number,
        token=token,
        shape=shape,
        chunk=chunk,
        recipients=recipients,
        lease=lease,
        clock=clock,
        pace=pace_of(number.id, messages_per_s(number)),
        recording=Recording(ctx),
        started_ms=started_ms,
        messages_per_day=permit.messages_per_day,
    )
    try:
        loop.run_until_complete(_run(run, slot_ms))
    except LostLease:
        log.warning("another sender has the chunk now", extra={"chunk_id": chunk_id})
    except TooEarly as early:
        _come_back(run, early.slot)
    except Stopped as stopped:
        _let_go(chunks, stopped.campaign, chunk, lease, clock)
    finally:
        release(run, run.admission, run.sent_to)
        Campaigns(ctx).count(campaign_id, run.recording.counts)


def _let_go(
    chunks: Chunks, campaign: CampaignRow, chunk: ChunkRow, lease: Lease, clock: Clock
) -> None:
    """Give back a chunk of a campaign that is not running; a cancelled one has no more turns."""
    if campaign.state == "cancelled":
        chunks.finish(chunk, lease, clock.now_ms())
    else:
        chunks.give_back(chunk, [], lease)


def recover(
    ctx: TenantContext, campaign: CampaignRow, chunk: ChunkRow, recipients: list[Recipient]
) -> None:
    """Give a row `unknown` to each recipient that was begun and has none: its sender died."""
    begun = [
        recipient for recipient, mark in zip(recipients, chunk.marks, strict=True) if mark == BEGUN
    ]
    if not begun:
        return
    messages = Messages(ctx)
    known = messages.states((one.contact_id, one.message_id) for one in begun)
    counts: Counter[str] = Counter()
    for one in begun:
        if one.message_id not in known:
            transition = messages.record_outgoing(
                one.contact_id, one.message_id, "unknown", row_fields(campaign, one)
            )
            counts.update(ledger.deltas(transition))
    Campaigns(ctx).count(campaign.id, counts)


async def _run(run: ChunkRun, slot_ms: int | None) -> None:
    chunks = Chunks(run.ctx, run.campaign.id)
    todo = [i for i, mark in enumerate(run.chunk.marks) if mark == NOT_BEGUN]
    suppressed = await asyncio.to_thread(suppressed_now, run, todo)
    later = run.admission.later
    run.returned += [position for position in todo if position in later]
    todo = [position for position in todo if position not in later]
    slot = await _slot(run, len(todo) - len(suppressed), slot_ms)
    await _wait(run, slot.start_ms - LEAD_MS)
    try:
        await _send_waves(run, chunks, todo, suppressed, slot)
    finally:
        # Also when the lease is lost: what is in flight gets its row before the loop is left.
        await _all_done(run)
    await asyncio.to_thread(_hand_over, run, chunks, slot.start_ms)


async def _send_waves(
    run: ChunkRun, chunks: Chunks, todo: list[int], suppressed: Mapping[int, str], slot: Slot
) -> None:
    """Send wave after wave, and mark each one while the one before it is sent."""
    size = max(5, run.pace.rate_per_s // WAVES_A_SECOND)
    waves = [todo[i : i + size] for i in range(0, len(todo), size)]
    left = len(todo) - len(suppressed)
    marking = [asyncio.create_task(_begin(run, chunks, wave)) for wave in waves[:1]]
    for index, wave in enumerate(waves):
        await marking.pop()
        if _is_left(run, waves[index:]):
            return
        marking = [
            asyncio.create_task(_begin(run, chunks, ahead))
            for ahead in waves[index + 1 : index + 2]
        ]
        run.flying.extend(marking)
        for position in wave:
            if run.is_ending:
                run.returned.append(position)
            elif position in suppressed:
                skip(run, position, suppressed[position])
            else:
                own = await _turn(run, slot, left)
                if own is None:
                    run.returned.append(position)
                    continue
                slot, left = own, left - 1
                run.sent_to.add(position)
                run.flying.append(asyncio.create_task(settle(run, position)))


def _is_left(run: ChunkRun, waves: list[list[int]]) -> bool:
    """Tell whether no more of the chunk is begun; then what is left, of which one wave is marked at
    most, is for another turn.
    """
    if run.is_ending:
        run.returned += [position for wave in waves for position in wave]
    return run.is_ending


async def _turn(run: ChunkRun, slot: Slot, left: int) -> Slot | None:
    """Return when the next message may leave, with the slot in which it does.

    Who is too late for the slot takes a new one for those that are `left`; where that is far off,
    they are for another turn of the chunk, and None is returned.
    """
    if run.pace.is_over(slot, run.clock.now_ms()):
        try:
            slot = await _slot(run, left, None)
        except TooEarly as early:
            run.left_off = early.slot
            return None
    await _sleep_until(run.clock, slot.start_ms)
    await turn(run)
    return slot


async def _all_done(run: ChunkRun) -> None:
    """Wait for everything in flight and its rows; raise the first failure once all have ended."""
    results = await asyncio.gather(*run.flying, return_exceptions=True)
    await run.recording.done()
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def _begin(run: ChunkRun, chunks: Chunks, wave: list[int]) -> None:
    await asyncio.to_thread(chunks.begin, run.chunk, wave, run.lease, run.clock.now_ms())


async def _slot(run: ChunkRun, count: int, slot_ms: int | None) -> Slot:
    """Return when to send `count` messages; raise TooEarly."""
    now_ms = run.clock.now_ms()
    if count == 0:
        return Slot(now_ms, now_ms, 0)
    if slot_ms is None or slot_ms < now_ms - MAX_WAIT_MS:
        slot = await asyncio.to_thread(_reserve, run, count, now_ms)
    else:
        slot = Slot(slot_ms, slot_ms + run.pace.duration_ms(count), run.pace.inbox_per_s)
    if slot.start_ms > run.clock.now_ms() + MAX_WAIT_MS:
        raise TooEarly(slot)
    return slot


async def _wait(run: ChunkRun, due_ms: float) -> None:
    """Return at `due_ms`; raise Stopped if the campaign was stopped during a long wait."""
    is_long = due_ms - run.clock.now_ms() > LONG_WAIT_MS
    await _sleep_until(run.clock, due_ms)
    if is_long:
        campaign = await asyncio.to_thread(Campaigns(run.ctx).get, run.campaign.id)
        if campaign.state != "running":
            raise Stopped(campaign)


def _reserve(run: ChunkRun, count: int, now_ms: int) -> Slot:
    """Return a slot for `count` messages, as long as the inbox makes it need to be."""
    duration_ms = run.pace.duration_ms(count)
    slot = reserve_slot(run.ctx, run.number.id, duration_ms, now_ms)
    run.pace.note_slot(slot)
    missing_ms = run.pace.duration_ms(count) - duration_ms
    if missing_ms > 0:
        # The inbox takes more than this process knew: who reserves next begins later.
        push_back(run.ctx, run.number.id, missing_ms, now_ms)
        slot = slot._replace(end_ms=slot.end_ms + missing_ms)
    return slot


async def _sleep_until(clock: Clock, due_ms: float) -> None:
    """Return at `due_ms`, or at once if that is past."""
    delay_ms = due_ms - clock.now_ms()
    if delay_ms > 0:
        await asyncio.sleep(delay_ms / 1000)


def _hand_over(run: ChunkRun, chunks: Chunks, start_ms: float) -> None:
    """Finish the chunk, or give back those who were surely not sent and see to their next turn."""
    _tell(run, start_ms)
    if run.returned:
        chunks.give_back(run.chunk, run.returned, run.lease, run.admission.due_ms)
    else:
        chunks.finish(run.chunk, run.lease, run.clock.now_ms())
    if run.stop is not None and _stops_campaign(run):
        log.warning("Meta's answer pauses the campaign", extra={"campaign_id": run.campaign.id})
        lifecycle.pause_by_rule(run.ctx, run.campaign.id, run.stop, run.started_ms)
        if run.token_error is not None:
            token = run.number.token_ciphertext
            note_token_refused(run.ctx, run.number.id, run.token_error, token)
    elif _waits(run):
        return
    elif run.left_off is not None:
        _dispatch_again(run, run.left_off.start_ms)
    elif set(run.returned) - run.admission.later:
        _dispatch_again(run, None)


def _waits(run: ChunkRun) -> bool:
    """Have the campaign wait if the run has met what passes by itself; tell whether it has."""
    now_ms = run.clock.now_ms()
    kinds = {
        protection.HELD: run.is_held,
        protection.ALLOWANCE: run.admission.is_used_up,
        protection.DAY: run.admission.is_day_used_up,
    }
    kind = next((kind for kind, is_met in kinds.items() if is_met), None)
    if kind is not None:
        protection.wait(run.ctx, run.campaign, kind, now_ms)
    elif run.hold_until_ms:
        _wait_until(run, run.hold_reason, run.hold_until_ms)
    elif run.is_unreachable and not run.got_through:
        _wait_until(run, "WhatsApp cannot be reached.", now_ms + UNREACHABLE_MS)
    elif run.unclear >= UNCLEAR_LEAST and not (run.got_through or run.is_refused):
        _wait_until(run, "WhatsApp gives no clear answers.", now_ms + UNCLEAR_MS)
    else:
        return False
    return True


def _wait_until(run: ChunkRun, reason: str, until_ms: int) -> None:
    protection.wait_until(run.ctx, run.campaign, reason, until_ms, run.clock.now_ms())


def _stops_campaign(run: ChunkRun) -> bool:
    """Tell whether what ended the run pauses the campaign: a parameter that is wrong for the first
    of a chunk may be theirs alone, if others have got through. One request for that.
    """
    if not is_of_one_or_all(run.stop_code):
        return True
    counters = Campaigns(run.ctx).counters(run.campaign.id)
    return run.got_through + sum(counters.get(state, 0) for state in _THROUGH) <= 0


def _tell(run: ChunkRun, start_ms: float) -> None:
    """Note when the sending began, and what Meta's answers say beyond their messages.

    Before the chunk is given up: a sender that dies before this leaves a mark undone, which the
    next failure of the same kind makes.
    """
    if run.told:
        webhook_envelopes.put(run.told)
    if run.campaign.first_sent_at is None:
        Campaigns(run.ctx).note_first_send(run.campaign, round(start_ms))


def _come_back(run: ChunkRun, slot: Slot) -> None:
    """Give the chunk back until its slot is near; nobody in it was begun."""
    Chunks(run.ctx, run.campaign.id).give_back(run.chunk, [], run.lease)
    _dispatch_again(run, slot.start_ms)


def _dispatch_again(run: ChunkRun, slot_ms: int | None) -> None:
    """Put the chunk back on the queue, to come shortly before its slot, or after a while."""
    now_ms = run.clock.now_ms()
    delay_s = run.again_s
    if slot_ms is not None:
        delay_s = max(0, slot_ms - now_ms - ARRIVE_MS) // 1000
    delay_s = min(delay_s, dispatch.MAX_DELAY_S)
    due_ms = now_ms + delay_s * 1000
    Chunks(run.ctx, run.campaign.id).note_dispatch(run.chunk, due_ms + LEASE_MS)
    dispatch.send_chunks(run.ctx, run.campaign.id, [(run.chunk.chunk_id, delay_s, slot_ms)])
