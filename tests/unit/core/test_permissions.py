"""Roles and what they may do."""

from __future__ import annotations

import pytest

from chalicelib.core.permissions import PERMISSIONS, ROLES, is_allowed


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
