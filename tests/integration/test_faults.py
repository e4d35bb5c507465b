"""A share of the faults bench: deaths at lines of the engine, with accidents, by chance; and every
fault that the sandbox has, without deaths.
"""

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


def test_every_fault_of_the_sandbox_ends_reconciled() -> None:
    """Each fault alone, several together, and each code as an answer and as a status: the campaign
    completes, nobody gets two, and the ledger says of each what the webhooks said.
    """
    command = [sys.executable, "-m", "tests.integration.sandbox_faults"]
    run = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=500
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-4000:]
    assert "cases, 0 wrong" in run.stdout
