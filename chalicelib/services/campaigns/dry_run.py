"""The dry run: who would get what, who would be skipped and why, what it would cost and take.

It freezes the audience on the launch's own path (`planning.freeze_page`), into a folder of its own,
and makes no chunk and no message. Only the newest run of a draft counts: its id is on the campaign,
and a page of another run ends there. A run that dies half-way is delivered again by SQS; one that
is given up is replaced by the next.

    running   pages are being decided
    done      every member of the audience is in `parts`
    failed    the audience cannot be made, with the reason
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.ids import random_id
from chalicelib.services.campaigns import dispatch, parts
from chalicelib.services.campaigns.audience import Recipient
from chalicelib.services.campaigns.walking import Plan, plan_from_json
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.numbers import Numbers, messages_per_s
from chalicelib.storage.objects import Objects
from chalicelib.whatsapp.markets import country_of

RUNNING, DONE, FAILED = "running", "done", "failed"
PREVIEWS = 10
_PLAN = "plan.json"


def folder_of(campaign_id: str, run: str) -> str:
    """Return where the files of a dry run are."""
    return f"{campaign_id}/dry/{run}"


def start(ctx: TenantContext, row: CampaignRow, plan: Plan, clock: Clock = SYSTEM_CLOCK) -> None:
    """Begin a dry run of a campaign that is not launched; an earlier one no longer counts.

    1 WRU, an S3 and an SQS request. `plan.folder` ends with the run's id. Raises Conflict if the
    campaign was launched or changed.
    """
    run = plan.folder.rpartition("/")[2]
    body = json.dumps(plan.as_json()).encode()
    Objects(ctx).put("campaigns", f"{plan.folder}/{_PLAN}", body, "application/json")
    started: dict[str, Any] = {
        "state": RUNNING,
        "started_at": clock.now_ms(),
        "planned": 0,
        "canary": 0,
        "zones": {},
        "skipped": {},
        "countries": {},
        "preview_parts": [],
    }
    Campaigns(ctx).begin_dry_run(row, run, started)
    if plan.audience.lists:
        dispatch.send_gather(ctx, row.id, run=run)
    else:
        dispatch.send_dry(ctx, row.id, run, 0)


def new_run() -> str:
    """Return the id of a new run."""
    return random_id("dry")


def gather_lists(
    ctx: TenantContext,
    campaign_id: str,
    run: str,
    place: Sequence[int] = (),
    clock: Clock = SYSTEM_CLOCK,
) -> None:
    """Gather the lists of a run's audience for a while, from `place` on, and ask to go on, or for
    its first page; see `gathering`.
    """
    from chalicelib.services.campaigns.gathering import CannotGather, Place, gather

    if _current(ctx, campaign_id, run) is None:
        return
    plan = _plan(ctx, campaign_id, run)
    try:
        lists, columns = plan.audience.lists, plan.columns
        following = gather(ctx, plan.folder, lists, columns, clock, Place(*place))
    except CannotGather as problem:
        fail(ctx, campaign_id, run, 0, str(problem))
        return
    if following is None:
        dispatch.send_dry(ctx, campaign_id, run, 0)
    else:
        dispatch.send_gather(ctx, campaign_id, run=run, place=following)


def fail(ctx: TenantContext, campaign_id: str, run: str, number: int, reason: str) -> None:
    """End a run for a reason, if part `number` of it is the next; quiet if not. 1 RRU, 1 WRU."""
    row = _current(ctx, campaign_id, run)
    if row is not None:
        failed = {**row.dry_run, "state": FAILED, "reason": reason}
        Campaigns(ctx).note_dry_part(row, run, number, failed)


def decide_part(
    ctx: TenantContext,
    campaign_id: str,
    run: str,
    number: int,
    cursor: str | None,
    clock: Clock = SYSTEM_CLOCK,
) -> None:
    """Decide on a page of a run's audience and go on to the next. One query and S3 write, 1 WRU."""
    row = _current(ctx, campaign_id, run)
    if row is None:
        return
    rate_per_s = messages_per_s(Numbers(ctx).get(row.number_id))
    now_ms = clock.now_ms()
    plan = _plan(ctx, campaign_id, run)
    from chalicelib.services.campaigns.planning import freeze_page

    place = (number, cursor, int(row.dry_run["planned"]))
    part = freeze_page(ctx, plan, place, (now_ms, rate_per_s), now_ms)
    if row.dry_run_parts == number:
        is_last = part.next_cursor is None
        _note(ctx, row, run, part, (DONE, now_ms) if is_last else (RUNNING, now_ms))
    if part.next_cursor is not None and row.dry_run_parts == number + 1:
        dispatch.send_dry(ctx, campaign_id, run, number + 1, cursor=part.next_cursor)


def _note(
    ctx: TenantContext, row: CampaignRow, run: str, part: parts.Part, state: tuple[str, int]
) -> None:
    seen = row.dry_run
    skipped = Counter(seen["skipped"]) + Counter(part.skipped_by_reason)
    countries = Counter(seen["countries"])
    countries.update(country_of(one.to) for one in part.recipients)
    noted = {
        **seen,
        "state": state[0],
        "planned": seen["planned"] + len(part.recipients),
        "canary": seen.get("canary", 0) + part.canary,
        "zones": dict(Counter(seen.get("zones", {})) + Counter(part.zones)),
        "skipped": dict(skipped),
        "countries": dict(countries),
        "preview_parts": _preview_parts(seen, part),
        "at": state[1],
    }
    Campaigns(ctx).note_dry_part(row, run, part.number, noted)


def _preview_parts(seen: Mapping[str, Any], part: parts.Part) -> list[int]:
    """Return the parts that hold the first ten who would get it: of a rare few, up to ten parts."""
    known = list(seen.get("preview_parts", ()))
    is_wanted = part.recipients and seen["planned"] < PREVIEWS
    return [*known, part.number] if is_wanted else known


def _current(ctx: TenantContext, campaign_id: str, run: str) -> CampaignRow | None:
    """Return the campaign if `run` is its newest dry run and goes on; None else."""
    try:
        row = Campaigns(ctx).get(campaign_id)
    except NotFound:
        return None
    is_running = row.dry_run_id == run and (row.dry_run or {}).get("state") == RUNNING
    return row if is_running and row.state in {"draft", "scheduled"} else None


def _plan(ctx: TenantContext, campaign_id: str, run: str) -> Plan:
    path = f"{folder_of(campaign_id, run)}/{_PLAN}"
    return plan_from_json(json.loads(Objects(ctx).get("campaigns", path)))


def finished_plan(ctx: TenantContext, row: CampaignRow) -> Plan:
    """Return what the newest run of a draft was made with; raise Conflict if it is not done."""
    if row.dry_run_id is None or (row.dry_run or {}).get("state") != DONE:
        raise Conflict(
            "There is no finished dry run; start one, and wait until it is done.",
            code="dry_run_not_done",
        )
    return _plan(ctx, row.id, row.dry_run_id)


def recipients(ctx: TenantContext, row: CampaignRow) -> Iterator[Recipient]:
    """Yield everybody of the newest run, those who would get it before the skipped of each part."""
    plan = finished_plan(ctx, row)
    for number in range(row.dry_run_parts):
        part = parts.load(ctx, f"{plan.folder}/parts", number)
        yield from (*part.recipients, *part.skipped)
