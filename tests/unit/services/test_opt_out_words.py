"""Which messages ask for no more messages, and which only hold such a word."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from chalicelib.services.opt_out_words import opt_out_of


@pytest.mark.parametrize(
    "text",
    [
        *("STOP", " stop. ", "Stop!", "Opt-out", "UNSUBSCRIBE", "Stopp", "ARRÊT", "Désabonner"),
        *("darme de baja", "СТОП", "إلغاء الاشتراك", "退订", "配信停止", "수신거부", "बंद करें"),
    ],
)
def test_words_in_many_languages(text: str) -> None:
    """Case, accents and punctuation do not matter."""
    assert opt_out_of("text", text, None) == "all"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("text", "Where is the bus stop?"),
        ("text", "Please don't stop"),
        ("text", "cancel my order"),
        ("text", ""),
        ("text", "..."),
        ("image", "stop"),
        ("reaction", "🛑"),
        ("interactive", "Stop"),
    ],
)
def test_what_is_no_request(kind: str, text: str) -> None:
    """A word within a sentence, a caption and an answer to an agent's own buttons are none."""
    assert opt_out_of(kind, text, None) is None


def test_buttons() -> None:
    """A template's quick reply counts by what it shows, else by what the business has it say."""
    unsubscribe = json.dumps({"payload": "UNSUBSCRIBE"})
    assert opt_out_of("button", "Stop promotions", unsubscribe) == "marketing"
    assert opt_out_of("button", "Not for me", unsubscribe) == "all"
    assert opt_out_of("button", "Yes", json.dumps({"payload": "yes"})) is None
    assert opt_out_of("button", "Yes", None) is None


@given(kind=st.sampled_from(["text", "button"]), text=st.text())
def test_any_text_is_judged(kind: str, text: str) -> None:
    """Whatever somebody writes there is an answer, the same with space around it."""
    content = json.dumps({"payload": text, "text": text})
    found = opt_out_of(kind, text, content)
    assert found in {None, "all", "marketing"}
    assert opt_out_of(kind, f" {text} ", content) == found
