"""Ends the stack that runs in this folder, as Ctrl-C in its terminal would.

`python -m infra.local.stop`
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

from infra.local.home import Home
from infra.local.ministack import ROOT, SAVE_S

_POLL_S = 0.1
_MARGIN_S = 60.0


def main() -> int:
    """Ask the running stack to end and wait until it has; return 1 if it does not."""
    home = Home(ROOT / ".local")
    pid = home.holder()
    if pid is None:
        sys.stdout.write("No stack is running here.\n")
        return 0
    # It may have been killed, and what it started be saving still.
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    sys.stdout.write(f"Ending the stack (process {pid}); its data is being saved …\n")
    sys.stdout.flush()
    end = time.monotonic() + SAVE_S + _MARGIN_S
    while home.holder() is not None:
        if time.monotonic() > end:
            sys.stderr.write(f"Process {pid} is still there; see .local/logs.\n")
            return 1
        time.sleep(_POLL_S)
    sys.stdout.write("Stopped.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
