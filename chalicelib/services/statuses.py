"""Statuses of messages that we sent, as Meta's webhooks report them: each joins its row.

A status names its row by the signed key that we gave Meta with the message. One without such a key,
or with the key of a tenant that does not own the number, was not sent by Parley: it is counted and
left alone.
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from chalicelib.core.context import system_context
from chalicelib.services.callback import MessageKey, decode_callback
from chalicelib.services.campaigns import ledger
from chalicelib.services.charges import charge_key, counted
from chalicelib.services.closing import has_left
from chalicelib.storage.campaigns import Campaigns
from chalicelib.storage.daily_stats import ChargeKey, DailyCharges
from chalicelib.storage.messages import Joined, Messages, Transition, time_field
from chalicelib.storage.numbers import Numbers, find_number
from chalicelib.storage.tenants import Owner
from chalicelib.whatsapp.codes import may_stop
from chalicelib.whatsapp.events import Status
from chalicelib.whatsapp.webhook_values import as_json, text

_THREADS = 16
# A voice message that was played was read.
_STATES = {"sent": "sent", "delivered": "delivered", "read": "read", "played": "read"}


@dataclass(frozen=True, slots=True)
class Blocked:
    """A failure, told for the first time, whose code can stop campaigns; see campaigns.stopping."""

    owner: Owner
    campaign_id: str | None
    code: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class StatusCount:
    """What became of a delivery's statuses."""

    changed: int
    repeated: int
    unmatched: int
    blocked: tuple[Blocked, ...] = ()


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="status")


@functools.lru_cache(maxsize=1024)
def _known_owner(phone_number_id: str) -> Owner:
    owner = find_number(phone_number_id)
    if owner is None:
        raise LookupError(phone_number_id)  # not kept: the number may be connected any moment
    return owner


def owner_of(phone_number_id: str) -> Owner | None:
    """Return whose number it is, by our own table; known numbers are kept for the process.

    A business that has left has none any more.
    """
    try:
        owner = _known_owner(phone_number_id)
    except LookupError:
        return None
    return None if has_left(owner.tenant_id) else owner


def apply(events: Sequence[Status]) -> StatusCount:
    """Join each status into its row, then move the counters of the campaigns. Durable on return.

    1 WRU a status (2 when out of order), 1 a campaign, and 1 for each account, country and day of
    what was delivered. Any exception leaves the rest undone: the webhook answers 5xx and Meta
    delivers the whole again, which changes nothing twice.
    """
    matched: list[tuple[MessageKey, Status]] = []
    for event in events:
        key = key_of(event)
        if key is not None:
            matched.append((key, event))
    steps = _join_all(matched)
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    changed = 0
    blocked: dict[tuple[str, str | None, int], Blocked] = {}
    charges: dict[str, Counter[ChargeKey]] = defaultdict(Counter)
    for (key, event), joined in zip(matched, steps, strict=True):
        step = joined.transition
        changed += step is not None
        if joined.charge is not None:
            charges[key.tenant_id][_charge(key, event, joined.charge)] += 1
        if key.campaign_id is not None:
            change = ledger.deltas(step, event.error_code)
            counts[key.tenant_id, key.campaign_id].update(change)
        stopped = _blocked(key, event, step)
        if stopped is not None:
            blocked[key.tenant_id, key.campaign_id, stopped.code] = stopped
    for (tenant_id, campaign_id), change in counts.items():
        Campaigns(system_context(tenant_id, "webhook")).count(campaign_id, change)
    for tenant_id, due in charges.items():
        DailyCharges(system_context(tenant_id, "webhook")).add(due)
    return StatusCount(
        changed, len(matched) - changed, len(events) - len(matched), tuple(blocked.values())
    )


def _join_all(matched: Sequence[tuple[MessageKey, Status]]) -> list[Joined]:
    """Join each status, rows at once and the statuses of one row one after the other."""
    if len(matched) == 1:
        return [_join(*matched[0])]
    rows: dict[MessageKey, list[int]] = defaultdict(list)
    for position, (key, _) in enumerate(matched):
        rows[key].append(position)
    steps: dict[int, Joined] = {}

    def join_row(positions: Sequence[int]) -> None:
        for position in positions:
            steps[position] = _join(*matched[position])

    for _ in _pool().map(join_row, rows.values()):
        pass  # raises what a row raised
    return [steps[position] for position in range(len(matched))]


def _blocked(key: MessageKey, event: Status, step: Transition | None) -> Blocked | None:
    """Return the failure that can stop campaigns, if this is the first time that it is told."""
    code = event.error_code
    if step is None or step.after != "failed" or code is None or not may_stop(code):
        return None
    owner = owner_of(event.phone_number_id)
    return None if owner is None else Blocked(owner, key.campaign_id, code, event.at_ms)


def key_of(event: Status) -> MessageKey | None:
    """Return where the status's row is, None if Parley did not send its message."""
    key = decode_callback(event.callback_data)
    if key is None:
        return None
    owner = owner_of(event.phone_number_id)
    if owner is None or owner.tenant_id != key.tenant_id:
        return None
    return key


@functools.lru_cache(maxsize=1024)
def _account_of(tenant_id: str, number_id: str) -> str:
    """Return the account of a number, which never changes; kept for the process. 1 RRU."""
    return Numbers(system_context(tenant_id, "webhook")).get(number_id).waba_id


def _charge(key: MessageKey, event: Status, pricing: str) -> ChargeKey:
    """Return under what a message that has just become due is counted."""
    from chalicelib.whatsapp.markets import country_of

    owner = owner_of(event.phone_number_id)
    waba_id = "" if owner is None else _account_of(key.tenant_id, owner.entity_id)
    country = country_of(event.recipient_id or event.recipient_user_id or "")
    return charge_key(counted(pricing), waba_id, country, event.at_ms)


def _join(key: MessageKey, event: Status) -> Joined:
    state = "failed" if event.status == "failed" else _STATES[event.status]
    fields: dict[str, str | int] = {"wamid": event.message_id, **time_field(state, event.at_ms)}
    if key.campaign_id is not None:
        fields["campaign_id"] = key.campaign_id
    pricing = as_json(event.pricing)
    if event.pricing is not None and pricing is not None:
        fields["pricing"] = pricing
        category = event.pricing.get("category")
        if isinstance(category, str):
            fields["category"] = text(category)[:60]
    if state == "failed":
        if event.error_code is not None:
            fields["error_code"] = event.error_code
        fields["error"] = event.error_details or event.error_title or "WhatsApp gave no reason."
    ctx = system_context(key.tenant_id, "webhook")
    return Messages(ctx).join_state(key.contact_id, key.message_id, state, fields)
