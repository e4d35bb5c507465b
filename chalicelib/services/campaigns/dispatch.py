"""The envelopes of the engine and the queues that they travel on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib.core import aws
from chalicelib.core.config import settings
from chalicelib.core.context import TenantContext
from chalicelib.core.envelopes import write_envelope
from chalicelib.storage.campaigns import CampaignRow

MAX_DELAY_S = 900


def _envelope(ctx: TenantContext, kind: str, **fields: Any) -> str:
    return write_envelope(kind, ctx.tenant_id, **fields)


def send_plan(
    ctx: TenantContext,
    campaign_id: str,
    part: int,
    *,
    cursor: str | None = None,
    delay_s: int = 0,
) -> None:
    """Ask the planner for a part of the audience, which begins after `cursor`. 1 request."""
    body = _envelope(ctx, "plan", campaign_id=campaign_id, part=part, cursor=cursor)
    aws.send_messages(settings().plan_queue_url, [(body, ctx.tenant_id, delay_s)])


def send_gather(
    ctx: TenantContext,
    campaign_id: str,
    *,
    run: str | None = None,
    place: Sequence[int] = (),
    delay_s: int = 0,
) -> None:
    """Ask for the lists of an audience to be gathered, of a dry run or of the launch. 1 request.

    `place` is where to go on, nothing for the beginning.
    """
    body = _envelope(ctx, "gather", campaign_id=campaign_id, run=run, place=list(place))
    aws.send_messages(settings().plan_queue_url, [(body, ctx.tenant_id, delay_s)])


def send_dry(
    ctx: TenantContext, campaign_id: str, run: str, part: int, *, cursor: str | None = None
) -> None:
    """Ask for a part of a dry run, which begins after `cursor`. 1 request."""
    body = _envelope(ctx, "dry", campaign_id=campaign_id, run=run, part=part, cursor=cursor)
    aws.send_messages(settings().plan_queue_url, [(body, ctx.tenant_id, 0)])


def launch_body(ctx: TenantContext, campaign_id: str, name: str, tries: int = 0) -> str:
    """Return the envelope that starts a campaign by its schedule `name`."""
    return _envelope(ctx, "launch", campaign_id=campaign_id, schedule=name, tries=tries)


def send_launch(
    ctx: TenantContext, campaign_id: str, name: str, *, tries: int, delay_s: int
) -> None:
    """Ask for the launch of a scheduled campaign once more, after a while. 1 request."""
    body = launch_body(ctx, campaign_id, name, tries)
    aws.send_messages(settings().plan_queue_url, [(body, ctx.tenant_id, delay_s)])


def send_retry(
    ctx: TenantContext, campaign_id: str, generation: int, part: int, *, delay_s: int = 0
) -> None:
    """Ask for the retry of whom a part of the audience failed to reach. 1 request."""
    body = _envelope(ctx, "retry", campaign_id=campaign_id, generation=generation, part=part)
    aws.send_messages(settings().plan_queue_url, [(body, ctx.tenant_id, delay_s)])


def send_tick(ctx: TenantContext, row: CampaignRow, tick: int, *, delay_s: int) -> None:
    """Ask for a look at the campaign after `delay_s` seconds (≤ 900). 1 request."""
    body = _envelope(ctx, "tick", campaign_id=row.id, tick=tick)
    aws.send_messages(settings().plan_queue_url, [(body, ctx.tenant_id, delay_s)])


def send_recount(ctx: TenantContext, campaign_id: str, run: str, *, delay_s: int = 0) -> None:
    """Ask for the recount `run` to go on. 1 request."""
    body = _envelope(ctx, "recount", campaign_id=campaign_id, run=run)
    aws.send_messages(settings().plan_queue_url, [(body, ctx.tenant_id, delay_s)])


def send_chunks(
    ctx: TenantContext, campaign_id: str, chunks: list[tuple[str, int, int | None]]
) -> None:
    """Hand chunks to the senders: (chunk id, delay in s, slot reserved already). 1 request per 10.

    The tenant is the message group: SQS shares the senders fairly between tenants.
    """
    aws.send_messages(
        settings().send_queue_url,
        [
            (
                _envelope(ctx, "send", campaign_id=campaign_id, chunk_id=chunk_id, slot_ms=slot_ms),
                ctx.tenant_id,
                delay_s,
            )
            for chunk_id, delay_s, slot_ms in chunks
        ],
    )
