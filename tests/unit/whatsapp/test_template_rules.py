"""Every rule of Meta's on templates, both sides of each limit, told by the path of its field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.whatsapp.template_languages import LANGUAGES
from chalicelib.whatsapp.template_rules import TemplateDraft, problems

Json = dict[str, Any]

BODY: Json = {"type": "BODY", "text": "Hello there, friend"}
LINK: Json = {"type": "URL", "text": "Go", "url": "https://example.com/a"}
REPLY: Json = {"type": "QUICK_REPLY", "text": "Yes"}
PHONE: Json = {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550100001"}
COUPON: Json = {"type": "COPY_CODE", "example": "SAVE20"}
OTP: Json = {"type": "OTP", "otp_type": "COPY_CODE"}
APP: Json = {"package_name": "com.example.shop", "signature_hash": "K8a/AINcGX7"}
SAMPLE: Json = {"example": {"header_handle": ["4::aW1hZ2U"]}}
IMAGE: Json = {"type": "HEADER", "format": "IMAGE", **SAMPLE}
OFFER: Json = {
    "type": "LIMITED_TIME_OFFER",
    "limited_time_offer": {"text": "Ends soon", "has_expiration": True},
}


def buttons(*them: Json) -> Json:
    """Return the component of some buttons."""
    return {"type": "BUTTONS", "buttons": list(them)}


def card(*parts: Json) -> Json:
    """Return a card of a carousel."""
    return {"components": list(parts)}


CARD = card(IMAGE, {"type": "BODY", "text": "A fine hat"}, buttons(REPLY, LINK))


def carousel(*cards: Json) -> Json:
    """Return the component of a carousel."""
    return {"type": "CAROUSEL", "cards": list(cards)}


def fields(*components: Json, **settings: Any) -> set[str]:
    """Return the fields of what is wrong with a template of these components."""
    wanted: Json = {
        "name": "order_update",
        "language": "en_US",
        "category": "UTILITY",
        "parameter_format": "POSITIONAL",
        "ttl_s": None,
    }
    found = problems(TemplateDraft(**{**wanted, **settings}, components=components))
    assert all(problem.message.endswith(".") for problem in found)
    return {problem.field for problem in found}


def text(words: str, *examples: str) -> Json:
    """Return a body with examples of its numbered variables."""
    return {"type": "BODY", "text": words} | (
        {"example": {"body_text": [list(examples)]}} if examples else {}
    )


def named(words: str, **examples: str) -> Json:
    """Return a body with examples of its named variables."""
    listed = [{"param_name": name, "example": value} for name, value in examples.items()]
    return {"type": "BODY", "text": words, "example": {"body_text_named_params": listed}}


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"name": "a" * 512}, None),
        ({"name": "a" * 513}, "name"),
        ({"name": "Order"}, "name"),
        ({"name": "order-update"}, "name"),
        ({"name": ""}, "name"),
        ({"language": "pt_BR"}, None),
        ({"language": "pt-BR"}, "language"),
        ({"language": "xx"}, "language"),
        ({"ttl_s": 30}, None),
        ({"ttl_s": 29}, "message_send_ttl_seconds"),
        ({"ttl_s": 43_200}, None),
        ({"ttl_s": 43_201}, "message_send_ttl_seconds"),
        ({"ttl_s": -1}, None),
        ({"ttl_s": 43_200, "category": "MARKETING"}, None),
        ({"ttl_s": 43_199, "category": "MARKETING"}, "message_send_ttl_seconds"),
        ({"ttl_s": 2_592_000, "category": "MARKETING"}, None),
        ({"ttl_s": 2_592_001, "category": "MARKETING"}, "message_send_ttl_seconds"),
        ({"ttl_s": -1, "category": "MARKETING"}, "message_send_ttl_seconds"),
    ],
)
def test_settings(settings: Json, field: str | None) -> None:
    """Name, language and time to live of each category keep to Meta's limits."""
    assert fields(BODY, **settings) == ({field} if field else set())


@pytest.mark.parametrize("ttl_s", [29, 901, -1])
def test_time_to_live_of_a_code(ttl_s: int) -> None:
    """A one-time code is tried for 30 to 900 seconds."""
    parts = ({"type": "BODY"}, buttons(OTP))
    assert fields(*parts, category="AUTHENTICATION", ttl_s=ttl_s) == {"message_send_ttl_seconds"}
    for good in (30, 900):
        assert fields(*parts, category="AUTHENTICATION", ttl_s=good) == set()


