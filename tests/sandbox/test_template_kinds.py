"""Templates of every kind: made within Meta's rules, and sent with what they ask for."""

from typing import Any

import pytest

from .bench import WABA, Bench, bench, body_component, template

pytestmark = pytest.mark.anyio

Json = dict[str, Any]
BODY = body_component("Our winter sale has begun.")
IMAGE = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::x"]}}
REPLY = {"type": "QUICK_REPLY", "text": "More"}
LINK = {"type": "URL", "text": "Go", "url": "https://ex.com/{{1}}", "example": ["https://ex.com/1"]}
COUPON = {"type": "COPY_CODE", "example": "SAVE20"}
PICTURE = {"type": "image", "image": {"link": "https://files.test/a.png"}}


def buttons(*items: Json) -> Json:
    """Return a BUTTONS component."""
    return {"type": "BUTTONS", "buttons": [dict(item) for item in items]}


def offer(text: str = "Ends soon") -> Json:
    """Return a limited-time offer."""
    return {
        "type": "LIMITED_TIME_OFFER",
        "limited_time_offer": {"text": text, "has_expiration": True},
    }


def card(*parts: Json) -> Json:
    """Return a card of a carousel."""
    return {"components": [dict(part) for part in parts]}


def carousel(*cards: Json) -> Json:
    """Return a carousel."""
    return {"type": "CAROUSEL", "cards": list(cards)}


def otp(**changes: Any) -> list[Json]:
    """Return the components of an authentication template."""
    button = {"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy", **changes}
    footer = {"type": "FOOTER", "code_expiration_minutes": 5}
    return [{"type": "BODY", "add_security_recommendation": True}, footer, buttons(button)]


APP = {"package_name": "com.example.shop", "signature_hash": "K8a/AINcGX7"}
CARD = card(IMAGE, body_component("Boots for winter."), buttons(LINK, REPLY))
PRODUCT_HEADER = {"type": "HEADER", "format": "PRODUCT"}
FLOW = {"type": "FLOW", "text": "Book", "flow_id": "5001", "flow_action": "navigate"}


def parameter(kind: str, value: Any) -> Json:
    """Return a parameter of a send."""
    return {"type": kind, kind: value}


def button(sub_type: str, index: int, *parameters: Json) -> Json:
    """Return the component of a send that fills in a button."""
    found = {"type": "button", "sub_type": sub_type, "index": index}
    return {**found, "parameters": list(parameters)}


def filled(index: int) -> Json:
    """Return a card of a send."""
    header = {"type": "header", "parameters": [PICTURE]}
    parts = [header, button("url", 0, parameter("text", "boots"))]
    return {"card_index": index, "components": parts}


def lasting(at: Any) -> Json:
    """Return the end of an offer."""
    end = parameter("limited_time_offer", {"expiration_time_ms": at})
    return {"type": "limited_time_offer", "parameters": [end]}


HEADER = {"type": "header", "parameters": [PICTURE]}
CODE = parameter("text", "123456")
SECTIONS = [{"title": "Boots", "product_items": [{"product_retailer_id": "b1"}]}]
PRODUCTS = parameter("action", {"thumbnail_product_retailer_id": "b1", "sections": SECTIONS})
COPY = button("copy_code", 0, parameter("coupon_code", "SAVE20"))

OFFER = [IMAGE, BODY, offer(), buttons(COUPON, LINK)]
CAROUSEL = [BODY, carousel(CARD, CARD)]
CARDS = {"type": "carousel", "cards": [filled(0), filled(1)]}
GO = button("url", 1, parameter("text", "x"))

