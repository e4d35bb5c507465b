"""Scenarios of accounts and numbers: what Meta decides on them, what owners do in the app.

Every event is a function of the simulation, the account or number, and the request's body.
"""

from collections.abc import Callable

from sandbox.coexistence import decline_history, echo, history, sync_contact
from sandbox.enforcement import (
    BAN_STATES,
    RESTRICTIONS,
    REVIEW_DECISIONS,
    alert,
    ban,
    decide_name,
    make_auth_international,
    restrict,
    review_account,
    tell_account,
    tell_errors,
    tell_security,
    tell_username,
    violate,
)
from sandbox.error_codes import KNOWN
from sandbox.growth import set_tier, tell_number, upgrade_throughput
from sandbox.model import TIERS, Json, Number, Waba
from sandbox.simulation import Simulation

from .inbound import check_wa_id
from .parse import (
    Refused,
    parse_choice,
    parse_flag,
    parse_number,
    parse_object,
    parse_objects,
    parse_text,
)

_MONTH_S = 30 * 86_400
QUALITY = ("GREEN", "YELLOW", "RED", "NA", "UNKNOWN")
STATUSES = ("CONNECTED", "PENDING", "DISCONNECTED", "FLAGGED", "RESTRICTED", "BANNED", "MIGRATED")
# account_update events that carry what the caller says and change nothing here.
NEWS = (
    "ACCOUNT_DELETED",
    "ACCOUNT_OFFBOARDED",
    "ACCOUNT_RECONNECTED",
    "AD_ACCOUNT_LINKED",
    "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE",
    "MM_LITE_TERMS_SIGNED",
    "PARTNER_ADDED",
    "PARTNER_REMOVED",
    "PARTNER_APP_INSTALLED",
    "PARTNER_APP_UNINSTALLED",
    "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE",
    "VERIFIED_ACCOUNT",
    "VOLUME_BASED_PRICING_TIER_UPDATE",
)
_QUALITY_EVENTS = ("ONBOARDING", "UPGRADE", "DOWNGRADE", "FLAGGED", "UNFLAGGED")


def _restrict(simulation: Simulation, waba: Waba, body: Json) -> None:
    """`restriction_type`, for `for_s` seconds (3 days)."""
    kind = parse_choice(body, "restriction_type", RESTRICTIONS)
    restrict(simulation, waba, kind, parse_number(body, "for_s", 0, _MONTH_S, 3 * 86_400))


def _ban(simulation: Simulation, waba: Waba, body: Json) -> None:
    """`waba_ban_state`."""
    ban(simulation, waba, parse_choice(body, "waba_ban_state", BAN_STATES))


def _violate(simulation: Simulation, waba: Waba, body: Json) -> None:
    """`violation_type`."""
    violate(simulation, waba, parse_text(body, "violation_type", default="SCAM"))


def _review(simulation: Simulation, waba: Waba, body: Json) -> None:
    """`decision` of the account's review."""
    review_account(simulation, waba, parse_choice(body, "decision", REVIEW_DECISIONS))


def _tier(simulation: Simulation, waba: Waba, body: Json) -> None:
    """`messaging_limit` of the portfolio."""
    business = simulation.world.businesses[waba.business_id]
    set_tier(simulation, business, parse_choice(body, "messaging_limit", list(TIERS)))


def _alert(simulation: Simulation, waba: Waba, body: Json) -> None:
    """`alert_type`, `alert_severity`, `alert_status`, `alert_description`."""
    severity = parse_choice(
        body, "alert_severity", ("CRITICAL", "WARNING", "INFORMATIONAL"), "WARNING"
    )
    info = {
        "alert_severity": severity,
        "alert_status": parse_text(body, "alert_status", default="ACTIVE"),
        "alert_type": parse_text(body, "alert_type", default="INCREASED_CAPABILITIES_ELIGIBILITY"),
        "alert_description": parse_text(body, "alert_description", default="Look at the account."),
    }
    alert(simulation, waba, info)


def _auth_international(simulation: Simulation, waba: Waba, body: Json) -> None:
    """`start_time` (now) and `exception_countries`."""
    now = simulation.clock.now()
    start = int(parse_number(body, "start_time", 0, 1e11, int(now)))
    make_auth_international(simulation, waba, start, parse_objects(body, "exception_countries"))


def _payment(_simulation: Simulation, waba: Waba, body: Json) -> None:
    """`has_payment_method`: without one, what costs something fails with 131042. Meta tells
    nobody.
    """
    waba.has_payment_method = parse_flag(body, "has_payment_method")


ACCOUNT_EVENTS: dict[str, Callable[[Simulation, Waba, Json], None]] = {
    "ACCOUNT_RESTRICTION": _restrict,
    "ACCOUNT_VIOLATION": _violate,
    "DISABLED_UPDATE": _ban,
    "REVIEW": _review,
    "CAPABILITY": _tier,
    "ALERT": _alert,
    "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE": _auth_international,
    "PAYMENT": _payment,
}


def account_event(simulation: Simulation, waba: Waba, body: Json) -> Json:
    """Let `event` befall an account; those without an effect take their members from `value`."""
    event = parse_choice(body, "event", (*ACCOUNT_EVENTS, *NEWS))
    if event in ACCOUNT_EVENTS:
        ACCOUNT_EVENTS[event](simulation, waba, body)
    else:
        more = parse_object(body, "value")
        if event.startswith("PARTNER_") and "waba_info" not in more:
            more = {
                "waba_info": {"waba_id": waba.id, "owner_business_id": waba.business_id},
                **more,
            }
        tell_account(simulation, waba, event, more)
    business = simulation.world.businesses[waba.business_id]
    return {
        "waba_id": waba.id,
        "review_status": waba.review_status,
        "ban_state": waba.ban_state,
        "restrictions": waba.restrictions,
        "messaging_limit": business.messaging_limit,
        "has_payment_method": waba.has_payment_method,
    }


