"""The ledger: where every recipient of a campaign is, at every moment.

    audience = queued + skipped + claimed + accepted + held + sent + delivered + read
             + failed + unknown

The rows are the truth; the counters are a cache of it, moved by each transition of a row. What a
recount finds them to lack stands on the campaign (`corrections`) and is added where they are read.
What has no row is told by its chunk:

    campaign      mark  chunk                       state
    any           none  none: a skipped line        skipped(its reason)
    another       .     any                         queued
    cancelled     .     any                         skipped(cancelled)
    failed        .     any                         skipped(campaign_failed): nothing was sent
    any           x     claimed, the lease runs     claimed
    any           x     else                        unknown

Whom a retry took is where the newest of the messages to them is; the older ones are sealed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.services.campaigns import parts
from chalicelib.services.campaigns.audience import Recipient
from chalicelib.storage.campaigns import CampaignRow, Campaigns
from chalicelib.storage.chunks import BEGUN, CLAIMED, ChunkRow, Chunks
from chalicelib.storage.message_outcomes import RowState
from chalicelib.storage.messages import Messages, Transition

if TYPE_CHECKING:
    # At run time this would pull pydantic into every sender and webhook.
    from chalicelib.schemas.campaign_states import MessageState

STATES: tuple[MessageState, ...] = (
    "queued",
    "skipped",
    "claimed",
    "accepted",
    "held",
    "sent",
    "delivered",
    "read",
    "failed",
    "unknown",
)
ROW_STATES = tuple(state for state in STATES if state != "queued")
_OPEN: tuple[MessageState, ...] = ("queued", "claimed", "accepted", "held", "sent", "unknown")
_SKIP, _CODE = "skip#", "code#"
_CHARGED = frozenset({"delivered", "read"})
# Why whoever was not begun gets nothing, by the state that the campaign ended in.
_UNSENT = {"cancelled": "cancelled", "failed": "campaign_failed"}


@dataclass(frozen=True, slots=True)
class Ledger:
    """A count of a campaign's recipients by state.

    Of a recount alone: `drift` is what it found minus the counters, `charges` how many delivered
    messages Meta priced as `country|category|type`, `countries` where the planned are. Who failed
    without a code is `failed` with None.
    """

    audience: int
    states: Mapping[MessageState, int]
    skipped: Mapping[str, int]
    failed: Mapping[int | None, int]
    answered: int
    drift: Mapping[str, int] = field(default_factory=dict)
    charges: Mapping[str, int] = field(default_factory=dict)
    countries: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_balanced(self) -> bool:
        """Tell whether the states add up to the audience, and the reasons to the skipped."""
        return (
            sum(self.states.values()) == self.audience
            and sum(self.skipped.values()) == self.states["skipped"]
            and min(self.states.values()) >= 0
        )

    @property
    def is_settled(self) -> bool:
        """Tell whether every recipient's outcome is known."""
        return not any(self.states[state] for state in _OPEN)


def deltas(transition: Transition | None, code: int | None = None) -> Counter[str]:
    """Return what a transition adds to the counters; `code` is Meta's, of a failure."""
    change: Counter[str] = Counter()
    if transition is None:
        return change
    if transition.before is not None:
        change[transition.before] -= 1
    if transition.code is not None:
        change[f"{_CODE}{transition.code}"] -= 1
    change[transition.after] += 1
    if transition.after == "failed" and code is not None:
        change[f"{_CODE}{code}"] += 1
    return change


def skip_deltas(reason: str) -> Counter[str]:
    """Return what a recipient skipped at sending adds to the counters."""
    return Counter({"skipped": 1, f"{_SKIP}{reason}": 1})


def live(ctx: TenantContext, row: CampaignRow) -> Ledger:
    """Return the ledger by its counters. One request."""
    return by_counters(row, Campaigns(ctx).counters(row.id))


