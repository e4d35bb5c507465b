"""Handing one message to Meta, and writing what came of it.

Meta's answer                            the recipient
accepted                                 row `accepted`; or `held`, and the campaign waits
refused for good                         row `failed` with Meta's code
refused for now, after a few tries       given back: not begun
refused for the whole number for a while given back, and the number is held; the campaign waits
refused for every recipient              given back, and the campaign pauses
refused alike, and nobody gets through   rows `failed`, and the campaign pauses, unless others
                                         have got through before
none (timeout, reset, 5xx)               row `unknown`: never sent again by itself
none, for anybody of a chunk             the same, and the campaign waits before the next
not even a connection, for anybody       given back, and the campaign waits

What an answer says of the person, the number, the account or the template has the effects that a
status with the same code has: it goes the same way, by the inbound queue (`told`).
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.core.clock import Clock
from chalicelib.core.context import TenantContext
from chalicelib.services import failures
from chalicelib.services.callback import MessageKey, encode_callback
from chalicelib.services.campaigns.admission import Admission
from chalicelib.services.campaigns.audience import Recipient
from chalicelib.services.campaigns.pace import Pace
from chalicelib.services.campaigns.recording import Recording
from chalicelib.services.campaigns.stopping import ALIKE, files_of, is_everybodys
from chalicelib.services.number_token import DEAD_TOKEN_CODES
from chalicelib.storage.campaigns import CampaignRow
from chalicelib.storage.chunks import ChunkRow, Lease
from chalicelib.storage.numbers import NumberRow
from chalicelib.storage.pacing import Slot, hold_slots, push_back
from chalicelib.storage.tenants import Owner
from chalicelib.whatsapp.codes import (
    HOLDS_MS,
    MEDIA,
    VALUE_CODES,
    explain,
    is_of_one_or_all,
    reason_of,
)
from chalicelib.whatsapp.errors import Retry, TokenRefused, Unreachable, WhatsAppError
from chalicelib.whatsapp.message_sender import Accepted, sender_for_running_loop
from chalicelib.whatsapp.messages import template_message
from chalicelib.whatsapp.template_text import TemplateShape, preview, send_components

AGAIN_S = 5
BACK_OFF_S = (1.0, 2.0, 4.0)
ERASED = "erased"
PAIR_LIMIT = 131056  # one recipient's, and slows nobody else: Meta asks for 1, 4, 16 … seconds
PAIR_BACK_OFF_S = (1.0, 4.0)
PAIR_AGAIN_S = 16
TOO_FAST = 130429  # the number's rate


@dataclass(slots=True)
class ChunkRun:
    """One sender's work on one chunk, as its campaign, number and token are at `started_ms`.

    `sent_to` are those for whom Meta may have a message.
    """

    ctx: TenantContext
    campaign: CampaignRow
    number: NumberRow
    token: str = field(repr=False)
    shape: TemplateShape
    chunk: ChunkRow
    recipients: list[Recipient]
    lease: Lease
    clock: Clock
    pace: Pace
    recording: Recording
    started_ms: int
    messages_per_day: int | None = None
    returned: list[int] = field(default_factory=list)
    flying: list[asyncio.Task[None]] = field(default_factory=list)
    stop: str | None = None
    stop_code: int | None = None
    token_error: str | None = None
    left_off: Slot | None = None
    admission: Admission = field(default_factory=Admission)
    sent_to: set[int] = field(default_factory=set)
    is_held: bool = False
    hold_until_ms: int = 0
    hold_reason: str = ""
    is_unreachable: bool = False
    is_refused: bool = False
    again_s: int = AGAIN_S
    got_through: int = 0
    unclear: int = 0
    alike: Counter[int | None] = field(default_factory=Counter)
    told: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def owner(self) -> Owner:
        """Return whose number sends."""
        return Owner(self.ctx.tenant_id, self.number.id)

    @property
    def is_ending(self) -> bool:
        """Tell whether no more of the chunk is to be begun in this run."""
        return (
            self.stop is not None
            or self.left_off is not None
            or self.is_held
            or self.hold_until_ms > 0
        )


def row_fields(
    campaign: CampaignRow, recipient: Recipient, text: str | None = None
) -> dict[str, str | int]:
    """Return the fields of a recipient's row that are known before Meta answers."""
    fields: dict[str, str | int] = {
        "direction": "out",
        "type": "template",
        "to": recipient.to,
        "campaign_id": campaign.id,
    }
    if text is not None:
        fields["text"] = text
    return fields


async def settle(run: ChunkRun, position: int) -> None:
    """Send to one recipient, whose turn has come, and record the row or that it is given back."""
    recipient = run.recipients[position]
    body = row_fields(run.campaign, recipient, preview(run.shape, recipient.values))
    try:
        accepted = await _send(run, recipient)
    except WhatsAppError as error:
        _note_failure(run, position, body, error)
        return
    run.got_through += 1
    run.is_held |= accepted.is_held
    state = "held" if accepted.is_held else "accepted"
    proof: dict[str, str | int] = {"wamid": accepted.message_id, "accepted_at": run.clock.now_ms()}
    _record(run, recipient, state, {**body, **proof})


def skip(run: ChunkRun, position: int, reason: str) -> None:
    """Record that a recipient gets nothing after all."""
    recipient = run.recipients[position]
    fields = {**row_fields(run.campaign, recipient), "reason": reason}
    if reason == ERASED:
        del fields["to"]
    _record(run, recipient, "skipped", fields)


