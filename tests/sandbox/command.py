"""The sandbox as a process of its own, on a port that the system chooses."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start `python -m sandbox`; the caller ends it."""
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextlib.contextmanager
def serving(*arguments: str, **environment: str) -> Iterator[str]:
    """Run a sandbox while the block runs and yield its URL; expects a clean end on SIGTERM."""
    with start(*arguments, **environment) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("sandbox ready on "), line
            yield line.split()[-1]
        finally:
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
