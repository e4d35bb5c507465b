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
ORDER = ("unit", "component", "contract", "integration", "package", "browser")
_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test; refuse a folder of no tier, which no `make test-…` would ever run.

    The quick tiers go first. The browser's goes last: Playwright leaves an event loop running in
    the main thread, beside which no other test could run its own.
    """
    for item in items:
        folder = item.path.relative_to(_HERE).parts[0]
        if folder not in TIERS:
            message = f"{item.path}: tests/{folder} belongs to no tier; add it to {__file__}"
            raise pytest.UsageError(message)
        item.add_marker(_tier(item))
    items.sort(key=lambda item: ORDER.index(_tier(item)))


def _tier(item: pytest.Item) -> str:
    """Return a test's tier: its folder's, or contract where a client written by others judges."""
    if item.path.name.startswith("test_pywa"):
        return "contract"
    return TIERS[item.path.relative_to(_HERE).parts[0]]
