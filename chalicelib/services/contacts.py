"""The people that a tenant writes to: adding, finding, changing and removing them one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.core.clock import SYSTEM_CLOCK, Clock, iso_or_none, to_iso
from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, FieldError, Invalid
from chalicelib.schemas.contacts import (
    ContactCreate,
    ContactList,
    ContactOut,
    ContactQuery,
    ContactUpdate,
    UnreachableOut,
)
from chalicelib.services.plans import limits_of
from chalicelib.services.user_ids import UserId, read_user_id, shape_of_user_id
from chalicelib.storage.contacts import (
    REACHABLE,
    ContactChanges,
    ContactDraft,
    ContactRow,
    Contacts,
)
from chalicelib.storage.conversations import Conversations
from chalicelib.storage.identities import Kind
from chalicelib.storage.tenants import get_tenant
from chalicelib.storage.usage import LimitReached
from chalicelib.whatsapp.codes import UNDELIVERABLE, explain

if TYPE_CHECKING:
    from chalicelib.services.phones import Phone


def create(ctx: TenantContext, body: ContactCreate, clock: Clock = SYSTEM_CLOCK) -> ContactOut:
    """Add a contact. 9 WRU and 0.5 RRU, 2 WRU more where both phone and user id are given.

    Raises Invalid with the phone's problem as its code, Conflict `contact_exists`, and Conflict
    `plan_limit_reached`.
    """
    tenant = get_tenant(ctx.tenant_id)
    phone = None if body.phone is None else _read_phone(body.phone, body.country or tenant.country)
    user_id = None if body.bsuid is None else _read_user_id(body.bsuid)
    now_ms = clock.now_ms()
    region = phone.country if phone is not None else user_id.country if user_id else None
    draft = ContactDraft(
        phone=None if phone is None else phone.e164,
        bsuid=None if user_id is None else user_id.value,
        name=body.name,
        country=body.country or region,
        tags=body.tags,
        fields=body.fields,
        opted_out_at=now_ms if body.opted_out else None,
    )
    try:
        return to_out(Contacts(ctx).create(draft, now_ms, limits_of(tenant).contacts))
    except LimitReached:
        raise
    except Conflict as conflict:
        by_phone, by_user_id = Contacts(ctx).find(draft.phone, draft.bsuid)
        taken = draft.phone if by_phone is not None else draft.bsuid
        detail = f"{taken} is a contact already: {by_phone or by_user_id}. Change that one instead."
        raise Conflict(detail, code=conflict.code) from None


def _read_phone(text: str, country: str) -> Phone:
    from chalicelib.services.phones import PhoneProblem, read_phone

    try:
        return read_phone(text, country)
    except PhoneProblem as problem:
        words = problem.words
        raise Invalid(
            f"{words[0].upper()}{words[1:]}.",
            code=problem.code,
            errors=(FieldError("phone", words),),
        ) from None


def _read_user_id(text: str) -> UserId:
    found = read_user_id(text)
    if found is None:
        words = shape_of_user_id(text)
        raise Invalid(f"{words}.", code="not_a_user_id", errors=(FieldError("bsuid", words),))
    return found


def get(ctx: TenantContext, contact_id: str) -> ContactOut:
    """Return a contact; raise NotFound. 1 RRU."""
    return to_out(Contacts(ctx).get(contact_id))


def list_page(ctx: TenantContext, query: ContactQuery) -> ContactList:
    """Return a page of contacts in order of their names, 0.5 RRU per 4 KB; or the one with a phone
    or user id, 2 RRU. Raises Invalid for what is neither.
    """
    if query.phone is not None or query.bsuid is not None:
        return ContactList(items=_found(ctx, query), next_cursor=None)
    page = Contacts(ctx).list_by_name(query.limit, query.cursor, query.name_prefix or "")
    return ContactList(items=[to_out(row) for row in page.items], next_cursor=page.next_cursor)


def _found(ctx: TenantContext, query: ContactQuery) -> list[ContactOut]:
    phone = None
    if query.phone is not None:
        phone = _read_phone(query.phone, get_tenant(ctx.tenant_id).country).e164
    user_id = None if query.bsuid is None else _read_user_id(query.bsuid).value
    contacts = Contacts(ctx)
    ids = [one for one in contacts.find(phone, user_id) if one is not None]
    return [to_out(row) for row in contacts.get_many(ids).values()]


def update(
    ctx: TenantContext, contact_id: str, body: ContactUpdate, clock: Clock = SYSTEM_CLOCK
) -> ContactOut:
    """Change what `body` names; tags and fields are replaced whole. 1 to 3 WRU, 10 with identities.

    An opt-out keeps the time of its first day; `opted_out: false` lifts it. Another phone or user
    id is another account at WhatsApp, of which nothing bad is known yet. Raises NotFound, Invalid
    for a phone or user id that is none, and Conflict for one that is another contact's.
    """
    contacts, now_ms = Contacts(ctx), clock.now_ms()
    changes: ContactChanges = {}
    for name in ("name", "tags", "fields", "country"):
        if (value := getattr(body, name)) is not None:
            changes[name] = value
    if body.opted_out is False:
        changes["opted_out_at"] = None
    elif body.opted_out and contacts.get(contact_id).opted_out_at is None:
        changes["opted_out_at"] = now_ms
    identities = _identities(ctx, body, changes)
    if identities or body.unreachable is False:
        changes.update(REACHABLE)
    if identities:
        row = contacts.correct(contact_id, identities, changes, now_ms)
    else:
        row = contacts.update(contact_id, changes, now_ms) if changes else contacts.get(contact_id)
    if identities or body.name is not None:
        Conversations(ctx).show(row)
    return to_out(row)


def _identities(
    ctx: TenantContext, body: ContactUpdate, changes: ContactChanges
) -> dict[Kind, str | None]:
    """Return the identities that are given or taken away; a new phone brings its country along."""
    found: dict[Kind, str | None] = {}
    if "phone" in body.model_fields_set:
        found["phone"] = None
        if body.phone is not None:
            country = body.country or get_tenant(ctx.tenant_id).country
            phone = _read_phone(body.phone, country)
            found["phone"], changes["country"] = phone.e164, body.country or phone.country
    if "bsuid" in body.model_fields_set:
        found["bsuid"] = None if body.bsuid is None else _read_user_id(body.bsuid).value
    return found


def delete(ctx: TenantContext, contact_id: str) -> None:
    """Remove a contact and what it was found by; raise NotFound. 1 RRU and 8 WRU.

    What was written stays in its thread; services.erasure takes that away as well.
    """
    Contacts(ctx).delete(contact_id)


def to_out(row: ContactRow) -> ContactOut:
    """Return a contact as the API gives it."""
    return ContactOut(
        id=row.id,
        phone=row.phone,
        bsuid=row.bsuid,
        username=row.username,
        name=row.name,
        country=row.country,
        language=row.language,
        tags=row.tags,
        fields=row.fields,
        opted_out=row.opted_out_at is not None,
        opted_out_at=iso_or_none(row.opted_out_at),
        marketing_opted_out_at=iso_or_none(row.marketing_opted_out_at),
        unreachable=_unreachable(row),
        created_at=to_iso(row.created_at),
        updated_at=to_iso(row.updated_at),
    )


def _unreachable(row: ContactRow) -> UnreachableOut | None:
    code, since = row.barred_code, row.barred_at
    if row.undeliverable_at is not None:
        code, since = UNDELIVERABLE, row.undeliverable_at
    if code is None or since is None:
        return None
    words = explain(code)
    return UnreachableOut(
        since=to_iso(since), code=code, title=words.title, next_step=words.next_step
    )
