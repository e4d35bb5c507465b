"""The contract tier sees the API as the component tier does: in this process, AWS in moto."""

from __future__ import annotations

from tests.component.conftest import _cloud, api, aws, clock, ctx, other_ctx

__all__ = ["_cloud", "api", "aws", "clock", "ctx", "other_ctx"]
