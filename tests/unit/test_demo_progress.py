"""What the demo shows where there is no terminal, and in one."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from demo.progress import Display


def _lines(*, is_terminal: bool) -> list[str]:
    out = io.StringIO()
    display = Display(Console(file=out, force_terminal=is_terminal, width=100, highlight=False))
    display.step("Importing [contacts].csv")
    with display.bars(("rows",)) as bars:
        for done in (10, 20, 20, 30):
            bars.show({"rows": done}, 30)
    display.report(["The end:", "  [bold]as it is[/bold]"])
    return out.getvalue().splitlines()


def test_a_log_gets_few_plain_lines() -> None:
    """Without a terminal the first and the last count are lines, without any control codes."""
    lines = _lines(is_terminal=False)
    assert [line.strip() for line in lines if "rows" in line] == [
        "rows 10 (of 30)",
        "rows 30 (of 30)",
    ]
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize("is_terminal", [True, False])
def test_square_brackets_are_text(*, is_terminal: bool) -> None:
    """Names from files and from customers are shown as they are, never read as markup."""
    text = "\n".join(_lines(is_terminal=is_terminal))
    assert "[contacts].csv" in text
    assert "[bold]as it is[/bold]" in text