def corrected(row: CampaignRow, counters: Mapping[str, int]) -> Counter[str]:
    """Return the counters with what recounts have found to be missing in them."""
    total = Counter(counters)
    for name, count in (row.corrections or {}).items():
        total[name] += count
    return total


def by_counters(row: CampaignRow, counters: Mapping[str, int]) -> Ledger:
    """Return the ledger that a campaign's `counters` tell.

    A status may be counted before the sender has counted what it took: until then whoever is too
    few among the accepted is too many among the queued.
    """
    counters = corrected(row, counters)
    planned, skipped = row.planned, Counter(row.skipped)
    audience = planned + sum(skipped.values())
    states: dict[MessageState, int] = dict.fromkeys(STATES, 0)
    for state in ROW_STATES:
        states[state] = max(0, counters.get(state, 0))
    for name, count in counters.items():
        if name.startswith(_SKIP) and count:
            skipped[name.removeprefix(_SKIP)] += count
    waiting = planned - sum(states.values())
    states["skipped"] += sum(row.skipped.values())
    if row.state in _UNSENT and waiting > 0:
        states["skipped"] += waiting
        skipped[_UNSENT[row.state]] += waiting
    else:
        states["queued"] = waiting
    failed = failed_by_code(counters)
    return Ledger(audience, states, dict(skipped), failed, counters.get("answered", 0))


def failed_by_code(counters: Mapping[str, int]) -> dict[int | None, int]:
    """Return how many failed with each code, and without one, by corrected counters. Pure."""
    failed: dict[int | None, int] = {
        int(name.removeprefix(_CODE)): count
        for name, count in counters.items()
        if name.startswith(_CODE) and count > 0
    }
    uncoded = counters.get("failed", 0) - sum(failed.values())
    return {**failed, None: uncoded} if uncoded > 0 else failed