def test_every_language_passes() -> None:
    """Each language code of Meta's is taken."""
    for language in LANGUAGES:
        assert fields(BODY, language=language) == set()


@pytest.mark.parametrize(
    ("component", "field"),
    [
        ({"type": "HEADER", "format": "TEXT", "text": "x" * 60}, None),
        ({"type": "HEADER", "format": "TEXT", "text": "x" * 61}, "components.0.text"),
        ({"type": "HEADER", "format": "TEXT", "text": ""}, "components.0.text"),
        ({"type": "HEADER", "format": "TEXT", "text": "a\nb"}, "components.0.text"),
        (
            {"type": "HEADER", "format": "TEXT", "text": "A {{1}}"},
            "components.0.example.header_text",
        ),
        (
            {
                "type": "HEADER",
                "format": "TEXT",
                "text": "A {{1}}",
                "example": {"header_text": ["7"]},
            },
            None,
        ),
        (IMAGE, None),
        ({**IMAGE, "format": "VIDEO"}, None),
        ({**IMAGE, "format": "DOCUMENT"}, None),
        ({**IMAGE, "example": {"media_id": "med_x"}}, None),
        ({**IMAGE, "example": None}, "components.0.example"),
        ({**IMAGE, "example": {"header_handle": []}}, "components.0.example"),
        ({**IMAGE, "example": {"header_handle": ["4::a", "4::b"]}}, "components.0.example"),
        (
            {**IMAGE, "example": {"header_handle": ["4::a"], "media_id": "m"}},
            "components.0.example",
        ),
        ({"type": "HEADER", "format": "LOCATION"}, None),
        ({"type": "HEADER", "format": "PRODUCT"}, None),
        ({"type": "FOOTER", "text": "x" * 60}, None),
        ({"type": "FOOTER", "text": "x" * 61}, "components.0.text"),
        ({"type": "FOOTER", "text": "Bye {{1}}"}, "components.0.text"),
        ({"type": "FOOTER", "text": "a\nb"}, "components.0.text"),
        (
            {"type": "FOOTER", "code_expiration_minutes": 5},
            "components.0.code_expiration_minutes",
        ),
    ],
)
def test_header_and_footer(component: Json, field: str | None) -> None:
    """Header and footer keep to their lengths, variables and samples."""
    assert fields(component, BODY) == ({field} if field else set())


def test_header_takes_one_variable() -> None:
    """A second variable in a header is refused, numbered or named."""
    header = {
        "type": "HEADER",
        "format": "TEXT",
        "text": "{{1}} of {{2}}",
        "example": {"header_text": ["1", "2"]},
    }
    assert fields(header, BODY) == {"components.0.text"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (text("x" * 1024), None),
        (text("x" * 1025), "text"),
        (text(""), "text"),
        (text("Hi {{1}}, see you", "Ana"), None),
        (text("Hi {{1}}, see you"), "example.body_text"),
        (text("Hi {{1}}, see you", "Ana", "Bo"), "example.body_text"),
        (text("Hi {{1}}, see you", " "), "example.body_text"),
        (text("Hi there, no variable", "Ana"), "example.body_text"),
        (text("{{1}}, see you then", "Ana"), "text"),
        (text("See you then, {{1}}", "Ana"), "text"),
        (text("Hi {{1}}{{2}} see you there", "a", "b"), "text"),
        (text("Hi {{1}} \n {{2}} see you there", "a", "b"), "text"),
        (text("Hi {{1}}, {{2}} ok", "a", "b"), "text"),
        (text("Hi {{1}} and {{2}} ok", "a", "b"), None),
        (text("Hi {{2}}, see you", "a"), "text"),
        (text("Hi {{2}} and also {{1}} here", "a", "b"), "text"),
        (text("Hi {{0}}, see you", "a"), "text"),
        (text("Hi {{name}}, see you", "a"), "text"),
        (text("Hi {{ 1 }}, see you", "a"), "text"),
        (text("Hi {{1}, see you", "a"), "text"),
        ({**BODY, "add_security_recommendation": True}, "add_security_recommendation"),
    ],
)
def test_body(body: Json, field: str | None) -> None:
    """A body keeps to its length, and its variables to Meta's rules, each with an example."""
    found = fields(body)
    if field is None:
        assert found == set()
    else:
        assert f"components.0.{field}" in found


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (named("Hi {{first_name}}, see you", first_name="Ana"), None),
        (named("Hi {{n1}} and {{n2}} there", n2="b", n1="a"), None),
        (named("Hi {{first_name}}, see you"), "example.body_text_named_params"),
        (named("Hi {{first_name}}, see you", name="Ana"), "example.body_text_named_params"),
        (named("Hi {{First}}, see you", First="Ana"), "text"),
        (named("Hi {{1}}, see you"), "text"),
        (named("Hi {{a-b}}, see you"), "text"),
        (named("{{first_name}}, see you then", first_name="Ana"), "text"),
    ],
)
def test_named_variables(body: Json, field: str | None) -> None:
    """Named variables are lower_snake, in any order, and each has an example by its name."""
    found = fields(body, parameter_format="NAMED")
    assert (found == set()) if field is None else f"components.0.{field}" in found


