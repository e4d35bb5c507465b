"""What a delivery says of accounts and numbers: the fields that Meta sends to the app's URL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.whatsapp.account_events import (
    AccountAlert,
    AccountCapability,
    AccountReview,
    AccountUpdate,
    FlowUpdate,
    NumberName,
    NumberQuality,
    NumberSecurity,
    NumberSettings,
    NumberUsername,
    PartnerSolution,
    PaymentConfiguration,
)
from chalicelib.whatsapp.events import Event
from chalicelib.whatsapp.webhook_values import (
    TEXT_CHARACTERS,
    detail,
    identifier,
    member,
    milliseconds,
    name,
    text,
)

Value = dict[str, Any]
_TIERS = {
    50: "TIER_50",
    250: "TIER_250",
    1_000: "TIER_1K",
    2_000: "TIER_2K",
    10_000: "TIER_10K",
    100_000: "TIER_100K",
    -1: "TIER_UNLIMITED",
}


def read_account(waba_id: str, field: str, value: Value, at_ms: int | None) -> Event | None:
    """Return what a value of an account's field says, None if it cannot be read."""
    return READERS[field](waba_id, value, at_ms)


def _word(value: Value, key: str) -> str:
    return text(value.get(key)).strip().upper()[:80]


def tier(*values: object) -> str | None:
    """Return the first tier among `values`: Meta writes `TIER_2K`, 2000, or -1 for no limit."""
    for value in values:
        if type(value) is int and value in _TIERS:
            return _TIERS[value]
        found = text(value)
        if found.startswith("TIER_"):
            return found[:40]
        if found.isascii() and found.isdecimal() and int(found[:9]) in _TIERS:
            return _TIERS[int(found[:9])]
    return None


def _account(waba_id: str, value: Value, at_ms: int | None) -> Event | None:
    event = _word(value, "event")
    if not event:
        return None
    # Of a partner's events the entry names the portfolio: the account stands inside.
    inner = identifier(member(value.get("waba_info"), "waba_id"))
    return AccountUpdate(inner or waba_id, event, detail(value, "event"), at_ms)


def _review(waba_id: str, value: Value, at_ms: int | None) -> Event | None:
    decision = _word(value, "decision")
    return AccountReview(waba_id, decision, at_ms) if decision else None


def _capability(waba_id: str, value: Value, at_ms: int | None) -> Event | None:
    limit = tier(
        value.get("max_daily_conversations_per_business"),
        value.get("max_daily_conversation_per_phone"),
    )
    said = detail(value)
    return AccountCapability(waba_id, limit, said, at_ms) if said else None


def _alert(waba_id: str, value: Value, at_ms: int | None) -> Event | None:
    info = value.get("alert_info")
    # Older deliveries have the four members beside entity_type.
    said: Value = info if isinstance(info, dict) else value
    kind = _word(said, "alert_type")
    if not kind:
        return None
    return AccountAlert(
        waba_id,
        _word(value, "entity_type"),
        identifier(value.get("entity_id")),
        _word(said, "alert_severity"),
        _word(said, "alert_status"),
        kind,
        text(said.get("alert_description"))[:TEXT_CHARACTERS],
        at_ms,
    )


def _payment(waba_id: str, value: Value, at_ms: int | None) -> Event | None:
    configuration, status = name(value.get("configuration_name")), name(value.get("status"))
    if not configuration or not status:
        return None
    changed_ms = milliseconds(value.get("updated_timestamp"))
    said = detail(value, "configuration_name", "status")
    return PaymentConfiguration(waba_id, configuration, status, said, changed_ms or at_ms)


def _flow(waba_id: str, value: Value, at_ms: int | None) -> Event | None:
    event, flow_id = _word(value, "event"), identifier(value.get("flow_id"))
    if not event:
        return None
    return FlowUpdate(waba_id, flow_id, event, detail(value, "event", "flow_id"), at_ms)


def _solution(business_id: str, value: Value, at_ms: int | None) -> Event | None:
    event, solution_id = _word(value, "event"), identifier(value.get("solution_id"))
    if not event or not solution_id:
        return None
    return PartnerSolution(business_id, solution_id, event, _word(value, "solution_status"), at_ms)


def _quality(waba_id: str, value: Value, at_ms: int | None) -> Event | None:
    event, number = _word(value, "event"), name(value.get("display_phone_number"))
    if not event or not number:
        return None
    limit = tier(value.get("current_limit"), value.get("max_daily_conversations_per_business"))
    return NumberQuality(waba_id, number, event, limit, at_ms)


def _number_name(waba_id: str, value: Value, at_ms: int | None) -> Event | None:
    decision, number = _word(value, "decision"), name(value.get("display_phone_number"))
    if not decision or not number:
        return None
    wanted = name(value.get("requested_verified_name"))
    reason = text(value.get("rejection_reason"))[:TEXT_CHARACTERS]
    shown_reason = reason if reason and reason.upper() != "NONE" else None
    return NumberName(waba_id, number, decision, wanted, shown_reason, at_ms)


def _security(waba_id: str, value: Value, at_ms: int | None) -> Event | None:
    event, number = _word(value, "event"), name(value.get("display_phone_number"))
    if not event or not number:
        return None
    # Meta's page spells this one in two ways.
    event = "PIN_RESET_SUCCESS" if event == "PIN_REQUEST_SUCCESS" else event
    requester = identifier(value.get("requester")) or None
    return NumberSecurity(waba_id, number, event, requester, at_ms)


def _username(waba_id: str, value: Value, at_ms: int | None) -> Event | None:
    number, status = name(value.get("display_phone_number")), name(value.get("status"))
    username = name(value.get("username")).removeprefix("@")
    if not number or not status:
        return None
    return NumberUsername(waba_id, number, username, status.lower(), at_ms)


def _settings(waba_id: str, value: Value, at_ms: int | None) -> Event | None:
    settings = value.get("phone_number_settings")
    number = identifier(member(settings, "phone_number_id")) or identifier(
        member(value.get("metadata"), "phone_number_id")
    )
    if not number:
        return None
    changed_ms = milliseconds(value.get("timestamp"))
    said = detail(value, "metadata", "messaging_product", "timestamp")
    return NumberSettings(waba_id, number, said, changed_ms or at_ms)


READERS: dict[str, Callable[[str, Value, int | None], Event | None]] = {
    "account_update": _account,
    "account_review_update": _review,
    "business_capability_update": _capability,
    "account_alerts": _alert,
    "payment_configuration_update": _payment,
    "flows": _flow,
    "partner_solutions": _solution,
    "phone_number_quality_update": _quality,
    "phone_number_name_update": _number_name,
    "security": _security,
    "business_username_update": _username,
    "business_username_updates": _username,
    "account_settings_update": _settings,
}
