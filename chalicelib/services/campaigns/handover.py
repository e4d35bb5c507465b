"""Handing one message to Meta, and writing what came of it.

Meta's answer                            the recipient
accepted                                 row `accepted`; or `held`, and the campaign waits
refused for good                         row `failed` with Meta's code
refused for now, after a few tries       given back: not begun
refused for every recipient              given back, and the campaign pauses
none (timeout, reset, 5xx)               row `unknown`: never sent again by itself
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.core.clock import Clock
from chalicelib.core.context import TenantContext
from chalicelib.services.callback import MessageKey, encode_callback
from chalicelib.services.campaigns.admission import Admission
from chalicelib.services.campaigns.audience import Recipient
from chalicelib.services.campaigns.pace import Pace
from chalicelib.services.campaigns.recording import Recording
from chalicelib.services.number_token import DEAD_TOKEN_CODES
from chalicelib.storage.campaigns import CampaignRow
from chalicelib.storage.chunks import ChunkRow, Lease
from chalicelib.storage.numbers import NumberRow
from chalicelib.storage.pacing import Slot, push_back
from chalicelib.whatsapp.codes import reason_of
from chalicelib.whatsapp.errors import Retry, TokenRefused, WhatsAppError
from chalicelib.whatsapp.message_sender import Accepted, sender_for_running_loop
from chalicelib.whatsapp.messages import template_message
from chalicelib.whatsapp.template_text import TemplateShape, preview, send_components

BACK_OFF_S = (1.0, 2.0, 4.0)
TOO_FAST = 130429  # the number's rate; 131056 is one recipient's and slows nobody else
HOLD_MS = 1_000
# Refusals of one recipient's values: the campaign pauses, but another try would fail as well.
VALUE_CODES = frozenset({132000, 132012, 132018})


@dataclass(slots=True)
class ChunkRun:
    """One sender's work on one chunk."""

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
    returned: list[int] = field(default_factory=list)
    flying: list[asyncio.Task[None]] = field(default_factory=list)
    stop: str | None = None
    token_error: str | None = None
    left_off: Slot | None = None
    admission: Admission = field(default_factory=Admission)
    begun: set[int] = field(default_factory=set)
    is_held: bool = False

    @property
    def is_ending(self) -> bool:
        """Tell whether no more of the chunk is to be begun in this run."""
        return self.stop is not None or self.left_off is not None or self.is_held


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
    run.is_held |= accepted.is_held
    state = "held" if accepted.is_held else "accepted"
    proof: dict[str, str | int] = {"wamid": accepted.message_id, "accepted_at": run.clock.now_ms()}
    _record(run, recipient, state, {**body, **proof})


def skip(run: ChunkRun, position: int, reason: str) -> None:
    """Record that a recipient gets nothing after all."""
    recipient = run.recipients[position]
    fields = {**row_fields(run.campaign, recipient), "reason": reason}
    _record(run, recipient, "skipped", fields)


def _note_failure(
    run: ChunkRun, position: int, body: Mapping[str, str | int], error: WhatsAppError
) -> None:
    """Record what a failed call means for its recipient, or give the recipient back."""
    if error.pauses:
        run.stop = reason_of(error.code, error.detail)
    if isinstance(error, TokenRefused) and error.code in DEAD_TOKEN_CODES:
        run.token_error = error.detail
    is_refused_for_all = error.pauses and error.code not in VALUE_CODES
    recipient = run.recipients[position]
    if error.retry is Retry.AMBIGUOUS:
        _record(run, recipient, "unknown", {**body, "error": error.detail})
    elif error.retry is Retry.SAFE or is_refused_for_all:
        run.returned.append(position)
    else:
        failure: dict[str, str | int] = {"error": error.detail, "failed_at": run.clock.now_ms()}
        if error.code is not None:
            failure["error_code"] = error.code
        _record(run, recipient, "failed", {**body, **failure}, error.code)


async def turn(run: ChunkRun) -> None:
    """Return when one more message may leave; it is counted as left, and `_call` must follow."""
    wait_ms = run.pace.take(run.clock.now_ms())
    while wait_ms > 0:
        await asyncio.sleep(wait_ms / 1000)
        wait_ms = run.pace.take(run.clock.now_ms())


async def _send(run: ChunkRun, recipient: Recipient) -> Accepted:
    """Hand one message to Meta; what Meta surely refused for now is tried again a few times."""
    payload = _payload(run, recipient)
    for delay_s in BACK_OFF_S:
        try:
            return await _call(run, payload)
        except WhatsAppError as error:
            if error.code == TOO_FAST:
                # Another try now would take from another's slot; it gets a slot of its own.
                await _slow_down(run)
                raise
            if error.retry is not Retry.SAFE:
                raise
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


async def _slow_down(run: ChunkRun) -> None:
    """Hold the number for a second, here and for the slots that nobody has yet."""
    now_ms = run.clock.now_ms()
    if run.pace.hold(now_ms + HOLD_MS):
        await asyncio.to_thread(push_back, run.ctx, run.number.id, HOLD_MS, now_ms)


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
