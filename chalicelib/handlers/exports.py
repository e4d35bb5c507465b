"""The routes of exports: whoever may change campaigns or contacts may take them along as a file."""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.handlers.routing import routes
from chalicelib.schemas.base import PageQuery
from chalicelib.schemas.exports import ContactsExport, ExportList, ExportOut, RecipientsExport
from chalicelib.services.exports import starting

api = routes(__name__, "exports")
blueprint = api.blueprint


@api.route("GET", "/api/exports", permission="contacts:write")
def list_exports(ctx: TenantContext, query: PageQuery) -> ExportList:
    """List the exports of contacts and of campaigns' recipients, newest first.

    The address of a file is given by the export itself.
    """
    return starting.list_exports(ctx, query)


@api.route(
    "POST",
    "/api/campaigns/{campaign_id}/exports",
    status=202,
    permission="campaigns:write",
    errors=(Conflict, Invalid),
    takes_idempotency_key=True,
    while_suspended=True,
)
def export_recipients(ctx: TenantContext, campaign_id: str, body: RecipientsExport) -> ExportOut:
    """Export a campaign's recipients to a CSV.

    It is written in the background: ask for the export until it is `completed`, then GET its `url`.
    The rows are the recipients as they are while the file is written, each exactly once.
    """
    return starting.start_recipients(ctx, campaign_id, body)


@api.route(
    "GET",
    "/api/campaigns/{campaign_id}/exports/{export_id}",
    permission="campaigns:write",
)
def get_recipients_export(ctx: TenantContext, campaign_id: str, export_id: str) -> ExportOut:
    """Get how far an export of recipients has come, and where its file is."""
    return starting.get_recipients(ctx, campaign_id, export_id)


@api.route(
    "POST",
    "/api/contacts/exports",
    status=202,
    permission="contacts:write",
    errors=(Invalid,),
    takes_idempotency_key=True,
    while_suspended=True,
)
def export_contacts(ctx: TenantContext, body: ContactsExport) -> ExportOut:
    """Export contacts to a CSV.

    It is written in the background: ask for the export until it is `completed`, then GET its `url`.
    The file can be imported again.
    """
    return starting.start_contacts(ctx, body)


@api.route("GET", "/api/contacts/exports/{contacts_export_id}", permission="contacts:write")
def get_contacts_export(ctx: TenantContext, contacts_export_id: str) -> ExportOut:
    """Get how far an export of contacts has come, and where its file is."""
    return starting.get_contacts(ctx, contacts_export_id)


@api.route(
    "POST",
    "/api/tenants/export",
    status=202,
    permission="tenant:write",
    takes_idempotency_key=True,
    while_suspended=True,
)
def export_tenant(ctx: TenantContext) -> ExportOut:
    """Export all that the business has, as a zip; for owners.

    A file of JSON lines for each kind of thing, and every file that customers sent, that was
    uploaded or that a campaign was made of. Secrets (passwords, tokens, keys) are not in it. It is
    written in the background: ask for the export until it is `completed`, then GET its `url`.
    """
    return starting.start_tenant(ctx)


@api.route("GET", "/api/tenants/export/{tenant_export_id}", permission="tenant:write")
def get_tenant_export(ctx: TenantContext, tenant_export_id: str) -> ExportOut:
    """Get how far an export of the business has come, and where its file is."""
    return starting.get_tenant_export(ctx, tenant_export_id)
