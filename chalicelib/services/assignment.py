"""Whose conversation it is, and who may therefore see it.

    the caller holds              sees, answers, hands over
    conversations:all             everybody's conversations
    conversations:unassigned      their own, and those of nobody
    neither                       their own

All other conversations do not exist for them: 404. Only requests are limited so: what Parley does
by itself for a tenant has no permissions, and no limits.
"""

from __future__ import annotations

from chalicelib.core.context import TenantContext
from chalicelib.core.errors import FieldError, Forbidden, Invalid, NotFound
from chalicelib.core.ids import is_id
from chalicelib.core.permissions import ALL_CONVERSATIONS, UNASSIGNED, permissions_of
from chalicelib.storage.conversation_row import ConversationRow
from chalicelib.storage.conversations import Conversations
from chalicelib.storage.tenants import check_user, get_tenant

NOBODY, ME = "nobody", "me"


def sees_all(ctx: TenantContext) -> bool:
    """Tell whether the caller sees everybody's conversations. Pure."""
    return not ctx.permissions or ALL_CONVERSATIONS in ctx.permissions


def sees(ctx: TenantContext, row: ConversationRow | None) -> bool:
    """Tell whether the caller may see a conversation; None is one that is not there yet. Pure."""
    if sees_all(ctx):
        return True
    assignee_id = None if row is None else row.assignee_id
    if assignee_id is None:
        return UNASSIGNED in ctx.permissions
    return assignee_id == ctx.user_id


def check_sees(ctx: TenantContext, row: ConversationRow | None) -> None:
    """Raise NotFound unless the caller may see the conversation. Pure."""
    if not sees(ctx, row):
        raise NotFound("There is no conversation with this contact yet.")


def check_reach(ctx: TenantContext, contact_id: str) -> None:
    """Raise NotFound unless the caller may see the conversation with a contact.

    Costs nothing for whoever sees them all, else 1 RRU.
    """
    if not sees_all(ctx):
        check_sees(ctx, Conversations(ctx).find(contact_id))


def assignee_of(ctx: TenantContext, wanted: str | None) -> str | None:
    """Return whose conversations a list is of: a user's id, NOBODY, or None for everybody's.

    Raises Forbidden for those that the caller does not see.
    """
    chosen = ctx.user_id if wanted == ME else wanted
    if sees_all(ctx):
        return chosen
    if chosen is None:
        return ctx.user_id
    is_allowed = chosen == ctx.user_id or (chosen == NOBODY and UNASSIGNED in ctx.permissions)
    if not is_allowed:
        raise Forbidden("You see the conversations that are assigned to you, and no others.")
    return chosen


def check_assignee(ctx: TenantContext, user_id: str) -> None:
    """Raise Invalid unless this is a member of the team who may read conversations. 1.5 RRU."""
    user = check_user(ctx.tenant_id, user_id) if is_id("usr", user_id) else None
    roles = get_tenant(ctx.tenant_id).roles
    if (
        user is None
        or user.state != "active"
        or "conversations:read" not in permissions_of(user.role, roles)
    ):
        words = "choose a member of the team who may read conversations"
        raise Invalid(
            f"assignee_id: {words}.",
            code="validation_failed",
            errors=(FieldError("assignee_id", words),),
        )
