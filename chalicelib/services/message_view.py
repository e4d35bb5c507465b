"""A message as the API shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.core.clock import iso_or_none, to_iso
from chalicelib.schemas.thread import (
    AttachmentOut,
    FailureOut,
    MessageOut,
    QuotedOut,
    ReactionOut,
)
from chalicelib.storage.messages import MessageRow
from chalicelib.whatsapp.codes import UNCLEAR, explain

_UNSETTLED = frozenset({"unknown", "failed"})
# A call of Meta ends within half a minute: who is still sending after two has died.
_SENDING_MS = 120_000


def thread_out(rows: Sequence[MessageRow], now_ms: int) -> list[MessageOut]:
    """Return a page of a thread, newest first; what it quotes is looked for on the page itself.

    A reaction of ours stands on the message it is about; by itself it shows only when it failed.
    """
    by_wamid = {row.wamid: row for row in rows if row.wamid}
    shown = [message_out(row, by_wamid, now_ms) for row in rows]
    return [one for one in shown if not _is_shown_elsewhere(one)]


def message_out(row: MessageRow, by_wamid: Mapping[str, MessageRow], now_ms: int) -> MessageOut:
    """Return a message; `by_wamid` are those around it that it may quote.

    An agent's message whose sender died half-way is `unknown`: it may have gone out.
    """
    state = row.state
    if state == "claimed" and row.campaign_id is None and now_ms - _moment(row) > _SENDING_MS:
        state = "unknown"
    return MessageOut(
        id=row.id,
        direction="in" if row.direction == "in" else "out",
        type=row.type or "text",
        text=row.text or "",
        content=_json(row.content),
        media=_attachment(row),
        quoted=_quoted(row, by_wamid),
        reactions=_reactions(row),
        state=state,
        error_code=row.error_code,
        error=row.error,
        failure=_failure(row, state),
        campaign_id=row.campaign_id,
        is_test=row.reason == "test",
        sent_by=row.sent_by,
        category=row.category,
        pricing=_json(row.pricing),
        at=to_iso(_moment(row)),
        accepted_at=iso_or_none(row.accepted_at),
        sent_at=iso_or_none(row.sent_at),
        delivered_at=iso_or_none(row.delivered_at),
        read_at=iso_or_none(row.read_at),
        failed_at=iso_or_none(row.failed_at),
        edited_at=iso_or_none(row.edited_at),
        revoked_at=iso_or_none(row.revoked_at),
    )


def _is_shown_elsewhere(shown: MessageOut) -> bool:
    is_ours = shown.type == "reaction" and shown.direction == "out"
    return is_ours and shown.state not in _UNSETTLED


def _json(text: str | None) -> Any:  # noqa: ANN401 - what Meta sent
    return None if text is None else json.loads(text)


def _attachment(row: MessageRow) -> AttachmentOut | None:
    about = _json(row.media)
    if not isinstance(about, dict):
        return None
    return AttachmentOut(
        mime_type=about.get("mime_type"),
        filename=about.get("filename"),
        caption=about.get("caption"),
        is_voice=about.get("voice") is True,
        state=about.get("state"),
        size_bytes=about.get("size_bytes"),
        reason=about.get("reason"),
    )


def _quoted(row: MessageRow, by_wamid: Mapping[str, MessageRow]) -> QuotedOut | None:
    if row.context_wamid is None:
        return None
    found = by_wamid.get(row.context_wamid)
    if found is None:
        return QuotedOut(
            wamid=row.context_wamid, message_id=None, direction=None, type=None, text=None
        )
    return QuotedOut(
        wamid=row.context_wamid,
        message_id=found.id,
        direction="in" if found.direction == "in" else "out",
        type=found.type,
        text=found.text,
    )


def _reactions(row: MessageRow) -> list[ReactionOut]:
    found: list[ReactionOut] = []
    if row.reaction_in:
        found.append(ReactionOut(direction="in", emoji=row.reaction_in))
    if row.reaction_out:
        found.append(ReactionOut(direction="out", emoji=row.reaction_out))
    return found


def _failure(row: MessageRow, state: str | None) -> FailureOut | None:
    if state not in _UNSETTLED:
        return None
    told = UNCLEAR if state == "unknown" else explain(row.error_code)
    return FailureOut(
        code=row.error_code,
        title=told.title,
        cause=told.cause,
        whose=told.whose,
        done=told.done,
        next_step=told.next_step,
        detail=row.error,
    )


def _moment(row: MessageRow) -> int:
    """Return when the message was written; a status may have come before the row's own fields."""
    times = (row.at, row.accepted_at, row.sent_at, row.delivered_at, row.read_at, row.failed_at)
    return int(next(time for time in (*times, 0) if time is not None))