def test_text_without_spaces_is_left_to_meta() -> None:
    """Chinese, Japanese, Thai and Lao text is not judged by a count of words."""
    body = text("尊敬的{{1}}，您的{{2}}将于{{3}}送达。", "安", "帽子", "周一")
    assert fields(body, language="zh_CN") == set()


@pytest.mark.parametrize(
    ("component", "field"),
    [
        (buttons(*[REPLY] * 10), None),
        (buttons(*[REPLY] * 11), "buttons"),
        (buttons(), "buttons"),
        (buttons(LINK, LINK), None),
        (buttons(LINK, LINK, LINK), "buttons"),
        (buttons(PHONE, PHONE), "buttons"),
        (buttons(COUPON, COUPON), "buttons"),
        (buttons(REPLY, REPLY, LINK, PHONE), None),
        (buttons(LINK, PHONE, REPLY, REPLY), None),
        (buttons(REPLY, LINK, REPLY), "buttons"),
        (buttons(LINK, REPLY, PHONE), "buttons"),
        (buttons({**REPLY, "text": "x" * 25}), None),
        (buttons({**REPLY, "text": "x" * 26}), "buttons.0.text"),
        (buttons({**REPLY, "text": ""}), "buttons.0.text"),
        (buttons({**REPLY, "text": "{{1}}"}), "buttons.0.text"),
        (buttons({**PHONE, "phone_number": "015550100001"}), "buttons.0.phone_number"),
        (buttons({**LINK, "url": f"https://example.com/{'x' * 1980}"}), None),
        (buttons({**LINK, "url": f"https://example.com/{'x' * 1981}"}), "buttons.0.url"),
        (buttons({**LINK, "url": "example.com/a"}), "buttons.0.url"),
        (buttons({**LINK, "url": "https://exa mple.com"}), "buttons.0.url"),
        (buttons({**LINK, "url": "https://[::1/{{1}}"}), "buttons.0.url"),
        (buttons({**LINK, "url": "https://{{1}}"}), "buttons.0.url"),
        (buttons({**LINK, "url": "https://example.com/{{1}}/a"}), "buttons.0.url"),
        (buttons({**LINK, "url": "https://example.com/{{2}}"}), "buttons.0.url"),
        (buttons({**LINK, "url": "https://example.com/{{1}}"}), "buttons.0.example"),
        (buttons({**LINK, "example": ["https://example.com/a"]}), "buttons.0.example"),
        (
            buttons(
                {
                    **LINK,
                    "url": "https://example.com/{{1}}",
                    "example": ["https://example.com/77"],
                }
            ),
            None,
        ),
        (buttons({**COUPON, "example": "x" * 20}), None),
        (buttons({**COUPON, "example": "x" * 21}), "buttons.0.example"),
        (buttons({"type": "COPY_CODE"}), "buttons.0.example"),
        (buttons({"type": "FLOW", "text": "Book", "flow_id": "1"}), None),
        (buttons({"type": "FLOW", "text": "Book"}), "buttons.0.flow_id"),
        (
            buttons({"type": "FLOW", "text": "Book", "flow_id": "1", "flow_name": "b"}),
            "buttons.0.flow_id",
        ),
        (buttons({"type": "CATALOG", "text": "View catalog"}), None),
        (buttons({"type": "MPM", "text": "View items"}, REPLY), "buttons"),
        (buttons({"type": "SPM", "text": "View"}), None),
        (buttons({"type": "VOICE_CALL", "text": "Call us"}), None),
        (buttons({"type": "REQUEST_CONTACT_INFO"}), None),
        (buttons(OTP), "buttons.0.type"),
    ],
)
def test_buttons(component: Json, field: str | None) -> None:
    """Buttons keep to their numbers, order, lengths, and each to what its type needs."""
    assert fields(BODY, component) == ({f"components.1.{field}"} if field else set())


