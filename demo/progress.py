"""What is seen while the demo runs: bars in a terminal, a line now and then anywhere else."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

_EVERY_S = 3.0


class Bars(Protocol):
    """Bars that grow."""

    def show(self, done: Mapping[str, int], total: int) -> None:
        """Show how far each bar is, by its name, of `total`."""
        ...


class Display:
    """Writes lines and bars to one console; safe to call from several threads."""

    def __init__(self, console: Console | None = None) -> None:
        """Write to standard output unless told otherwise."""
        self._console = console or Console(highlight=False)
        self._began = time.monotonic()

    def say(self, line: str) -> None:
        """Write a line as it is."""
        self._console.print(Text(line), soft_wrap=True)

    def step(self, line: str) -> None:
        """Write the heading of a step, with the seconds since the start."""
        seconds = f"{time.monotonic() - self._began:6.1f} s  "
        self._console.print(Text.assemble((seconds, "dim"), (line, "bold")), soft_wrap=True)

    def detail(self, line: str) -> None:
        """Write what a step found out."""
        self._console.print(Text(f"          {line}"), soft_wrap=True)

    def report(self, lines: Sequence[str]) -> None:
        """Write a report; a line that ends in a colon is a heading."""
        self._console.print()
        for line in lines:
            self._console.print(Text(line, "bold" if line.endswith(":") else ""), soft_wrap=True)
        self._console.print()

    @contextmanager
    def bars(self, names: Sequence[str]) -> Iterator[Bars]:
        """Show bars with these names for the length of the block."""
        if not self._console.is_terminal:
            lines = _Lines(self)
            yield lines
            lines.finish()
            return
        columns = (
            TextColumn("          {task.description:14}"),
            BarColumn(bar_width=36),
            MofNCompleteColumn(" of "),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console) as progress:
            yield _Live(progress, {name: progress.add_task(name, total=None) for name in names})


class _Live:
    """Bars in a terminal."""

    def __init__(self, progress: Progress, tasks: Mapping[str, TaskID]) -> None:
        self._progress = progress
        self._tasks = tasks

    def show(self, done: Mapping[str, int], total: int) -> None:
        for name, task in self._tasks.items():
            self._progress.update(task, completed=done.get(name, 0), total=total)


class _Lines:
    """The same as lines of a log, at most one in _EVERY_S and only when something has changed."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._latest = ""
        self._written = ""
        self._due = 0.0

    def show(self, done: Mapping[str, int], total: int) -> None:
        counts = " · ".join(f"{name} {count:,}" for name, count in done.items())
        self._latest = f"{counts} (of {total:,})"
        if time.monotonic() >= self._due:
            self.finish()

    def finish(self) -> None:
        """Write the latest line, unless it is written already."""
        if self._latest != self._written:
            self._display.detail(self._latest)
        self._written = self._latest
        self._due = time.monotonic() + _EVERY_S
