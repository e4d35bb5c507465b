"""The answer of the health check."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from chalicelib.schemas.base import ResponseModel


class ServiceHealth(ResponseModel):
    """One dependency: whether it answers, and how fast."""

    status: Literal["ok", "down"]
    latency_ms: int | None = Field(description="null if it failed.")
    detail: str | None = None


class HealthOut(ResponseModel):
    """The whole: `ok` only if every service is."""

    status: Literal["ok", "degraded"]
    timestamp: str
    version: str
    services: dict[str, ServiceHealth]
