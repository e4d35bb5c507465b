"""Business phone numbers: fields, registration, profile, callback override."""

import json
from datetime import UTC, datetime

from sandbox.errors import invalid, known, required
from sandbox.model import Json, Number
from sandbox.rules.people import country_of, dial_code
from sandbox.rules.shape import as_list, as_object, one_of, optional_text
from sandbox.webhooks.subscriptions import handshake

from .call import Call, page, selected

_DEFAULT_FIELDS = (
    "verified_name",
    "code_verification_status",
    "display_phone_number",
    "quality_rating",
    "platform_type",
    "throughput",
    "webhook_configuration",
)
_PROFILE_LIMITS = {"about": 139, "address": 256, "description": 512, "email": 128, "vertical": 64}
_MAX_URL = 200


def _values(call: Call, number: Number) -> Json:
    """Return every field of a number that can be asked for."""
    waba = call.world.wabas[number.waba_id]
    limit = call.world.business_of(number.id).messaging_limit
    configuration = {
        "phone_number": number.override_url,
        "whatsapp_business_account": waba.override_url,
        "application": call.world.app.callback_url,
    }
    return {
        "id": number.id,
        "display_phone_number": number.display_phone_number,
        "verified_name": number.verified_name,
        "quality_rating": number.quality_rating,
        "status": number.status,
        "name_status": number.name_status,
        "new_name_status": "NONE",
        "code_verification_status": "VERIFIED",
        "platform_type": "CLOUD_API",
        "throughput": {"level": number.throughput},
        "account_mode": "LIVE",
        "whatsapp_business_manager_messaging_limit": limit,
        "messaging_limit_tier": limit,
        "is_official_business_account": False,
        "is_on_biz_app": number.is_on_biz_app,
        "is_preverified_number": False,
        "quality_score": {"score": number.quality_rating},
        "search_visibility": "NON_VISIBLE",
        "eligibility_for_api_business_global_search": "NON_ELIGIBLE_UNDEFINED_COUNTRY",
        "last_onboarded_time": _iso(call.world.started_at),
        "country_code": country_of(number.digits),
        "country_dial_code": dial_code(number.digits),
        "certificate": None,
        "new_certificate": None,
        "conversational_automation": None,
        "is_pin_enabled": bool(number.pin),
        "health_status": _health(number),
        "webhook_configuration": {k: v for k, v in configuration.items() if v} or None,
    }


def _iso(at: float) -> str:
    """Return an instant as Graph writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _health(number: Number) -> Json:
    """Return a number's health."""
    can = "AVAILABLE" if number.status == "CONNECTED" else "BLOCKED"
    entities = [
        {"entity_type": "PHONE_NUMBER", "id": number.id, "can_send_message": can},
        {"entity_type": "WABA", "id": number.waba_id, "can_send_message": "AVAILABLE"},
    ]
    return {"can_send_message": can, "entities": entities}


def _shown(call: Call, number: Number) -> Json:
    """Return a number with the fields that the call asks for."""
    fields = call.params.get("fields")
    return selected(_values(call, number), fields, _DEFAULT_FIELDS, "WhatsAppBusinessPhoneNumber")


def _number(call: Call) -> Number:
    """Return the call's number, if the token reaches it."""
    number = call.world.numbers[call.object_id]
    call.require_account(number.waba_id)
    return number


async def read(call: Call) -> Json:
    """GET /{phone_number_id}?fields=."""
    return _shown(call, _number(call))


async def read_all(call: Call) -> Json:
    """GET /{waba}/phone_numbers."""
    call.require_account(call.object_id)
    return page(call, [_shown(call, n) for n in call.world.numbers_of(call.object_id)])


async def update(call: Call) -> Json:
    """POST /{phone_number_id}: set or clear the callback override, or change the PIN."""
    number = _number(call)
    configuration, pin = call.params.get("webhook_configuration"), call.params.get("pin")
    if isinstance(configuration, str):
        try:
            configuration = json.loads(configuration)
        except ValueError as error:
            raise invalid("webhook_configuration", "must be a JSON object.") from error
    if configuration is not None:
        values = as_object(configuration, "webhook_configuration")
        url = optional_text(values, "override_callback_uri", "override_callback_uri", _MAX_URL)
        token = optional_text(values, "verify_token", "verify_token")
        if url:
            await handshake(call.simulation.client, url, token)
        number.override_url, number.override_token = url, token if url else ""
    elif pin is not None:
        number.pin = _pin(pin)
    else:
        raise required("webhook_configuration")
    return {"success": True}


def _pin(value: object) -> str:
    """Return a PIN of six digits."""
    pin = str(value)
    if len(pin) != 6 or not pin.isdigit():
        raise invalid("pin", "must be 6 digits.")
    return pin


async def register(call: Call) -> Json:
    """POST /{phone_number_id}/register: set the PIN, or match the one that was set."""
    number = _number(call)
    one_of(call.params.get("messaging_product"), ("whatsapp",), "messaging_product")
    if call.params.get("pin") is None:
        raise required("pin")
    pin = _pin(call.params["pin"])
    if number.pin and number.pin != pin:
        raise known(133005)
    number.pin, number.status = pin, "CONNECTED"
    return {"success": True}


async def deregister(call: Call) -> Json:
    """POST /{phone_number_id}/deregister: the number can no longer send."""
    number = _number(call)
    if number.is_on_biz_app:
        raise known(131009, "A coexistence number can't be deregistered.")
    number.status = "DISCONNECTED"
    return {"success": True}


async def read_profile(call: Call) -> Json:
    """GET /{phone_number_id}/whatsapp_business_profile."""
    profile = {"vertical": "UNDEFINED", **_number(call).profile, "messaging_product": "whatsapp"}
    fields = call.params.get("fields")
    if fields:
        names = {name.strip() for name in str(fields).split(",")} | {"messaging_product"}
        profile = {key: value for key, value in profile.items() if key in names}
    return {"data": [profile]}


async def update_profile(call: Call) -> Json:
    """POST /{phone_number_id}/whatsapp_business_profile."""
    number = _number(call)
    one_of(call.params.get("messaging_product"), ("whatsapp",), "messaging_product")
    changes: Json = {}
    for key, limit in _PROFILE_LIMITS.items():
        if call.params.get(key) is not None:
            changes[key] = optional_text(call.params, key, key, limit)
    websites = call.params.get("websites")
    if websites is not None:
        if len(as_list(websites, "websites")) > 2:
            raise invalid("websites", "must have at most 2 elements.")
        changes["websites"] = websites
    number.profile |= changes
    return {"success": True}
