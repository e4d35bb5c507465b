"""A share of the faults bench: every line at which the engine can die, each with one accident."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_no_line_at_which_a_process_dies_sends_twice_or_loses_anybody() -> None:
    """Dying at any line of the engine leaves every recipient accounted for, and sent to once."""
    command = [sys.executable, "-m", "bench.faults", "--share", "12", "--kills", "0"]
    run = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=500
    )
    assert run.returncode == 0, run.stderr[-4000:]
