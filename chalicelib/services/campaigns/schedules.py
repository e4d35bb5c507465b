"""Campaigns that start by themselves at a time: set, changed, taken back, and what happens then.

A schedule in EventBridge carries a name that is used once, and the campaign names the one that
counts. It is made before the campaign names it, and a campaign that names another, or none, is not
started by it: so of a change, a cancellation and a schedule that fires at the same moment, in any
order and with a death anywhere, the last write of the campaign decides.

EventBridge is given the moment in UTC, which is worked out here from the local time and its zone
(`local_time`): what a skipped or repeated hour means is then the same everywhere, also on emulators
that know no zones. One that fires before its time, for the zone's rules were changed meanwhile or
for whatever reason, is set anew.
"""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.core import aws
from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import (
    AppError,
    Conflict,
    FieldError,
    Invalid,
    NotFound,
    Unavailable,
    Upstream,
)
from chalicelib.core.ids import random_id
from chalicelib.core.log import log
from chalicelib.schemas.campaigns import CampaignOut, CampaignSchedule
from chalicelib.services.campaigns import dispatch, drafts, lifecycle, readiness, views
from chalicelib.services.campaigns.local_time import Moment, moment_of, zone_of
from chalicelib.services.campaigns.rules import rules_of
from chalicelib.services.suspension import check_open
from chalicelib.storage import base as storage
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.schedules import create_schedule, drop_schedule

# Longer than the request may take (29 s): the campaign names its schedule before that fires.
LEAD_MS = 30_000
_FURTHEST_MS = 366 * 86_400_000
_TOO_FAR = "A campaign can be scheduled for a year ahead at most."
_TRIES = 10
_AGAIN_S = 60


def schedule(
    ctx: TenantContext, campaign_id: str, wish: CampaignSchedule, clock: Clock = SYSTEM_CLOCK
) -> CampaignOut:
    """Have a draft start at a local time, or a scheduled campaign at another one.

    Raises what a launch would raise now; Invalid naming `at` or `time_zone`; Conflict if the
    campaign changed meanwhile. A few RRU, 1 WRU, 2 requests of EventBridge.
    """
    row = Campaigns(ctx).get(campaign_id)
    if lifecycle.next_state(row.state, "schedule") is None:
        raise Conflict(
            f"The campaign is {row.state}; only a draft can be scheduled.", code="campaign_state"
        )
    moment, zone = _moment(ctx, wish, clock.now_ms())
    readiness.ready(ctx, row)
    before, name = row.schedule, random_id("sch")
    create_schedule(name, moment.at_ms, dispatch.launch_body(ctx, row.id, name))
    kept = {
        "name": name,
        "time_zone": zone,
        "at": wish.at if _is_local(wish.at) else f"{moment.local:%Y-%m-%dT%H:%M:%S}",
        "is_moment": not _is_local(wish.at),
        "at_ms": moment.at_ms,
        "note": moment.note,
    }
    try:
        lifecycle.apply(
            ctx,
            row,
            "schedule",
            CampaignRow.schedule.set(kept),
            CampaignRow.schedule_name.set(name),
            when=_still(before),
        )
    except Conflict:
        drop_schedule(name)
        raise
    if before is not None:
        drop_schedule(before["name"])
    return views.view(ctx, row, clock)


def unschedule(ctx: TenantContext, campaign_id: str, clock: Clock = SYSTEM_CLOCK) -> CampaignOut:
    """Make a scheduled campaign a draft again. 1 RRU, 1 WRU, 1 request of EventBridge.

    Raises Conflict if it is not scheduled, or was given another time meanwhile.
    """
    row = Campaigns(ctx).get(campaign_id)
    name = row.schedule_name
    lifecycle.apply(ctx, row, "unschedule", *_none(), when=_still(row.schedule))
    drop_schedule(name)
    return views.view(ctx, row, clock)


def fire(
    ctx: TenantContext, campaign_id: str, name: str, tries: int, clock: Clock = SYSTEM_CLOCK
) -> None:
    """Launch the campaign if `name` is the schedule that counts; else do nothing.

    What stands against the launch makes the campaign a draft again, with the reason; what passes by
    itself is tried again for ten minutes. Costs what `drafts.launch` costs.
    """
    row = _of_schedule(ctx, campaign_id, name)
    if row is None or _fires_too_early(ctx, row, clock.now_ms()):
        return
    still, seen = CampaignRow.schedule_name == name, row.revision
    try:
        check_open(ctx.tenant_id)
        drafts.launch_row(ctx, row, clock, when=still)
    except Exception as error:
        problem = _problem(error)
        if problem is None:
            raise
        now = _of_schedule(ctx, campaign_id, name)
        if now is None:
            return
        passes = isinstance(problem, (Unavailable, Upstream)) or now.revision != seen
        if passes and tries < _TRIES:
            dispatch.send_launch(ctx, campaign_id, name, tries=tries + 1, delay_s=_AGAIN_S)
            return
        _call_off(ctx, row, problem.detail, name)


