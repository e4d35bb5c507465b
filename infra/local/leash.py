"""Runs a command that cannot outlive whoever started it.

`python leash.py PARENT_PID [--watch] -- COMMAND…`

On Linux the kernel sends the command SIGTERM when its starter dies, and this process becomes the
command, so its pid and its name in `ps` are the command's own. Elsewhere (`--watch`) this process
stays, starts the command, passes signals on, and ends it when its starter is gone.

Standard library only, and run with `-I -S`: it stands before every process of the stack.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time

_PR_SET_PDEATHSIG = 1
_POLL_S = 0.5
_GRACE_S = 60.0


def main(argv: list[str]) -> int:
    """Run the command; return its exit code (only where it is watched)."""
    parent = int(argv[0])
    split = argv.index("--")
    command = argv[split + 1 :]
    if "--watch" in argv[:split] or not sys.platform.startswith("linux"):
        return _watch(parent, command)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before the line above could take effect
        return 1
    return os.execvp(command[0], command)  # noqa: S606 - the command is ours, with no shell


def _watch(parent: int, command: list[str]) -> int:
    child = subprocess.Popen(command)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: child.send_signal(received))
    while True:
        try:
            return child.wait(timeout=_POLL_S)
        except subprocess.TimeoutExpired:
            if os.getppid() != parent:
                break
    child.terminate()
    deadline = time.monotonic() + _GRACE_S
    while child.poll() is None and time.monotonic() < deadline:
        time.sleep(_POLL_S / 5)
    child.kill()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
