"""docs/security.md has every requirement of ASVS 4.0.3, level 2, once, and names what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "security.md"
# Levels 1 and 2 of chapters V2 to V14, by section; those that OWASP has deleted are not there.
REQUIREMENTS = {
    "2.1": "1 2 3 4 5 6 7 8 9 10 11 12",
    "2.2": "1 2 3",
    "2.3": "1 2 3",
    "2.4": "1 2 3 4 5",
    "2.5": "1 2 3 4 5 6 7",
    "2.6": "1 2 3",
    "2.7": "1 2 3 4 5 6",
    "2.8": "1 2 3 4 5 6 7",
    "2.9": "1 2 3",
    "2.10": "1 2 3 4",
    "3.1": "1",
    "3.2": "1 2 3 4",
    "3.3": "1 2 3 4",
    "3.4": "1 2 3 4 5",
    "3.5": "1 2 3",
    "3.7": "1",
    "4.1": "1 2 3 5",
    "4.2": "1 2",
    "4.3": "1 2 3",
    "5.1": "1 2 3 4 5",
    "5.2": "1 2 3 4 5 6 7 8",
    "5.3": "1 2 3 4 5 6 7 8 9 10",
    "5.4": "1 2 3",
    "5.5": "1 2 3 4",
    "6.1": "1 2 3",
    "6.2": "1 2 3 4 5 6",
    "6.3": "1 2",
    "6.4": "1 2",
    "7.1": "1 2 3 4",
    "7.2": "1 2",
    "7.3": "1 3 4",
    "7.4": "1 2 3",
    "8.1": "1 2 3 4",
    "8.2": "1 2 3",
    "8.3": "1 2 3 4 5 6 7 8",
    "9.1": "1 2 3",
    "9.2": "1 2 3 4",
    "10.2": "1 2",
    "10.3": "1 2 3",
    "11.1": "1 2 3 4 5 6 7 8",
    "12.1": "1 2 3",
    "12.2": "1",
    "12.3": "1 2 3 4 5 6",
    "12.4": "1 2",
    "12.5": "1 2",
    "12.6": "1",
    "13.1": "1 3 4 5",
    "13.2": "1 2 3 5 6",
    "13.3": "1 2",
    "13.4": "1 2",
    "14.1": "1 2 3 4",
    "14.2": "1 2 3 4 5 6",
    "14.3": "2 3",
    "14.4": "1 2 3 4 5 6 7",
    "14.5": "1 2 3 4",
}
_ROW = re.compile(r"\| (?P<number>[\d.]+) \| (?P<words>[^|]+) \| (?P<met>.+) \|")
_NAMED = re.compile(r"`([^`\s]+)`")


def rows() -> dict[str, tuple[str, str]]:
    """Return the table: number to words, and what meets it."""
    found: dict[str, tuple[str, str]] = {}
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        row = _ROW.fullmatch(line)
        if row is not None:
            assert row["number"] not in found, row["number"]
            found[row["number"]] = (row["words"], row["met"])
    return found


def test_every_requirement_is_there_once() -> None:
    """Each number of the standard, and no other."""
    wanted = {
        f"{section}.{number}"
        for section, numbers in REQUIREMENTS.items()
        for number in numbers.split()
    }
    assert set(rows()) == wanted


@pytest.mark.parametrize("number", sorted(rows()))
def test_what_is_named_exists(number: str) -> None:
    """What is met names a test or a file, and each that is named is there; all else says why."""
    _, met = rows()[number]
    named = [name for name in _NAMED.findall(met) if "/" in name or "." in name]
    paths = [name for name in named if not name.startswith(("GET", "/", "chalicelib."))]
    if met.startswith(("**Not met.** ", "Does not apply: ")):
        assert len(met.split()) > 3
    else:
        assert paths
    for name in paths:
        file, _, test = name.partition("::")
        path = ROOT / file
        assert path.exists(), name
        if test:
            assert re.search(rf"^\s*(async )?def {test}\(", path.read_text(), re.MULTILINE), name