@pytest.mark.parametrize(
    ("components", "field"),
    [
        ((), "components"),
        ((buttons(REPLY),), "components"),
        ((BODY, BODY), "components"),
        ((BODY, IMAGE, IMAGE), "components"),
        ((BODY, {"type": "CALL_PERMISSION_REQUEST"}), None),
    ],
)
def test_components_together(components: tuple[Json, ...], field: str | None) -> None:
    """A template has one body, and at most one of each other part."""
    assert fields(*components) == ({field} if field else set())


@pytest.mark.parametrize(
    ("components", "field"),
    [
        (({"type": "BODY", "add_security_recommendation": True}, buttons(OTP)), None),
        (
            ({"type": "BODY"}, {"type": "FOOTER", "code_expiration_minutes": 1}, buttons(OTP)),
            None,
        ),
        (
            ({"type": "BODY"}, {"type": "FOOTER", "code_expiration_minutes": 90}, buttons(OTP)),
            None,
        ),
        (
            ({"type": "BODY"}, {"type": "FOOTER", "code_expiration_minutes": 0}, buttons(OTP)),
            "components.1.code_expiration_minutes",
        ),
        (
            ({"type": "BODY"}, {"type": "FOOTER", "code_expiration_minutes": 91}, buttons(OTP)),
            "components.1.code_expiration_minutes",
        ),
        (
            (
                {"type": "BODY"},
                {"type": "FOOTER", "text": "Hi", "code_expiration_minutes": 5},
                buttons(OTP),
            ),
            "components.1.text",
        ),
        ((text("Your code is {{1}}."), buttons(OTP)), "components.0.text"),
        ((IMAGE, {"type": "BODY"}, buttons(OTP)), "components.0"),
        (({"type": "BODY"},), "components"),
        (({"type": "BODY"}, buttons(REPLY)), "components.1.buttons"),
        (({"type": "BODY"}, buttons(OTP, OTP)), "components.1.buttons"),
        (
            ({"type": "BODY"}, buttons({**OTP, "otp_type": "ONE_TAP"})),
            "components.1.buttons.0.supported_apps",
        ),
        (
            ({"type": "BODY"}, buttons({**OTP, "otp_type": "ONE_TAP", "supported_apps": [APP]})),
            None,
        ),
        (
            (
                {"type": "BODY"},
                buttons({**OTP, "otp_type": "ONE_TAP", "supported_apps": [APP] * 6}),
            ),
            "components.1.buttons.0.supported_apps",
        ),
        (
            (
                {"type": "BODY"},
                buttons(
                    {
                        **OTP,
                        "otp_type": "ONE_TAP",
                        "supported_apps": [{**APP, "package_name": "shop"}],
                    }
                ),
            ),
            "components.1.buttons.0.supported_apps.0.package_name",
        ),
        (
            (
                {"type": "BODY"},
                buttons(
                    {
                        **OTP,
                        "otp_type": "ONE_TAP",
                        "supported_apps": [{**APP, "signature_hash": "short"}],
                    }
                ),
            ),
            "components.1.buttons.0.supported_apps.0.signature_hash",
        ),
        (
            ({"type": "BODY"}, buttons({**OTP, "otp_type": "ZERO_TAP", "supported_apps": [APP]})),
            "components.1.buttons.0.zero_tap_terms_accepted",
        ),
        (
            (
                {"type": "BODY"},
                buttons(
                    {
                        **OTP,
                        "otp_type": "ZERO_TAP",
                        "supported_apps": [APP],
                        "zero_tap_terms_accepted": True,
                    }
                ),
            ),
            None,
        ),
        (({"type": "BODY"}, buttons({**OTP, "text": "x" * 25})), None),
        (({"type": "BODY"}, buttons({**OTP, "text": "x" * 26})), "components.1.buttons.0.text"),
    ],
)
def test_authentication(components: tuple[Json, ...], field: str | None) -> None:
    """A one-time code has Meta's text, an expiry of 1 to 90 minutes, and one OTP button."""
    assert fields(*components, category="AUTHENTICATION") == ({field} if field else set())


