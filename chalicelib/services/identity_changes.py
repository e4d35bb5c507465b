"""WhatsApp says that a person has a new phone or user id: the contact goes on under it.

    who has the old identity   who has the new one   what happens
    nobody                     nobody                a contact is made with the new identity
    nobody                     a contact             it also answers to the old user id
    a contact                  nobody, or itself     it gets the new identity in place of the old
    a contact                  another contact       they become one (storage.contact_merges)

A replaced user id stays with the contact, because messages that name it may be late, and so that
changes which come in the wrong order meet. A phone that was given up does not: its next owner is
somebody else. A repeated change is known by its message in the thread and does nothing, so that it
cannot take that next owner for the same person.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, NotFound, Unavailable
from chalicelib.core.ids import derived_id
from chalicelib.storage.contact_merges import ContactMerges
from chalicelib.storage.contacts import ContactDraft, ContactRow, Contacts
from chalicelib.storage.conversations import Conversations
from chalicelib.storage.message_copies import copy_thread
from chalicelib.storage.messages import Messages
from chalicelib.whatsapp.webhook_values import identifier, phone, text

_KINDS = frozenset({"user_changed_number", "user_changed_user_id"})
_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Change:
    """What a system message says: the identities before and after, None where it is silent."""

    old_phone: str | None
    old_user_id: str | None
    new_phone: str | None
    new_user_id: str | None
    parent_user_id: str | None
    is_new_number: bool


def read_change(message: Mapping[str, Any]) -> Change | None:
    """Return the change that a system message tells, None if it tells another thing. Pure.

    The message comes from the old identity; Meta names the former user id since August 2026.
    """
    said = json.loads(message.get("content") or "null")
    if not isinstance(said, dict) or text(said.get("type")) not in _KINDS:
        return None
    new_user_id, new_phone = identifier(said.get("user_id")) or None, phone(said.get("wa_id"))
    old_user_id = identifier(said.get("previous_user_id")) or message["from_user_id"]
    if new_user_id is None and new_phone is None:
        return None
    return Change(
        old_phone=None if message["from_phone"] == new_phone else message["from_phone"],
        old_user_id=None if old_user_id == new_user_id else old_user_id,
        new_phone=new_phone,
        new_user_id=new_user_id,
        parent_user_id=identifier(said.get("parent_user_id")) or None,
        is_new_number=said["type"] == "user_changed_number",
    )


def apply(ctx: TenantContext, message: Mapping[str, Any], now_ms: int) -> ContactRow | None:
    """Move the person's identities; return the contact, None if `message` tells no change.

    4 RRU, and 6 to 20 WRU in one transaction. Raises Unavailable if others change the contact at
    every try.
    """
    change = read_change(message)
    if change is None:
        return None
    for _ in range(_ATTEMPTS):
        try:
            return _move(ctx, change, message, now_ms)
        except (Conflict, NotFound):
            continue
    raise Unavailable("The contact is being changed by others just now; try again.")


def _move(
    ctx: TenantContext, change: Change, message: Mapping[str, Any], now_ms: int
) -> ContactRow:
    contacts = Contacts(ctx)
    new_id = _first(contacts.find(change.new_phone, change.new_user_id))
    new = None if new_id is None else contacts.get(new_id)
    if new is not None and _is_done(ctx, new, message):
        return new
    # The user id is the firmer of the two: a phone may be another person's by now.
    old_id = _first(contacts.find(change.old_phone, change.old_user_id)[::-1])
    old = None if old_id is None else contacts.get(old_id)
    former = () if change.old_user_id is None else (change.old_user_id,)
    kept, other = (old, new) if old is not None else (new, None)
    if kept is None:
        draft = ContactDraft(
            phone=change.new_phone,
            bsuid=change.new_user_id,
            parent_bsuid=change.parent_user_id,
            previous_bsuids=former,
            name=message["profile_name"],
        )
        return contacts.create(draft, now_ms)
    other = None if other is not None and other.id == kept.id else other
    phone_now, bsuid_now = identities_after(change, kept, other)
    if (
        other is not None
        or (phone_now, bsuid_now) != (kept.phone, kept.bsuid)
        or (former and former[0] not in kept.previous_bsuids)
    ):
        ContactMerges(ctx).move(
            kept, other, phone=phone_now, bsuid=bsuid_now, previous=former, now_ms=now_ms
        )
    return contacts.get(kept.id)


def identities_after(
    change: Change, kept: ContactRow, other: ContactRow | None
) -> tuple[str | None, str | None]:
    """Return the phone and the user id that the person has after `change`. Pure.

    What the new identity's contact has is newer than what the change says only if the change's own
    user id has been replaced there already, i.e. a later change came first.
    """
    newest = kept if other is None else other
    if change.new_user_id is not None and change.new_user_id in newest.previous_bsuids:
        return newest.phone, newest.bsuid
    known = other.phone if other is not None else None
    stays = None if change.is_new_number else kept.phone
    if change.is_new_number and kept.phone != change.old_phone and change.old_phone is not None:
        stays = kept.phone  # the phone that was given up is not the one that we know
    phone_now = change.new_phone or known or stays
    bsuid_now = change.new_user_id or (other.bsuid if other is not None else None) or kept.bsuid
    return phone_now, bsuid_now


def finish(ctx: TenantContext, contact: ContactRow) -> None:
    """Copy the threads of the contacts that became `contact` into its own, and their unread.

    Repeatable at any line. 0.5 RRU per 4 KB and 1 WRU a message, once in the life of a contact.
    """
    for other_id in contact.absorbing:
        copy_thread(ctx, other_id, contact.id)
        Conversations(ctx).absorb(contact, other_id)
        ContactMerges(ctx).note_absorbed(contact.id, other_id)


def _first(found: tuple[str | None, str | None]) -> str | None:
    return found[0] or found[1]


def _is_done(ctx: TenantContext, contact: ContactRow, message: Mapping[str, Any]) -> bool:
    """Tell whether the message of the change is in the contact's thread already. 0.5 RRU."""
    message_id = derived_id("msg", message["at_ms"], message["message_id"])
    try:
        Messages(ctx).get(contact.id, message_id)
    except NotFound:
        return False
    return True
