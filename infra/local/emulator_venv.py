"""The virtual environment of the AWS emulator, made on first use and again when its pins change."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PINS = Path(__file__).with_name("requirements-ministack.txt")
_INSTALL_TIMEOUT_S = 600


class EnvironmentBroken(Exception):
    """The environment cannot be made; the message says what pip said and what to do."""


def ensure(venv: Path, say: Callable[[str], None]) -> Path:
    """Return the Python of `venv`, which then holds exactly what requirements-ministack.txt pins.

    Made once (about 20 s and 100 MB), and again when the pins or the interpreter change. Safe to
    call from several processes at once: one makes it, the others wait. Raises EnvironmentBroken.
    """
    python = venv / "bin" / "python"
    stamp = venv / "parley-stamp"
    wanted = _fingerprint()
    if _is_current(stamp, wanted, python):
        return python
    venv.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(venv.with_name(f"{venv.name}.lock")):
        if not _is_current(stamp, wanted, python):
            say("Installing the local AWS (once; about half a minute) …")
            shutil.rmtree(venv, ignore_errors=True)
            _run([sys.executable, "-m", "venv", str(venv)])
            pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
            pip += ["--only-binary=:all:", "--no-deps", "--require-hashes"]
            _run([*pip, "-r", str(PINS)])
            stamp.write_text(wanted)
    return python


def _is_current(stamp: Path, wanted: str, python: Path) -> bool:
    return python.exists() and stamp.exists() and stamp.read_text() == wanted


def _fingerprint() -> str:
    digest = hashlib.sha256(PINS.read_bytes())
    digest.update(f"{sys.version}\n{sys.base_prefix}".encode())
    return digest.hexdigest()


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_INSTALL_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        message = f"{' '.join(command)} took more than {_INSTALL_TIMEOUT_S} s: try again."
        raise EnvironmentBroken(message) from error
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        message = (
            f"{' '.join(command)} failed:\n{tail}\n"
            "The local AWS is installed from PyPI: check the network and pip's settings, try again."
        )
        raise EnvironmentBroken(message)