@pytest.mark.parametrize(
    ("components", "field"),
    [
        ((IMAGE, BODY, OFFER, buttons(COUPON, LINK)), None),
        ((BODY, OFFER, buttons(COUPON)), None),
        ((text("x" * 600), OFFER, buttons(COUPON)), None),
        ((text("x" * 601), OFFER, buttons(COUPON)), "components.0.text"),
        ((BODY, OFFER, buttons(LINK)), "components.2.buttons"),
        ((BODY, OFFER, buttons(LINK, COUPON)), "components.2.buttons"),
        ((BODY, OFFER, buttons(REPLY)), "components.2.buttons"),
        ((BODY, OFFER, buttons(COUPON), {"type": "FOOTER", "text": "Bye"}), "components.3"),
        (({**IMAGE, "format": "DOCUMENT"}, BODY, OFFER, buttons(COUPON)), "components.0.format"),
        (
            (BODY, {**OFFER, "limited_time_offer": {"text": "x" * 17}}, buttons(LINK)),
            "components.1.limited_time_offer.text",
        ),
        ((BODY, {**OFFER, "limited_time_offer": {"text": "x" * 16}}, buttons(LINK)), None),
    ],
)
def test_limited_time_offer(components: tuple[Json, ...], field: str | None) -> None:
    """An offer is 16 characters, its body 600, the coupon comes first, and there is no footer."""
    assert fields(*components, category="MARKETING") == ({field} if field else set())


def test_offer_is_marketing() -> None:
    """An offer of another category is refused."""
    assert fields(BODY, OFFER, buttons(COUPON)) == {"category"}


@pytest.mark.parametrize(
    ("components", "field"),
    [
        ((BODY, carousel(CARD, CARD)), None),
        ((BODY, carousel(*[CARD] * 10)), None),
        ((BODY, carousel(*[CARD] * 11)), "components.1.cards"),
        ((BODY, carousel(CARD)), "components.1.cards"),
        (
            (BODY, carousel(CARD, card(IMAGE, buttons(REPLY, LINK)))),
            "components.1.cards.1.components",
        ),
        (
            (BODY, carousel(CARD, card(IMAGE, CARD["components"][1], buttons(REPLY)))),
            "components.1.cards.1.components",
        ),
        (
            (BODY, carousel(*[card(IMAGE, text("x" * 161), buttons(REPLY))] * 2)),
            "components.1.cards.0.components.1.text",
        ),
        ((BODY, carousel(*[card(IMAGE, text("x" * 160), buttons(REPLY))] * 2)), None),
        ((BODY, carousel(*[card(BODY, buttons(REPLY))] * 2)), "components.1.cards.0.components"),
        (
            (BODY, carousel(*[card({**IMAGE, "format": "DOCUMENT"}, buttons(REPLY))] * 2)),
            "components.1.cards.0.components.0.format",
        ),
        (
            (BODY, carousel(*[card(IMAGE, buttons(REPLY, REPLY, LINK))] * 2)),
            "components.1.cards.0.components.1.buttons",
        ),
        (
            (BODY, carousel(*[card(IMAGE, buttons(COUPON))] * 2)),
            "components.1.cards.0.components.1.buttons",
        ),
        ((BODY, carousel(CARD, CARD), buttons(REPLY)), "components.2"),
        ((IMAGE, BODY, carousel(CARD, CARD)), "components.0"),
        (
            (
                BODY,
                carousel(
                    *[
                        card(
                            {"type": "HEADER", "format": "PRODUCT"},
                            buttons({"type": "SPM", "text": "View"}),
                        )
                    ]
                    * 2
                ),
            ),
            None,
        ),
    ],
)
def test_carousel(components: tuple[Json, ...], field: str | None) -> None:
    """A carousel has 2 to 10 cards alike, each with a picture and one or two buttons."""
    found = fields(*components, category="MARKETING")
    assert (found == set()) if field is None else field in found


def test_all_problems_are_told_at_once() -> None:
    """A form with three wrong fields shows three errors, not the first alone."""
    found = fields({"type": "FOOTER", "text": "{{1}}"}, text("Hi {{1}}!"), language="xx")
    assert found >= {"language", "components.0.text", "components.1.example.body_text"}


@given(
    st.lists(
        st.one_of(
            st.builds(text, st.text(max_size=40)),
            st.sampled_from([IMAGE, OFFER, buttons(REPLY), carousel(CARD), {"type": "FOOTER"}]),
        ),
        max_size=4,
    ),
    st.sampled_from(["MARKETING", "UTILITY", "AUTHENTICATION"]),
    st.sampled_from(["POSITIONAL", "NAMED"]),
)
def test_no_template_breaks_the_rules_themselves(
    components: list[Json], category: str, parameter_format: str
) -> None:
    """Whatever is put together, the rules answer, and each names a field that exists."""
    for field in fields(*components, category=category, parameter_format=parameter_format):
        first, _, rest = field.partition(".")
        assert first in {"name", "language", "category", "components", "message_send_ttl_seconds"}
        assert not rest or int(rest.partition(".")[0]) < len(components)
