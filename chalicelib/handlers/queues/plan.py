"""Lambda of the plan queue: pages of an audience to freeze, and campaigns to look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.handlers.queues.envelope import Consumer
from chalicelib.services.campaigns import planning, reconciling, ticking


def _plan(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    planning.plan_part(ctx, envelope["campaign_id"], envelope["part"], envelope["cursor"])


def _gather(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    place = envelope.get("place", ())
    if envelope["run"] is None:
        planning.gather_lists(ctx, envelope["campaign_id"], place)
    else:
        from chalicelib.services.campaigns import dry_run

        dry_run.gather_lists(ctx, envelope["campaign_id"], envelope["run"], place)


def _dry(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    from chalicelib.services.campaigns import dry_run

    dry_run.decide_part(
        ctx, envelope["campaign_id"], envelope["run"], envelope["part"], envelope["cursor"]
    )


def _tick(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    ticking.tick(ctx, envelope["campaign_id"], envelope["tick"])


def _recount(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    reconciling.go_on(ctx, envelope["campaign_id"], envelope["run"])


def _launch(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    from chalicelib.services.campaigns import schedules

    schedules.fire(ctx, envelope["campaign_id"], envelope["schedule"], envelope.get("tries", 0))


def _retry(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    from chalicelib.services.campaigns import retrying

    retrying.retry_part(ctx, envelope["campaign_id"], envelope["generation"], envelope["part"])


def _give_up_launch(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    from chalicelib.services.campaigns import giving_up

    giving_up.give_up_launch(ctx, envelope["campaign_id"], envelope.get("part", 0))


def _give_up_dry_run(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    from chalicelib.services.campaigns import giving_up

    giving_up.give_up_dry_run(
        ctx, envelope["campaign_id"], envelope["run"], envelope.get("part", 0)
    )


def _give_up_gathering(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    (_give_up_launch if envelope["run"] is None else _give_up_dry_run)(ctx, envelope)


def _give_up_retry(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    from chalicelib.services.campaigns import giving_up

    giving_up.give_up_retry(ctx, envelope["campaign_id"], envelope["generation"], envelope["part"])


def _give_up_tick(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    from chalicelib.services.campaigns import giving_up

    giving_up.give_up_tick(ctx, envelope["campaign_id"], envelope["tick"])


def _give_up_schedule(ctx: TenantContext, envelope: Mapping[str, Any]) -> None:
    from chalicelib.services.campaigns import schedules

    schedules.give_up(ctx, envelope["campaign_id"], envelope["schedule"])


# A launch that is a moment from being written, or a table that is busy, costs a campaign seconds.
_AGAIN_S = (5, 30)

handler = Consumer(
    {
        "gather": _gather,
        "dry": _dry,
        "plan": _plan,
        "recount": _recount,
        "tick": _tick,
        "launch": _launch,
        "retry": _retry,
    },
    gives_up={
        "gather": _give_up_gathering,
        "dry": _give_up_dry_run,
        "plan": _give_up_launch,
        "retry": _give_up_retry,
        "tick": _give_up_tick,
        "launch": _give_up_schedule,
    },
    again_s=_AGAIN_S,
    url_of=lambda own: own.plan_queue_url,
)
