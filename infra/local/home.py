"""What a stack keeps on disk, in `.local/`: its state, its logs, its lock and `stack.json`."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local.ports import PortError


@dataclass(frozen=True, slots=True)
class Home:
    """The directory of a stack; `data` is where its state is kept, `path`/state by default."""

    path: Path
    data: Path | None = None

    @property
    def stack_file(self) -> Path:
        """Return where a running stack says how to reach it."""
        return self.path / "stack.json"

    @property
    def lock_file(self) -> Path:
        """Return the file that a running stack holds locked, with its process id in it."""
        return self.path / "up.lock"

    def state(self, suffix: str) -> Path:
        """Return where the data is kept that belongs to one AWS: see Endpoint.data_suffix."""
        kept = self.data or self.path / "state"
        return kept.with_name(f"{kept.name}{suffix}")

    def log(self, name: str) -> Path:
        """Return the log of the process `name`."""
        return self.path / "logs" / f"{name}.log"

    def ready(self, name: str) -> Path:
        """Return the file by which the process `name` says that it is ready."""
        return self.path / "run" / f"{name}.ready"

    @property
    def mail(self) -> Path:
        """Return where the mails are kept that the stack sent."""
        return self.path / "mail"

    def prepare(self) -> None:
        """Make the directories, and drop what the last run left beside its state."""
        self.withdraw()
        for directory in ("logs", "run"):
            (self.path / directory).mkdir(parents=True, exist_ok=True)
            for old in (self.path / directory).iterdir():
                old.unlink()
        # What an emulator that was killed left there: its functions, unpacked.
        shutil.rmtree(self.path / "tmp", ignore_errors=True)

    def publish(self, content: Mapping[str, str]) -> None:
        """Write `stack.json`, whole or not at all; only its owner may read it."""
        draft = self.stack_file.with_suffix(".tmp")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file, indent=2)
            file.write("\n")
        draft.replace(self.stack_file)

    def withdraw(self) -> None:
        """Remove `stack.json`."""
        self.stack_file.unlink(missing_ok=True)

    @contextmanager
    def only_one(self) -> Iterator[int]:
        """Hold the home for the length of the block; raise PortError if another stack holds it.

        Gives the descriptor of the lock: a child that inherits it holds the home until it ends.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with self.lock_file.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                message = (
                    f"A stack is already running (process {self.holder()}) and uses {self.path}: "
                    "end it with `make stop` first."
                )
                raise PortError(message) from error
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            yield file.fileno()

    def holder(self) -> int | None:
        """Return the process id of the running stack, or None when there is none."""
        if not self.lock_file.exists():
            return None
        with self.lock_file.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                text = file.read().strip()
                return int(text) if text else None
            return None
