"""Gives every test the marker of its tier, by its folder: `pytest -m unit` is then one tier."""

from __future__ import annotations

from pathlib import Path

import pytest

# No emulator checks IAM: every handler that a test calls is held to its grants.
pytest_plugins = ["tests.grant_guard"]

TIERS = {
    "unit": "unit",
    "component": "component",
    "sandbox": "component",
    "integration": "integration",
    "local": "integration",
    "package": "package",
    "contract": "contract",
    "browser": "browser",
}
_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test; refuse a folder of no tier, which no `make test-…` would ever run."""
    for item in items:
        folder = item.path.relative_to(_HERE).parts[0]
        if folder not in TIERS:
            message = f"{item.path}: tests/{folder} belongs to no tier; add it to {__file__}"
            raise pytest.UsageError(message)
        item.add_marker(TIERS[folder])
