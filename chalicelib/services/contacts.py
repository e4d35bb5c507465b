"""The people that a tenant writes to: adding, finding, changing and removing them one by one."""

from __future__ import annotations

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, FieldError, Invalid
from chalicelib.schemas.contacts import (
    ContactCreate,
    ContactList,
    ContactOut,
    ContactQuery,
    ContactUpdate,
)
from chalicelib.services.phones import Phone, PhoneProblem, read_phone
from chalicelib.storage.contacts import ContactChanges, ContactDraft, ContactRow, Contacts
from chalicelib.storage.tenants import get_tenant


def create(ctx: TenantContext, body: ContactCreate, clock: Clock = SYSTEM_CLOCK) -> ContactOut:
    """Add a contact. 7 WRU.

    Raises Invalid with the phone's problem as its code, and Conflict `contact_exists`.
    """
    phone = _read_phone(body.phone, body.country or get_tenant(ctx.tenant_id).country)
    now_ms = clock.now_ms()
    draft = ContactDraft(
        phone=phone.e164,
        name=body.name,
        country=body.country or phone.country,
        tags=body.tags,
        fields=body.fields,
        opted_out_at=now_ms if body.opted_out else None,
    )
    try:
        return to_out(Contacts(ctx).create(draft, now_ms))
    except Conflict as conflict:
        known = Contacts(ctx).find_by_phones([phone.e164]).get(phone.e164)
        detail = f"{phone.e164} is a contact already: {known}. Change that one instead."
        raise Conflict(detail, code=conflict.code) from None


def _read_phone(text: str, country: str) -> Phone:
    try:
        return read_phone(text, country)
    except PhoneProblem as problem:
        words = problem.words
        raise Invalid(
            f"{words[0].upper()}{words[1:]}.",
            code=problem.code,
            errors=(FieldError("phone", words),),
        ) from None


def get(ctx: TenantContext, contact_id: str) -> ContactOut:
    """Return a contact; raise NotFound. 1 RRU."""
    return to_out(Contacts(ctx).get(contact_id))


def list_page(ctx: TenantContext, query: ContactQuery) -> ContactList:
    """Return a page of contacts in order of their names. 0.5 RRU per 4 KB."""
    page = Contacts(ctx).list_by_name(query.limit, query.cursor, query.name_prefix or "")
    return ContactList(items=[to_out(row) for row in page.items], next_cursor=page.next_cursor)


def update(
    ctx: TenantContext, contact_id: str, body: ContactUpdate, clock: Clock = SYSTEM_CLOCK
) -> ContactOut:
    """Change what `body` names; tags and fields are replaced whole. 1 to 3 WRU.

    An opt-out keeps the time of its first day; `opted_out: false` lifts it. Raises NotFound.
    """
    contacts, now_ms = Contacts(ctx), clock.now_ms()
    changes: ContactChanges = {}
    if body.name is not None:
        changes["name"] = body.name
    if body.tags is not None:
        changes["tags"] = body.tags
    if body.fields is not None:
        changes["fields"] = body.fields
    if body.opted_out is False:
        changes["opted_out_at"] = None
    elif body.opted_out and contacts.get(contact_id).opted_out_at is None:
        changes["opted_out_at"] = now_ms
    if not changes:
        return to_out(contacts.get(contact_id))
    return to_out(contacts.update(contact_id, changes, now_ms))


def delete(ctx: TenantContext, contact_id: str) -> None:
    """Remove a contact and what it was found by; raise NotFound. 1 RRU and 6 WRU."""
    Contacts(ctx).delete(contact_id)


def to_out(row: ContactRow) -> ContactOut:
    """Return a contact as the API gives it."""
    return ContactOut(
        id=row.id,
        phone=row.phone,
        bsuid=row.bsuid,
        name=row.name,
        country=row.country,
        language=row.language,
        tags=row.tags,
        fields=row.fields,
        opted_out=row.opted_out_at is not None,
        opted_out_at=None if row.opted_out_at is None else to_iso(row.opted_out_at),
        created_at=to_iso(row.created_at),
        updated_at=to_iso(row.updated_at),
    )
