"""What Meta does to accounts and numbers: restrictions, bans, reviews, and news without effect.

Each changes what the sandbox does from then on and tells the app's URL in Meta's words.
"""

from datetime import UTC, datetime

from .errors import webhook_error
from .model import Json, Number, Waba
from .simulation import Simulation
from .webhooks.accounts import value_update
from .webhooks.payloads import number_update

BAN_STATES = ("DISABLE", "SCHEDULE_FOR_DISABLE", "REINSTATE")
RESTRICTIONS = (
    "RESTRICTED_ADD_PHONE_NUMBER_ACTION",
    "RESTRICTED_BIZ_INITIATED_MESSAGING",
    "RESTRICTED_CUSTOMER_INITIATED_MESSAGING",
    "RESTRICTED_UTILITY_TEMPLATES",
    "RESTRICTED_DIRECT_SEND_UTILITY_TEMPLATES",
)
REVIEW_DECISIONS = ("APPROVED", "REJECTED", "PENDING", "DEFERRED")


def _tell(simulation: Simulation, waba: Waba, field: str, value: Json, entry_id: str = "") -> None:
    """Send an account-level webhook."""
    now = simulation.clock.now()
    simulation.tell(value_update(field, waba.id, value, now, entry_id=entry_id))


def tell_account(simulation: Simulation, waba: Waba, event: str, more: Json) -> None:
    """Send an account_update; partner events name the portfolio in place of the account."""
    entry_id = waba.business_id if event.startswith("PARTNER_") else ""
    _tell(simulation, waba, "account_update", {"event": event, **more}, entry_id)


def restrict(simulation: Simulation, waba: Waba, kind: str, seconds: float) -> None:
    """Restrict an account for `seconds`."""
    expiration = simulation.clock.now() + seconds
    waba.restrictions[kind] = expiration
    info = {"restriction_type": kind, "expiration": int(expiration)}
    tell_account(simulation, waba, "ACCOUNT_RESTRICTION", {"restriction_info": [info]})


def ban(simulation: Simulation, waba: Waba, state: str) -> None:
    """Disable an account, announce that, or reinstate it; a disabled one cannot send (131031)."""
    waba.ban_state = "" if state == "REINSTATE" else state
    if state == "REINSTATE":
        waba.restrictions.clear()
    today = datetime.fromtimestamp(simulation.clock.now(), UTC)
    info = {"waba_ban_state": state, "waba_ban_date": f"{today:%B} {today.day}, {today.year}"}
    tell_account(simulation, waba, "DISABLED_UPDATE", {"ban_info": info})


def violate(simulation: Simulation, waba: Waba, violation: str) -> None:
    """Warn an account of a violation."""
    info = {"violation_type": violation}
    tell_account(simulation, waba, "ACCOUNT_VIOLATION", {"violation_info": info})


def review_account(simulation: Simulation, waba: Waba, decision: str) -> None:
    """Conclude the review of an account."""
    waba.review_status = decision
    _tell(simulation, waba, "account_review_update", {"decision": decision})


def make_auth_international(
    simulation: Simulation, waba: Waba, start_time: int, exceptions: list[Json]
) -> None:
    """Let authentication messages of an account abroad have the international rate."""
    waba.auth_international = {"start_time": start_time, "exception_countries": exceptions}
    more = {"auth_international_rate_eligibility": waba.auth_international}
    tell_account(simulation, waba, "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE", more)


def alert(simulation: Simulation, waba: Waba, info: Json) -> None:
    """Send an alert about an account."""
    value = {"entity_type": "WABA", "entity_id": waba.id, "alert_info": info}
    _tell(simulation, waba, "account_alerts", value)


def decide_name(
    simulation: Simulation, number: Number, decision: str, name: str, reason: str | None
) -> None:
    """Decide on a number's display name; one that is rejected cannot send (131037)."""
    if decision == "APPROVED":
        number.verified_name, number.name_status = name, "APPROVED"
    elif decision == "REJECTED":
        number.name_status = "DECLINED"
    value = {
        "display_phone_number": number.digits,
        "decision": decision,
        "requested_verified_name": name,
        "rejection_reason": reason,
    }
    _tell(simulation, simulation.world.wabas[number.waba_id], "phone_number_name_update", value)


def tell_security(simulation: Simulation, number: Number, event: str) -> None:
    """Send a security event of a number."""
    value = {"display_phone_number": number.digits, "event": event}
    _tell(simulation, simulation.world.wabas[number.waba_id], "security", value)


def tell_errors(simulation: Simulation, number: Number, code: int, details: str) -> None:
    """Send an error that belongs to no message: what Meta dropped without an id."""
    now = simulation.clock.now()
    error = webhook_error(code, details)
    where = ("messages", "errors")
    simulation.tell(number_update(simulation.world, number.id, where, error, now))


def tell_username(simulation: Simulation, number: Number, username: str, status: str) -> None:
    """Tell that a business's username was approved, reserved or deleted."""
    value = {"display_phone_number": number.digits, "username": username, "status": status}
    waba = simulation.world.wabas[number.waba_id]
    _tell(simulation, waba, "business_username_update", value)
