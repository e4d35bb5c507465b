"""Handing one message to Meta, and writing what came of it.

Meta's answer                            the recipient
accepted                                 row `accepted`, or `held`
refused for good                         row `failed` with Meta's code
refused for now, after a few tries       given back: not begun
refused for every recipient              given back, and the campaign pauses
none (timeout, reset, 5xx)               row `unknown`: never sent again by itself
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
from chalicelib.services.callback import MessageKey, encode_callback
from chalicelib.services.campaigns import ledger
from chalicelib.services.campaigns.audience import Recipient
from chalicelib.storage.campaigns import CampaignRow
from chalicelib.storage.chunks import ChunkRow, Lease
from chalicelib.storage.messages import Messages
from chalicelib.storage.numbers import NumberRow, messages_per_s
from chalicelib.whatsapp.errors import Retry, WhatsAppError
from chalicelib.whatsapp.message_sender import Accepted, sender_for_running_loop
from chalicelib.whatsapp.messages import template_message
from chalicelib.whatsapp.template_text import TemplateShape, preview, send_components

HEADROOM = 0.95  # of the number's rate: the rest is for the inbox, and for clocks that slip
BACK_OFF_S = (1.0, 2.0, 4.0)
# Refusals of one recipient's values: the campaign pauses, but another try would fail as well.
VALUE_CODES = frozenset({132000, 132012, 132018})


@dataclass(slots=True)
class ChunkRun:
    """One sender's work on one chunk."""

    ctx: TenantContext
    campaign: CampaignRow
    number: NumberRow
    token: str
    shape: TemplateShape
    chunk: ChunkRow
    recipients: list[Recipient]
    lease: Lease
    clock: Clock
    counts: Counter[str] = field(default_factory=Counter)
    returned: list[int] = field(default_factory=list)
    flying: list[asyncio.Task[None]] = field(default_factory=list)
    stop: str | None = None

    @property
    def interval_ms(self) -> float:
        """The time between two messages of this number."""
        return 1000 / (messages_per_s(self.number) * HEADROOM)


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


async def settle(run: ChunkRun, position: int, skip: str | None) -> None:
    """Send to one recipient and write the row, or note that it must be given back."""
    recipient = run.recipients[position]
    if skip is not None:
        fields = {**row_fields(run.campaign, recipient), "reason": skip}
        await _write(run, recipient, "skipped", fields)
        return
    text = preview(run.shape, recipient.values)
    body = row_fields(run.campaign, recipient, text)
    try:
        accepted = await _send(run, recipient)
    except WhatsAppError as error:
        await _note_failure(run, position, body, error)
        return
    state = "held" if accepted.is_held else "accepted"
    proof: dict[str, str | int] = {"wamid": accepted.message_id, "accepted_at": run.clock.now_ms()}
    await _write(run, recipient, state, {**body, **proof})


async def _note_failure(
    run: ChunkRun, position: int, body: Mapping[str, str | int], error: WhatsAppError
) -> None:
    """Write what a failed call means for its recipient, or give the recipient back."""
    if error.pauses:
        run.stop = error.detail
    is_refused_for_all = error.pauses and error.code not in VALUE_CODES
    recipient = run.recipients[position]
    if error.retry is Retry.AMBIGUOUS:
        await _write(run, recipient, "unknown", {**body, "error": error.detail})
    elif error.retry is Retry.SAFE or is_refused_for_all:
        run.returned.append(position)
    else:
        failure: dict[str, str | int] = {"error": error.detail, "failed_at": run.clock.now_ms()}
        if error.code is not None:
            failure["error_code"] = error.code
        await _write(run, recipient, "failed", {**body, **failure}, error.code)


async def _send(run: ChunkRun, recipient: Recipient) -> Accepted:
    """Hand one message to Meta; what Meta surely refused for now is tried again a few times."""
    payload = _payload(run, recipient)
    sender = sender_for_running_loop()
    for delay_s in BACK_OFF_S:
        try:
            return await sender.send(run.number.phone_number_id, run.token, payload)
        except WhatsAppError as error:
            if error.retry is not Retry.SAFE:
                raise
            await asyncio.sleep(delay_s * (1 + secrets.randbelow(1000) / 2000))
    return await sender.send(run.number.phone_number_id, run.token, payload)


def _payload(run: ChunkRun, recipient: Recipient) -> Mapping[str, Any]:
    key = MessageKey(run.ctx.tenant_id, recipient.contact_id, recipient.message_id, run.campaign.id)
    return template_message(
        recipient.to,
        run.shape.name,
        run.shape.language,
        send_components(run.shape, recipient.values),
        encode_callback(key),
    )


async def _write(
    run: ChunkRun,
    recipient: Recipient,
    state: str,
    fields: Mapping[str, str | int],
    code: int | None = None,
) -> None:
    transition = await asyncio.to_thread(
        Messages(run.ctx).record_outgoing,
        recipient.contact_id,
        recipient.message_id,
        state,
        {**fields, "at": run.clock.now_ms()},
    )
    if state == "skipped" and transition is not None:
        run.counts.update(ledger.skip_deltas(str(fields["reason"])))
    else:
        run.counts.update(ledger.deltas(transition, code))
