"""The fixtures of the component tier, and its site of the samples."""

from __future__ import annotations

from tests.component.conftest import _cloud, aws, ctx
from tests.component.webhooks.conftest import site

__all__ = ["_cloud", "aws", "ctx", "site"]
