"""Requests and responses about a team."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from chalicelib.schemas.auth import Email, UserOut
from chalicelib.schemas.base import RequestModel, ResponseModel

RoleName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_-]{1,31}$"),
    Field(description="owner, admin, manager, agent, viewer, or a role of the business's own."),
]


class UserInvite(RequestModel):
    """Somebody to invite; they choose name and password themselves."""

    email: Email
    role: RoleName


class UserPatch(RequestModel):
    """Another role for a member."""

    role: RoleName


class UserList(ResponseModel):
    """A page of a team."""

    items: list[UserOut]
    next_cursor: str | None


class Role(ResponseModel):
    """What those who have a role may do."""

    name: str
    permissions: list[str]
    is_built_in: bool


class RoleList(ResponseModel):
    """The roles that a business can give."""

    items: list[Role]


class RoleWrite(RequestModel):
    """A role of the business's own."""

    name: RoleName
    permissions: list[Annotated[str, StringConstraints(max_length=60)]] = Field(
        min_length=1, max_length=60, description="`resource:action`, e.g. contacts:read."
    )


class RolesWrite(RequestModel):
    """All roles of the business's own; what is not in it is removed."""

    items: list[RoleWrite] = Field(max_length=20)
