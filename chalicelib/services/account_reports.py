"""What Meta reports of accounts and numbers: kept where the tenant sees it, and acted upon.

Each report is kept at the account under its matter (`AccountRow.state`), the newest of each. What
can be sent follows from all matters together, so that reports may come in any order:

    deleted                           numbers DELETED
    ban: DISABLE                      numbers BANNED
    partner: removed, uninstalled …   numbers DISCONNECTED
    none of these any more            numbers CONNECTED again, if one of these had stopped them
    quality: FLAGGED                  running campaigns of the number pause: its quality is RED
    restrictions: business-initiated  running campaigns pause; agents can still answer

Wherever numbers stop, their running campaigns are paused with the reason. A campaign that is being
planned is stopped by Meta's answer to its first message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.context import TenantContext
from chalicelib.core.envelopes import UnknownEnvelope
from chalicelib.core.errors import NotFound
from chalicelib.core.log import log
from chalicelib.services.campaigns.stopping import pause_where, stop
from chalicelib.services.template_status import SENDABLE
from chalicelib.storage import pacing
from chalicelib.storage.accounts import AccountRow, Accounts
from chalicelib.storage.numbers import NumberRow, Numbers
from chalicelib.storage.templates import Templates
from chalicelib.whatsapp.codes import (
    HOLDS_MS,
    NUMBER_CODES,
    TOKEN_CODES,
    explain,
    reason_of,
)
from chalicelib.whatsapp.webhook_values import text

Event = Mapping[str, Any]
_LOST = frozenset({"PARTNER_REMOVED", "PARTNER_APP_UNINSTALLED", "ACCOUNT_OFFBOARDED"})
_STOPPED = frozenset({"DELETED", "BANNED", "DISCONNECTED"})
_NO_CAMPAIGNS = frozenset({"RESTRICTED_BIZ_INITIATED_MESSAGING"})
_SENDING = frozenset({"deleted", "ban", "partner"})
_DEAD_TOKEN_CODES = frozenset({0, 190})
_SLOWER_MS = 5_000
_FLAGGED = (
    "Meta has flagged the number: its quality is low (RED), for too many people blocked or "
    "reported it. Look at whom the campaign goes to and what it says; resume when the "
    "quality is back, or Meta may lower the number's limit."
)
# The matter of each event of `account_update`; another event is a matter of its own.
_MATTERS = {
    "ACCOUNT_DELETED": "deleted",
    "ACCOUNT_RESTRICTION": "restrictions",
    "ACCOUNT_VIOLATION": "violation",
    "DISABLED_UPDATE": "ban",
    "ACCOUNT_OFFBOARDED": "partner",
    "ACCOUNT_RECONNECTED": "partner",
    "PARTNER_ADDED": "partner",
    "PARTNER_REMOVED": "partner",
    "PARTNER_APP_INSTALLED": "partner",
    "PARTNER_APP_UNINSTALLED": "partner",
    "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE": "auth_international",
    "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE": "country",
    "VOLUME_BASED_PRICING_TIER_UPDATE": "volume_tiers",
    "AD_ACCOUNT_LINKED": "ad_account",
    "MM_LITE_TERMS_SIGNED": "marketing_messages",
    "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE": "certification",
    "PARTNER_CLIENT_CERTIFICATION_NEEDED": "certification",
    "VERIFIED_ACCOUNT": "verification",
}
_NAME_STATUS = {"REJECTED": "DECLINED", "PENDING": "PENDING_REVIEW", "DEFERRED": "PENDING_REVIEW"}


@dataclass(frozen=True, slots=True)
class Effect:
    """What a report changes: a matter of the account, or a part of one, and fields of numbers.

    `number` is the display number or Meta's id of the one number it is about, None for all of the
    account's; no number changes where `changes` is empty.
    """

    matter: str
    value: Mapping[str, Any]
    part: str | None = None
    number: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)


def report(ctx: TenantContext, envelope: Mapping[str, Any], clock: Clock = SYSTEM_CLOCK) -> None:
    """Write what Meta reports, and stop what must stop. Repeated it changes nothing.

    1 RRU and 1 WRU for the account; 1 RRU and 1 WRU a number that changes; a query and 1 WRU a
    campaign that is paused. Raises UnknownEnvelope for a kind that only newer code can have sent.
    """
    event, read = envelope["event"], EFFECTS.get(envelope["kind"])
    if read is None:
        message = f"no effect for reports of kind {envelope['kind']!r}"
        raise UnknownEnvelope(message)
    effect = read(event)
    at_ms = event.get("at_ms") or envelope["received_ms"]
    accounts = Accounts(ctx)
    try:
        account = accounts.get(event["waba_id"])
    except NotFound:
        log.info("a report of an account that is not connected any more")
        return
    accounts.note(account, effect.matter, effect.value, at_ms, effect.part)
    numbers = Numbers(ctx).of_account(account.id)
    for number in numbers:
        if effect.changes and effect.number in {None, number.phone_number_id, _digits(number)}:
            Numbers(ctx).note(number.id, effect.changes, at_ms)
    if effect.changes.get("status") == "FLAGGED":
        flagged = {n.id for n in numbers if effect.number in {n.phone_number_id, _digits(n)}}
        pause_where(ctx, _FLAGGED, number_ids=flagged, at_ms=at_ms)
    if effect.matter in _SENDING:
        _hold_to(ctx, accounts.get(account.id), numbers)
    elif effect.matter == "restrictions" and _forbids_campaigns(effect.value, clock.now_ms()):
        reason = (
            "Meta does not let the account begin conversations for now. Look in Meta's Business "
            "Support Home for the reason and for how long, then resume."
        )
        number_ids = {number.id for number in numbers}
        pause_where(ctx, reason, number_ids=number_ids, at_ms=at_ms)


def number_status(state: Mapping[str, Any]) -> str:
    """Return what an account's matters make of its numbers' status; see the table above. Pure."""
    if "deleted" in state:
        return "DELETED"
    ban = state.get("ban", {}).get("ban_info")
    if isinstance(ban, Mapping) and ban.get("waba_ban_state") == "DISABLE":
        return "BANNED"
    return "DISCONNECTED" if state.get("partner", {}).get("event") in _LOST else "CONNECTED"


def _hold_to(ctx: TenantContext, account: AccountRow, numbers: list[NumberRow]) -> None:
    """Give the numbers the status that the account's matters, as they are now, make of it."""
    status = number_status(account.state)
    at_ms = max((int(account.events_at.get(matter, 0)) for matter in _SENDING), default=0)
    for number in numbers:
        if status in _STOPPED or number.status in _STOPPED:
            Numbers(ctx).note(number.id, {"status": status}, at_ms)
    if status in _STOPPED:
        reason = (
            f"The WhatsApp account of this number is {status.lower()} at Meta. Look for the reason "
            "in Meta's Business Support Home, connect the number again, then resume."
        )
        pause_where(ctx, reason, number_ids={number.id for number in numbers})


