"""Meta's customer service window: free-form messages within 24 h of the customer's last one."""

from __future__ import annotations

from chalicelib.storage.conversation_row import ConversationRow

WINDOW_MS = 24 * 3600 * 1000


def window_closes_ms(row: ConversationRow) -> int | None:
    """Return when the window closes, or has closed; None for somebody who never wrote."""
    return None if row.last_inbound_at is None else row.last_inbound_at + WINDOW_MS
