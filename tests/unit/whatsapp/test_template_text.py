"""Templates as text with gaps: variables, filled-in components, previews."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, strategies as st

from chalicelib.whatsapp.template_text import (
    clean_value,
    placeholders,
    preview,
    send_components,
    shape_of,
    variables,
)

COMPONENTS: list[dict[str, Any]] = [
    {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}"},
    {"type": "BODY", "text": "Hi {{1}}, your {{2}} ships to {{1}} today."},
    {"type": "FOOTER", "text": "Reply STOP to opt out"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "Stop"},
            {"type": "URL", "text": "Track", "url": "https://example.com/{{1}}"},
            {"type": "URL", "text": "Shop", "url": "https://example.com/"},
        ],
    },
]
SHAPE = shape_of("order_update", "en_US", COMPONENTS)
VALUES = {"header.1": "77", "body.1": " Ana ", "body.2": "a\nhat", "button.1": "t/77"}


def test_variables_name_where_they_stand() -> None:
    """Every value that a send needs is named once, in the order of the template."""
    assert variables(SHAPE) == ("header.1", "body.1", "body.2", "button.1")


def test_components_of_a_send() -> None:
    """Each part with variables gets one parameter for each, clean, in order; others get none."""
    assert send_components(SHAPE, VALUES) == [
        {"type": "header", "parameters": [{"type": "text", "text": "77"}]},
        {
            "type": "body",
            "parameters": [{"type": "text", "text": "Ana"}, {"type": "text", "text": "a hat"}],
        },
        {
            "type": "button",
            "sub_type": "url",
            "index": "1",
            "parameters": [{"type": "text", "text": "t/77"}],
        },
    ]


def test_template_without_variables_needs_no_components() -> None:
    """A template of fixed text is sent by its name alone."""
    assert send_components(shape_of("n", "en", [{"type": "BODY", "text": "Hello"}]), {}) == []


@pytest.mark.parametrize("name", ["header.1", "body.2", "button.1"])
def test_missing_value_is_named(name: str) -> None:
    """A value that is not given is a KeyError with its name, never an empty parameter."""
    values = {key: value for key, value in VALUES.items() if key != name}
    with pytest.raises(KeyError, match=re.escape(name)):
        send_components(SHAPE, values)


def test_preview_reads_as_the_recipient_does() -> None:
    """Header, body and footer stand below each other with the values in place."""
    assert preview(SHAPE, VALUES) == (
        "Order 77\nHi Ana, your a hat ships to Ana today.\nReply STOP to opt out"
    )
    assert preview(SHAPE, {}).startswith("Order {{1}}\nHi {{1}}, your {{2}}")


def test_values_are_not_filled_again() -> None:
    """A value that looks like a variable stays as it is: nobody can fill a gap through another."""
    assert "Hi {{2}}, your hat" in preview(SHAPE, {"body.1": "{{2}}", "body.2": "hat"})


def test_tenth_variable_comes_after_the_ninth() -> None:
    """Positions are ordered as numbers, for Meta counts parameters by position."""
    text = " and ".join(f"{{{{{n}}}}}" for n in range(1, 12))
    assert placeholders(text) == tuple(str(n) for n in range(1, 12))


def test_named_variables_carry_their_names() -> None:
    """A template with named variables, made elsewhere, is sent with `parameter_name`."""
    shape = shape_of("n", "en", [{"type": "body", "text": "Hi {{first_name}}, welcome"}])
    assert variables(shape) == ("body.first_name",)
    (body,) = send_components(shape, {"body.first_name": "Ana"})
    assert body["parameters"] == [{"type": "text", "text": "Ana", "parameter_name": "first_name"}]


def test_media_header_is_no_text() -> None:
    """A header of an image has no text, and needs a file."""
    shape = shape_of("n", "en", [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY"}])
    assert (shape.header, shape.body, variables(shape)) == (None, "", ("header.media",))


@given(st.text())
def test_clean_values_are_what_whatsapp_takes(text: str) -> None:
    """No line break, no tab, no five spaces, trimmed; cleaning again changes nothing."""
    clean = clean_value(text)
    assert not re.search(r"[\n\r\t]| {5,}", clean)
    assert clean == clean.strip()
    assert clean_value(clean) == clean
    assert len(clean.splitlines()) <= 1


def test_clean_value_keeps_what_is_allowed() -> None:
    """Four spaces stay, five become four, a line break becomes a space."""
    assert clean_value("a    b") == "a    b"
    assert clean_value("a     b") == "a    b"
    assert clean_value("a\r\n\tb") == "a b"
