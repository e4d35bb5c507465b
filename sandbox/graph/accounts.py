"""WhatsApp Business Accounts, their webhook subscription, and the app's."""

from sandbox.errors import GraphError, required
from sandbox.model import Json
from sandbox.rules.shape import one_of, text_member
from sandbox.webhooks.payloads import OVERRIDABLE
from sandbox.webhooks.subscriptions import DEFAULT_FIELDS, handshake

from . import health
from .call import Call, page, selected

_TEMPLATE_FIELDS = (
    "message_template_status_update",
    "message_template_quality_update",
    "message_template_components_update",
    "template_category_update",
)
_ACCOUNT_FIELDS = (
    "account_update",
    "account_alerts",
    "account_review_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "business_capability_update",
    "security",
    "flows",
    "user_preferences",
    "business_username_update",
    "payment_configuration_update",
    "partner_solutions",
    "standby",
    "automatic_events",
    "tracking_events",
)
_FIELDS = frozenset({*OVERRIDABLE, *_TEMPLATE_FIELDS, *_ACCOUNT_FIELDS})


def _values(call: Call, waba_id: str) -> Json:
    """Return every field of an account that can be asked for."""
    waba = call.world.wabas[waba_id]
    return {
        "id": waba.id,
        "name": waba.name,
        "currency": waba.currency,
        "timezone_id": waba.timezone_id,
        "country": waba.country,
        "message_template_namespace": f"ns_{waba.id}",
        "account_review_status": waba.review_status,
        "status": "ACTIVE",
        "is_enabled_for_insights": waba.is_enabled_for_insights,
        "marketing_messages_onboarding_status": waba.marketing_messages_onboarding_status,
        "marketing_messages_lite_api_status": waba.marketing_messages_onboarding_status,
        "disable_marketing_messages_on_cloud_api": waba.disable_marketing_messages_on_cloud_api,
        "on_behalf_of_business_info": None,
        "subscribed_apps": None,
        "business_verification_status": waba.business_verification_status,
        "ownership_type": "SELF",
        "primary_business_location": waba.country,
        "owner_business_info": {"id": waba.business_id, "name": waba.name},
        "health_status": health.of_account(call, waba),
    }


_DEFAULT_FIELDS = ("name", "currency", "timezone_id", "message_template_namespace")


async def read(call: Call) -> Json:
    """GET /{waba}?fields=."""
    call.require_account(call.object_id)
    fields = call.params.get("fields")
    values = _values(call, call.object_id)
    return selected(values, fields, _DEFAULT_FIELDS, "WhatsAppBusinessAccount")


async def subscribe(call: Call) -> Json:
    """POST /{waba}/subscribed_apps: subscribe the app; no override given clears the old one."""
    call.require_account(call.object_id)
    waba = call.world.wabas[call.object_id]
    url = call.params.get("override_callback_uri") or ""
    token = ""
    if url:
        url = text_member(call.params, "override_callback_uri", "override_callback_uri", 200)
        token = text_member(call.params, "verify_token", "verify_token")
        await handshake(call.simulation.client, url, token)
    waba.subscribed, waba.override_url, waba.override_token = True, url, token
    return {"success": True}


async def read_subscription(call: Call) -> Json:
    """GET /{waba}/subscribed_apps."""
    call.require_account(call.object_id)
    waba, app = call.world.wabas[call.object_id], call.world.app
    if not waba.subscribed:
        return {"data": []}
    link = f"https://www.facebook.com/games/?app_id={app.id}"
    item: Json = {"whatsapp_business_api_data": {"id": app.id, "name": app.name, "link": link}}
    if waba.override_url:
        item["override_callback_uri"] = waba.override_url
    return {"data": [item]}


async def unsubscribe(call: Call) -> Json:
    """DELETE /{waba}/subscribed_apps."""
    call.require_account(call.object_id)
    waba = call.world.wabas[call.object_id]
    waba.subscribed, waba.override_url, waba.override_token = False, "", ""
    return {"success": True}


async def set_app_subscription(call: Call) -> Json:
    """POST /{app}/subscriptions with the app's token: callback, verify token, fields; handshake
    first.
    """
    call.require_app()
    one_of(call.params.get("object"), ("whatsapp_business_account",), "object")
    url = text_member(call.params, "callback_url", "callback_url")
    token = text_member(call.params, "verify_token", "verify_token")
    fields = _fields(call.params.get("fields"))
    await handshake(call.simulation.client, url, token)
    app = call.world.app
    app.callback_url, app.verify_token, app.fields = url, token, fields
    return {"success": True}


def _fields(value: object) -> list[str]:
    """Return the fields to subscribe to, from a list or a comma-separated text."""
    if not value:
        return list(DEFAULT_FIELDS)
    names = value if isinstance(value, list) else str(value).split(",")
    fields = [str(name).strip() for name in names]
    unknown = [name for name in fields if name not in _FIELDS]
    if unknown:
        raise GraphError(f"(#100) Invalid parameter: unknown field {unknown[0][:60]!r} in fields")
    return fields


async def read_app_subscription(call: Call) -> Json:
    """GET /{app}/subscriptions."""
    call.require_app()
    app = call.world.app
    if not app.callback_url:
        return {"data": []}
    fields = [{"name": name, "version": "v26.0"} for name in app.fields]
    item = {"object": "whatsapp_business_account", "callback_url": app.callback_url}
    return {"data": [{**item, "active": True, "fields": fields}]}


async def delete_app_subscription(call: Call) -> Json:
    """DELETE /{app}/subscriptions."""
    call.require_app()
    app = call.world.app
    app.callback_url, app.verify_token, app.fields = "", "", []
    return {"success": True}


async def read_app(call: Call) -> Json:
    """GET /{app}."""
    app = call.world.app
    values = {"id": app.id, "name": app.name, "link": f"https://www.facebook.com/?app_id={app.id}"}
    return selected(values, call.params.get("fields"), ("name", "link"), "Application")


async def read_business_accounts(call: Call) -> Json:
    """GET /{business}/owned_whatsapp_business_accounts and client_whatsapp_business_accounts."""
    if call.token is None:
        raise required("access_token of a business")
    owned = [
        waba_id
        for waba_id in call.token.waba_ids
        if call.world.wabas[waba_id].business_id == call.object_id
    ]
    fields = call.params.get("fields")
    return page(
        call,
        [
            selected(_values(call, i), fields, _DEFAULT_FIELDS, "WhatsAppBusinessAccount")
            for i in owned
        ],
    )
