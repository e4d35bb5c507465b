"""Who acts, and for which tenant.

A TenantContext is built in three places only: the endpoint wrapper (from the token), the queue
envelope decoder, and the webhook resolver (from our own table, after the signature check).
"""

from __future__ import annotations

from dataclasses import dataclass

SYSTEM_USER = "system"


@dataclass(frozen=True, slots=True)
class TenantContext:
    """The tenant that a piece of work belongs to, and who asked for it."""

    tenant_id: str
    user_id: str
    role: str
    request_id: str
    # What the endpoint wrapper read from the access token or the API key; work that Parley does by
    # itself has neither.
    session_id: str = ""
    permissions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PublicContext:
    """A request without a signed-in user: registration, login, health."""

    request_id: str
    source_ip: str


def system_context(tenant_id: str, request_id: str) -> TenantContext:
    """Return the context of work that Parley does by itself for a tenant."""
    return TenantContext(tenant_id, SYSTEM_USER, "system", request_id)
