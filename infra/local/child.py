"""One process of the local stack: started in its own session, ended with all it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_LEASH = Path(__file__).with_name("leash.py")
_POLL_S = 0.02
_TAIL_BYTES = 8192


class ChildError(Exception):
    """A process of the stack did not start; the message carries the end of its log."""


class Child:
    """A process that this one starts, may start again, and ends; it never outlives its starter."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        log: Path,
        stop_s: float = 10.0,
    ) -> None:
        """Describe the process; `stop_s` is how long it may take to end by itself on SIGTERM."""
        self.name = name
        self.command = tuple(command)
        self.env = dict(env)
        self.cwd = cwd
        self.log = log
        self.stop_s = stop_s
        self.inherits: tuple[int, ...] = ()
        self.ready_file: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Return the process id, or None before the first start."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process; its output is added to the log, its `ready_file` is removed first.

        The calling thread must live as long as the process should: on Linux the leash is tied to
        the thread that made it.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.ready_file is not None:
            self.ready_file.unlink(missing_ok=True)
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()), "--"),
                    *self.command,
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.env,
                cwd=self.cwd,
                start_new_session=True,
                pass_fds=self.inherits,
            )

    def is_running(self) -> bool:
        """Say whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], *, deadline_s: float) -> None:
        """Return once `ready()`; raise ChildError if the process ends first or takes too long."""
        end = time.monotonic() + deadline_s
        while not ready():
            if not self.is_running():
                raise ChildError(self._failure(f"{self.death()} while starting"))
            if time.monotonic() > end:
                raise ChildError(self._failure(f"did not answer within {deadline_s:g} s"))
            time.sleep(_POLL_S)

    def death(self) -> str:
        """Return how the process ended, in words that name the signal."""
        code = None if self._process is None else self._process.returncode
        if code is None:
            return "is running"
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"exited with status {code}"

    def terminate(self) -> None:
        """Ask the process to end, and return at once."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def stop(self) -> bool:
        """End the process and whatever is left of its session; say whether it ended by itself."""
        if self._process is None:
            return True
        self.terminate()
        willing = True
        try:
            self._process.wait(self.stop_s)
        except subprocess.TimeoutExpired:
            willing = False
        self._end_session(self._process.pid)
        self._process.wait()
        self._process = None
        return willing

    def sweep(self) -> None:
        """End what a dead process left behind in its session."""
        if self._process is not None and self._process.poll() is not None:
            self._end_session(self._process.pid)

    @staticmethod
    def _end_session(group: int) -> None:
        try:
            os.killpg(group, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            # Nothing is left of it (macOS says EPERM where only a zombie is).
            return

    def tail(self, lines: int = 20) -> str:
        """Return the last `lines` of the log."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - _TAIL_BYTES))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])

    def _failure(self, what: str) -> str:
        return f"{self.name} {what}. The end of {self.log}:\n{self.tail()}"
