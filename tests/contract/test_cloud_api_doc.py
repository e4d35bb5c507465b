"""The parity table of docs/cloud-api.md is held to the code: it claims no more."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from chalicelib.schemas.interactive import Interactive
from chalicelib.schemas.messages import Message
from chalicelib.whatsapp import events, webhook_accounts, webhook_numbers, webhook_templates
from tests.unit.schemas.message_cases import VALID

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cloud-api.md").read_text()
CODES = (ROOT / "tests" / "data" / "error_codes.md").read_text()
STATES = ("yes", "in part", "no")
# The fields of a webhook that have a parser: of a number, a template, an account.
FIELDS = sorted(
    {"messages", *webhook_numbers.FIELDS, *webhook_templates.FIELDS, *webhook_accounts.READERS}
)


@dataclass(frozen=True)
class Row:
    """A row of the page: its state, the reason for it, and the modules and tests that it names."""

    chapter: str
    what: str
    state: str
    reason: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def _named(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


def _rows() -> list[Row]:
    rows: list[Row] = []
    for chapter in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        title, _, text = chapter.partition("\n")
        for line in text.splitlines():
            cells = _cells(line) if line.startswith("| ") else []
            if len(cells) < 4 or "Supported" in cells:
                continue
            state, _, reason = cells[-3].partition(": ")
            what = " ".join(cells[:-3])
            rows.append(Row(title, what, state, reason, _named(cells[-2]), _named(cells[-1])))
    return rows


ROWS = _rows()


@cache
def _functions(path: str) -> frozenset[str]:
    """Return the tests of a file."""
    tree = ast.parse((ROOT / path).read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(n.name for n in tree.body if isinstance(n, kinds))


@cache
def _cases(path: str) -> frozenset[str]:
    """Return every text in a test's file, and the messages that several files take as cases."""
    tree = ast.parse((ROOT / path).read_text())
    texts = (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant))
    return frozenset(text for text in texts if isinstance(text, str)) | frozenset(VALID)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what[:60])
def test_row_says_what_is_there(row: Row) -> None:
    """A row has a state; what is supported names modules and tests that exist, what is not why."""
    assert row.state in STATES
    assert row.reason or row.state == "yes"
    if row.state == "no":
        assert row.modules == row.tests == ()
        return
    assert row.modules
    assert row.tests
    for module in row.modules:
        assert (ROOT / "chalicelib" / module).is_file(), module
    for test in row.tests:
        path, _, name = test.partition("::")
        name, _, case = name.rstrip("]").partition("[")
        assert (ROOT / path).is_file(), path
        assert name.startswith("test_"), test
        assert name in _functions(path), test
        assert not case or case in _cases(path), test


def test_counts_are_right() -> None:
    """The summary at the top counts the rows of each chapter by their state."""
    summary = {}
    for line in PAGE.partition("\n## ")[0].splitlines():
        cells = _cells(line) if line.startswith("| ") else []
        if len(cells) == 5 and cells[1].isdecimal():
            summary[cells[0]] = [int(cell) for cell in cells[1:]]
    found: dict[str, Counter[str]] = {}
    for row in ROWS:
        found.setdefault(row.chapter, Counter())[row.state] += 1
    counts = {
        chapter: [count.total(), *(count[state] for state in STATES)]
        for chapter, count in found.items()
    }
    total = [sum(column) for column in zip(*counts.values(), strict=True)]
    assert summary == {**counts, "All": total}


def _builders() -> list[tuple[str, str]]:
    """Return the public functions of the client that make a request of Meta, with their modules."""
    found = []
    for path in sorted((ROOT / "chalicelib" / "whatsapp").glob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if isinstance(node.returns, ast.Name) and node.returns.id == "GraphRequest":
                found.append((f"whatsapp/{path.name}", node.name))
    return found


@pytest.mark.parametrize(("module", "name"), _builders())
def test_every_request_is_on_the_page(module: str, name: str) -> None:
    """Each request that the client can make has a row, with its module."""
    assert any(f"`{name}`" in row.what and module in row.modules for row in ROWS)


def _members(union: Any) -> set[str]:
    """Return the classes of a union, those of unions in it too."""
    return {name for part in get_args(union) for name in _members(part) or {part.__name__}}


@pytest.mark.parametrize("name", [*sorted(_members(events.Event)), *FIELDS])
def test_every_event_and_field_is_on_the_page(name: str) -> None:
    """Each event that a webhook becomes, and each field that has a parser, has a row."""
    assert any(f"`{name}`" in row.what for row in ROWS if row.chapter[0] in "45")


def _kinds(union: Any) -> list[str]:
    """Return the values of `type` in an annotated union of models."""
    models = get_args(get_args(union)[0])
    assert all(issubclass(model, BaseModel) for model in models)
    return [get_args(model.model_fields["type"].annotation)[0] for model in models]


@pytest.mark.parametrize("kind", [*_kinds(Message), *_kinds(Interactive)])
def test_every_kind_of_message_is_on_the_page(kind: str) -> None:
    """Each type of message and each interactive kind that can be sent has a row."""
    words = {"interactive": "Interactive messages", "template": "Template messages"}
    section = PAGE.partition("## 2. Sending")[2].partition("\n## 3.")[0]
    assert f"`{kind}`" in section or f"### {words.get(kind)}" in section


def test_every_code_is_on_the_page() -> None:
    """The codes are those of Meta's table, row by row, in its order."""
    table = [_cells(line)[0] for line in CODES.splitlines() if line.startswith("| ")][1:]
    section = PAGE.partition("### Error codes")[2].partition("\n## ")[0]
    listed = [_cells(line)[0] for line in section.splitlines() if line.startswith("| ")][1:]
    assert listed == table
