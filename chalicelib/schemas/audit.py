"""The audit trail as the API gives it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from chalicelib.schemas.base import PageQuery, QueryTime, RequestModel, ResponseModel

Outcome = Literal["done", "failed", "unknown"]


class AuditFilter(RequestModel):
    """Which records are meant; what is absent does not narrow."""

    since: QueryTime | None = Field(default=None, description="From this time on.")
    until: QueryTime | None = Field(default=None, description="Before this time.")
    actor_id: str | None = Field(default=None, max_length=60, description="A user or API key.")
    action: str | None = Field(
        default=None, max_length=60, description="A route's operationId, e.g. `update_contact`."
    )
    target_id: str | None = Field(
        default=None, max_length=60, description="What was changed, or was made."
    )
    outcome: Outcome | None = None


class AuditQuery(PageQuery, AuditFilter):
    """The query string of the list."""


class AuditExportQuery(AuditFilter):
    """The query string of the export."""

    cursor: str | None = Field(
        default=None, max_length=2000, description="`cursor` of the header `Link`, to go on."
    )


class AuditRecord(ResponseModel):
    """One change: who, what, when, from where, and what differs."""

    id: str
    sequence: int
    at: str
    actor_id: str
    role: str
    source_ip: str
    user_agent: str
    request_id: str
    action: str
    route: str
    targets: dict[str, str]
    made_id: str | None
    outcome: Outcome = Field(
        description="`unknown`: the process was cut off; the change may have been made."
    )
    status: int | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    details_erased: bool
    previous_hash: str
    hash: str


class AuditList(ResponseModel):
    """A page of records, newest first."""

    items: list[AuditRecord]
    next_cursor: str | None
