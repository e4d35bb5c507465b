"""Business phone numbers: fields, registration, profile, callback override."""

import json
from datetime import UTC, datetime

from sandbox.errors import invalid, required
from sandbox.model import Json, Number
from sandbox.rules.people import country_of, dial_code
from sandbox.rules.shape import as_list, as_object, one_of, optional_text
from sandbox.webhooks.subscriptions import handshake

from . import health
from .call import Call, page, selected
from .registration import number_of, pin_of

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
_VERTICALS = (
    "ALCOHOL", "APPAREL", "AUTO", "BEAUTY", "EDU", "ENTERTAIN", "EVENT_PLAN", "FINANCE", "GOVT",
    "GROCERY", "HEALTH", "HOTEL", "MATRIMONY_SERVICE", "NONPROFIT", "ONLINE_GAMBLING",
    "OTC_DRUGS", "OTHER", "PHYSICAL_GAMBLING", "PROF_SERVICES", "RESTAURANT", "RETAIL", "TRAVEL",
    "UNDEFINED",
)  # fmt: skip


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
        "code_verification_status": number.code_verification_status,
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
        "last_onboarded_time": _iso(number.onboarded_at or call.world.started_at),
        "country_code": country_of(number.digits),
        "country_dial_code": dial_code(number.digits),
        "certificate": None,
        "new_certificate": None,
        "conversational_automation": call.world.assets_of(number.id).automation or None,
        "is_pin_enabled": bool(number.pin),
        "health_status": health.of_number(call, number),
        "webhook_configuration": {k: v for k, v in configuration.items() if v} or None,
    }


def _iso(at: float) -> str:
    """Return an instant as Graph writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _shown(call: Call, number: Number) -> Json:
    """Return a number with the fields that the call asks for."""
    fields = call.params.get("fields")
    return selected(_values(call, number), fields, _DEFAULT_FIELDS, "WhatsAppBusinessPhoneNumber")


async def read(call: Call) -> Json:
    """GET /{phone_number_id}?fields=."""
    return _shown(call, number_of(call))


async def read_all(call: Call) -> Json:
    """GET /{waba}/phone_numbers."""
    call.require_account(call.object_id)
    return page(call, [_shown(call, n) for n in call.world.numbers_of(call.object_id)])


async def update(call: Call) -> Json:
    """POST /{phone_number_id}: set or clear the callback override, or change the PIN."""
    number = number_of(call)
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
        number.pin = pin_of(pin)
    else:
        raise required("webhook_configuration")
    return {"success": True}


async def read_profile(call: Call) -> Json:
    """GET /{phone_number_id}/whatsapp_business_profile."""
    profile = {"vertical": "UNDEFINED", **number_of(call).profile, "messaging_product": "whatsapp"}
    fields = call.params.get("fields")
    if fields:
        names = {name.strip() for name in str(fields).split(",")} | {"messaging_product"}
        profile = {key: value for key, value in profile.items() if key in names}
    return {"data": [profile]}


async def update_profile(call: Call) -> Json:
    """POST /{phone_number_id}/whatsapp_business_profile."""
    number = number_of(call)
    one_of(call.params.get("messaging_product"), ("whatsapp",), "messaging_product")
    changes: Json = {}
    for key, limit in _PROFILE_LIMITS.items():
        if call.params.get(key) is not None:
            changes[key] = optional_text(call.params, key, key, limit)
    if changes.get("vertical"):
        one_of(changes["vertical"], _VERTICALS, "vertical")
    handle = call.params.get("profile_picture_handle")
    if handle is not None:
        if not str(handle).startswith("4::"):
            raise invalid("profile_picture_handle", "must be the handle of a resumable upload.")
        changes["profile_picture_url"] = f"https://pps.whatsapp.net/v/{number.id}.jpg"
    websites = call.params.get("websites")
    if websites is not None:
        if len(as_list(websites, "websites")) > 2:
            raise invalid("websites", "must have at most 2 elements.")
        changes["websites"] = websites
    number.profile |= changes
    return {"success": True}
