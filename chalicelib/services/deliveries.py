"""A webhook delivery, event by event, to the tenant that it concerns.

Whose it is follows from Meta's id of the number or the account by our own table; nothing in a
delivery names a tenant. Statuses and templates are written at once; everything else goes to the
inbound queue, which is one quick write whatever the effect will cost. What concerns nobody here,
and what Parley does not know, is counted; what it does not know is kept besides.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import system_context
from chalicelib.core.log import log
from chalicelib.services import statuses, template_status, unhandled, webhook_envelopes
from chalicelib.storage.accounts import find_account
from chalicelib.storage.pacing import note_inbox
from chalicelib.storage.tenants import Owner
from chalicelib.whatsapp.account_events import NumberSettings
from chalicelib.whatsapp.codes import HOLDS_MS, PERSON_CODES
from chalicelib.whatsapp.events import (
    AccountReport,
    ContactSync,
    Event,
    HistorySync,
    Inbound,
    NumberError,
    Past,
    Preference,
    Remark,
    Status,
    TemplateCategory,
    TemplateComponents,
    TemplateEvent,
    TemplateQuality,
    TemplateStatus,
    Unhandled,
)
from chalicelib.whatsapp.webhooks import Delivery

_ACCOUNT = (*get_args(AccountReport), HistorySync)
_TEMPLATE = get_args(TemplateEvent)
_REMARK = get_args(Remark)
_GROUPED = {Past: "past", ContactSync: "contacts"}
Message = tuple[str, str, int]


def take(delivery: Delivery, clock: Clock = SYSTEM_CLOCK) -> None:
    """Make everything in a delivery durable; any exception leaves Meta to deliver it again.

    What goes to the queue comes first, because it is the cheapest, and a repetition of it changes
    nothing. 0.1 SQS requests an event, 1 WRU a status, 0.5 RRU an account, and 1 WRU for all that
    one number received.
    """
    nobodys: Counter[str] = Counter()
    messages = list(_messages(delivery.events, nobodys, clock.now_ms()))
    if messages:
        webhook_envelopes.put(messages)
    count = statuses.apply([event for event in delivery.events if isinstance(event, Status)])
    if count.blocked:
        webhook_envelopes.put(_blocked(one) for one in count.blocked)
    if count.unmatched:
        nobodys["Status"] += count.unmatched
    for event in delivery.events:
        if isinstance(event, _TEMPLATE):
            _apply_template(event, clock)
    stopped = {template_status.stopping(e) for e in delivery.events if isinstance(e, _TEMPLATE)}
    # After they are written: whoever reads such a message finds the template as it is now.
    webhook_envelopes.put(_stopped(owner) for owner in stopped if owner is not None)
    unhandled.keep([event for event in delivery.events if isinstance(event, Unhandled)], clock)
    _pace(delivery.events, clock.now_ms())
    if nobodys:
        log.info("a delivery had items without effect here", extra={"items": dict(nobodys)})


def _pace(events: Sequence[Event], now_ms: int) -> None:
    """Let the number's campaigns know of the messages that it received: Meta counts both."""
    received = Counter(event.phone_number_id for event in events if isinstance(event, Inbound))
    for phone_number_id, count in received.items():
        owner = statuses.owner_of(phone_number_id)
        if owner is not None:
            note_inbox(system_context(owner.tenant_id, "webhook"), owner.entity_id, count, now_ms)


def _messages(events: Sequence[Event], nobodys: Counter[str], now_ms: int) -> Iterator[Message]:
    """Yield what goes to the queue, and count the events that concern nobody here."""
    groups: dict[tuple[str, Owner], list[Event]] = defaultdict(list)
    accounts: dict[str, Owner | None] = {}
    for event in events:
        name = type(event).__name__
        if isinstance(event, _REMARK):
            nobodys[name] += 1
        elif isinstance(event, _ACCOUNT):
            owner = _account_owner(event, accounts)
            if owner is None:
                nobodys[name] += 1
            else:
                yield _report(name, owner, event, now_ms)
        elif isinstance(event, (Inbound, Past, ContactSync, Preference, NumberError)):
            owner = statuses.owner_of(event.phone_number_id)
            if owner is None:
                nobodys[name] += 1
            elif type(event) in _GROUPED:
                groups[_GROUPED[type(event)], owner].append(event)
            else:
                yield _single(owner, event, now_ms)
    for (kind, owner), group in groups.items():
        yield from webhook_envelopes.grouped(kind, owner, group)
    yield from _failures(event for event in events if isinstance(event, Status))


def _failures(events: Iterable[Status]) -> Iterator[Message]:
    """Yield what failed statuses say of their people and of their number's pace; the number is the
    tenant's, so they are too. Also of messages that Parley did not send.
    """
    held: set[tuple[Owner, int]] = set()
    for event in events:
        code = event.error_code
        if event.status != "failed" or code is None or code not in PERSON_CODES | HOLDS_MS.keys():
            continue
        owner = statuses.owner_of(event.phone_number_id)
        if owner is None:
            continue
        if code in HOLDS_MS:
            if (owner, code) not in held:
                held.add((owner, code))
                yield webhook_envelopes.number_error(owner, code, event.at_ms)
        else:
            key = statuses.key_of(event)
            contact_id, campaign_id = (key.contact_id, key.campaign_id) if key else (None, None)
            yield webhook_envelopes.failure(owner, event, contact_id, campaign_id)


def _single(owner: Owner, event: Event, now_ms: int) -> Message:
    if isinstance(event, Inbound):
        return webhook_envelopes.inbound(owner, event)
    kind = "preference" if isinstance(event, Preference) else "number_error"
    said = webhook_envelopes.fields_of(event)
    return webhook_envelopes.envelope(
        kind, owner, number_id=owner.entity_id, event=said, received_ms=now_ms
    )


def _report(name: str, owner: Owner, event: Event, now_ms: int) -> Message:
    said = webhook_envelopes.fields_of(event)
    return webhook_envelopes.envelope("account", owner, kind=name, event=said, received_ms=now_ms)


def _blocked(one: statuses.Blocked) -> Message:
    return webhook_envelopes.blocked(one.owner, one.campaign_id, one.code, one.at_ms)


def _stopped(owner: Owner) -> Message:
    return webhook_envelopes.envelope("template", owner, template_id=owner.entity_id)


def _account_owner(event: Event, known: dict[str, Owner | None]) -> Owner | None:
    """Return whose account an event is about; one about a number must be of the number's tenant."""
    waba_id = getattr(event, "waba_id", "")
    if not waba_id:
        return None
    if waba_id not in known:
        known[waba_id] = find_account(waba_id)
    owner = known[waba_id]
    if owner is not None and isinstance(event, (NumberSettings, HistorySync)):
        of_number = statuses.owner_of(event.phone_number_id)
        return owner if of_number is not None and of_number.tenant_id == owner.tenant_id else None
    return owner


def _apply_template(event: TemplateEvent, clock: Clock) -> None:
    if isinstance(event, TemplateStatus):
        template_status.apply_status(event, clock)
    elif isinstance(event, TemplateQuality):
        template_status.apply_quality(event, clock)
    elif isinstance(event, TemplateComponents):
        template_status.apply_components(event, clock)
    elif isinstance(event, TemplateCategory):
        template_status.apply_category(event, clock)
