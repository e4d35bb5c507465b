"""docs/benchmarks.md: the figures of a run of all benches, with the machine and the day."""

from __future__ import annotations

import inspect
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.bar import Bar, Bench

_HEAD = """# Benchmarks

Written by `make bench` (`python -m bench all`): change the benches, not this page.
`python -m bench NAME` runs one of them.

- **When**: {date}
- **Machine**: {machine}
- **Python**: {python}

A figure depends on the machine; a bar does not. CPU times are a process's own, so that what else
the machine does changes them little. Where a figure has no bar, it tells what the others are of.

| bench | figure | value | bar | holds |
| --- | --- | ---: | ---: | --- |
{rows}

## How each is measured
{methods}
"""


def write_page(
    path: Path,
    benches: Mapping[str, Bench],
    results: Mapping[str, dict[str, Any] | None],
    notes: Mapping[str, str],
) -> None:
    """Write the page of a run; a bench without a result has broken, and the page says so.

    `notes` is what each bench has to show besides its figures.
    """
    rows = [row for name, bench in benches.items() for row in _rows(bench, results[name])]
    methods = [_method(bench, notes.get(name, "")) for name, bench in benches.items()]
    path.write_text(
        _HEAD.format(
            date=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            machine=_machine(),
            python=platform.python_version(),
            rows="\n".join(rows),
            methods="\n".join(methods),
        )
    )


def _rows(bench: Bench, result: dict[str, Any] | None) -> list[str]:
    if result is None:
        return [f"| `{bench.name}` | – | it broke | – | **no** |"]
    bars = {bar.figure: bar for bar in bench.bars}
    return [
        f"| `{bench.name}` | `{figure}` | {value:,.6g} | {bars.get(figure, '–')} "
        f"| {_verdict(bars.get(figure), result['figures'])} |"
        for figure, value in result["figures"].items()
    ]


def _verdict(bar: Bar | None, figures: dict[str, float]) -> str:
    if bar is None:
        return "–"
    return "yes" if bar.holds(figures) else "**no**"


def _method(bench: Bench, note: str) -> str:
    text = inspect.cleandoc(inspect.getmodule(bench.run).__doc__ or "")
    shown = f"\n\n```text\n{note.rstrip()}\n```" if note else ""
    return f"\n### {bench.name}\n\n{bench.question}\n\n{text}{shown}"


def _machine() -> str:
    return f"{_cpu()}, {os.cpu_count()} CPUs, {platform.system()} {platform.machine()}"


def _cpu() -> str:
    """Return the processor's name, as far as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown CPU"
