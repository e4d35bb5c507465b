"""`python -m bench NAME`: one bench; `python -m bench all`: all of them, and the page about them.

The last line of the output is a JSON object, progress goes to stderr. Exit code 0 if every bar is
kept, 1 if not, 2 for no name or one that nobody knows.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.bar import NOTES, Bench, result_line, say
from bench.page import write_page

_ALL = "all"
ROOT = Path(__file__).resolve().parents[1]
NAMES = (
    "cap",
    "cap-1000",
    "fair",
    "send-cpu",
    "status-cpu",
    "plan-cpu",
    "webhook",
    "cost",
    "imports",
    "faults",
)


def load(name: str) -> Bench:
    """Return the bench of this name; each module is loaded only if it runs."""
    module = importlib.import_module(f"bench.{name.replace('-', '_')}")
    found: Bench = module.BENCH
    return found


def main(argv: list[str]) -> int:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = (*NAMES, _ALL)
    parser.add_argument("name", nargs="?", metavar="NAME", help=", ".join(names))
    name = parser.parse_args(argv).name
    if name not in names:
        parser.error(f"name a bench: {', '.join(names)}")
    return _run_all() if name == _ALL else _run(load(name))


def _run(bench: Bench) -> int:
    say(f"{bench.name}: {bench.question}")
    figures = bench.run()
    sys.stdout.write(f"{result_line(bench, figures)}\n")
    return 0 if bench.holds(figures) else 1


def _run_all() -> int:
    """Run each bench in a process of its own, so that none pays for what another left behind."""
    benches = {name: load(name) for name in NAMES}
    results: dict[str, dict[str, Any] | None] = {}
    notes: dict[str, str] = {}
    for name in NAMES:
        results[name], notes[name] = _in_own_process(name)
    write_page(ROOT / "docs" / "benchmarks.md", benches, results, notes)
    holds = all(result is not None and result["holds"] for result in results.values())
    sys.stdout.write(f"{json.dumps({'benches': results, 'holds': holds})}\n")
    return 0 if holds else 1


def _in_own_process(name: str) -> tuple[dict[str, Any] | None, str]:
    """Return the result of a bench, or None if it broke, and what it has to show."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        path = Path(folder) / "notes"
        run = subprocess.run(
            [sys.executable, "-m", "bench", name],
            cwd=ROOT,
            env={**os.environ, NOTES: str(path)},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        notes = path.read_text() if path.exists() else ""
    lines = run.stdout.splitlines()
    say(f"{lines[-1] if lines else 'it broke'} ({time.monotonic() - begin:.0f} s)")
    if run.returncode not in {0, 1} or not lines:
        return None, notes
    try:
        result: dict[str, Any] = json.loads(lines[-1])
    except ValueError:
        return None, notes
    return result, notes


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