def give_up(ctx: TenantContext, campaign_id: str, name: str) -> None:
    """Make a campaign a draft again that its schedule, if it counts, failed to start each time.

    1 RRU, 1 WRU.
    """
    row = _of_schedule(ctx, campaign_id, name)
    if row is not None:
        _call_off(ctx, row, "Parley failed however often it tried.", name)


def _problem(error: Exception) -> AppError | None:
    """Return what a launch raised in Parley's words; None for a defect."""
    if isinstance(error, AppError):
        return error
    return storage.as_unavailable(error) or aws.as_unavailable(error)


def _of_schedule(ctx: TenantContext, campaign_id: str, name: str) -> CampaignRow | None:
    """Return the campaign if `name` is the schedule that counts, else None. 1 RRU."""
    try:
        row = Campaigns(ctx).get(campaign_id)
    except NotFound:
        row = None  # taken back, then deleted
    if row is None or row.state != "scheduled" or row.schedule_name != name:
        log.info("a schedule that no longer counts", extra={"campaign_id": campaign_id})
        return None
    return row


def _fires_too_early(ctx: TenantContext, row: CampaignRow, now_ms: int) -> bool:
    """Set the schedule anew if its time has yet to come, by the zone's rules of today."""
    kept, zone = row.schedule, zone_of(row.schedule["time_zone"])
    at_ms, note = kept["at_ms"], kept["note"]
    if zone is not None and not kept.get("is_moment"):
        moment = moment_of(datetime.fromisoformat(kept["at"]), zone)
        at_ms, note = moment.at_ms, moment.note
    if at_ms <= now_ms + LEAD_MS:
        return False
    log.warning("a schedule fired before its time", extra={"campaign_id": row.id})
    name = random_id("sch")
    create_schedule(name, at_ms, dispatch.launch_body(ctx, row.id, name))
    changed = {**kept, "name": name, "at_ms": at_ms, "note": note}
    if not Campaigns(ctx).update_if(
        row,
        (CampaignRow.state == "scheduled") & _still(kept),
        CampaignRow.schedule.set(changed),
        CampaignRow.schedule_name.set(name),
    ):
        drop_schedule(name)
    return True


def _call_off(ctx: TenantContext, row: CampaignRow, detail: str, name: str) -> None:
    reason = f"It was to start by itself and could not: {detail} Launch or schedule it again."
    try:
        lifecycle.apply(
            ctx,
            row,
            "unschedule",
            *_none(),
            reason=reason,
            when=CampaignRow.schedule_name == name,
        )
    except Conflict:
        log.info("the campaign was changed meanwhile", extra={"campaign_id": row.id})


def _none() -> tuple[lifecycle.Change, ...]:
    return (CampaignRow.schedule.remove(), CampaignRow.schedule_name.remove())


def _still(before: dict[str, str] | None) -> lifecycle.When:
    """Return the condition that the campaign's schedule is the one that was seen."""
    if before is None:
        return CampaignRow.schedule_name.does_not_exist()
    return CampaignRow.schedule_name == before["name"]


def _moment(ctx: TenantContext, wish: CampaignSchedule, now_ms: int) -> tuple[Moment, str]:
    """Return when a wish comes true, and its time zone; raise Invalid."""
    wished = datetime.fromisoformat(wish.at)
    this_year = datetime.fromtimestamp(now_ms / 1000, UTC).year
    if wished.year > this_year + 2:
        raise _wrong("at", _TOO_FAR)  # the last year of all is beyond what clocks of a zone can say
    if wished.year < this_year - 1:
        raise _wrong("at", "The time is past. Give a later one, or launch it now.")
    name = wish.time_zone or rules_of(ctx).time_zone or ("UTC" if wished.tzinfo else None)
    if name is None:
        raise _wrong(
            "time_zone", "Name the time zone, for example Europe/Berlin: the business has none set."
        )
    zone = zone_of(name)
    if zone is None:
        raise _wrong("time_zone", "There is no such time zone; give one like Europe/Berlin.")
    if wished.tzinfo is None:
        moment = moment_of(wished, zone)
    else:
        shown = wished.astimezone(zone).replace(tzinfo=None, fold=0)
        moment = Moment(round(wished.timestamp() * 1000), shown)
    if moment.at_ms < now_ms + LEAD_MS:
        now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone)
        raise _wrong(
            "at",
            f"The time is past or less than {LEAD_MS // 1000} seconds away: it is {now:%H:%M:%S} "
            f"on {now:%Y-%m-%d} in {name}. Give a later one, or launch it now.",
        )
    if moment.at_ms > now_ms + _FURTHEST_MS:
        raise _wrong("at", _TOO_FAR)
    return moment, name


def _is_local(text: str) -> bool:
    """Tell whether a time is one of some zone's clocks, not a moment."""
    return datetime.fromisoformat(text).tzinfo is None


def _wrong(field: str, message: str) -> Invalid:
    return Invalid(message, code="schedule_invalid", errors=(FieldError(field, message),))
