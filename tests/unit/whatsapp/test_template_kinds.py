"""Messages from every kind of template: which values they need, and what Meta gets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.whatsapp.template_examples import example_values
from chalicelib.whatsapp.template_text import (
    media_variables,
    optional_variables,
    preview,
    read_sections,
    read_time_ms,
    send_components,
    shape_of,
    variables,
)
from chalicelib.whatsapp.template_values import value_problem

Json = dict[str, Any]

BODY: Json = {"type": "BODY", "text": "Hello there"}
MED = "med_" + "0" * 26


def shape(*components: Json) -> Any:
    """Return the shape of some components."""
    return shape_of("n", "en", components)


def header(form: str) -> Json:
    """Return a header of a format."""
    return {"type": "HEADER", "format": form}


def buttons(*them: Json) -> Json:
    """Return the component of some buttons."""
    return {"type": "BUTTONS", "buttons": list(them)}


@pytest.mark.parametrize(
    ("form", "value", "parameter"),
    [
        ("IMAGE", "600", {"type": "image", "image": {"id": "600"}}),
        (
            "IMAGE",
            " https://a.example/b.png ",
            {"type": "image", "image": {"link": "https://a.example/b.png"}},
        ),
        ("VIDEO", "601", {"type": "video", "video": {"id": "601"}}),
        ("DOCUMENT", "602", {"type": "document", "document": {"id": "602"}}),
        ("GIF", "603", {"type": "gif", "gif": {"id": "603"}}),
    ],
)
def test_media_header(form: str, value: str, parameter: Json) -> None:
    """A media header takes an id of Meta's or a link."""
    text = shape(header(form), BODY)
    assert variables(text) == media_variables(text) == ("header.media",)
    assert send_components(text, {"header.media": value}) == [
        {"type": "header", "parameters": [parameter]}
    ]


def test_document_may_have_a_name() -> None:
    """A document carries the name under which it is saved, if one is given."""
    text = shape(header("DOCUMENT"), BODY)
    assert optional_variables(text) == ("header.filename",)
    (sent,) = send_components(text, {"header.media": "602", "header.filename": "bill.pdf"})
    assert sent["parameters"][0]["document"] == {"id": "602", "filename": "bill.pdf"}


def test_location_header() -> None:
    """A place needs its coordinates; its name and address are sent if given."""
    text = shape(header("LOCATION"), BODY)
    values = {"header.latitude": "52.5", "header.longitude": "13.4"}
    assert variables(text) == tuple(values)
    (sent,) = send_components(text, {**values, "header.name": "Shop"})
    assert sent["parameters"] == [
        {"type": "location", "location": {"latitude": "52.5", "longitude": "13.4", "name": "Shop"}}
    ]


def test_product_header() -> None:
    """A product is named by its id and its catalogue's."""
    text = shape(header("PRODUCT"), BODY, buttons({"type": "SPM", "text": "View"}))
    assert variables(text) == ("header.product", "header.catalog_id")
    (sent,) = send_components(text, {"header.product": "sku1", "header.catalog_id": "9"})
    product = {"product_retailer_id": "sku1", "catalog_id": "9"}
    assert sent["parameters"] == [{"type": "product", "product": product}]


@pytest.mark.parametrize(
    ("button", "values", "sub_type", "parameter"),
    [
        (
            {"type": "COPY_CODE"},
            {"button.0": "SAVE20"},
            "copy_code",
            {"type": "coupon_code", "coupon_code": "SAVE20"},
        ),
        (
            {"type": "QUICK_REPLY", "text": "Yes"},
            {"button.0": "yes-77"},
            "quick_reply",
            {"type": "payload", "payload": "yes-77"},
        ),
        (
            {"type": "FLOW", "text": "Book"},
            {},
            "flow",
            {"type": "action", "action": {"flow_token": "unused"}},
        ),
        (
            {"type": "FLOW", "text": "Book"},
            {"button.0": "t1"},
            "flow",
            {"type": "action", "action": {"flow_token": "t1"}},
        ),
        (
            {"type": "CATALOG", "text": "View"},
            {"button.0": "sku1"},
            "CATALOG",
            {"type": "action", "action": {"thumbnail_product_retailer_id": "sku1"}},
        ),
        (
            {"type": "MPM", "text": "View"},
            {"button.0.products": "Hats: sku1, sku2; Caps: sku3"},
            "mpm",
            {
                "type": "action",
                "action": {
                    "thumbnail_product_retailer_id": "sku1",
                    "sections": [
                        {
                            "title": "Hats",
                            "product_items": [
                                {"product_retailer_id": "sku1"},
                                {"product_retailer_id": "sku2"},
                            ],
                        },
                        {"title": "Caps", "product_items": [{"product_retailer_id": "sku3"}]},
                    ],
                },
            },
        ),
        (
            {"type": "VOICE_CALL", "text": "Call"},
            {"button.0": "p"},
            "voice_call",
            {"type": "payload", "payload": "p"},
        ),
        (
            {"type": "URL", "text": "Go", "url": "https://a.example/{{1}}"},
            {"button.0": "77"},
            "url",
            {"type": "text", "text": "77"},
        ),
    ],
)
def test_button(button: Json, values: dict[str, str], sub_type: str, parameter: Json) -> None:
    """Each button gets its parameter under Meta's sub_type."""
    text = shape(BODY, buttons(button))
    assert set(values) <= set(variables(text)) | set(optional_variables(text))
    assert send_components(text, values) == [
        {"type": "button", "sub_type": sub_type, "index": "0", "parameters": [parameter]}
    ]


