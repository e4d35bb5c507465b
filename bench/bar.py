"""What a bench is: a question, the figures that answer it, and the bars they must hold."""

from __future__ import annotations

import json
import operator
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

NOTES = "BENCH_NOTES"  # the file that a bench leaves its notes in, where a page is written
Figures = Mapping[str, float]

_HOLDS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, "==": operator.eq}


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure and the value that it must keep to."""

    figure: str
    relation: str
    value: float

    def holds(self, figures: Figures) -> bool:
        """Tell whether the figure is there and keeps to the bar."""
        return self.figure in figures and _HOLDS[self.relation](figures[self.figure], self.value)

    def __str__(self) -> str:
        sign = {"<=": "≤", ">=": "≥", "==": "="}.get(self.relation, self.relation)
        return f"{sign} {self.value:g}"


@dataclass(frozen=True, slots=True)
class Bench:
    """One measurement: `run` takes it, and its module's docstring says how."""

    name: str
    question: str
    bars: tuple[Bar, ...]
    run: Callable[[], Figures]

    def holds(self, figures: Figures) -> bool:
        """Tell whether every bar is kept."""
        return all(bar.holds(figures) for bar in self.bars)


def result_line(bench: Bench, figures: Figures) -> str:
    """Return the JSON object that a run ends with."""
    return json.dumps(
        {"bench": bench.name, "figures": dict(figures), "holds": bench.holds(figures)}
    )


def note(text: str) -> None:
    """Have the page show a text (a profile, a picture) beside the figures of the bench that runs.

    Also told to the person who waits.
    """
    say(text)
    path = os.environ.get(NOTES)
    if path is not None:
        with Path(path).open("a") as file:
            file.write(f"{text}\n")


def say(line: str) -> None:
    """Tell the person who waits how far a bench is."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
