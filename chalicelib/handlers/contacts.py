"""The routes of contacts."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid, NotFound, Unavailable
from chalicelib.handlers.routing import routes
from chalicelib.schemas.contacts import (
    ContactCreate,
    ContactList,
    ContactOut,
    ContactQuery,
    ContactUpdate,
)
from chalicelib.schemas.erasures import ErasureOut
from chalicelib.services import contacts
from chalicelib.services.erasure import asking

api = routes(__name__, "contacts")
blueprint = api.blueprint


@api.route("GET", "/api/contacts", permission="contacts:read", errors=(Invalid,))
def list_contacts(ctx: TenantContext, query: ContactQuery) -> ContactList:
    """List contacts in order of their names, or find the one with a phone or a user id."""
    return contacts.list_page(ctx, query)


@api.route(
    "POST",
    "/api/contacts",
    status=201,
    permission="contacts:write",
    errors=(Conflict, Invalid),
    takes_idempotency_key=True,
)
def create_contact(ctx: TenantContext, body: ContactCreate) -> ContactOut:
    """Add a contact.

    A phone without + is read as of `country`, else of the country of the business. It must be able
    to be a mobile number. A person who hides the phone is added by the business-scoped user id
    alone (`bsuid`), and is written to by it wherever a phone would be.
    """
    return contacts.create(ctx, body)


@api.route("GET", "/api/contacts/{contact_id}", permission="contacts:read", errors=(NotFound,))
def get_contact(ctx: TenantContext, contact_id: str) -> ContactOut:
    """Get a contact."""
    return contacts.get(ctx, contact_id)


@api.route(
    "PATCH",
    "/api/contacts/{contact_id}",
    permission="contacts:write",
    errors=(Conflict, NotFound, Invalid),
    before=contacts.get,
)
def update_contact(ctx: TenantContext, contact_id: str, body: ContactUpdate) -> ContactOut:
    """Change a contact; what is absent stays, tags and fields are replaced whole."""
    return contacts.update(ctx, contact_id, body)


@api.route(
    "DELETE",
    "/api/contacts/{contact_id}",
    status=204,
    permission="contacts:write",
    errors=(NotFound, Unavailable),
    before=contacts.get,
)
def delete_contact(ctx: TenantContext, contact_id: str) -> None:
    """Delete a contact: take it off the list.

    The phone can be added anew; who had opted out is opted out still. What was written to and fro
    is kept. To have everything of a person erased, ask for their erasure instead, or afterwards.
    """
    contacts.delete(ctx, contact_id)


@api.route(
    "POST",
    "/api/contacts/{contact_id}/erasure",
    status=202,
    permission="contacts:erase",
    errors=(Conflict, NotFound, Unavailable),
)
def erase_contact(ctx: TenantContext, contact_id: str) -> ErasureOut:
    """Erase a person: everything that is kept of them, wherever it is (GDPR, article 17).

    The contact is gone at once, and no campaign writes to it any more. In the minutes after that
    messages, files, rows of imports, audiences, exports and details of the audit trail follow; what
    was sent stays as numbers without the person, so that campaigns still add up. Whoever opted out
    and is imported again is opted out still: a keyed hash of the phone is kept for that alone.
    Also for a contact that was deleted before. What WhatsApp keeps is WhatsApp's.
    """
    return asking.ask(ctx, contact_id)


@api.route(
    "GET",
    "/api/contacts/{contact_id}/erasure",
    permission="contacts:erase",
    errors=(NotFound,),
)
def get_contact_erasure(ctx: TenantContext, contact_id: str) -> ErasureOut:
    """Get how far the erasure of a person has come, and its proof."""
    return asking.get(ctx, contact_id)
