"""Analytics: fields with arguments on an account, template analytics, and the opt-in to them."""

from sandbox.analytics import (
    Period,
    PricingQuery,
    message_points,
    pricing_points,
    template_points,
)
from sandbox.errors import GraphError, invalid, known, required
from sandbox.model import Json
from sandbox.rules.field_list import arguments_of, split_fields, whole, words
from sandbox.rules.shape import one_of

from . import accounts
from .call import Call
from .number_assets import boolean

_DAY_S = 86_400
_YEAR_S, _TEMPLATE_S = 366 * _DAY_S, 90 * _DAY_S
MAX_TEMPLATES = 10
_GRANULARITIES = {
    "analytics": {"HALF_HOUR": "HALF_HOUR", "DAY": "DAY", "MONTH": "MONTH"},
    "conversation_analytics": {"HALF_HOUR": "HALF_HOUR", "DAILY": "DAY", "MONTHLY": "MONTH"},
    "pricing_analytics": {"HALF_HOUR": "HALF_HOUR", "DAILY": "DAY", "MONTHLY": "MONTH"},
}
_PRICING_DIMENSIONS = ("COUNTRY", "PHONE", "PRICING_CATEGORY", "PRICING_TYPE", "TIER")
_CONVERSATION_DIMENSIONS = ("CONVERSATION_CATEGORY", "CONVERSATION_TYPE", "COUNTRY", "PHONE")
_SETTINGS = ("is_enabled_for_insights", "disable_marketing_messages_on_cloud_api")


async def read_account(call: Call) -> Json:
    """GET /{waba}?fields=: the account's own fields, and analytics among them."""
    call.require_account(call.object_id)
    plain, asked = [], {}
    for field in split_fields(str(call.params.get("fields") or "")):
        name, arguments = arguments_of(field)
        if name in _GRANULARITIES:
            asked[name] = _analytics(call, name, arguments)
        else:
            plain.append(name)
    if plain or not asked:
        call.params["fields"] = ",".join(plain)
        return {**await accounts.read(call), **asked}
    return {**asked, "id": call.object_id}


def _period(call: Call, arguments: dict[str, str], names: dict[str, str], back_s: int) -> Period:
    """Return the period that the arguments name, no longer ago than `back_s`."""
    start, end = whole(arguments, "start"), whole(arguments, "end")
    given = arguments.get("granularity", "").strip("\"'").upper()
    if not given:
        raise required("granularity")
    granularity = names[one_of(given, tuple(names), "granularity")]
    if end <= start:
        raise invalid("end", "must be after start.")
    if start < call.simulation.clock.now() - back_s - _DAY_S:
        raise invalid("start", f"must not be more than {back_s // _DAY_S} days ago.")
    return Period(start, end, granularity)


def _analytics(call: Call, name: str, arguments: dict[str, str]) -> Json:
    """Return the value of one analytics field."""
    period = _period(call, arguments, _GRANULARITIES[name], _YEAR_S)
    phones, countries = words(arguments, "phone_numbers"), words(arguments, "country_codes")
    if name == "analytics":
        numbers = call.world.numbers_of(call.object_id)
        return {
            "phone_numbers": phones or [number.digits for number in numbers],
            **({"country_codes": countries} if countries else {}),
            "granularity": period.granularity,
            "data_points": message_points(call.world, call.object_id, period, phones, countries),
        }
    is_pricing = name == "pricing_analytics"
    prefix = "pricing" if is_pricing else "conversation"
    allowed = _PRICING_DIMENSIONS if is_pricing else _CONVERSATION_DIMENSIONS
    query = PricingQuery(
        phones=phones,
        countries=countries,
        types=[word.upper() for word in words(arguments, f"{prefix}_types")],
        categories=[word.upper() for word in words(arguments, f"{prefix}_categories")],
        dimensions=[
            one_of(word.upper(), allowed, "dimensions") for word in words(arguments, "dimensions")
        ],
    )
    volume = "volume" if is_pricing else "conversation"
    points = pricing_points(call.world, call.object_id, period, query, volume)
    metrics = {word.upper() for word in words(arguments, "metric_types")}
    if metrics:
        dropped = {"COST": "cost", "VOLUME": "volume", "CONVERSATION": "conversation"}
        for point in points:
            for metric, member in dropped.items():
                if metric not in metrics:
                    point.pop(member, None)
    return {"data": [{"data_points": points}]}


async def template_analytics(call: Call) -> Json:
    """GET /{waba}/template_analytics: 1 to 10 templates, 90 days back, after the opt-in."""
    call.require_account(call.object_id)
    if not call.world.wabas[call.object_id].is_enabled_for_insights:
        raise known(200005)
    arguments = {key: str(value) for key, value in call.params.items()}
    period = _period(call, arguments, {"DAILY": "DAY"}, _TEMPLATE_S)
    ids = words(arguments, "template_ids")
    if not 1 <= len(ids) <= MAX_TEMPLATES:
        raise invalid("template_ids", f"must have from 1 to {MAX_TEMPLATES} elements.")
    metrics = {word.lower() for word in words(arguments, "metric_types")}
    points: list[Json] = []
    for template_id in ids:
        template = call.world.templates.get(template_id)
        if template is None or template.waba_id != call.object_id:
            raise invalid("template_ids", f"{template_id[:40]!r} is not a template of the account.")
        points += template_points(call.world, template_id, period)
    if metrics:
        for point in points:
            for name in {"sent", "delivered", "read", "clicked", "cost"} - metrics:
                del point[name]
    data = {"granularity": "DAILY", "product_type": "cloud_api", "data_points": points}
    return {"data": [data], "paging": {"cursors": {}}}


async def update_account(call: Call) -> Json:
    """POST /{waba}: opt in to template insights, for good; or settle marketing on Cloud API."""
    call.require_account(call.object_id)
    waba = call.world.wabas[call.object_id]
    insights = boolean(call.params, "is_enabled_for_insights")
    marketing = boolean(call.params, "disable_marketing_messages_on_cloud_api")
    if insights is None and marketing is None:
        raise required(" or ".join(_SETTINGS))
    if insights is False and waba.is_enabled_for_insights:
        raise GraphError("(#100) Template insights cannot be disabled once they are enabled.")
    waba.is_enabled_for_insights = bool(insights) or waba.is_enabled_for_insights
    if marketing is not None:
        waba.disable_marketing_messages_on_cloud_api = marketing
    return {"id": waba.id, "success": True}
