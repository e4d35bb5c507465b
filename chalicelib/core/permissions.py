"""Roles as sets of `resource:action`.

owner     everything
admin     everything but the tenant itself
manager   contacts, templates, campaigns, conversations, media; reads numbers and analytics
agent     conversations, media; reads contacts, templates and the team
viewer    reads, but neither API keys nor the audit trail

Nobody's role makes them an operator of the platform: that is `OPERATE`, which a command gives to a
user (infra/operators.py) and which counts only on the operators' own routes.

A role without `conversations:all` sees only the conversations that are assigned to whoever has it,
and with `conversations:unassigned` also those that nobody has yet; see services/assignment.py.

A tenant may add roles of its own. Nobody gives a role, or a key, that may do what they may not: see
`may_give`. docs/permissions.md is the table of routes and roles, made from this and the routes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

RESOURCES = (
    "contacts",
    "templates",
    "campaigns",
    "conversations",
    "media",
    "numbers",
    "analytics",
    "users",
    "api_keys",
    "tenant",
)


def _all(*resources: str) -> frozenset[str]:
    return frozenset(f"{r}:{a}" for r in resources for a in ("read", "write"))


def _read(*resources: str) -> frozenset[str]:
    return frozenset(f"{r}:read" for r in resources)


# Whose conversations `conversations:read` and `:write` are about: everybody's; those of nobody yet
# besides one's own; or, with neither, one's own alone. A key is nobody, so it needs the first.
ALL_CONVERSATIONS, UNASSIGNED = "conversations:all", "conversations:unassigned"
_EVERYBODYS = frozenset({ALL_CONVERSATIONS, UNASSIGNED})

# The trail is written by the endpoint wrapper alone, so there is nothing to permit but reading it.
_AUDIT = frozenset({"audit:read"})

# Erasing a person cannot be taken back, so it is more than changing contacts.
_ERASE = frozenset({"contacts:erase"})

ROLES: dict[str, frozenset[str]] = {
    "owner": _all(*RESOURCES) | _AUDIT | _EVERYBODYS | _ERASE,
    "admin": _all(*RESOURCES) - {"tenant:write"} | _AUDIT | _EVERYBODYS | _ERASE,
    "manager": _all("contacts", "templates", "campaigns", "conversations", "media")
    | _read("numbers", "analytics", "users", "tenant")
    | _EVERYBODYS,
    "agent": _all("conversations", "media")
    | _read("contacts", "templates", "numbers", "users", "tenant")
    | _EVERYBODYS,
    "viewer": _read(*RESOURCES) - {"api_keys:read"} | _EVERYBODYS,
}

PERMISSIONS = ROLES["owner"]

# No role and no key holds it.
OPERATE = "platform:operate"

# A key cannot make keys or users, so that a stolen one does not outlive its own removal.
KEY_SCOPES = PERMISSIONS - {"users:write", "api_keys:write", "tenant:write"}


def permissions_of(role: str, custom: Mapping[str, Iterable[str]] | None = None) -> frozenset[str]:
    """Return what `role` may do, a built-in one or one of a tenant's own; an unknown one nothing.

    A built-in role cannot be redefined, and a permission that no longer exists is left out.
    """
    if role in ROLES:
        return ROLES[role]
    return frozenset((custom or {}).get(role, ())) & PERMISSIONS


def is_allowed(role: str, permission: str) -> bool:
    """Tell whether the built-in `role` holds `permission`; an unknown role holds none."""
    return permission in permissions_of(role)


def may_give(own: frozenset[str], given: frozenset[str]) -> bool:
    """Tell whether somebody who holds `own` may hand out, change or take away `given`."""
    return given <= own
