"""Requests and responses of deleting a business."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from chalicelib.schemas.base import RequestModel, ResponseModel


class TenantDeletion(RequestModel):
    """Delete the business: who asks shows that they are who they are, and mean it."""

    password: SecretStr = Field(description="Your own password.")
    code: str | None = Field(
        default=None, max_length=40, description="Of your second factor, if you have one."
    )
    business_name: str = Field(
        max_length=200, description="The name of the business, exactly as it is."
    )


class DeletionOut(ResponseModel):
    """The deletion of a business."""

    state: Literal["requested"]
    requested_at: str
    requested_by: str = Field(description="The id of the user who asked for it.")
    due_at: str = Field(description="Until then it can be called off; then all is erased.")
