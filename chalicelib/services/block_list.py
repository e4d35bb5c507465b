"""Blocking people for a number: they can no longer write to it, nor it to them.

Meta keeps the list and blocks only who wrote in the last 24 hours. It may take some of a request
and refuse others; each contact is told what came of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.schemas.number_features import (
    BlockChange,
    BlockChangeOut,
    BlockedUserOut,
    BlockListOut,
    BlockOutcome,
)
from chalicelib.services.number_calls import ask, call
from chalicelib.storage.contacts import ContactRow, Contacts
from chalicelib.storage.numbers import Numbers
from chalicelib.whatsapp import block_list as meta
from chalicelib.whatsapp.errors import WhatsAppError, as_app_error
from chalicelib.whatsapp.graph import read_next


def list_blocked(
    ctx: TenantContext, number_id: str, limit: int, cursor: str | None
) -> BlockListOut:
    """Return a page of a number's block list; `cursor` is Meta's. One call of Meta."""
    row = Numbers(ctx).get(number_id)
    answer = ask(ctx, row, meta.list_request(row.phone_number_id, limit, cursor))
    return BlockListOut(
        items=[
            BlockedUserOut(phone=f"+{one.wa_id}" if one.wa_id else None, user_id=one.user_id)
            for one in meta.read_list(answer)
        ],
        next_cursor=read_next(answer),
    )


def change(ctx: TenantContext, number_id: str, body: BlockChange, *, block: bool) -> BlockChangeOut:
    """Block contacts for a number, or let them through again; again it changes nothing.

    Raises Invalid for a contact that is not the tenant's, and what Meta refuses as a whole; what it
    refuses of single people stands in the answer. 1 RRU for each contact, one call of Meta.
    """
    row = Numbers(ctx).get(number_id)
    ids = list(dict.fromkeys(body.contact_ids))
    contacts = Contacts(ctx).get_many(ids, attributes=("phone", "bsuid"))
    unknown = [one for one in ids if one not in contacts]
    if unknown:
        message = f"there is no contact {unknown[0]}"
        raise Invalid(message, errors=(FieldError("contact_ids", message),))
    users = [_user(contacts[one]) for one in ids]
    request = meta.change_request(row.phone_number_id, users, block=block)
    try:
        answer = call(ctx, row, request)
    except WhatsAppError as error:
        if error.code != meta.PARTIAL_FAILURE or error.answer is None:
            raise as_app_error(error) from error
        answer = dict(error.answer)
    outcomes = meta.read_outcomes(answer)
    return BlockChangeOut(
        items=[_outcome(one, user, outcomes) for one, user in zip(ids, users, strict=True)]
    )


def _user(contact: ContactRow) -> dict[str, str]:
    if contact.phone:
        return {"user": contact.phone}
    return {"user_id": contact.bsuid or ""}


def _outcome(
    contact_id: str, user: dict[str, str], outcomes: Sequence[meta.UserOutcome]
) -> BlockOutcome:
    """Return what came of a contact; one that Meta says nothing of was not done."""
    (sent,) = user.values()
    keys = {sent, sent.removeprefix("+")}
    found = next(
        (one for one in outcomes if keys & {one.input, one.wa_id or "", one.user_id or ""}), None
    )
    error = "WhatsApp said nothing of this contact." if found is None else found.error
    return BlockOutcome(contact_id=contact_id, is_done=error is None, error=error)
