"""Async tests run on asyncio alone, as the sandbox does."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Return the event loop of every async test."""
    return "asyncio"
