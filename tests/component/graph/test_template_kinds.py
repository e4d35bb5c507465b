"""Every kind of template: created by the API, approved, and sent, against the sandbox's rules."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.services import template_view
from chalicelib.storage.templates import Templates
from chalicelib.whatsapp.messages import template_message
from chalicelib.whatsapp.sending import send_now
from chalicelib.whatsapp.template_examples import example_values
from chalicelib.whatsapp.template_text import send_components, variables
from tests.component.api_client import ApiClient
from tests.component.conftest import SettableClock
from tests.component.graph.server import GraphServer
from tests.component.graph.template_cases import review

Json = dict[str, Any]

SAMPLE: Json = {"example": {"header_handle": ["4::aW1hZ2U"]}}
IMAGE: Json = {"type": "HEADER", "format": "IMAGE", **SAMPLE}
BODY: Json = {"type": "BODY", "text": "Hello there, reply STOP to opt out"}
LINK: Json = {
    "type": "URL",
    "text": "Shop",
    "url": "https://example.com/{{1}}",
    "example": ["https://example.com/77"],
}
REPLY: Json = {"type": "QUICK_REPLY", "text": "Yes"}
COUPON: Json = {"type": "COPY_CODE", "example": "SAVE20"}
OTP: Json = {"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy code"}
APP: Json = {"package_name": "com.example.shop", "signature_hash": "K8a/AINcGX7"}
LINKED = "https://example.com/picture.png"


def buttons(*them: Json) -> Json:
    """Return the component of some buttons."""
    return {"type": "BUTTONS", "buttons": list(them)}


CARD: Json = {
    "components": [
        IMAGE,
        {
            "type": "BODY",
            "text": "Here is a {{1}} for you",
            "example": {"body_text": [["hat"]]},
        },
        buttons(REPLY, LINK),
    ]
}
PRODUCT_CARD: Json = {
    "components": [
        {"type": "HEADER", "format": "PRODUCT"},
        buttons({"type": "SPM", "text": "View"}),
    ]
}

# name: (category, settings, components, values beyond the examples)
KINDS: dict[str, tuple[str, Json, list[Json], dict[str, str]]] = {
    "named": (
        "UTILITY",
        {"parameter_format": "named", "message_send_ttl_seconds": 3600},
        [
            {
                "type": "header",
                "format": "text",
                "text": "Order {{order_id}}",
                "example": {
                    "header_text_named_params": [{"param_name": "order_id", "example": "77"}]
                },
            },
            {
                "type": "body",
                "text": "Hi {{first_name}}, it ships today.",
                "example": {
                    "body_text_named_params": [{"param_name": "first_name", "example": "Ana"}]
                },
            },
        ],
        {},
    ),
    "image": ("MARKETING", {}, [IMAGE, BODY], {"header.media": LINKED}),
    "video": ("UTILITY", {}, [{**IMAGE, "format": "VIDEO"}, BODY], {"header.media": LINKED}),
    "document": (
        "UTILITY",
        {},
        [{**IMAGE, "format": "DOCUMENT"}, BODY],
        {"header.media": LINKED, "header.filename": "bill.pdf"},
    ),
    "location": (
        "UTILITY",
        {},
        [{"type": "HEADER", "format": "LOCATION"}, BODY],
        {
            "header.latitude": "52.5",
            "header.longitude": "13.4",
            "header.name": "Shop",
            "header.address": "Main St 1",
        },
    ),
    "replies_and_links": (
        "MARKETING",
        {},
        [
            BODY,
            buttons(
                REPLY,
                LINK,
                {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550100001"},
            ),
        ],
        {"button.0": "yes-77"},
    ),
    "coupon": ("MARKETING", {}, [BODY, buttons(COUPON)], {}),
    "flow": (
        "UTILITY",
        {},
        [BODY, buttons({"type": "FLOW", "text": "Book", "flow_id": "900"})],
        {},
    ),
    "catalog": (
        "MARKETING",
        {},
        [BODY, buttons({"type": "CATALOG", "text": "View catalog"})],
        {"button.0": "sku1"},
    ),
    "products": (
        "MARKETING",
        {},
        [
            {"type": "HEADER", "format": "TEXT", "text": "New hats"},
            BODY,
            buttons({"type": "MPM", "text": "View items"}),
        ],
        {"button.0.products": "Hats: sku1, sku2; Caps: sku3"},
    ),
    "product": (
        "MARKETING",
        {},
        [
            {"type": "HEADER", "format": "PRODUCT"},
            BODY,
            buttons({"type": "SPM", "text": "View"}),
        ],
        {"header.product": "sku1", "header.catalog_id": "900"},
    ),
    "call": ("UTILITY", {}, [BODY, buttons({"type": "VOICE_CALL", "text": "Call us"})], {}),
    "contact_info": ("UTILITY", {}, [BODY, buttons({"type": "REQUEST_CONTACT_INFO"})], {}),
    "offer": (
        "MARKETING",
        {},
        [
            IMAGE,
            {
                "type": "LIMITED_TIME_OFFER",
                "limited_time_offer": {"text": "Ends soon", "has_expiration": True},
            },
            BODY,
            buttons(COUPON, LINK),
        ],
        {"header.media": LINKED, "offer.expires_at": "2099-01-01T00:00:00Z"},
    ),
    "carousel": (
        "MARKETING",
        {},
        [BODY, {"type": "CAROUSEL", "cards": [CARD, CARD]}],
        {"card.0.header.media": LINKED, "card.1.header.media": LINKED, "card.1.button.0": "yes"},
    ),
    "product_carousel": (
        "MARKETING",
        {},
        [BODY, {"type": "CAROUSEL", "cards": [PRODUCT_CARD, PRODUCT_CARD]}],
        {
            f"card.{n}.header.{name}": value
            for n in (0, 1)
            for name, value in (("product", f"sku{n}"), ("catalog_id", "900"))
        },
    ),
    "code": (
        "AUTHENTICATION",
        {"message_send_ttl_seconds": 60},
        [
            {"type": "BODY", "add_security_recommendation": True},
            {"type": "FOOTER", "code_expiration_minutes": 5},
            buttons(OTP),
        ],
        {"body.1": "123456"},
    ),
    "code_one_tap": (
        "AUTHENTICATION",
        {},
        [
            {"type": "BODY"},
            buttons(
                {**OTP, "otp_type": "ONE_TAP", "autofill_text": "Fill", "supported_apps": [APP]}
            ),
        ],
        {"body.1": "123456"},
    ),
    "code_zero_tap": (
        "AUTHENTICATION",
        {},
        [
            {"type": "BODY"},
            buttons(
                {
                    **OTP,
                    "otp_type": "ZERO_TAP",
                    "autofill_text": "Fill",
                    "supported_apps": [APP],
                    "zero_tap_terms_accepted": True,
                }
            ),
        ],
        {"body.1": "123456"},
    ),
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_kind_is_created_approved_and_sent(
    graph: GraphServer,
    api: ApiClient,
    ctx: TenantContext,
    number_id: str,
    clock: SettableClock,
    kind: str,
) -> None:
    """Meta takes the template, shows it back, and takes the message that its variables make."""
    category, settings, components, more = KINDS[kind]
    made = api.post(
        "/api/templates",
        json={
            "number_id": number_id,
            "name": f"kind_{kind}",
            "language": "en_US",
            "category": category,
            "components": components,
            **settings,
        },
    )
    assert made.status == 201, made.text
    needed = set(made.body["variables"])
    review(graph, made.body["meta_template_id"], "APPROVED")
    clock.advance(60)
    seen = api.get(f"/api/templates/{made.body['id']}").body
    assert (seen["status"], seen["is_sendable"]) == ("APPROVED", True)
    row = Templates(ctx).get(seen["id"])
    text = template_view.shape(row)
    assert set(variables(text)) == needed
    values = {**example_values(row.components), **more}
    assert needed <= set(values)
    sent = send_now(
        graph.fixture.access_token,
        graph.fixture.phone_number_id,
        template_message(
            "+447400123456", row.name, row.language, send_components(text, values), "c"
        ),
    )
    assert sent.message_id.startswith("wamid.")
    shown = api.post(f"/api/templates/{row.id}/preview", json={"values": values}).body
    assert shown["missing"] == []
    assert "{{" not in shown["body"]


def test_sample_from_the_library(graph: GraphServer, api: ApiClient, number_id: str) -> None:
    """A file of the library that is not there stops a creation before Meta hears of it."""
    answer = api.post(
        "/api/templates",
        json={
            "number_id": number_id,
            "name": "with_file",
            "language": "en_US",
            "category": "UTILITY",
            "components": [
                {"type": "HEADER", "format": "IMAGE", "example": {"media_id": "med_" + "0" * 26}},
                BODY,
            ],
        },
    )
    assert answer.status == 404
    assert graph.simulation.world.templates == {}
