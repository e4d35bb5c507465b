"""The canary of a campaign: a share of its people gets the message first, and decides on the rest.

    state    what has come of it                          the campaign
    any      more failed than the business allows, the    pauses, with what came of it and what to
             quality of the number or the template is     do
             RED, or too many stopped marketing
    open     not all of it is sent                        sends the canary, and nobody else
    waiting  no `canary_wait_s`: all outcomes are known,  pauses: a person decides
             or five minutes are over
    waiting  `canary_wait_s` is over, the outcome of at   goes on by itself
             least half is known
    waiting  … of fewer                                   waits for more; pauses after three times
                                                          `canary_wait_s`
    passed   it was decided, by rule or by a person       sends to the others

Whoever resumes a campaign that paused here sends to the others. Who belongs to the canary is chosen
when the audience is frozen (`sampling`) and has chunks of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.services.campaigns import ledger, lifecycle
from chalicelib.services.campaigns.rules import rules_of
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.chunks import DONE, ChunkRow
from chalicelib.storage.numbers import Numbers
from chalicelib.storage.templates import Templates
from chalicelib.whatsapp.codes import STOPPED_MARKETING, reason_of

if TYPE_CHECKING:
    # At run time this would pull pydantic into every sender and planner.
    from chalicelib.schemas.campaign_states import MessageState

OPEN, WAITING, PASSED = "open", "waiting", "passed"
_UNATTENDED_MS = 300_000
_LONGEST_WAITS = 3
_STOPPED_PERCENT = 5
_LEAST_STOPPED = 2
_PENDING: tuple[MessageState, ...] = ("claimed", "accepted", "held", "sent", "unknown")
_KNOWN: tuple[MessageState, ...] = ("delivered", "read", "failed")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is done now: `pause` with a reason, else go on or wait for more."""

    goes_on: bool = False
    pause: str | None = None


def is_canary(campaign: CampaignRow) -> bool:
    """Tell whether only the campaign's canary is sent to for now."""
    return campaign.canary is not None and campaign.canary["state"] in {OPEN, WAITING}


def goes_on(
    ctx: TenantContext,
    row: CampaignRow,
    chunks: Sequence[ChunkRow],
    counters: Mapping[str, int],
    now_ms: int,
) -> list[ChunkRow]:
    """Return the chunks that may be handed out now; `row` may change state.

    Nothing is asked where there is no canary (any more); else 1.5 RRU, 1 WRU where it moves on.
    """
    if row.canary_percent and row.canary is None:
        count = sum(chunk.size for chunk in chunks if chunk.is_canary)
        _note(ctx, row, {"state": OPEN if count else PASSED, "count": count})
    if not is_canary(row):
        return list(chunks)
    book = ledger.by_counters(row, counters)
    failing = _failing(ctx, row, book)
    left = [chunk for chunk in chunks if chunk.is_canary and chunk.state != DONE]
    if failing is None and left:
        return left
    if failing is None and row.canary["state"] == OPEN:
        _note(ctx, row, {**row.canary, "state": WAITING, "since": now_ms})
        return []
    verdict = Verdict(pause=failing) if failing else decide(row, book, now_ms)
    passed = {**row.canary, "state": PASSED}
    if verdict.pause is not None:
        lifecycle.pause_running(ctx, row, verdict.pause, CampaignRow.canary.set(passed))
        return []
    if verdict.goes_on and _note(ctx, row, passed):
        return [chunk for chunk in chunks if chunk.state != DONE]
    return []


def decide(row: CampaignRow, book: ledger.Ledger, now_ms: int) -> Verdict:
    """Return what is done with the rest, of a canary that is sent and does not fail. Pure."""
    passed_ms, wait_s = now_ms - row.canary["since"], row.canary_wait_s
    reached, known = _reached(row, book), _known(book)
    if reached == 0:
        return Verdict(
            pause="Nobody of the canary could be sent to, so it says nothing: the report has the "
            "reasons. Resume to send to the others, or cancel."
        )
    if wait_s is None:
        is_done = passed_ms >= _UNATTENDED_MS or not any(book.states[s] for s in _PENDING)
        return Verdict(pause=summary(row, book)) if is_done else Verdict()
    if passed_ms < wait_s * 1000:
        return Verdict()
    if 2 * known >= reached:
        return Verdict(goes_on=True)
    if passed_ms < _LONGEST_WAITS * wait_s * 1000:
        return Verdict()
    return Verdict(
        pause=f"Of {known} of the {reached} first messages the outcome is known, too few to go on "
        f"by itself. {summary(row, book)}"
    )


def _failing(ctx: TenantContext, row: CampaignRow, book: ledger.Ledger) -> str | None:
    """Return why the canary is bad, whatever else may come of it; None if it is not."""
    failed, most = book.states["failed"], rules_of(ctx).failure_share_percent
    count, stopped = max(1, _reached(row, book)), book.failed.get(STOPPED_MARKETING, 0)
    if failed * 100 > most * count:
        code = max(book.failed, key=lambda one: book.failed[one], default=None)
        return (
            f"More than {most} % of the first messages failed. {summary(row, book)} Most often: "
            f"{reason_of(code)}"
        )
    if stopped >= _LEAST_STOPPED and stopped * 100 > _STOPPED_PERCENT * count:
        return f"More than {_STOPPED_PERCENT} % stopped marketing. {summary(row, book)}"
    if row.canary["state"] == OPEN:
        return None  # who begins on a RED number was told so; it is not for the canary to say
    if Numbers(ctx).get(row.number_id).quality_rating == "RED":
        return f"The quality of the number is RED. {summary(row, book)}"
    if _quality_of_template(ctx, row) == "RED":
        return f"The quality of the template is RED. {summary(row, book)}"
    return None


def _quality_of_template(ctx: TenantContext, row: CampaignRow) -> str:
    try:
        return str(Templates(ctx).get(row.template_id).quality_score)
    except NotFound:
        return "UNKNOWN"  # what is sent is frozen; a template that is gone answers by itself


def summary(row: CampaignRow, book: ledger.Ledger) -> str:
    """Return what came of a canary, and what to do, in words. Pure."""
    count, states = row.canary["count"], book.states
    arrived = states["delivered"] + states["read"]
    said = [
        f"{arrived} delivered ({states['read']} read)",
        f"{states['failed']} failed ({percent(states['failed'], count)} %)",
    ]
    stopped = book.failed.get(STOPPED_MARKETING, 0)
    if stopped:
        said.append(f"{stopped} of them stopped marketing")
    still = sum(states[state] for state in _PENDING)
    if still:
        said.append(f"{still} without an outcome yet")
    return (
        f"The first {count} were sent to: {', '.join(said)}. Look at the report, then resume to "
        "send to the others, or cancel."
    )


def percent(part: int, whole: int) -> int:
    """Return a share in whole percent, 0 of nothing."""
    return round(part * 100 / whole) if whole else 0


def _known(book: ledger.Ledger) -> int:
    return sum(book.states[state] for state in _KNOWN)


def _reached(row: CampaignRow, book: ledger.Ledger) -> int:
    """Return how many of the canary were handed over, or are yet to be: not skipped at sending."""
    skipped = book.states["skipped"] - int(sum(row.skipped.values()))
    return int(row.canary["count"]) - skipped


def _note(ctx: TenantContext, row: CampaignRow, canary: Mapping[str, object]) -> bool:
    running = CampaignRow.state == "running"
    return Campaigns(ctx).update_if(row, running, CampaignRow.canary.set(dict(canary)))
