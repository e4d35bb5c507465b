"""Reactions, edits and revocations: messages that change another message of the thread.

They may come before the message that they are about. Then they stand in the thread as messages of
their own, and are applied and taken away when that one comes: the end is the same in either order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from chalicelib.core.context import TenantContext
from chalicelib.storage.message_changes import MessageChanges
from chalicelib.storage.messages import MessageRow

Side = Literal["in", "out"]
KINDS = frozenset({"reaction", "edit", "revoke"})


def apply(ctx: TenantContext, contact_id: str, message: Mapping[str, Any]) -> bool:
    """Apply a change to the message that it is about; False if this is no change or that is absent.

    Only whoever wrote a message can edit it or take it back. Repeated it changes nothing. One query
    and 1 WRU.
    """
    target_wamid = message.get("context_message_id")
    if message["type"] not in KINDS or not target_wamid:
        return False
    target = MessageChanges(ctx).find_by_wamid(contact_id, target_wamid)
    side: Side = "out" if message.get("is_outgoing") else "in"
    if target is None or not _may_change(message["type"], side, target):
        return False
    said = json.loads(message.get("content") or "null")
    _change(MessageChanges(ctx), contact_id, target, message["type"], said, side, message["at_ms"])
    return True


def apply_waiting(
    ctx: TenantContext, contact_id: str, row: MessageRow, recent: Sequence[MessageRow]
) -> None:
    """Apply the changes among `recent` that came before `row`, and take them out of the thread."""
    changes = MessageChanges(ctx)
    for waiting in recent:
        kind, side = waiting.type or "", "out" if waiting.direction == "out" else "in"
        is_about = kind in KINDS and waiting.context_wamid == row.wamid
        if is_about and _may_change(kind, side, row):
            said = json.loads(waiting.content or "null")
            _change(changes, contact_id, row, kind, said, side, waiting.at or 0)
            changes.remove(contact_id, waiting.id)


def _may_change(kind: str, side: Side, target: MessageRow) -> bool:
    return kind == "reaction" or target.direction == side


def _change(
    changes: MessageChanges,
    contact_id: str,
    target: MessageRow,
    kind: str,
    said: object,
    side: Side,
    at_ms: int,
) -> None:
    part = said if isinstance(said, dict) else {}
    if kind == "revoke":
        changes.revoke(contact_id, target.id, at_ms)
    elif kind == "reaction":
        emoji = part.get("emoji")
        changes.react(contact_id, target.id, side, emoji if isinstance(emoji, str) else "", at_ms)
    else:
        _edit(changes, contact_id, target, part.get("message"), at_ms)


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