@pytest.mark.parametrize(
    "button",
    [
        {"type": "QUICK_REPLY", "text": "Yes"},
        {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+1555"},
        {"type": "URL", "text": "Go", "url": "https://a.example/"},
        {"type": "CATALOG", "text": "View"},
        {"type": "SPM", "text": "View"},
        {"type": "VOICE_CALL", "text": "Call"},
        {"type": "REQUEST_CONTACT_INFO"},
        {"type": "SOMETHING_NEW"},
    ],
)
def test_button_without_a_value_is_left_out(button: Json) -> None:
    """A button that needs nothing sends nothing, also one of a type that is new at Meta."""
    text = shape(BODY, buttons(button))
    assert variables(text) == ()
    assert send_components(text, {}) == []


@pytest.mark.parametrize(
    "components",
    [
        ({"type": "BODY"}, buttons({"type": "OTP", "otp_type": "COPY_CODE"})),
        (
            {"type": "BODY", "text": "*{{1}}* es tu código."},
            buttons(
                {
                    "type": "URL",
                    "text": "Copiar",
                    "url": "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}",
                }
            ),
        ),
    ],
)
def test_one_time_code(components: tuple[Json, ...]) -> None:
    """The code goes into the text and onto the button, before and after Meta has filled it in."""
    text = shape(*components)
    assert variables(text) == ("body.1",)
    assert send_components(text, {"body.1": "123456"}) == [
        {"type": "body", "parameters": [{"type": "text", "text": "123456"}]},
        {
            "type": "button",
            "sub_type": "url",
            "index": "0",
            "parameters": [{"type": "text", "text": "123456"}],
        },
    ]


def test_text_of_a_one_time_code() -> None:
    """Before Meta has filled it in, an authentication template shows Meta's English words."""
    text = shape(
        {"type": "BODY", "add_security_recommendation": True},
        {"type": "FOOTER", "code_expiration_minutes": 5},
        buttons({"type": "OTP", "otp_type": "COPY_CODE"}),
    )
    assert preview(text, {"body.1": "123456"}) == (
        "*123456* is your verification code. For your security, do not share this code.\n"
        "This code expires in 5 minutes."
    )


OFFER = (
    {**header("IMAGE")},
    {
        "type": "LIMITED_TIME_OFFER",
        "limited_time_offer": {"text": "Ends soon", "has_expiration": True},
    },
    {"type": "BODY", "text": "Hi {{1}}, do not miss it"},
    buttons(
        {"type": "COPY_CODE", "example": "SAVE20"},
        {"type": "URL", "text": "Shop", "url": "https://a.example/{{1}}"},
    ),
)


def test_limited_time_offer() -> None:
    """An offer carries the moment at which it ends, between header and body."""
    text = shape(*OFFER)
    assert variables(text) == ("header.media", "body.1", "button.0", "button.1", "offer.expires_at")
    values = {
        "header.media": "600",
        "body.1": "Ana",
        "button.0": "SAVE20",
        "button.1": "77",
        "offer.expires_at": "2026-12-01T00:00:00Z",
    }
    sent = send_components(text, values)
    assert [part["type"] for part in sent] == [
        "header",
        "limited_time_offer",
        "body",
        "button",
        "button",
    ]
    offer = {"expiration_time_ms": 1_796_083_200_000}
    assert sent[1]["parameters"] == [{"type": "limited_time_offer", "limited_time_offer": offer}]
    assert preview(text, values) == "Ends soon\nHi Ana, do not miss it"


def test_carousel() -> None:
    """Each card gets its own file, text and link, in the order of the cards."""
    card = {
        "components": [
            header("IMAGE"),
            {"type": "BODY", "text": "A {{1}} for you"},
            buttons(
                {"type": "QUICK_REPLY", "text": "More"},
                {"type": "URL", "text": "Shop", "url": "https://a.example/{{1}}"},
            ),
        ]
    }
    text = shape(BODY, {"type": "CAROUSEL", "cards": [card, card]})
    assert variables(text) == tuple(
        f"card.{n}.{name}" for n in (0, 1) for name in ("header.media", "body.1", "button.1")
    )
    assert optional_variables(text) == ("card.0.button.0", "card.1.button.0")
    assert media_variables(text) == ("card.0.header.media", "card.1.header.media")
    values = {name: f"{name[5]}00" for name in variables(text)}
    (sent,) = send_components(text, values)
    assert [one["card_index"] for one in sent["cards"]] == [0, 1]
    assert sent["cards"][1]["components"] == [
        {"type": "header", "parameters": [{"type": "image", "image": {"id": "100"}}]},
        {"type": "body", "parameters": [{"type": "text", "text": "100"}]},
        {
            "type": "button",
            "sub_type": "url",
            "index": "1",
            "parameters": [{"type": "text", "text": "100"}],
        },
    ]
    assert preview(text, values) == "Hello there\nA 000 for you\nA 100 for you"


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [
        ("2026-12-01T00:00:00Z", 1_796_083_200_000),
        ("2026-12-01T01:00:00+01:00", 1_796_083_200_000),
        ("2026-12-01", 1_796_083_200_000),
        ("1796083200000", 1_796_083_200_000),
        ("soon", None),
        ("", None),
        ("9" * 5000, None),
    ],
)
def test_time(text: str, time_ms: int | None) -> None:
    """A time is ISO 8601 or milliseconds; without a zone it is UTC."""
    assert read_time_ms(text) == time_ms