def _forbids_campaigns(value: Mapping[str, Any], now_ms: int) -> bool:
    listed = value.get("restriction_info")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, Mapping) and text(one.get("restriction_type")) in _NO_CAMPAIGNS:
            until = one.get("expiration")
            if not isinstance(until, int) or until * 1000 > now_ms:
                return True
    return False


def note_template_stopped(
    ctx: TenantContext, envelope: Mapping[str, Any], clock: Clock = SYSTEM_CLOCK
) -> None:
    """Pause what sends a template that Meta has stopped, if it is stopped still.

    1 RRU, 1 to 5 queries, 1 WRU a campaign.
    """
    del clock
    try:
        template = Templates(ctx).get(envelope["template_id"])
    except NotFound:
        return
    if template.status in SENDABLE:
        return
    why = (template.pause or {}).get("description") or template.rejected_reason
    reason = (
        f"Meta has set the template to {template.status}{f' ({why})' if why else ''}. "
        + reason_of(132016 if template.status == "DISABLED" else 132015)
    )
    pause_where(ctx, reason, template_ids={template.id})


def note_number_error(
    ctx: TenantContext, envelope: Mapping[str, Any], clock: Clock = SYSTEM_CLOCK
) -> None:
    """Act upon an error of a number that belongs to no message. 2 RRU, 1 or 2 WRU.

    One of speed holds the number for a while; another is shown at the account.
    """
    del clock
    event = envelope["event"]
    log.warning(
        "Meta reports an error of a number",
        extra={"number_id": envelope["number_id"], "code": event["code"]},
    )
    hold_ms = HOLDS_MS.get(event["code"])
    if hold_ms is not None:
        # Until a moment, not for a time: repeated it changes nothing.
        until_ms = envelope["received_ms"] + max(hold_ms, _SLOWER_MS)
        pacing.hold_slots(ctx, envelope["number_id"], until_ms)
    else:
        _note_code(ctx, envelope["number_id"], event["code"], envelope["received_ms"])


def note_blocked(
    ctx: TenantContext, envelope: Mapping[str, Any], clock: Clock = SYSTEM_CLOCK
) -> None:
    """Pause the campaigns whose other messages would fail with the same code; see `stopping`.

    A code of the number or the account is shown at the account besides. 2 RRU, 2 WRU.
    """
    del clock
    code = envelope["code"]
    stop(ctx, envelope["campaign_id"], envelope["number_id"], code, envelope["at_ms"])
    if code in NUMBER_CODES | TOKEN_CODES:
        _note_code(ctx, envelope["number_id"], code, envelope["at_ms"])


