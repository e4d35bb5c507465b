"""`python -m bench [NAME]`: one bench, or all of them and the page about them.

The last line of the output is a JSON object, progress goes to stderr. Exit code 0 if every bar is
kept, 1 if not, 2 for a name that nobody knows.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.bar import Bench, result_line, say
from bench.page import write_page

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
    parser.add_argument("name", nargs="?", choices=NAMES, metavar="NAME", help=", ".join(NAMES))
    name = parser.parse_args(argv).name
    return _run_all() if name is None else _run(load(name))


def _run(bench: Bench) -> int:
    say(f"{bench.name}: {bench.question}")
    figures = bench.run()
    sys.stdout.write(f"{result_line(bench, figures)}\n")
    return 0 if bench.holds(figures) else 1


def _run_all() -> int:
    """Run each bench in a process of its own, so that none pays for what another left behind."""
    results: dict[str, dict[str, Any] | None] = {name: _in_own_process(name) for name in NAMES}
    write_page(ROOT / "docs" / "benchmarks.md", {name: load(name) for name in NAMES}, results)
    holds = all(result is not None and result["holds"] for result in results.values())
    sys.stdout.write(f"{json.dumps({'benches': results, 'holds': holds})}\n")
    return 0 if holds else 1


def _in_own_process(name: str) -> dict[str, Any] | None:
    """Return the result of a bench, or None if it broke."""
    run = subprocess.run(
        [sys.executable, "-m", "bench", name],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    lines = run.stdout.splitlines()
    if run.returncode not in {0, 1} or not lines:
        return None
    try:
        result: dict[str, Any] = json.loads(lines[-1])
    except ValueError:
        return None
    say(lines[-1])
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
