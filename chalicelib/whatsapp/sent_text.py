"""What an inbox shows for a message that the business sent, in one line of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.whatsapp.inbound_text import shown_text


def sent_text(kind: str, content: object) -> str:
    """Return the words of the message, else what it is in brackets; never empty."""
    part: Any = content
    if kind == "interactive" and isinstance(part, Mapping):
        body = part.get("body")
        text = str(body.get("text") or "") if isinstance(body, Mapping) else ""
        return text or f"[{str(part.get('type', kind)).replace('_', ' ')}]"
    if kind == "template" and isinstance(part, Mapping):
        return f"[template] {part.get('name', '')}".strip()
    return shown_text(kind, {kind: part})
