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
from chalicelib.services import contacts

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
    """Delete a contact; the phone can then be added anew."""
    contacts.delete(ctx, contact_id)
