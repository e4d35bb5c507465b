"""Byte code for the zip. Lambda's disk is read-only: what is not compiled here, every cold start
compiles anew, which makes a route's imports four times as long (0.9 s of a CPU instead of 0.2 s).

Only the very version of Python that runs in Lambda can make it. Of where it was compiled it says
nothing, and it is not compared with its source, whose times a zip does not keep (PEP 552).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from infra.archive import Entry

UNPACKED = "/var/task"  # where Lambda has the zip
_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


class BytecodeError(Exception):
    """A module cannot be compiled; the message is the compiler's."""


def interpreter_of(version: str) -> str | None:
    """Return an interpreter of `version`, as 3.13: this one, or PATH's; None if neither is."""
    for candidate in (sys.executable, f"python{version}"):
        try:
            done = subprocess.run(
                [candidate, "-c", _VERSION], capture_output=True, text=True, check=False
            )
        except OSError:
            continue
        if done.stdout.strip() == version:
            return candidate
    return None


def byte_code(entries: Iterable[Entry], python: str) -> list[Entry]:
    """Return the compiled modules among `entries`; the same sources give the same bytes.

    Some 10 s for all dependencies, 1 s for Parley. Raises BytecodeError.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for entry in entries:
            if entry.name.endswith(".py"):
                path = root / entry.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(entry.content)
        _compile(root, python)
        made = sorted(root.rglob("__pycache__/*.pyc"))
        return [Entry(path.relative_to(root).as_posix(), path.read_bytes()) for path in made]


def _compile(root: Path, python: str) -> None:
    command = [python, "-m", "compileall", "-q", "--invalidation-mode=unchecked-hash"]
    command += ["-s", str(root), "-p", UNPACKED, str(root)]
    # Sets are written in the order of their hashes.
    env = {**os.environ, "PYTHONHASHSEED": "0"}
    env.pop("PYTHONPYCACHEPREFIX", None)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if done.returncode != 0:
        raise BytecodeError((done.stdout + done.stderr).strip()[-2000:])
