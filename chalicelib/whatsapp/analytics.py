"""Meta's own figures of an account: messages, conversations, prices and templates.

They are approximate, and the invoice is the truth. Times are seconds since 1970; money is in whole
millionths of the account's currency. Messages, conversations and prices go back a year, templates
90 days. Source: Meta's page analytics, of November 2026.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from chalicelib.whatsapp.graph import GraphRequest, node

MAX_TEMPLATES = 10
MessageGranularity = Literal["HALF_HOUR", "DAY", "MONTH"]
Granularity = Literal["HALF_HOUR", "DAILY", "MONTHLY"]
CONVERSATION_DIMENSIONS = (
    "CONVERSATION_CATEGORY",
    "CONVERSATION_TYPE",
    "COUNTRY",
    "PHONE",
)
PRICING_DIMENSIONS = ("COUNTRY", "PHONE", "PRICING_CATEGORY", "PRICING_TYPE", "TIER")
TEMPLATE_METRICS = ("cost", "clicked", "delivered", "read", "sent")


@dataclass(frozen=True, slots=True)
class Period:
    """From `start_s` up to, and without, `end_s`."""

    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True)
class MessagePoint:
    """How many messages went out and arrived in a period."""

    period: Period
    sent: int
    delivered: int


@dataclass(frozen=True, slots=True)
class ConversationPoint:
    """Conversations of one kind in a period; what was not asked for as a dimension is ""."""

    period: Period
    conversations: int
    phone_number: str
    country: str
    conversation_type: str
    conversation_category: str
    cost_micros: int


@dataclass(frozen=True, slots=True)
class PricingPoint:
    """Messages of one kind in a period and their price; `tier` is e.g. `0:750000`."""

    period: Period
    volume: int
    phone_number: str
    country: str
    tier: str
    pricing_type: str
    pricing_category: str
    cost_micros: int


@dataclass(frozen=True, slots=True)
class Clicks:
    """How often a button was pressed."""

    button_type: str
    button_content: str
    count: int


@dataclass(frozen=True, slots=True)
class TemplatePoint:
    """A template in a period; `costs_micros` by Meta's names, e.g. `amount_spent`."""

    template_id: str
    period: Period
    sent: int
    delivered: int
    read: int
    clicked: tuple[Clicks, ...]
    costs_micros: Mapping[str, int]


def message_analytics_request(
    waba_id: str,
    period: Period,
    granularity: MessageGranularity = "DAY",
    *,
    phone_numbers: Sequence[str] = (),
    country_codes: Sequence[str] = (),
) -> GraphRequest:
    """Return the call for messages sent and delivered; empty filters mean all."""
    return _field_request(
        waba_id,
        "analytics",
        period,
        granularity,
        phone_numbers=list(phone_numbers),
        country_codes=list(country_codes),
    )


def conversation_analytics_request(
    waba_id: str,
    period: Period,
    granularity: Granularity = "DAILY",
    dimensions: Sequence[str] = CONVERSATION_DIMENSIONS,
) -> GraphRequest:
    """Return the call for conversations; since July 2025 Meta prices messages instead."""
    return _field_request(
        waba_id, "conversation_analytics", period, granularity, dimensions=list(dimensions)
    )


def pricing_analytics_request(
    waba_id: str,
    period: Period,
    granularity: Granularity = "DAILY",
    dimensions: Sequence[str] = PRICING_DIMENSIONS,
    *,
    pricing_types: Sequence[str] = (),
    pricing_categories: Sequence[str] = (),
) -> GraphRequest:
    """Return the call for delivered messages and their price; empty filters mean all."""
    filters = {
        "pricing_types": list(pricing_types),
        "pricing_categories": list(pricing_categories),
    }
    return _field_request(
        waba_id,
        "pricing_analytics",
        period,
        granularity,
        metric_types=["COST", "VOLUME"],
        dimensions=list(dimensions),
        **{name: values for name, values in filters.items() if values},
    )