def _note_failure(
    run: ChunkRun, position: int, body: Mapping[str, str | int], error: WhatsAppError
) -> None:
    """Record what a failed call means for its recipient, or give the recipient back."""
    _note_code(run, position, error)
    is_unreachable = isinstance(error, Unreachable)
    run.is_unreachable |= is_unreachable
    run.is_refused |= error.retry is not Retry.AMBIGUOUS and not is_unreachable
    if isinstance(error, TokenRefused) and error.code in DEAD_TOKEN_CODES:
        run.token_error = error.detail
    # Another try of a value that does not fit would fail as well.
    is_of_value = error.code in VALUE_CODES or is_of_one_or_all(error.code)
    is_refused_for_all = _stops(run, error) and not is_of_value
    recipient = run.recipients[position]
    if error.retry is not Retry.AMBIGUOUS:
        run.sent_to.discard(position)
    if error.retry is Retry.AMBIGUOUS:
        run.unclear += 1
        _record(run, recipient, "unknown", {**body, "error": error.detail})
    elif error.retry is Retry.SAFE or is_refused_for_all:
        if error.code == PAIR_LIMIT:
            run.again_s = PAIR_AGAIN_S
        run.returned.append(position)
    else:
        failure: dict[str, str | int] = {"error": error.detail, "failed_at": run.clock.now_ms()}
        if error.code is not None:
            failure["error_code"] = error.code
        _record(run, recipient, "failed", {**body, **failure}, error.code)


def _note_code(run: ChunkRun, position: int, error: WhatsAppError) -> None:
    """Note what Meta's code says beyond the one message: stop, and have the inbound queue told."""
    code, one = error.code, run.recipients[position]
    if error.retry is Retry.NEVER and is_of_one_or_all(code):
        run.alike[code] += 1
    is_told = error.pauses and run.stop is not None
    if not is_told:
        recipient = (one.contact_id, one.message_id, one.to)
        run.told += failures.envelopes(
            run.owner, run.campaign.id, error, recipient, run.clock.now_ms(), run.started_ms
        )
    if _stops(run, error) and run.stop is None:
        run.stop, run.stop_code = reason_of(code, error.detail), code


def _stops(run: ChunkRun, error: WhatsAppError) -> bool:
    """Tell whether a refusal stops the campaign; see `stopping` for the others that it stops."""
    if error.pauses:
        return True
    if error.code == MEDIA:
        return is_everybodys(MEDIA, files_of(run.campaign))
    is_alike = error.retry is Retry.NEVER and run.alike[error.code] >= ALIKE
    return run.got_through == 0 and is_alike


async def turn(run: ChunkRun) -> None:
    """Return when one more message may leave; it is counted as left, and `_call` must follow."""
    wait_ms = run.pace.take(run.clock.now_ms())
    while wait_ms > 0:
        await asyncio.sleep(wait_ms / 1000)
        wait_ms = run.pace.take(run.clock.now_ms())


async def _send(run: ChunkRun, recipient: Recipient) -> Accepted:
    """Hand one message to Meta; what Meta surely refused for now is tried again a few times."""
    payload = _payload(run, recipient)
    for attempt in range(len(BACK_OFF_S)):
        try:
            return await _call(run, payload)
        except WhatsAppError as error:
            if error.code in HOLDS_MS and error.retry is Retry.SAFE:
                # Another try now would take from another's slot; it gets a slot of its own.
                await _slow_down(run, error)
                raise
            waits_s = PAIR_BACK_OFF_S if error.code == PAIR_LIMIT else BACK_OFF_S
            if error.retry is not Retry.SAFE or attempt == len(waits_s):
                raise
            delay_s = waits_s[attempt]
            await asyncio.sleep(delay_s * (1 + secrets.randbelow(1000) / 2000))
            await turn(run)
    return await _call(run, payload)


async def _call(run: ChunkRun, payload: Mapping[str, Any]) -> Accepted:
    left_ms = run.clock.now_ms()
    try:
        sender = sender_for_running_loop()
        return await sender.send(run.number.phone_number_id, run.token, payload)
    finally:
        run.pace.answered(left_ms, run.clock.now_ms())


async def _slow_down(run: ChunkRun, error: WhatsAppError) -> None:
    """Hold the number, here and for the slots that nobody has yet: for a second where it was too
    fast; else, as nothing is taken for a minute or so, the chunk is left for then.
    """
    now_ms, hold_ms = run.clock.now_ms(), HOLDS_MS[error.code or 0]
    if error.code == TOO_FAST:
        if run.pace.hold(now_ms + hold_ms):
            await asyncio.to_thread(push_back, run.ctx, run.number.id, hold_ms, now_ms)
        return
    is_first = run.hold_until_ms == 0
    words = explain(error.code)
    run.hold_reason = f"{words.title} ({error.code}): {words.cause}"
    run.hold_until_ms = now_ms + max(hold_ms, (error.retry_after_s or 0) * 1000)
    if is_first:
        await asyncio.to_thread(hold_slots, run.ctx, run.number.id, run.hold_until_ms)


def _payload(run: ChunkRun, recipient: Recipient) -> Mapping[str, Any]:
    key = MessageKey(run.ctx.tenant_id, recipient.contact_id, recipient.message_id, run.campaign.id)
    return template_message(
        recipient.to,
        run.shape.name,
        run.shape.language,
        send_components(run.shape, recipient.values),
        encode_callback(key),
    )


def _record(
    run: ChunkRun,
    recipient: Recipient,
    state: str,
    fields: Mapping[str, str | int],
    code: int | None = None,
) -> None:
    timed = {**fields, "at": run.clock.now_ms()}
    run.recording.put(recipient.contact_id, recipient.message_id, state, timed, code)
