"""A number's settings, commerce, automation, compliance and encryption key."""

import json
import re

from sandbox.assets import NumberAssets
from sandbox.errors import invalid, known, required
from sandbox.model import Json
from sandbox.rules.shape import as_list, as_object, as_text, one_of, text_member

from .call import Call

MAX_PROMPTS, MAX_COMMANDS = 4, 30
_PROMPT, _COMMAND, _DESCRIPTION = 80, 32, 256
_COMMAND_NAME = re.compile(r"[a-z0-9_]+")
_REGIONS = (
    "AU", "ID", "IN", "JP", "SG", "KR", "DE", "CH", "GB", "BR", "BH", "ZA", "AE", "CA",
)  # fmt: skip
_ENTITY_TYPES = (
    "LIMITED_LIABILITY_PARTNERSHIP",
    "SOLE_PROPRIETORSHIP",
    "PARTNERSHIP",
    "PUBLIC_COMPANY",
    "PRIVATE_COMPANY",
    "OTHER",
)


def assets_of(call: Call) -> NumberAssets:
    """Return what the call's number has set up, if the token reaches the number."""
    call.require_account(call.world.numbers[call.object_id].waba_id)
    return call.world.assets_of(call.object_id)


def boolean(params: Json, key: str) -> bool | None:
    """Return a boolean parameter, which a query gives as a text; None if it is absent."""
    value = params.get(key)
    if value is None or isinstance(value, bool):
        return value
    return one_of(str(value).lower(), ("true", "false"), key) == "true"


def json_value(params: Json, key: str) -> object:
    """Return a parameter that may come as JSON text."""
    value = params.get(key)
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError as error:
            raise invalid(key, "must be valid JSON.") from error
    return value


async def read_commerce(call: Call) -> Json:
    """GET /{phone_number_id}/whatsapp_commerce_settings."""
    return {"data": [{**assets_of(call).commerce, "id": f"8{call.object_id[1:]}"}]}


async def update_commerce(call: Call) -> Json:
    """POST /{phone_number_id}/whatsapp_commerce_settings: show the cart, show the catalogue."""
    assets = assets_of(call)
    names = ("is_cart_enabled", "is_catalog_visible")
    changes = {name: boolean(call.params, name) for name in names}
    found = {name: value for name, value in changes.items() if value is not None}
    if not found:
        raise required("is_cart_enabled or is_catalog_visible")
    assets.commerce |= found
    return {"success": True}


async def read_automation(call: Call) -> Json:
    """GET /{phone_number_id}/conversational_automation."""
    automation = {"enable_welcome_message": False, "prompts": [], "commands": []}
    return {
        "conversational_automation": {
            "id": call.object_id,
            **automation,
            **assets_of(call).automation,
        },
        "id": call.object_id,
    }


async def update_automation(call: Call) -> Json:
    """POST /{phone_number_id}/conversational_automation: welcome, ice breakers, commands."""
    assets = assets_of(call)
    changes: Json = {}
    welcome = boolean(call.params, "enable_welcome_message")
    if welcome is not None:
        changes["enable_welcome_message"] = welcome
    prompts = json_value(call.params, "prompts")
    if prompts is not None:
        found = as_list(prompts, "prompts")
        if len(found) > MAX_PROMPTS:
            raise invalid("prompts", f"must have at most {MAX_PROMPTS} elements.")
        changes["prompts"] = [
            as_text(text, f"prompts[{i}]", _PROMPT) for i, text in enumerate(found)
        ]
    commands = json_value(call.params, "commands")
    if commands is not None:
        changes["commands"] = _commands(as_list(commands, "commands"))
    assets.automation |= changes
    return {"success": True}


