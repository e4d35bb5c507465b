"""Every kind of interactive message: accepted within Meta's limits, refused beyond them."""

from typing import Any

import pytest

from .bench import bench

pytestmark = pytest.mark.anyio

Json = dict[str, Any]
BODY = {"text": "Have a look"}
IMAGE = {"type": "image", "image": {"link": "https://files.test/a.png"}}


def message(kind: str, action: Json, **parts: Any) -> Json:
    """Return an interactive message of a kind."""
    return {"type": kind, "body": BODY, "action": action, **parts}


def named(name: str, **parameters: Any) -> Json:
    """Return an action with a name and parameters."""
    return {"name": name, "parameters": parameters}


FLOW = {"flow_message_version": "3", "flow_name": "book", "flow_cta": "Book", "mode": "draft"}
LINK = named("cta_url", display_text="Shop", url="https://shop.example/1")
CARD = {"type": "cta_url", "header": IMAGE, "body": BODY, "action": LINK}
PRODUCT = {"catalog_id": "8001", "product_retailer_id": "boots"}
ITEMS = {"product_items": [{"product_retailer_id": "boots"}]}
SHOP = {"catalog_id": "8001", "sections": [{"title": "Boots", **ITEMS}]}
HEADER = {"type": "text", "text": "Winter"}
MANY = {"title": "All", "product_items": ITEMS["product_items"] * 31}
TOTAL = {"value": 100, "offset": 100}
PAYMENT = {
    "reference_id": "r1", "type": "digital-goods", "currency": "INR", "total_amount": TOTAL,
}  # fmt: skip


def cards(*items: Json) -> Json:
    """Return the action of a carousel, its cards numbered."""
    return {"cards": [{"card_index": index, **card} for index, card in enumerate(items)]}


GOOD = [
    message("cta_url", LINK, header=IMAGE, footer={"text": "Ends Sunday"}),
    message("location_request_message", {"name": "send_location"}),
    message("product", PRODUCT),
    {"type": "product", "action": PRODUCT},
    message("product_list", SHOP, header=HEADER),
    message("catalog_message", named("catalog_message", thumbnail_product_retailer_id="boots")),
    message("catalog_message", {"name": "catalog_message"}),
    message("carousel", cards(CARD, CARD)),
    message("carousel", cards(*[{"type": "product", "action": PRODUCT}] * 2)),
    message("address_message", named("address_message", country="IN", values={"name": "Ana"})),
    message("voice_call", named("voice_call", display_text="Call us", ttl_minutes=60)),
    message("call_permission_request", {"name": "call_permission_request"}),
    message("request_contact_info", {"name": "request_contact_info"}),
    message("order_details", named("review_and_pay", **PAYMENT)),
    message("order_status", named("review_order", reference_id="r1", order={"status": "shipped"})),
]  # fmt: skip

BAD = [
    (message("flow", named("flow", **{**FLOW, "flow_id": "1"})), 100, "flow_id"),
    (message("flow", named("flow", **{**FLOW, "flow_cta": "x" * 31})), 131009, "Flow CTA"),
    (message("flow", named("flow", **{**FLOW, "mode": "live"})), 100, "mode"),
    (message("flow", named("flow", **{**FLOW, "flow_message_version": "2"})), 100, "version"),
    (message("flow", named("flow", **FLOW)), 131009, "book"),
    (message("product", PRODUCT, header=HEADER), 100, "header"),
    (message("product", {"catalog_id": "8001"}), 100, "product_retailer_id"),
    (message("product_list", SHOP), 100, "header"),
    (message("product_list", {**SHOP, "sections": []}, header=HEADER), 131009, "sections"),
    (message("product_list", {**SHOP, "sections": [MANY]}, header=HEADER), 131009, "30"),
    (message("carousel", cards(CARD)), 131009, "cards"),
    (message("carousel", cards(*[CARD] * 11)), 131009, "cards"),
    (message("carousel", {"cards": [CARD, CARD]}), 100, "card_index"),
    (message("carousel", cards(CARD, {**CARD, "body": {"text": "x" * 161}})), 100, "160"),
    (message("carousel", cards(CARD, {"type": "product", "action": PRODUCT})), 131009, "same"),
    (message("cta_url", {**LINK, "parameters": {"display_text": "x" * 21}}), 131009, "text"),
    (message("cta_url", named("cta_url", display_text="x", url="shop")), 100, "url"),
    (message("location_request_message", {"name": "send_location"}, footer=BODY), 100, "footer"),
    (message("address_message", named("address_message", country="US")), 100, "country"),
    (message("voice_call", named("voice_call", ttl_minutes=0)), 131009, "ttl_minutes"),
    (message("order_status", named("review_order", reference_id="r1", order={})), 100, "order"),
    ({"type": "button", "action": {"buttons": []}}, 100, "body"),
]  # fmt: skip


@pytest.mark.parametrize("interactive", GOOD, ids=lambda value: str(value["type"]))
async def test_each_kind_is_accepted_and_shown(interactive: Json) -> None:
    """A message of the kind is accepted, and the person's phone can show it."""
    async with bench() as b:
        answer = await b.send(type="interactive", interactive=interactive)
        assert answer.status_code == 200, answer.text
        assert (await b.graph.get("/phones/15550111111")).status_code == 200


@pytest.mark.parametrize(("interactive", "code", "names"), BAD)
async def test_each_limit_is_refused_by_name(interactive: Json, code: int, names: str) -> None:
    """A message beyond a limit is refused, and the details say which."""
    async with bench() as b:
        error = (await b.send(type="interactive", interactive=interactive)).json()["error"]
        assert error["code"] == code
        assert names in error["error_data"]["details"]
