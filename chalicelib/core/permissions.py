"""Roles as sets of `resource:action`.

owner     everything
admin     everything but the tenant itself
manager   contacts, templates, campaigns, conversations, media; reads numbers and analytics
agent     conversations, media; reads contacts and templates
viewer    reads, but not the audit trail
"""

from __future__ import annotations

RESOURCES = (
    "contacts",
    "templates",
    "campaigns",
    "conversations",
    "media",
    "numbers",
    "analytics",
    "users",
    "tenant",
)


def _all(*resources: str) -> frozenset[str]:
    return frozenset(f"{r}:{a}" for r in resources for a in ("read", "write"))


def _read(*resources: str) -> frozenset[str]:
    return frozenset(f"{r}:read" for r in resources)


# The trail is written by the endpoint wrapper alone, so there is nothing to permit but reading it.
_AUDIT = frozenset({"audit:read"})

ROLES: dict[str, frozenset[str]] = {
    "owner": _all(*RESOURCES) | _AUDIT,
    "admin": _all(*RESOURCES) - {"tenant:write"} | _AUDIT,
    "manager": _all("contacts", "templates", "campaigns", "conversations", "media")
    | _read("numbers", "analytics", "users", "tenant"),
    "agent": _all("conversations", "media") | _read("contacts", "templates", "numbers", "tenant"),
    "viewer": _read(*RESOURCES),
}

PERMISSIONS = ROLES["owner"]


def is_allowed(role: str, permission: str) -> bool:
    """Tell whether `role` holds `permission`; an unknown role holds none."""
    return permission in ROLES.get(role, frozenset())
