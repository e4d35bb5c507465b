"""What is told about templates: warnings, reasons of Meta's, texts that Meta has changed."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.whatsapp.events import TemplateComponents
from chalicelib.whatsapp.template_rules import TemplateDraft
from chalicelib.whatsapp.template_updates import with_texts
from chalicelib.whatsapp.template_verdicts import pause_words, rejection_words
from chalicelib.whatsapp.template_warnings import warnings

Json = dict[str, Any]
REPLY: Json = {"type": "QUICK_REPLY", "text": "Yes"}


def warned(*components: Json, category: str = "UTILITY", ttl_s: int | None = None) -> set[str]:
    """Return the fields that are warned of."""
    draft = TemplateDraft("n", "en", category, "POSITIONAL", ttl_s, components)
    found = warnings(draft)
    assert all(one.message.endswith(".") for one in found)
    return {one.field for one in found}


def body(text: str) -> Json:
    """Return a body."""
    return {"type": "BODY", "text": text}


@pytest.mark.parametrize(
    ("components", "fields"),
    [
        ((body("Your order ships today"),), set[str]()),
        ((body("20 % off today"),), {"components.0.text"}),
        ((body("Use this coupon"),), {"components.0.text"}),
        ((body("Pay at bit.ly/x"),), {"components.0.text"}),
        ((body("Send us your PIN"),), {"components.0.text"}),
        (
            (
                body("Hello"),
                {
                    "type": "BUTTONS",
                    "buttons": [{"type": "URL", "text": "Go", "url": "https://wa.me/1"}],
                },
            ),
            {"components.1.buttons.0.url"},
        ),
        ((body("Hello"), {"type": "BUTTONS", "buttons": [REPLY] * 3}), set[str]()),
        ((body("Hello"), {"type": "BUTTONS", "buttons": [REPLY] * 4}), {"components.1.buttons"}),
        (
            (
                body("Hello"),
                {"type": "CAROUSEL", "cards": [{"components": [body("Big sale")]}]},
            ),
            {"components.1.cards.0.components.0.text"},
        ),
    ],
)
def test_utility_is_warned(components: tuple[Json, ...], fields: set[str]) -> None:
    """What reads like a promotion, shortens links, asks for secrets or hides buttons is told."""
    assert warned(*components) == fields


def test_marketing_is_warned() -> None:
    """A promotion should say how to stop it; its time to live needs another API."""
    assert warned(body("20 % off today"), category="MARKETING") == {"components"}
    footer = {"type": "FOOTER", "text": "Reply STOP to opt out"}
    assert warned(body("20 % off"), footer, category="MARKETING") == set()
    assert warned(body("20 % off"), footer, category="MARKETING", ttl_s=43_200) == {
        "message_send_ttl_seconds"
    }


def test_reasons_in_words() -> None:
    """Every reason of Meta's has words and an advice; one that is new is shown as it came."""
    codes = ("ABUSIVE_CONTENT", "INCORRECT_CATEGORY", "INVALID_FORMAT", "PROMOTIONAL", "SCAM")
    known = {rejection_words(code).reason for code in (*codes, "TAG_CONTENT_MISMATCH")}
    assert len(known) == 6
    assert "BRAND_NEW" in rejection_words("BRAND_NEW").reason


@pytest.mark.parametrize(
    ("title", "hours"),
    [("FIRST_PAUSE", 3), ("SECOND_PAUSE", 6), ("RATE_LIMITING_PAUSE", None), ("NEW", None)],
)
def test_pauses_in_words(title: str, hours: int | None) -> None:
    """The first pause lasts 3 hours, the second 6; any other until somebody ends it."""
    words = pause_words(title)
    assert words.lasts_ms == (None if hours is None else hours * 3_600_000)
    assert words.reason
    assert words.recommendation


COMPONENTS: list[Json] = [
    {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::a"]}},
    {"type": "BODY", "text": "Old {{1}} text", "example": {"body_text": [["x"]]}},
    {"type": "FOOTER", "text": "Old footer"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "URL", "text": "Go", "url": "https://a.example/", "app": 1},
            {"type": "FLOW", "text": "Book", "flow_id": "7"},
        ],
    },
]


def update(**changes: Any) -> TemplateComponents:
    """Return what Meta tells of a template's new texts."""
    told: Json = {"title": None, "body": "New text", "footer": None, "buttons": ()}
    return TemplateComponents(
        waba_id="1",
        meta_template_id="2",
        name="n",
        language="en",
        at_ms=1,
        **{**told, **changes},
    )


def test_new_texts_are_laid_over_the_old() -> None:
    """Texts change, a footer that is gone goes; a picture and buttons that are not told stay."""
    assert with_texts(COMPONENTS, update()) == [
        COMPONENTS[0],
        {"type": "BODY", "text": "New text"},
        COMPONENTS[3],
    ]


def test_new_title_footer_and_buttons() -> None:
    """A text header appears, goes and changes; buttons of the same type keep what is not told."""
    told = [
        {
            "message_template_button_type": "URL",
            "message_template_button_text": "Shop",
            "message_template_button_url": "https://b.example/",
        },
        {
            "message_template_button_type": "PHONE_NUMBER",
            "message_template_button_text": "Call",
            "message_template_button_phone_number": "+15550100001",
        },
    ]
    new = with_texts(COMPONENTS[1:], update(title="Winter", footer="Bye", buttons=tuple(told)))
    assert [part["type"] for part in new] == ["HEADER", "BODY", "FOOTER", "BUTTONS"]
    assert new[0] == {"type": "HEADER", "format": "TEXT", "text": "Winter"}
    assert new[2] == {"type": "FOOTER", "text": "Bye"}
    assert new[3]["buttons"] == [
        {"type": "URL", "text": "Shop", "url": "https://b.example/", "app": 1},
        {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550100001"},
    ]
    assert with_texts(new, update())[0]["type"] == "BODY"


def test_the_same_text_keeps_its_example() -> None:
    """An update that changes the footer alone leaves the body's example in place."""
    assert with_texts(COMPONENTS, update(body="Old {{1}} text", footer="New"))[1] == COMPONENTS[1]
