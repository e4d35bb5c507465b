"""The payloads of messages."""

from __future__ import annotations

from chalicelib.whatsapp.messages import (
    SendOptions,
    content_message,
    marketing_message,
    read_receipt,
    template_message,
    text_message,
    to_group,
)


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


def test_options_are_there_only_if_given() -> None:
    """Quotation, identity and Direct Send stand beside the content; a plain message has none."""
    plain = content_message("+1555", "text", {"body": "Hi"}, "cb")
    assert set(plain) == {
        "messaging_product",
        "recipient_type",
        "to",
        "biz_opaque_callback_data",
        "type",
        "text",
    }
    assert content_message("+1555", "text", {"body": "Hi"}, "cb", SendOptions()) == plain
    options = SendOptions("wamid.1", "hash", "utility", 60)
    assert content_message("+1555", "text", {"body": "Hi"}, "cb", options) == plain | {
        "context": {"message_id": "wamid.1"},
        "recipient_identity_key_hash": "hash",
        "category": "utility",
        "ttl_seconds": 60,
    }


def test_group_takes_the_recipient_s_place() -> None:
    """A message to a group names neither a phone nor a user id."""
    for to in ("+1555", "US.1"):
        payload = to_group(text_message(to, "Hi", "cb"), "group-1")
        assert (payload["recipient_type"], payload["to"]) == ("group", "group-1")
        assert "recipient" not in payload


def test_marketing_message_and_receipt() -> None:
    """The Marketing Messages API takes the same message; a receipt may show typing."""
    payload = template_message("+1555", "n", "en_US", [], "cb")
    assert marketing_message(payload) == payload
    assert marketing_message(payload, "STRICT", is_activity_shared=True) == payload | {
        "product_policy": "STRICT",
        "message_activity_sharing": True,
    }
    receipt = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"}
    assert read_receipt("wamid.1") == receipt
    assert read_receipt("wamid.1", is_typing=True) == receipt | {
        "typing_indicator": {"type": "text"}
    }