# Components of a template; of sends of it, each with the code that it gets.
KINDS: list[tuple[str, str, list[Json], list[tuple[list[Json], int]]]] = [
    (
        "offer",
        "MARKETING",
        OFFER,
        [
            ([HEADER, lasting(1_900_000_000_000), COPY, GO], 0),
            ([HEADER, COPY, GO], 131008),
            ([HEADER, lasting("soon"), COPY, GO], 132012),
            ([HEADER, lasting(1_900_000_000_000), GO], 131008),
            ([HEADER, lasting(1_900_000_000_000), COPY], 131008),
        ],
    ),
    (
        "carousel",
        "MARKETING",
        CAROUSEL,
        [
            ([CARDS], 0),
            ([], 132000),
            ([{"type": "carousel", "cards": [filled(0)]}], 132000),
            ([{"type": "carousel", "cards": [filled(1), filled(0)]}], 100),
            ([{"type": "carousel", "cards": [filled(0), {"card_index": 1}]}], 132012),
        ],
    ),
    (
        "otp",
        "AUTHENTICATION",
        otp(),
        [
            ([{"type": "body", "parameters": [CODE]}, button("url", 0, CODE)], 0),
            ([{"type": "body", "parameters": [CODE]}], 131008),
        ],
    ),
    ("one_tap", "AUTHENTICATION", otp(otp_type="ONE_TAP", supported_apps=[APP]), []),
    (
        "zero_tap",
        "AUTHENTICATION",
        otp(otp_type="ZERO_TAP", supported_apps=[APP], zero_tap_terms_accepted=True),
        [],
    ),
    (
        "coupon",
        "MARKETING",
        [BODY, buttons(COUPON)],
        [
            ([COPY], 0),
            ([], 131008),
            ([button("copy_code", 0, parameter("coupon_code", "x" * 21))], 100),
        ],
    ),
    (
        "catalog",
        "MARKETING",
        [BODY, buttons({"type": "CATALOG", "text": "View"})],
        [
            ([], 0),
            ([button("catalog", 0, parameter("action", {}))], 0),
            ([button("catalog", 0, parameter("text", "x"))], 132012),
        ],
    ),
    (
        "products",
        "MARKETING",
        [BODY, buttons({"type": "MPM", "text": "View"})],
        [
            ([button("mpm", 0, PRODUCTS)], 0),
            ([], 131008),
            ([button("mpm", 0, parameter("action", {"sections": SECTIONS}))], 131008),
        ],
    ),
    (
        "product",
        "MARKETING",
        [PRODUCT_HEADER, BODY, buttons({"type": "SPM", "text": "View"})],
        [
            ([{"type": "header", "parameters": [parameter("product", {})]}], 131008),
            (
                [
                    {
                        "type": "header",
                        "parameters": [parameter("product", {"product_retailer_id": "b1"})],
                    }
                ],
                0,
            ),
        ],
    ),
    (
        "flow",
        "UTILITY",
        [BODY, buttons(FLOW)],
        [
            ([button("flow", 0, parameter("action", {"flow_token": "t"}))], 0),
            ([], 0),
            ([button("flow", 0, parameter("action", {"flow_action_data": "x"}))], 100),
        ],
    ),
    (
        "place",
        "UTILITY",
        [{"type": "HEADER", "format": "LOCATION"}, BODY],
        [
            (
                [{"type": "header", "parameters": [parameter("location", {"latitude": 1})]}],
                131008,
            ),
        ],
    ),
    (
        "money",
        "UTILITY",
        [body_component("You owe {{1}} since {{2}} to us.", "$10", "May")],
        [
            (
                [
                    {
                        "type": "body",
                        "parameters": [
                            parameter(
                                "currency",
                                {"fallback_value": "$10", "code": "USD", "amount_1000": 10_000},
                            ),
                            parameter("date_time", {"fallback_value": "May"}),
                        ],
                    }
                ],
                0,
            ),
            (
                [
                    {
                        "type": "body",
                        "parameters": [
                            parameter("currency", {"fallback_value": "$10"}),
                            parameter("date_time", {"fallback_value": "May"}),
                        ],
                    }
                ],
                132012,
            ),
        ],
    ),
]


@pytest.mark.parametrize(("name", "category", "components", "sends"), KINDS)
async def test_each_kind_is_made_and_sent(
    name: str, category: str, components: list[Json], sends: list[tuple[list[Json], int]]
) -> None:
    """The template is approved and listed; a send that fills it in is accepted, others are not."""
    async with bench() as b:
        template_id = await b.approve(name, category=category, components=components)
        assert b.simulation.world.templates[template_id].status == "APPROVED"
        for given, code in sends:
            sent = {"name": name, "language": {"code": "en_US"}, "components": given}
            answer = await b.send(template=sent)
            assert answer.json().get("error", {}).get("code", 0) == code, answer.text
        assert (await b.graph.get("/phones/15550111111")).status_code == 200


