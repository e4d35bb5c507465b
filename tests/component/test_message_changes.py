"""Reactions, edits and revocations: the newest counts, in any order and however often."""

from __future__ import annotations

import itertools

import pytest

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import NotFound
from chalicelib.storage.message_changes import MessageChanges
from chalicelib.storage.messages import MessageRow, Messages

CONTACT = "con_" + "0" * 26


def _write(ctx: TenantContext, count: int) -> None:
    for number in range(count):
        Messages(ctx).record_outgoing(
            CONTACT, f"msg_{number:026d}", "accepted", {"wamid": f"wamid.{number}", "text": "Hi"}
        )


def test_message_is_found_by_meta_s_id(ctx: TenantContext, other_ctx: TenantContext) -> None:
    """Among the latest of its own thread, and of its own tenant, only."""
    _write(ctx, 3)
    found = MessageChanges(ctx).find_by_wamid(CONTACT, "wamid.1")
    assert found is not None
    assert (found.id, found.text) == (f"msg_{1:026d}", "Hi")
    assert MessageChanges(ctx).find_by_wamid(CONTACT, "wamid.9") is None
    assert MessageChanges(other_ctx).find_by_wamid(CONTACT, "wamid.1") is None


def test_newest_reaction_of_each_side_counts(ctx: TenantContext) -> None:
    """In any order the last reaction stands, also the one that takes it back; the sides are two."""
    steps = [("👍", 1_000), ("", 3_000), ("❤️", 2_000)]
    _write(ctx, 1)
    messages, changes, target = Messages(ctx), MessageChanges(ctx), f"msg_{0:026d}"
    for order in itertools.permutations(steps):
        for emoji, at_ms in order:
            changes.react(CONTACT, target, "in", emoji, at_ms)
        changes.react(CONTACT, target, "out", "🎉", 500)
        row = messages.get(CONTACT, target)
        assert (row.reaction_in, row.reaction_in_at, row.reaction_out) == ("", 3_000, "🎉"), order
        MessageRow(messages.thread_key(CONTACT), target).delete()
        _write(ctx, 1)
    assert not changes.react(CONTACT, f"msg_{9:026d}", "in", "👍", 1_000)
    with pytest.raises(NotFound):
        messages.get(CONTACT, f"msg_{9:026d}")


def test_revoked_message_says_nothing_any_more(ctx: TenantContext) -> None:
    """The newest edit is shown; what was taken back stays so, whatever edit comes after."""
    _write(ctx, 1)
    messages, changes, target = Messages(ctx), MessageChanges(ctx), f"msg_{0:026d}"
    assert changes.edit(CONTACT, target, "new", '{"body": "new"}', 2_000)
    assert not changes.edit(CONTACT, target, "old", None, 1_000)
    assert messages.get(CONTACT, target).text == "new"
    assert changes.revoke(CONTACT, target, 3_000)
    assert not changes.revoke(CONTACT, target, 4_000)
    assert not changes.edit(CONTACT, target, "late", None, 5_000)
    row = messages.get(CONTACT, target)
    assert (row.text, row.content, row.revoked_at, row.wamid) == ("", None, 3_000, "wamid.0")
