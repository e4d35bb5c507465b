"""Reactions, edits and revocations: messages that change another message of the thread.

They may come before the message that they are about. Then they stand in the thread as messages of
their own, and are applied and taken away when that one comes: the end is the same in either order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chalicelib.core.context import TenantContext
from chalicelib.storage.message_changes import MessageChanges
from chalicelib.storage.messages import MessageRow

Side = Literal["in", "out"]
KINDS = frozenset({"reaction", "edit", "revoke"})


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a message: which, by whom (`in` is the customer), Meta's member of it, when."""

    kind: str
    side: Side
    said: object
    at_ms: int

    def may_be_made_to(self, target: MessageRow) -> bool:
        """Tell whether whoever makes it may: only one's own message is edited or taken back."""
        return self.kind == "reaction" or target.direction == self.side


def apply(ctx: TenantContext, contact_id: str, message: Mapping[str, Any]) -> bool:
    """Apply a change to the message that it is about; False if this is no change or that is absent.

    Only whoever wrote a message can edit it or take it back. Repeated it changes nothing. One query
    and 1 WRU.
    """
    target_wamid = message.get("context_message_id")
    if message["type"] not in KINDS or not target_wamid:
        return False
    target = MessageChanges(ctx).find_by_wamid(contact_id, target_wamid)
    change = Change(
        message["type"],
        "out" if message.get("is_outgoing") else "in",
        json.loads(message.get("content") or "null"),
        message["at_ms"],
    )
    if target is None or not change.may_be_made_to(target):
        return False
    _make(MessageChanges(ctx), contact_id, target, change)
    return True


def apply_waiting(ctx: TenantContext, contact_id: str, row: MessageRow) -> None:
    """Apply the changes of `row` that came before it, and take them out of the thread; a query."""
    changes = MessageChanges(ctx)
    for waiting in changes.waiting_for(contact_id, row, KINDS):
        change = Change(
            waiting.type or "",
            "out" if waiting.direction == "out" else "in",
            json.loads(waiting.content or "null"),
            waiting.at or 0,
        )
        if change.may_be_made_to(row):
            _make(changes, contact_id, row, change)
            changes.remove(contact_id, waiting.id)


def _make(changes: MessageChanges, contact_id: str, target: MessageRow, change: Change) -> None:
    part = change.said if isinstance(change.said, dict) else {}
    if change.kind == "revoke":
        changes.revoke(contact_id, target.id, change.at_ms)
    elif change.kind == "reaction":
        found = part.get("emoji")
        emoji = found if isinstance(found, str) else ""
        changes.react(contact_id, target.id, change.side, emoji, change.at_ms)
    else:
        _edit(changes, contact_id, target, part.get("message"), change.at_ms)


def _edit(
    changes: MessageChanges, contact_id: str, target: MessageRow, edited: object, at_ms: int
) -> None:
    """Put the edited words in the place of the old: a text's body, or a file's caption."""
    kind = edited.get("type") if isinstance(edited, dict) else None
    part = edited.get(kind) if isinstance(edited, dict) and isinstance(kind, str) else None
    if not isinstance(part, dict):
        return
    words = part.get("body") if kind == "text" else part.get("caption")
    if isinstance(words, str):
        changes.edit(contact_id, target.id, words, json.dumps(part), at_ms)
