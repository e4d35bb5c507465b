"""Meta's figures: the calls in Graph's notation, and what its answers hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.whatsapp.analytics import (
    Clicks,
    ConversationPoint,
    MessagePoint,
    Period,
    PricingPoint,
    conversation_analytics_request,
    enable_insights_request,
    message_analytics_request,
    pricing_analytics_request,
    read_conversation_analytics,
    read_message_analytics,
    read_pricing_analytics,
    read_template_analytics,
    template_analytics_request,
)
from chalicelib.whatsapp.graph import GraphRequest
from chalicelib.whatsapp.message_history import DeliveryEvent, history_request, read_history

WEEK = Period(1_793_491_200, 1_794_096_000)
TIMES = {"start": WEEK.start_s, "end": WEEK.end_s}


def _fields(request: GraphRequest) -> str:
    assert request.path == "/2001"
    return (request.params or {})["fields"]


def test_calls_are_in_graph_s_notation() -> None:
    """Each call names its period, granularity, dimensions and filters as Meta's page does."""
    assert _fields(message_analytics_request("2001", WEEK, country_codes=["BR"])) == (
        "analytics.start(1793491200).end(1794096000).granularity(DAY)"
        '.phone_numbers([]).country_codes(["BR"])'
    )
    asked = conversation_analytics_request("2001", WEEK, "MONTHLY", ["COUNTRY"])
    assert _fields(asked) == (
        "conversation_analytics.start(1793491200).end(1794096000).granularity(MONTHLY)"
        '.dimensions(["COUNTRY"])'
    )
    asked = pricing_analytics_request("2001", WEEK, dimensions=["TIER"], pricing_types=["REGULAR"])
    assert _fields(asked) == (
        "pricing_analytics.start(1793491200).end(1794096000).granularity(DAILY)"
        '.metric_types(["COST", "VOLUME"]).dimensions(["TIER"]).pricing_types(["REGULAR"])'
    )
    templates = template_analytics_request("2001", WEEK, ["700", "701"], after="c")
    assert templates.path == "/2001/template_analytics"
    assert templates.params == {
        "start": "1793491200",
        "end": "1794096000",
        "granularity": "daily",
        "metric_types": "cost,clicked,delivered,read,sent",
        "template_ids": "[700,701]",
        "after": "c",
    }
    assert enable_insights_request("2001").params == {"is_enabled_for_insights": "true"}


@pytest.mark.parametrize("count", [0, 11])
def test_templates_are_asked_ten_at_a_time(count: int) -> None:
    """Meta takes one to ten template ids a call."""
    with pytest.raises(ValueError, match="1 to 10"):
        template_analytics_request("2001", WEEK, ["700"] * count)


def test_answers_are_read() -> None:
    """Counts, dimensions and money come out as Meta gave them, money in millionths."""
    answer: dict[str, Any] = {
        "analytics": {"data_points": [{**TIMES, "sent": 10, "delivered": 9}]},
        "conversation_analytics": {
            "data": [
                {
                    "data_points": [
                        {
                            **TIMES,
                            "conversation": 5,
                            "phone_number": "15550100001",
                            "country": "BR",
                            "conversation_type": "REGULAR",
                            "conversation_category": "SERVICE",
                            "cost": 0.0,
                        }
                    ]
                }
            ]
        },
        "pricing_analytics": {
            "data": [
                {
                    "data_points": [
                        {
                            **TIMES,
                            "country": "BR",
                            "phone_number": "15550100001",
                            "tier": "0:750000",
                            "pricing_type": "REGULAR",
                            "pricing_category": "UTILITY",
                            "volume": 120,
                            "cost": 0.96,
                        },
                        {**TIMES, "volume": 3, "cost": 0.0000015},
                    ]
                }
            ]
        },
        "id": "2001",
    }
    assert read_message_analytics(answer) == (MessagePoint(WEEK, 10, 9),)
    assert read_conversation_analytics(answer) == (
        ConversationPoint(WEEK, 5, "15550100001", "BR", "REGULAR", "SERVICE", 0),
    )
    assert read_pricing_analytics(answer) == (
        PricingPoint(WEEK, 120, "15550100001", "BR", "0:750000", "REGULAR", "UTILITY", 960_000),
        PricingPoint(WEEK, 3, "", "", "", "", "", 2),
    )


def test_template_figures_are_read() -> None:
    """Reads, clicks by button and costs by kind of one template."""
    point = {
        **TIMES,
        "template_id": "700",
        "sent": 9,
        "delivered": 8,
        "read": 4,
        "clicked": [{"type": "url_button", "button_content": "Shop", "count": 2}],
        "cost": [{"type": "amount_spent", "value": 0.5}, {"type": "cost_per_delivered"}],
    }
    (found,) = read_template_analytics({"data": [{"data_points": [point]}], "paging": {}})
    assert (found.template_id, found.sent, found.delivered, found.read) == ("700", 9, 8, 4)
    assert found.clicked == (Clicks("url_button", "Shop", 2),)
    assert found.costs_micros == {"amount_spent": 500_000, "cost_per_delivered": 0}


def test_history_of_a_message() -> None:
    """The steps of a message come in their order, in the words of a status."""
    assert history_request("3001", "wamid.1").params == {"message_id": "wamid.1"}
    event = {
        "delivery_status": "DELIVERED",
        "timestamp": 1_640_995_260,
        "webhook_update_state": "X",
    }
    earlier = {"delivery_status": "SENT", "timestamp": 1_640_995_200}
    data = [{"id": "1", "message_id": "wamid.1", "events": {"data": [event, earlier, {}]}}]
    assert read_history({"data": data}) == (
        DeliveryEvent("wamid.1", "sent", 1_640_995_200_000, ""),
        DeliveryEvent("wamid.1", "delivered", 1_640_995_260_000, "X"),
    )


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["data", "data_points", "analytics", "cost", "clicked", "events", "sent"]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(
    answer=st.dictionaries(st.sampled_from(["data", "analytics", "pricing_analytics"]), JSON_VALUES)
)
def test_odd_answers_do_no_harm(answer: dict[str, Any]) -> None:
    """Whatever Meta answers, it is read without an error."""
    read_message_analytics(answer)
    read_conversation_analytics(answer)
    read_pricing_analytics(answer)
    read_template_analytics(answer)
    read_history(answer)
