"""Asking that a person be erased, and answering how far that has come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, iso_or_none, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.ids import is_id
from chalicelib.core.log import log
from chalicelib.schemas.erasures import ErasureOut
from chalicelib.services.erasure.steps import send
from chalicelib.storage.contacts import ContactRow, Contacts
from chalicelib.storage.conversations import Conversations
from chalicelib.storage.erasures import DELETED, WAITING, ErasureRow, Erasures, Subject

# Longer than any function runs that may hold the person in memory: planner and importer, 300 s.
PAUSE_S = 330


def ask(ctx: TenantContext, contact_id: str, clock: Clock = SYSTEM_CLOCK) -> ErasureOut:
    """Have a person erased; asked for again, it says how far that has come.

    Also one whose contact was deleted before. 4 RRU, 12 WRU, requests of KMS and SQS. Raises
    NotFound, and Conflict for a contact that turned out to be another one.
    """
    if not is_id("con", contact_id):
        raise NotFound("There is no such contact.")
    now_ms, erasures = clock.now_ms(), Erasures(ctx)
    try:
        _subject(Contacts(ctx).get(contact_id))
    except NotFound:
        erasures.gone(contact_id)
    due_at = now_ms + PAUSE_S * 1000

    def marks(subject: Subject, is_there: int) -> Sequence[ErasureRow]:
        asked = {"requested_at": now_ms, "requested_by": ctx.user_id, "due_at": due_at}
        # What goes in this very transaction; a contact that was deleted before has neither.
        counts = {"contacts": is_there, "identities": is_there * len(subject.addresses)}
        return (
            erasures.gone_row(contact_id, WAITING, counts=counts, **asked),
            erasures.open_row(contact_id, subject, due_at),
        )

    # The message first: one whose erasure was never written finds nothing to do.
    send(ctx, contact_id, delay_s=PAUSE_S)
    try:
        Contacts(ctx).remove(contact_id, lambda row: marks(_subject(row), 1))
    except NotFound:
        row = erasures.gone(contact_id)
        if row.state == DELETED:
            for mark in marks(_of_thread(ctx, contact_id), 0):
                erasures.put(mark)
    log.info("a person is to be erased", extra={"contact_id": contact_id})
    return get(ctx, contact_id)


def get(ctx: TenantContext, contact_id: str) -> ErasureOut:
    """Return how far the erasure of a person has come; raise NotFound. 1 RRU."""
    row = Erasures(ctx).gone(contact_id)
    if row.state == DELETED:
        raise NotFound("The contact was deleted; its erasure was not asked for.")
    return ErasureOut(
        contact_id=contact_id,
        state=cast("Literal['waiting', 'done']", row.state),
        requested_at=to_iso(row.requested_at or 0),
        requested_by=row.requested_by or "",
        due_at=to_iso(row.due_at or 0),
        completed_at=iso_or_none(row.completed_at),
        erased=row.counts or {},
        left=row.left,
    )


def _subject(row: ContactRow) -> Subject:
    if row.merged_into is not None:
        raise Conflict(
            f"This contact turned out to be {row.merged_into}; erase that one.",
            code="contact_merged",
        )
    user_ids = [one for one in (row.bsuid, *row.previous_bsuids) if one]
    ids = (row.id, *(row.merged_ids or ()))
    return Subject(ids, (row.phone,) if row.phone else (), tuple(user_ids))


def _of_thread(ctx: TenantContext, contact_id: str) -> Subject:
    """Return who a contact was that is deleted, as far as its conversation still tells."""
    conversation = Conversations(ctx).find(contact_id)
    phone = None if conversation is None else conversation.contact_phone
    return Subject((contact_id,), (phone,) if phone else ())
