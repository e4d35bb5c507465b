"""Bringing a number to the Cloud API: adding, verifying, registering, and coexistence's sync."""

from sandbox.errors import GraphError, invalid, known, required
from sandbox.model import Json, Number
from sandbox.rules.shape import one_of, text_member

from .call import Call

MAX_NUMBERS = 20
MAX_REGISTRATIONS, REGISTRATION_S = 10, 72 * 3600
SYNC_S = 24 * 3600
SYNC_TYPES = ("smb_app_state_sync", "history")
_LANGUAGE_CHARS = 10


def number_of(call: Call) -> Number:
    """Return the call's number, if the token reaches it."""
    number = call.world.numbers[call.object_id]
    call.require_account(number.waba_id)
    return number


def pin_of(value: object) -> str:
    """Return a PIN of six digits."""
    pin = str(value)
    if len(pin) != 6 or not (pin.isascii() and pin.isdigit()):
        raise invalid("pin", "must be 6 digits.")
    return pin


async def create(call: Call) -> Json:
    """POST /{waba}/phone_numbers: add a number, which then has to be verified and registered."""
    call.require_account(call.object_id)
    country_code = text_member(call.params, "cc", "cc", 4).removeprefix("+")
    phone = text_member(call.params, "phone_number", "phone_number", 20)
    name = text_member(call.params, "verified_name", "verified_name", 120)
    digits = "".join(c for c in country_code + phone if c.isdigit())
    if not 7 <= len(digits) <= 15:
        raise invalid("phone_number", "must be a valid phone number.")
    if any(number.digits == digits for number in call.world.numbers.values()):
        raise GraphError(
            "(#100) Invalid parameter",
            subcode=2388047,
            user_title="Phone number exists",
            user_message="This phone number is in use by a WhatsApp Business Account already.",
        )
    if len(call.world.numbers_of(call.object_id)) >= MAX_NUMBERS:
        raise known(131009, "The business has as many phone numbers as it may have.")
    number = Number(
        call.world.new_id("phone_number"),
        call.object_id,
        f"+{digits}",
        name,
        status="PENDING",
        name_status="PENDING_REVIEW",
        code_verification_status="NOT_VERIFIED",
    )
    call.world.add_number(number)
    return {"id": number.id}


async def request_code(call: Call) -> Json:
    """POST /{phone_number_id}/request_code: make a code, which the number's owner would be sent."""
    number = number_of(call)
    one_of(call.params.get("code_method"), ("SMS", "VOICE"), "code_method")
    text_member(call.params, "language", "language", _LANGUAGE_CHARS)
    if number.code_verification_status == "VERIFIED":
        raise known(136024)
    number.verification_code = f"{call.world.serial('verification_code') * 7919 % 1_000_000:06d}"
    return {"success": True}


async def verify_code(call: Call) -> Json:
    """POST /{phone_number_id}/verify_code: the code that was sent."""
    number = number_of(call)
    code = text_member(call.params, "code", "code").replace("-", "")
    if number.code_verification_status == "VERIFIED":
        raise known(136024)
    if not number.verification_code or code != number.verification_code:
        raise GraphError(
            "(#136025) Verify code error",
            code=136025,
            details="The code is not the one that was sent, or it has expired.",
        )
    number.code_verification_status, number.verification_code = "VERIFIED", ""
    return {"success": True}


async def register(call: Call) -> Json:
    """POST /{phone_number_id}/register: set the PIN, or match the one that was set."""
    number = number_of(call)
    one_of(call.params.get("messaging_product"), ("whatsapp",), "messaging_product")
    if call.params.get("pin") is None:
        raise required("pin")
    pin = pin_of(call.params["pin"])
    if number.is_on_biz_app:
        raise known(131009, "A coexistence number can't be registered.")
    if number.code_verification_status != "VERIFIED":
        raise known(133006)
    _count_registration(call, number)
    if number.pin and number.pin != pin:
        raise known(133005)
    number.pin, number.status = pin, "CONNECTED"
    return {"success": True}


async def deregister(call: Call) -> Json:
    """POST /{phone_number_id}/deregister: the number can no longer send."""
    number = number_of(call)
    if number.is_on_biz_app:
        raise known(131009, "A coexistence number can't be deregistered.")
    if number.status != "CONNECTED":
        raise known(133010)
    _count_registration(call, number)
    number.status = "DISCONNECTED"
    return {"success": True}


def _count_registration(call: Call, number: Number) -> None:
    """Raise 133016 for the eleventh registration or deregistration in 72 hours."""
    now = call.simulation.clock.now()
    recent = [at for at in number.registrations if at > now - REGISTRATION_S]
    if len(recent) >= MAX_REGISTRATIONS:
        raise known(133016)
    number.registrations = [*recent, now]


async def sync(call: Call) -> Json:
    """POST /{phone_number_id}/smb_app_data: hand over the app's contacts or history, once each."""
    number = number_of(call)
    one_of(call.params.get("messaging_product"), ("whatsapp",), "messaging_product")
    kind = one_of(call.params.get("sync_type"), SYNC_TYPES, "sync_type")
    if not number.is_on_biz_app:
        raise known(131009, "The phone number is not in use in the WhatsApp Business app.")
    if kind in number.synced:
        raise GraphError(f"(#2593107) {kind} was requested already", code=2593107)
    onboarded_at = number.onboarded_at or call.world.started_at
    if call.simulation.clock.now() - onboarded_at > SYNC_S:
        raise GraphError("(#2593108) The 24 hours after the onboarding are over", code=2593108)
    number.synced.append(kind)
    request_id = f"{call.object_id}-{kind}"
    return {"messaging_product": "whatsapp", "request_id": request_id}