ODD = card(IMAGE, buttons(LINK, REPLY))
BAD = [
    ("MARKETING", [IMAGE, BODY, offer("x" * 17), buttons(LINK)], 2388040),
    ("UTILITY", [IMAGE, BODY, offer(), buttons(LINK)], 2388042),
    ("MARKETING", [*OFFER, {"type": "FOOTER", "text": "Bye"}], 2388042),
    ("MARKETING", [IMAGE, BODY, offer(), buttons(LINK, COUPON)], 2388061),
    ("MARKETING", [body_component("x" * 601), offer(), buttons(LINK)], 2388040),
    ("MARKETING", [BODY, carousel(CARD)], 2388042),
    ("MARKETING", [BODY, carousel(*[CARD] * 11)], 2388042),
    ("MARKETING", [BODY, carousel(CARD, ODD)], 2388042),
    ("MARKETING", [IMAGE, BODY, carousel(CARD, CARD)], 2388042),
    ("MARKETING", [BODY, carousel(*[card(BODY, buttons(REPLY))] * 2)], 2388047),
    ("MARKETING", [BODY, carousel(*[card(IMAGE, body_component("x" * 161))] * 2)], 2388040),
    ("MARKETING", [BODY, carousel(*[card(IMAGE, buttons(*[REPLY] * 3))] * 2)], 2388060),
    ("UTILITY", [BODY, buttons(COUPON)], 2388042),
    ("MARKETING", [BODY, buttons({"type": "COPY_CODE"})], 2388043),
    ("MARKETING", [BODY, buttons({"type": "CATALOG", "text": "View"}, REPLY)], 2388060),
    ("UTILITY", [PRODUCT_HEADER, BODY], 2388047),
    ("UTILITY", [BODY, buttons({**FLOW, "flow_name": "x"})], 0),
    ("UTILITY", [BODY, buttons({**REPLY, "text": "Hi {{1}}"})], 2388074),
    ("AUTHENTICATION", otp(otp_type="ONE_TAP"), 0),
    ("AUTHENTICATION", otp(otp_type="ZERO_TAP", supported_apps=[APP]), 2388042),
    ("AUTHENTICATION", otp(otp_type="SOME"), 0),
    ("AUTHENTICATION", [IMAGE, *otp()], 2388042),
    ("MARKETING", [{"type": "HEADER", "format": "TEXT", "text": "A *sale*"}, BODY], 2388047),
]


@pytest.mark.parametrize(("category", "components", "subcode"), BAD)
async def test_a_bad_kind_is_refused(category: str, components: list[Json], subcode: int) -> None:
    """What does not go together is error 100, with Meta's subcode where there is one."""
    async with bench() as b:
        wanted = template(category=category, components=components)
        answer = await b.graph.post(f"/{WABA}/message_templates", json=wanted)
        error = answer.json()["error"]
        assert (error["code"], error.get("error_subcode", 0)) == (100, subcode)


@pytest.mark.parametrize(
    ("category", "ttl_s", "is_taken"),
    [
        ("AUTHENTICATION", 900, True),
        ("AUTHENTICATION", 901, False),
        ("UTILITY", 43_200, True),
        ("UTILITY", -1, True),
        ("UTILITY", 29, False),
        ("MARKETING", 43_199, False),
        ("MARKETING", True, False),
    ],
)
async def test_a_templates_life_depends_on_its_category(
    category: str, ttl_s: int, *, is_taken: bool
) -> None:
    """`message_send_ttl_seconds` has a range for each category."""
    components = otp() if category == "AUTHENTICATION" else [BODY]
    wanted = template(category=category, components=components, message_send_ttl_seconds=ttl_s)
    async with bench() as b:
        answer = await b.graph.post(f"/{WABA}/message_templates", json=wanted)
        assert (answer.status_code == 200) is is_taken


async def test_a_code_needs_a_phone_number() -> None:
    """An authentication template to a user id alone is 131062."""
    async with bench() as b:
        await b.approve("otp", category="AUTHENTICATION", components=otp())
        await b.write("15550111111")
        given = [{"type": "body", "parameters": [CODE]}, button("url", 0, CODE)]
        sent = {"name": "otp", "language": {"code": "en_US"}, "components": given}
        user_id = b.simulation.world.user_id_for(_number(b), "15550111111")
        refused = await b.send(to="", recipient=user_id, template=sent)
        assert refused.json()["error"]["code"] == 131062


def _number(b: Bench) -> str:
    """Return the id of the number that sends."""
    return next(iter(b.simulation.world.numbers))