def _commands(commands: list[object]) -> list[Json]:
    """Return commands of the right shape."""
    if len(commands) > MAX_COMMANDS:
        raise invalid("commands", f"must have at most {MAX_COMMANDS} elements.")
    found = []
    for index, value in enumerate(commands):
        name = f"commands[{index}]"
        item = as_object(value, name)
        command = text_member(item, "command_name", f"{name}['command_name']", _COMMAND)
        if not _COMMAND_NAME.fullmatch(command):
            raise invalid(f"{name}['command_name']", "must be lower-case letters, digits and _.")
        key = "command_description"
        description = text_member(item, key, f"{name}['{key}']", _DESCRIPTION)
        found.append({"command_name": command, "command_description": description})
    return found


async def read_settings(call: Call) -> Json:
    """GET /{phone_number_id}/settings."""
    settings: Json = {
        "calling": {"status": "DISABLED"},
        "storage_configuration": {"status": "DEFAULT"},
        "user_identity_change": {"enable_identity_key_check": False},
        "payload_encryption": {"status": "DISABLED"},
        **assets_of(call).settings,
    }
    fields = call.params.get("fields")
    wanted = {name.strip() for name in str(fields).split(",")} if fields else set(settings)
    return {key: value for key, value in settings.items() if key in wanted}


async def update_settings(call: Call) -> Json:
    """POST /{phone_number_id}/settings: calling, storage, identity check, payload encryption."""
    assets = assets_of(call)
    changes: Json = {}
    for key in ("calling", "user_identity_change", "payload_encryption", "storage_configuration"):
        value = json_value(call.params, key)
        if value is not None:
            changes[key] = as_object(value, key)
    if not changes:
        raise required("calling or another setting")
    status = changes.get("calling", {}).get("status")
    if status is not None:
        one_of(status, ("ENABLED", "DISABLED"), "calling['status']")
    region = changes.get("storage_configuration", {}).get("data_localization_region")
    if region is not None:
        one_of(region, _REGIONS, "storage_configuration['data_localization_region']")
    check = changes.get("user_identity_change", {}).get("enable_identity_key_check", False)
    if not isinstance(check, bool):
        raise invalid("user_identity_change['enable_identity_key_check']", "must be a boolean.")
    assets.settings |= changes
    return {"success": True}


async def read_encryption(call: Call) -> Json:
    """GET /{phone_number_id}/whatsapp_business_encryption."""
    key = assets_of(call).public_key
    if not key:
        return {"data": []}
    status = "VALID"
    return {"data": [{"business_public_key": key, "business_public_key_signature_status": status}]}


async def update_encryption(call: Call) -> Json:
    """POST /{phone_number_id}/whatsapp_business_encryption: the public key for flows."""
    assets = assets_of(call)
    key = text_member(call.params, "business_public_key", "business_public_key")
    if not key.strip().startswith("-----BEGIN PUBLIC KEY-----"):
        raise known(131009, "business_public_key must be a 2048-bit RSA public key in PEM form.")
    assets.public_key = key
    return {"success": True}


async def read_compliance(call: Call) -> Json:
    """GET /{phone_number_id}/business_compliance_info (India)."""
    info = assets_of(call).compliance
    return {"data": [{**info, "messaging_product": "whatsapp"}] if info else []}


async def update_compliance(call: Call) -> Json:
    """POST /{phone_number_id}/business_compliance_info."""
    assets, params = assets_of(call), call.params
    one_of(params.get("messaging_product"), ("whatsapp",), "messaging_product")
    info: Json = {
        "entity_name": text_member(params, "entity_name", "entity_name", 128),
        "entity_type": one_of(params.get("entity_type"), _ENTITY_TYPES, "entity_type"),
        "is_registered": boolean(params, "is_registered") or False,
    }
    for key in ("grievance_officer_details", "customer_care_details"):
        value = as_object(json_value(params, key), key)
        if not (value.get("email") or value.get("mobile_number") or value.get("landline_number")):
            raise required(f"{key}['email']")
        info[key] = value
    assets.compliance = info
    return {"success": True}


async def groups(call: Call) -> Json:
    """GET or POST /{phone_number_id}/groups: the sandbox's numbers are not official accounts."""
    assets_of(call)
    raise known(131215)
