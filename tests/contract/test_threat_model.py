"""The threat model and the promises name files that exist, and leave out no entry of the system."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra.resources import fragment

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("docs/threat-model.md", "SECURITY.md")
FILE = re.compile(r"`([A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+|[A-Za-z-]+\.(?:txt|toml|yaml))`")


@pytest.mark.parametrize("page", PAGES)
def test_what_is_named_exists(page: str) -> None:
    """Each file is there, and each command of infra is one that can be run."""
    text = (ROOT / page).read_text("utf-8")
    named = FILE.findall(text)
    missing = [name for name in named if not (ROOT / name).is_file()]
    assert missing == []
    for module in re.findall(r"python -m (infra\.\w+)", text):
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file()
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert ((ROOT / page).parent / link).exists()


def test_every_asset_and_entry_says_what_holds_it() -> None:
    """No row of the two tables has an empty cell, and each names at least one file or command."""
    text = (ROOT / "docs/threat-model.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    assert len(rows) > 25
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert all(cells), row
        if cells[0] not in {"asset", "entry"}:
            assert re.search(r"`[^`]+`", cells[-1]), row


def test_every_consumer_and_parameter_that_it_names_is_deployed() -> None:
    """The picture has each queue of the template, and the parameters that are named are there."""
    text = (ROOT / "docs/threat-model.md").read_text("utf-8")
    queues = [n.removesuffix("Queue") for n in fragment()["Resources"] if n.endswith("Queue")]
    pictured = re.search(r"Consumers: ([a-z, ]+)", text)
    assert pictured is not None
    assert set(pictured[1].split(", ")) == {queue.lower() for queue in queues}
    for parameter in ("WebOrigin", "EdgeSecret", "WebhookConcurrency"):
        assert parameter in fragment()["Parameters"]
        assert f"`{parameter}`" in text
