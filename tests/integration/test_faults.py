"""A share of the faults bench: deaths at lines of the engine, with accidents, by chance."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_no_line_at_which_a_process_dies_sends_twice_or_loses_anybody() -> None:
    """Dying at a line of the engine leaves every recipient accounted for, and sent to once."""
    options = ["--seeds", "14", "--share", "40", "--kills", "0"]
    command = [sys.executable, "-m", "bench.faults", *options]
    run = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=500
    )
    assert run.returncode == 0, run.stderr[-4000:]