def _quality(simulation: Simulation, number: Number, body: Json) -> None:
    """`quality_rating`; RED is told as FLAGGED, the way back as UNFLAGGED."""
    previous = number.quality_rating
    number.quality_rating = parse_choice(body, "quality_rating", QUALITY)
    limit = simulation.world.business_of(number.id).messaging_limit
    if number.quality_rating == "RED" != previous:
        tell_number(simulation, number, "FLAGGED", limit)
    elif previous == "RED" != number.quality_rating:
        tell_number(simulation, number, "UNFLAGGED", limit)


def _throughput(simulation: Simulation, number: Number, _body: Json) -> None:
    """1,000 messages a second after a minute of maintenance."""
    upgrade_throughput(simulation, number)


def _name(simulation: Simulation, number: Number, body: Json) -> None:
    """`decision` on the `verified_name`, with a `rejection_reason`."""
    decision = parse_choice(body, "decision", REVIEW_DECISIONS)
    name = parse_text(body, "verified_name", default=number.verified_name)
    reason = parse_text(body, "rejection_reason", default="NAME_FORMAT")
    decide_name(simulation, number, decision, name, reason if decision == "REJECTED" else None)


def _status(_simulation: Simulation, number: Number, body: Json) -> None:
    """`status`; only a CONNECTED number can send. Meta tells nobody."""
    number.status = parse_choice(body, "status", STATUSES)


def _security(simulation: Simulation, number: Number, body: Json) -> None:
    """`security_event`."""
    events = ("PIN_CHANGED", "PIN_RESET_REQUEST", "PIN_RESET_SUCCESS")
    tell_security(simulation, number, parse_choice(body, "security_event", events))


def _username(simulation: Simulation, number: Number, body: Json) -> None:
    """`username` of the business and its `status`."""
    status = parse_choice(body, "status", ("approved", "deleted", "reserved"), "approved")
    tell_username(simulation, number, parse_text(body, "username"), status)


def _errors(simulation: Simulation, number: Number, body: Json) -> None:
    """An error without a message: `code` (130429) and `details`."""
    code = int(parse_number(body, "code", 0, 10_000_000, 130429))
    if code not in KNOWN:
        raise Refused(422, f"code must be one of {', '.join(map(str, KNOWN))}")
    tell_errors(simulation, number, code, parse_text(body, "details", default=""))


def _echo(simulation: Simulation, number: Number, body: Json) -> None:
    """The owner writes to `wa_id` from the app: `text`, or a `type` with its member."""
    kind = parse_text(body, "type", default="text")
    content = {"body": parse_text(body, "text")} if kind == "text" else parse_object(body, kind)
    echo(simulation, number.id, check_wa_id(parse_text(body, "wa_id")), kind, content)


def _contact(simulation: Simulation, number: Number, body: Json) -> None:
    """The owner adds or removes (`action`) the contact `wa_id`, called `name`."""
    wa_id, name = check_wa_id(parse_text(body, "wa_id")), parse_text(body, "name", default="")
    action = parse_choice(body, "action", ("add", "remove"), "add")
    sync_contact(simulation, number.id, wa_id, name, action)


def _history(simulation: Simulation, number: Number, body: Json) -> None:
    """The app's chats with `wa_ids`, `each` messages of each."""
    wa_ids = body.get("wa_ids")
    if not isinstance(wa_ids, list) or not 1 <= len(wa_ids) <= 1000:
        raise Refused(422, "wa_ids must be a list of 1 to 1000 phone numbers")
    each = int(parse_number(body, "each", 1, 100, 4))
    history(simulation, number.id, [check_wa_id(str(wa_id)) for wa_id in wa_ids], each)


def _no_history(simulation: Simulation, number: Number, _body: Json) -> None:
    """The owner does not share the history (2593109)."""
    decline_history(simulation, number.id)


NUMBER_EVENTS: dict[str, Callable[[Simulation, Number, Json], None]] = {
    "QUALITY": _quality,
    "THROUGHPUT_UPGRADE": _throughput,
    "NAME": _name,
    "STATUS": _status,
    "SECURITY": _security,
    "USERNAME": _username,
    "ERROR": _errors,
    "ECHO": _echo,
    "CONTACT": _contact,
    "HISTORY": _history,
    "HISTORY_DECLINED": _no_history,
}


def number_event(simulation: Simulation, number: Number, body: Json) -> Json:
    """Let `event` befall a number; the old events of quality and limit are told without effect."""
    event = parse_choice(body, "event", (*NUMBER_EVENTS, *_QUALITY_EVENTS))
    if event in NUMBER_EVENTS:
        NUMBER_EVENTS[event](simulation, number, body)
    else:
        limit = simulation.world.business_of(number.id).messaging_limit
        tell_number(simulation, number, event, parse_choice(body, "old_limit", list(TIERS), limit))
    return {
        "phone_number_id": number.id,
        "status": number.status,
        "quality_rating": number.quality_rating,
        "throughput": number.throughput,
        "name_status": number.name_status,
    }
