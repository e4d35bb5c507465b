"""The key of a message as it travels through Meta and back in `biz_opaque_callback_data`.

`p1.<campaign id or ->.<tenant id>.<contact id>.<message id>.<tag>`, under 512 characters. Meta
echoes it in every status, so a status finds its row without an index on Meta's own id, even before
the answer to the send has been written. The tag keeps a forged value from naming another row.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.core.clock import SYSTEM_CLOCK, Clock
from chalicelib.core.secrets import platform_secrets
from chalicelib.core.signing import is_tag, short_tag

_NO_CAMPAIGN = "-"
_PARTS = 6


@dataclass(frozen=True, slots=True)
class MessageKey:
    """Where a message's row is, and which campaign it belongs to, if any."""

    tenant_id: str
    contact_id: str
    message_id: str
    campaign_id: str | None


def encode_callback(key: MessageKey, clock: Clock = SYSTEM_CLOCK) -> str:
    """Return the signed text of `key`."""
    text = ".".join(
        ("p1", key.campaign_id or _NO_CAMPAIGN, key.tenant_id, key.contact_id, key.message_id)
    )
    signing = platform_secrets().callback.signing(clock.now_ms())
    return f"{text}.{short_tag(signing.secret, text)}"


def decode_callback(text: str | None, clock: Clock = SYSTEM_CLOCK) -> MessageKey | None:
    """Return the key in `text`, or None if it is not one that Parley signed."""
    parts = (text or "").split(".")
    if len(parts) != _PARTS or parts[0] != "p1":
        return None
    _, campaign_id, tenant_id, contact_id, message_id, tag = parts
    signed = ".".join(parts[:-1])
    if not is_tag(platform_secrets().callback, signed, tag, clock.now_ms()):
        return None
    campaign = None if campaign_id == _NO_CAMPAIGN else campaign_id
    return MessageKey(tenant_id, contact_id, message_id, campaign)
