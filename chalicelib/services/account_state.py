"""What Meta reported of an account, in words, with what to do next. Pure.

    matter        said when                                       severity
    review        the review was refused, or is not over          red, yellow
    ban           the account is disabled, or is going to be      red, yellow
    restrictions  something is not allowed, until a moment        yellow
    violation     a policy was broken                             yellow
    partner       the business took Parley's access away          red
    alerts        Meta warns of something that is active          yellow, info
    security      somebody changed a number's PIN, or asked to    info
    send_errors   a number's messages fail for all alike          info
    subscription  Parley could not have the webhooks sent to it   red
    token         Meta refuses the account's own token            red
    deleted       the account was deleted                         red

Other matters (capability, volume tiers …) are information: `reports` has them as they came. A
matter of several parts (an alert of each type, an error of each number) is a report of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from chalicelib.core.clock import iso_or_none, to_iso
from chalicelib.schemas.accounts import AccountNotice, AccountOut
from chalicelib.services.number_state import health_out
from chalicelib.storage.accounts import AccountRow
from chalicelib.whatsapp.health_status import read_health

Severity = Literal["red", "yellow", "info"]
Report = Mapping[str, Any]
Notice = tuple[Severity, str, str]

_SUPPORT_HOME = "Look for the reason and an appeal in Meta's Business Support Home."
_RESTRICTIONS = {
    "RESTRICTED_ADD_PHONE_NUMBER_ACTION": "No phone number may be added.",
    "RESTRICTED_BIZ_INITIATED_MESSAGING": "No conversation may be begun: templates are not sent.",
    "RESTRICTED_CUSTOMER_INITIATED_MESSAGING": "Customers who write may not be answered.",
    "RESTRICTED_UTILITY_TEMPLATES": "No utility template may be created or sent.",
    "RESTRICTED_DIRECT_SEND_UTILITY_TEMPLATES": "Nothing may be sent without a template.",
}
_LOST = frozenset({"PARTNER_REMOVED", "PARTNER_APP_UNINSTALLED", "ACCOUNT_OFFBOARDED"})
_SECURITY = {
    "PIN_CHANGED": "The PIN of two-step verification was changed.",
    "PIN_RESET_REQUEST": "Somebody asked to turn two-step verification off.",
    "PIN_RESET_SUCCESS": "Two-step verification was turned off.",
    "PIN_REQUEST_SUCCESS": "Two-step verification was turned off.",
}


def is_lost(row: AccountRow) -> bool:
    """Tell whether the business took Parley's access away, by the last that was reported."""
    report = row.state.get("partner")
    return isinstance(report, Mapping) and str(report.get("event", "")) in _LOST


def notices_of(row: AccountRow, now_ms: int) -> list[AccountNotice]:
    """Return what there is to know of an account at this moment, the worst first."""
    found = [
        AccountNotice(
            matter=matter,
            severity=severity,
            text=text,
            next_step=next_step,
            at=iso_or_none(row.events_at.get(matter)),
        )
        for matter, tell in _MATTERS.items()
        if isinstance(report := row.state.get(matter), Mapping)
        for severity, text, next_step in tell(report, now_ms)
    ]
    return sorted(found, key=lambda one: ("red", "yellow", "info").index(one.severity))


def account_fields(row: AccountRow, now_ms: int) -> dict[str, Any]:
    """Return the fields of an AccountOut, or of one that extends it."""
    notices = notices_of(row, now_ms)
    health = read_health(row.state.get("health"))
    return {
        "waba_id": row.id,
        "business_id": row.business_id,
        "name": row.name,
        "currency": row.currency,
        "timezone_id": row.timezone_id,
        "country": row.country,
        "state": _state(row, notices, health.can_send_message if health else None),
        "notices": notices,
        "health": health_out(health),
        "reports": {matter: row.state[matter] for matter in sorted(row.state)},
        "has_token": bool(row.token_ciphertext),
        "created_at": to_iso(int(row.created_at)),
        "disconnected_at": iso_or_none(row.disconnected_at),
    }


def account_out(row: AccountRow, now_ms: int) -> AccountOut:
    """Return an account as the API tells it."""
    return AccountOut(**account_fields(row, now_ms))


def _state(
    row: AccountRow, notices: list[AccountNotice], can_send: str | None
) -> Literal["green", "yellow", "red", "disconnected"]:
    if row.disconnected_at is not None:
        return "disconnected"
    severities = {notice.severity for notice in notices}
    if "red" in severities or can_send == "BLOCKED":
        return "red"
    return "yellow" if "yellow" in severities or can_send == "LIMITED" else "green"


