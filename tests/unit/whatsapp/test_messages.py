"""The payloads of messages."""

from __future__ import annotations

from chalicelib.whatsapp.messages import template_message, text_message


def test_payloads() -> None:
    """A phone goes to `to`, a user id to `recipient`; both carry the callback data."""
    assert text_message("US.1", "Hi", "cb") == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "recipient": "US.1",
        "biz_opaque_callback_data": "cb",
        "type": "text",
        "text": {"body": "Hi", "preview_url": False},
    }
    assert template_message("+1555", "n", "en_US", [], "cb")["template"] == {
        "name": "n",
        "language": {"code": "en_US"},
    }
    components = [{"type": "body", "parameters": []}]
    message = template_message("+1555", "n", "en_US", components, "cb")
    assert (message["to"], message["template"]["components"]) == ("+1555", components)