def recount(ctx: TenantContext, row: CampaignRow, clock: Clock = SYSTEM_CLOCK) -> Ledger:
    """Count every recipient from its row, in one go; nothing is written, see `reconciling`.

    0.5 RRU a recipient, one S3 request and one query a part.
    """
    before = corrected(row, Campaigns(ctx).counters(row.id))
    tally = Tally()
    for outcome in outcomes(ctx, row, clock.now_ms()):
        tally.add(outcome)
    return tally.ledger(before)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where one recipient is."""

    recipient: Recipient
    state: str
    reason: str | None
    error_code: int | None
    has_row: bool
    is_answered: bool
    pricing: str | None = None
    row: RowState | None = None
    retried_as: str | None = None


def _as_counters(outcome: Outcome) -> Iterator[str]:
    """Yield the counters in which the row of `outcome` should be counted."""
    yield outcome.state
    if outcome.state == "skipped":
        yield f"{_SKIP}{outcome.reason or 'unknown'}"
    if outcome.state == "failed" and outcome.error_code is not None:
        yield f"{_CODE}{outcome.error_code}"
    if outcome.is_answered:
        yield "answered"


@dataclass(slots=True)
class Tally:
    """A count of recipients as it goes on; `counted` is what the counters should say.

    It is the same whatever the order and the portions in which the outcomes come.
    """

    states: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)
    charges: Counter[str] = field(default_factory=Counter)
    countries: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        """Count one recipient."""
        from chalicelib.services.charges import charge_name
        from chalicelib.whatsapp.markets import country_of

        self.states[outcome.state] += 1
        if outcome.state == "skipped":
            self.skipped[outcome.reason or "unknown"] += 1
        if outcome.state == "failed":
            self.failed["" if outcome.error_code is None else str(outcome.error_code)] += 1
        if outcome.has_row:
            self.counted.update(_as_counters(outcome))
        if outcome.recipient.skip is None:
            country = country_of(outcome.recipient.to)
            self.countries[country] += 1
            if outcome.pricing is not None and outcome.state in _CHARGED:
                self.charges[charge_name(country, outcome.pricing)] += 1

    def as_json(self) -> dict[str, dict[str, int]]:
        """Return it as it is kept between two portions of a recount."""
        return {one.name: dict(getattr(self, one.name)) for one in fields(self)}

    def ledger(self, before: Mapping[str, int]) -> Ledger:
        """Return the ledger, and how far the counters, which said `before`, were from it."""
        return Ledger(
            audience=self.states.total(),
            states={state: self.states[state] for state in STATES},
            skipped=dict(self.skipped),
            failed={int(code) if code else None: count for code, count in self.failed.items()},
            answered=self.counted["answered"],
            drift={
                name: self.counted[name] - before.get(name, 0)
                for name in sorted({*self.counted, *before})
                if self.counted[name] != before.get(name, 0)
            },
            charges=dict(self.charges),
            countries=dict(self.countries),
        )


def tally_from_json(kept: Mapping[str, Mapping[str, int]]) -> Tally:
    """Return what `Tally.as_json` gave."""
    return Tally(**{name: Counter(counts) for name, counts in kept.items()})


def outcomes(ctx: TenantContext, row: CampaignRow, now_ms: int) -> Iterator[Outcome]:
    """Yield the outcome of each recipient, part by part. 0.5 RRU a recipient."""
    for number in range(row.parts):
        yield from part_outcomes(ctx, row, number, now_ms)


def part_outcomes(
    ctx: TenantContext, row: CampaignRow, number: int, now_ms: int
) -> Iterator[Outcome]:
    """Yield the outcome of each recipient of a part, whom a retry took by the newest one.

    0.5 RRU a recipient; a query and an S3 request for the part and for each retry of it.
    """
    chunks_of = Chunks(ctx, row.id).of_part
    part = parts.load(ctx, parts.launched(row.id), number)
    current = zip(part.recipients, _rowless(row, chunks_of(number), now_ms), strict=True)
    newest = {one.contact_id: (one, rowless) for one, rowless in current}
    for generation in range(1, row.generation + 1):
        again = parts.part_of(number, generation, row.parts)
        if generation == row.generation and number >= row.retry_parts:
            break  # not frozen yet
        taken = parts.load(ctx, parts.launched(row.id), again).recipients
        if taken:
            marks = _rowless(row, chunks_of(again), now_ms)
            newest |= {one.contact_id: (one, m) for one, m in zip(taken, marks, strict=True)}
    rows = Messages(ctx).states((one.contact_id, one.message_id) for one, _ in newest.values())
    for recipient, rowless in newest.values():
        found = rows.get(recipient.message_id)
        if found is None:
            reason = _UNSENT.get(row.state) if rowless == "skipped" else None
            yield Outcome(recipient, rowless, reason, None, has_row=False, is_answered=False)
        else:
            yield _from_row(recipient, found)
    for recipient in part.skipped:
        yield Outcome(recipient, "skipped", recipient.skip, None, has_row=False, is_answered=False)


def _rowless(row: CampaignRow, chunks: list[ChunkRow], now_ms: int) -> list[str]:
    """Return what the chunks of a part say of each of its recipients."""
    return [
        rowless_state(mark, chunk, is_over=row.state in _UNSENT, now_ms=now_ms)
        for chunk in chunks
        for mark in chunk.marks
    ]


def _from_row(recipient: Recipient, found: RowState) -> Outcome:
    return Outcome(
        recipient,
        found.state,
        found.reason,
        found.error_code,
        has_row=True,
        is_answered=found.is_answered,
        pricing=found.pricing,
        row=found,
        retried_as=found.retried_as,
    )


def rowless_state(mark: str, chunk: ChunkRow, *, is_over: bool, now_ms: int) -> str:
    """Return the state of a recipient that has no row; see the table above.

    `is_over` says that the campaign was cancelled, or failed.
    """
    if mark == BEGUN:
        is_leased = chunk.state == CLAIMED and chunk.lease_until > now_ms
        return "claimed" if is_leased else "unknown"
    return "skipped" if is_over else "queued"