def _note_code(ctx: TenantContext, number_id: str, code: int, at_ms: int) -> None:
    words = explain(code)
    try:
        number = Numbers(ctx).get(number_id)
        account = Accounts(ctx).get(number.waba_id)
    except NotFound:
        return
    if code in _DEAD_TOKEN_CODES:
        Numbers(ctx).note_token(number_id, words.cause, number.token_ciphertext)
    value = {"code": code, "title": words.title, "cause": words.cause, "next": words.next_step}
    Accounts(ctx).note(account, "send_errors", value, at_ms, number.phone_number_id)


def _digits(number: NumberRow) -> str:
    return "".join(one for one in number.display_phone_number if one.isdecimal())


def _only_digits(text: str) -> str:
    return "".join(one for one in text if one.isdecimal())


def _said(event: Event, *names: str) -> dict[str, Any]:
    return {name: event[name] for name in names if event.get(name) is not None}


def _account_update(event: Event) -> Effect:
    matter = _MATTERS.get(event["event"])
    value = {"event": event["event"], **event["detail"]}
    if matter is None:
        return Effect("other_events", value, part=event["event"])
    if matter == "volume_tiers":
        tier = event["detail"].get("volume_tier_info")
        found = tier if isinstance(tier, Mapping) else {}
        names = (found.get("pricing_category"), found.get("region"))
        return Effect(matter, value, part=" ".join(str(name)[:60] for name in names))
    return Effect(matter, value)


def _capability(event: Event) -> Effect:
    limit = event["messaging_limit"]
    changes = {} if limit is None else {"messaging_limit": limit}
    return Effect("capability", event["detail"], changes=changes)


def _quality(event: Event) -> Effect:
    changes: dict[str, Any] = {}
    if event["messaging_limit"] is not None:
        changes["messaging_limit"] = event["messaging_limit"]
    match event["event"]:
        case "THROUGHPUT_UPGRADE":
            changes["throughput_level"] = "HIGH"
        case "FLAGGED":
            changes["status"] = "FLAGGED"
        case "UNFLAGGED":
            changes["status"] = "CONNECTED"
    return _of_number(event, "quality", _said(event, "event", "messaging_limit"), changes)


def _name(event: Event) -> Effect:
    decision = event["decision"]
    changes = {"name_status": _NAME_STATUS.get(decision, decision)}
    if decision == "APPROVED" and event["name"]:
        changes["verified_name"] = event["name"]
    return _of_number(event, "names", _said(event, "decision", "name", "reason"), changes)


def _username(event: Event) -> Effect:
    is_gone = event["status"] == "deleted"
    changes = {
        "username": None if is_gone else event["username"] or None,
        "username_status": None if is_gone else event["status"],
    }
    return _of_number(event, "usernames", _said(event, "username", "status"), changes)


def _of_number(
    event: Event, matter: str, value: dict[str, Any], changes: Mapping[str, Any]
) -> Effect:
    number = _only_digits(event["display_phone_number"])
    return Effect(matter, value, part=number, number=number, changes=changes)


def _settings(event: Event) -> Effect:
    return Effect("settings", event["detail"], part=event["phone_number_id"])


def _alert(event: Event) -> Effect:
    names = ("severity", "status", "type", "description")
    value = {f"alert_{name}": event[name] for name in names}
    value |= _said(event, "entity_type", "entity_id")
    return Effect("alerts", value, part=f"{event['type']} {event['entity_id']}")


def _history(event: Event) -> Effect:
    value = _said(event, "phase", "progress", "error_code", "error")
    return Effect("history", value, part=event["phone_number_id"])


EFFECTS: dict[str, Callable[[Event], Effect]] = {
    "AccountUpdate": _account_update,
    "AccountReview": lambda event: Effect("review", _said(event, "decision")),
    "AccountCapability": _capability,
    "AccountAlert": _alert,
    "PaymentConfiguration": lambda event: Effect(
        "payments", {"status": event["status"], **event["detail"]}, part=event["name"]
    ),
    "FlowUpdate": lambda event: Effect(
        "flows",
        {"event": event["event"], **event["detail"]},
        part=f"{event['flow_id']} {event['event']}",
    ),
    "NumberQuality": _quality,
    "NumberName": _name,
    "NumberSecurity": lambda event: _of_number(
        event, "security", _said(event, "event", "requester"), {}
    ),
    "NumberUsername": _username,
    "NumberSettings": _settings,
    "HistorySync": _history,
}