def test_sections() -> None:
    """Titles may be left out, and what is empty is passed over."""
    assert read_sections("a, ,b;;") == [
        {"product_items": [{"product_retailer_id": "a"}, {"product_retailer_id": "b"}]}
    ]
    assert read_sections(" ; : ,") == []


VALUES = st.dictionaries(
    st.sampled_from([*variables(shape(*OFFER)), "header.filename", "x"]), st.text(), max_size=6
)


@given(VALUES)
def test_only_a_missing_value_stops_a_send(values: dict[str, str]) -> None:
    """Whatever a value says, a message is made of it; only one that is missing is an error."""
    text = shape(*OFFER)
    if set(variables(text)) <= set(values):
        assert len(send_components(text, values)) == 5
    else:
        with pytest.raises(KeyError):
            send_components(text, values)


def test_examples_are_values() -> None:
    """The examples of a submission fill the template: texts, links, coupons, codes, cards."""
    components: list[Json] = [
        {"type": "HEADER", "format": "TEXT", "text": "{{1}}!", "example": {"header_text": ["Hi"]}},
        {"type": "BODY", "text": "a {{1}} b {{2}}", "example": {"body_text": [["x", "y"]]}},
        buttons(
            {
                "type": "URL",
                "url": "https://a.example/{{1}}",
                "example": ["https://a.example/77"],
            },
            {"type": "COPY_CODE", "example": "SAVE20"},
        ),
        {
            "type": "CAROUSEL",
            "cards": [
                {
                    "components": [
                        {
                            "type": "BODY",
                            "text": "c {{name}}",
                            "example": {
                                "body_text_named_params": [{"param_name": "name", "example": "z"}]
                            },
                        }
                    ]
                }
            ],
        },
    ]
    assert example_values(components) == {
        "header.1": "Hi",
        "body.1": "x",
        "body.2": "y",
        "button.0": "77",
        "button.1": "SAVE20",
        "card.0.body.name": "z",
    }
    assert example_values([buttons({"type": "OTP"})]) == {"body.1": "123456"}
    assert example_values([{"type": "BODY", "text": "a {{1}}", "example": "odd"}]) == {}


@pytest.mark.parametrize(
    ("name", "value", "is_good"),
    [
        ("header.media", "https://a.example/b.png", True),
        ("header.media", MED, True),
        ("header.media", "600", True),
        ("header.media", "b.png", False),
        ("card.0.header.media", "b.png", False),
        ("header.latitude", "-90", True),
        ("header.latitude", "90.1", False),
        ("header.longitude", "180", True),
        ("header.longitude", "east", False),
        ("header.longitude", "nan", False),
        ("offer.expires_at", "2026-12-01", True),
        ("offer.expires_at", "soon", False),
        ("button.0.products", "a, b", True),
        ("button.0.products", " ; ", False),
        ("button.0.products", "A: a; b", False),
        ("button.0.products", ",".join(["a"] * 30), True),
        ("button.0.products", ",".join(["a"] * 31), False),
        ("button.0.products", f"{'x' * 25}: a", False),
        ("button.1", "x" * 20, True),
        ("button.1", "x" * 21, False),
        ("body.1", "anything", True),
    ],
)
def test_value_is_judged(*, name: str, value: str, is_good: bool) -> None:
    """A value that WhatsApp would refuse is told in words, with what to write."""
    text = shape(
        BODY,
        buttons({"type": "MPM"}, {"type": "COPY_CODE"}),
        {"type": "CAROUSEL", "cards": [{"components": [header("IMAGE")]}]},
    )
    problem = value_problem(text, name, value)
    assert problem is None if is_good else (problem or "").endswith(".")


def test_code_has_15_characters() -> None:
    """A one-time code has at most 15 characters."""
    text = shape({"type": "BODY"}, buttons({"type": "OTP"}))
    assert value_problem(text, "body.1", "1" * 15) is None
    assert value_problem(text, "body.1", "1" * 16) is not None
