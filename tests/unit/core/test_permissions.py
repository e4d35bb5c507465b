"""Roles and what they may do."""

from __future__ import annotations

import pytest

from chalicelib.core.permissions import (
    KEY_SCOPES,
    PERMISSIONS,
    ROLES,
    is_allowed,
    may_give,
    permissions_of,
)


def test_roles_are_nested() -> None:
    """Each role may do all that the next lower one may, apart from who reads the team."""
    assert ROLES["viewer"] < ROLES["admin"] < ROLES["owner"] == PERMISSIONS
    assert ROLES["manager"] < ROLES["admin"]
    assert ROLES["agent"] < ROLES["manager"]


@pytest.mark.parametrize("role", ["", "root", "system", "Owner"])
def test_unknown_role_may_nothing(role: str) -> None:
    """A role that is not in the table holds no permission."""
    assert not any(is_allowed(role, permission) for permission in PERMISSIONS)


def test_viewer_writes_nothing() -> None:
    """A viewer only reads."""
    assert not [p for p in ROLES["viewer"] if p.endswith(":write")]


def test_a_tenant_cannot_redefine_a_built_in_role() -> None:
    """A role of the tenant's own has what it says and exists; a built-in one stays as it is."""
    custom = {"viewer": ["users:write"], "clerk": ["contacts:read", "moon:write"]}
    assert permissions_of("viewer", custom) == ROLES["viewer"]
    assert permissions_of("clerk", custom) == {"contacts:read"}
    assert permissions_of("gone", custom) == frozenset()


def test_nobody_gives_more_than_they_have() -> None:
    """An owner gives every role; an admin every one but owner; a manager only what is below."""
    given = {
        role: {other for other in ROLES if may_give(ROLES[role], ROLES[other])}
        for role in ("owner", "admin", "manager")
    }
    assert given["owner"] == set(ROLES)
    assert given["admin"] == set(ROLES) - {"owner"}
    assert given["manager"] == {"manager", "agent", "viewer"}


def test_a_key_cannot_multiply() -> None:
    """No key may make keys, users or roles."""
    assert not {"api_keys:write", "users:write", "tenant:write"} & KEY_SCOPES