def _review(report: Report, _now_ms: int) -> Iterable[Notice]:
    decision = str(report.get("decision", "")).upper()
    if decision == "REJECTED":
        yield "red", "Meta has refused the account in its review.", _SUPPORT_HOME
    elif decision in {"PENDING", "DEFERRED"}:
        yield "yellow", "Meta is reviewing the account.", "Wait for the decision, a day or two."


def _ban(report: Report, _now_ms: int) -> Iterable[Notice]:
    info = _inner(report, "ban_info")
    state, date = str(info.get("waba_ban_state", "")), str(info.get("waba_ban_date", ""))
    when = f" ({date})" if date else ""
    if state == "DISABLE":
        yield "red", f"Meta has disabled the account{when}.", _SUPPORT_HOME
    elif state == "SCHEDULE_FOR_DISABLE":
        yield "yellow", f"Meta is going to disable the account{when}.", _SUPPORT_HOME


def _restrictions(report: Report, now_ms: int) -> Iterable[Notice]:
    listed = report.get("restriction_info", report.get("restrictions"))
    for item in listed if isinstance(listed, list) else []:
        if not isinstance(item, Mapping):
            continue
        kind, until = str(item.get("restriction_type", "")), item.get("expiration")
        if isinstance(until, int) and until * 1000 <= now_ms:
            continue
        end = f" Until {to_iso(until * 1000)}." if isinstance(until, int) else ""
        text = f"{_RESTRICTIONS.get(kind, f'Meta has set the restriction {kind}.')}{end}"
        yield "yellow", text, str(item.get("remediation") or _SUPPORT_HOME)


def _violation(report: Report, _now_ms: int) -> Iterable[Notice]:
    info = _inner(report, "violation_info")
    kind = info.get("violation_type")
    if kind:
        step = str(info.get("remediation") or _SUPPORT_HOME)
        yield "yellow", f"Meta has found a violation of its policy: {kind}.", step


def _partner(report: Report, _now_ms: int) -> Iterable[Notice]:
    if str(report.get("event", "")) in _LOST:
        yield (
            "red",
            "The business no longer shares this account with Parley.",
            "Connect it again by Embedded Signup, or disconnect its numbers.",
        )


def _alerts(report: Report, _now_ms: int) -> Iterable[Notice]:
    for item in _parts(report, "alert_type"):
        status = str(item.get("alert_status", "ACTIVE")).upper()
        words = str(item.get("alert_description") or item.get("alert_type") or "")
        if words and status not in {"NONE", "RESOLVED"}:
            is_minor = str(item.get("alert_severity", "")).upper() == "INFORMATIONAL"
            yield "info" if is_minor else "yellow", words, "See the alert in WhatsApp Manager."


def _security(report: Report, _now_ms: int) -> Iterable[Notice]:
    for item in _parts(report, "event"):
        words = _SECURITY.get(str(item.get("event", "")))
        if words:
            yield "info", words, "If it was nobody of yours, change the PIN and who has access."


def _send_errors(report: Report, _now_ms: int) -> Iterable[Notice]:
    for item in _parts(report, "code"):
        text = f"{item.get('title', 'Messages failed')} ({item.get('code')}): {item.get('cause')}"
        yield "info", text, str(item.get("next") or "See WhatsApp Manager.")


def _subscription(report: Report, _now_ms: int) -> Iterable[Notice]:
    if report.get("state") == "failed":
        yield (
            "red",
            f"Webhooks of this account do not come to Parley: {report.get('error', '')}",
            "Sync the account; if WhatsApp refuses again, repeat Embedded Signup.",
        )


def _token(report: Report, _now_ms: int) -> Iterable[Notice]:
    if report.get("state") == "refused":
        yield (
            "red",
            f"WhatsApp refuses Parley's access to this account: {report.get('error', '')}",
            "Connect it again by Embedded Signup.",
        )


def _deleted(_report: Report, _now_ms: int) -> Iterable[Notice]:
    yield "red", "The account was deleted at Meta.", "Disconnect its numbers."


def _parts(report: Report, sign: str) -> list[Report]:
    """Return the reports of a matter that has several, by its parts; `sign` is in each."""
    if sign in report:
        return [report]
    return [item for item in report.values() if isinstance(item, Mapping)]


def _inner(report: Report, name: str) -> Report:
    """Return what Meta keeps one level down, wherever the report was cut."""
    inner = report.get(name)
    return inner if isinstance(inner, Mapping) else report


_MATTERS: dict[str, Callable[[Report, int], Iterable[Notice]]] = {
    "subscription": _subscription,
    "token": _token,
    "deleted": _deleted,
    "partner": _partner,
    "ban": _ban,
    "review": _review,
    "restrictions": _restrictions,
    "violation": _violation,
    "alerts": _alerts,
    "security": _security,
    "send_errors": _send_errors,
}
