"""What the inbox shows of messages that come in."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.whatsapp.inbound_text import shown_text


@pytest.mark.parametrize(
    ("kind", "part", "text"),
    [
        ("location", {"latitude": 1.5, "longitude": 2}, "[location] 1.5, 2"),
        ("location", {"name": "Shop"}, "[location] Shop"),
        ("document", {"filename": "a.pdf"}, "[document] a.pdf"),
        ("document", {"filename": "a.pdf", "caption": "bill"}, "bill"),
        ("order", {"text": "two please"}, "[order] two please"),
        ("interactive", {"button_reply": {"id": "1", "title": "Yes"}}, "Yes"),
        ("interactive", {"list_reply": {"id": "1", "title": "Blue", "description": "M"}}, "Blue"),
        ("interactive", {"call_permission_reply": {"response": "accept"}}, "accept"),
        ("interactive", None, "[interactive]"),
        ("contacts", [{"name": {"formatted_name": "Bo"}}, {}, 7], "[contacts] Bo"),
        ("contacts", [{"vcard": "x"}], "[contacts]"),
        ("edit", {"message": {"type": "edit", "edit": {}}}, "[edit]"),
        ("edit", {}, "[edit]"),
        ("some_new_type", {"a": 1}, "[some new type]"),
        ("text", {"body": "  "}, "[text]"),
    ],
)
def test_text_of_every_kind(kind: str, part: Any, text: str) -> None:
    """What a message says is shown; what it cannot say is named in brackets."""
    assert shown_text(kind, {"type": kind, kind: part}) == text