def template_analytics_request(
    waba_id: str,
    period: Period,
    template_ids: Sequence[str],
    metrics: Sequence[str] = TEMPLATE_METRICS,
    after: str | None = None,
) -> GraphRequest:
    """Return the call for a page of templates' figures, by day; raise ValueError for over ten ids.

    The account must have been switched on once, see `enable_insights_request`.
    """
    if not 1 <= len(template_ids) <= MAX_TEMPLATES:
        message = f"1 to {MAX_TEMPLATES} templates a call, not {len(template_ids)}"
        raise ValueError(message)
    params = {
        "start": str(period.start_s),
        "end": str(period.end_s),
        "granularity": "daily",
        "metric_types": ",".join(metrics),
        "template_ids": f"[{','.join(template_ids)}]",
    }
    if after is not None:
        params["after"] = after
    return GraphRequest("GET", node(waba_id, "template_analytics"), params=params)


def enable_insights_request(waba_id: str) -> GraphRequest:
    """Return the call that has Meta count for templates; it cannot be undone."""
    return GraphRequest("POST", node(waba_id), params={"is_enabled_for_insights": "true"})


def _field_request(
    waba_id: str, name: str, period: Period, granularity: str, **filters: list[str]
) -> GraphRequest:
    """Return the call for a field with arguments, in Graph's own notation."""
    parts = [
        name,
        f"start({period.start_s})",
        f"end({period.end_s})",
        f"granularity({granularity})",
        *(f"{key}({json.dumps(values)})" for key, values in filters.items()),
    ]
    return GraphRequest("GET", node(waba_id), params={"fields": ".".join(parts)})


def read_message_analytics(answer: Mapping[str, Any]) -> tuple[MessagePoint, ...]:
    """Return the points of an answer; none where Meta has no figures."""
    found = answer.get("analytics")
    return tuple(
        MessagePoint(_period(point), _whole(point.get("sent")), _whole(point.get("delivered")))
        for point in _points(found)
    )


def read_conversation_analytics(answer: Mapping[str, Any]) -> tuple[ConversationPoint, ...]:
    """Return the points of an answer; none where Meta has no figures."""
    return tuple(
        ConversationPoint(
            period=_period(point),
            conversations=_whole(point.get("conversation")),
            phone_number=_text(point.get("phone_number")),
            country=_text(point.get("country")),
            conversation_type=_text(point.get("conversation_type")),
            conversation_category=_text(point.get("conversation_category")),
            cost_micros=_micros(point.get("cost")),
        )
        for point in _points_in_data(answer.get("conversation_analytics"))
    )


def read_pricing_analytics(answer: Mapping[str, Any]) -> tuple[PricingPoint, ...]:
    """Return the points of an answer; none where Meta has no figures."""
    return tuple(
        PricingPoint(
            period=_period(point),
            volume=_whole(point.get("volume")),
            phone_number=_text(point.get("phone_number")),
            country=_text(point.get("country")),
            tier=_text(point.get("tier")),
            pricing_type=_text(point.get("pricing_type")),
            pricing_category=_text(point.get("pricing_category")),
            cost_micros=_micros(point.get("cost")),
        )
        for point in _points_in_data(answer.get("pricing_analytics"))
    )


def read_template_analytics(answer: Mapping[str, Any]) -> tuple[TemplatePoint, ...]:
    """Return the points of a page; its cursor is read by `graph.read_next`."""
    return tuple(
        TemplatePoint(
            template_id=_text(point.get("template_id")),
            period=_period(point),
            sent=_whole(point.get("sent")),
            delivered=_whole(point.get("delivered")),
            read=_whole(point.get("read")),
            clicked=tuple(
                Clicks(
                    _text(click.get("type")),
                    _text(click.get("button_content")),
                    _whole(click.get("count")),
                )
                for click in _objects(point.get("clicked"))
            ),
            costs_micros={
                _text(cost.get("type")): _micros(cost.get("value"))
                for cost in _objects(point.get("cost"))
            },
        )
        for point in _points_in_data(answer)
    )


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, Mapping))


def _points(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield from _objects(value.get("data_points"))


def _points_in_data(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        for group in _objects(value.get("data")):
            yield from _points(group)


def _period(point: Mapping[str, Any]) -> Period:
    return Period(_whole(point.get("start")), _whole(point.get("end")))


def _text(value: object) -> str:
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _micros(value: object) -> int:
    """Return an amount of money in millionths; 0 for what is no amount."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return 0
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return 0
    return round(amount * 1_000_000) if amount.is_finite() else 0
