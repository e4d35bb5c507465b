"""The demo as a program with a home, ports and a stage of its own, for tests to run and kill."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.borrowed import remove
from infra.local.endpoint import read_endpoint
from infra.local.ports import free_port, read_ports

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 240.0


def new_stage() -> str:
    """Return the name of a stage that nobody has."""
    return f"t{uuid.uuid4().hex[:8]}"


class Demo:
    """Runs of `python -m demo` over the first rows of the demo's contacts.

    On the AWS that AWS_ENDPOINT_URL names, where they have a stage of their own, else on theirs.
    """

    def __init__(self, home: Path, rows: int, env: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.csv = home / "contacts.csv"
        lines = (ROOT / "demo" / "contacts.csv").read_bytes().splitlines(keepends=True)
        self.csv.write_bytes(b"".join(lines[: rows + 1]))
        ports = {f"{name}_PORT": str(free_port()) for name in ("WEB", "API", "WEBHOOK", "SANDBOX")}
        # What waits for something lost, a sender's chunk or a webhook, waits shorter than in life.
        self.env = {
            **os.environ,
            **ports,
            "AWS_PORT": str(free_port()),
            "CONSUMER_VISIBILITY_S": "5",
            "SETTLE_TIMEOUT_S": "5",
            "STACK_STAGE": new_stage(),
            **(env or {}),
        }
        self.running: subprocess.Popen[str] | None = None

    def start(self, faults: str = "") -> None:
        """Start a run."""
        self.running = subprocess.Popen(
            [sys.executable, "-m", "demo", "--home", str(self.home), "--csv", str(self.csv)],
            cwd=ROOT,
            env={**self.env, "SANDBOX_FAULTS": faults},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def finish(self) -> tuple[int, str]:
        """Wait for the end; return the exit code and what was written."""
        assert self.running is not None
        output, _ = self.running.communicate(timeout=DEADLINE_S)
        return self.running.returncode, output

    def kill(self) -> None:
        """End the run as the kernel does when memory runs out."""
        assert self.running is not None
        self.running.kill()
        self.running.communicate(timeout=DEADLINE_S)

    def end(self) -> None:
        """End what runs, and leave no trace in an AWS that is not the demo's own."""
        if self.running is not None and self.running.poll() is None:
            self.running.terminate()
            self.finish()
        endpoint = read_endpoint(self.env, read_ports(self.env))
        if not endpoint.is_own:
            remove(endpoint)

    def stack(self) -> dict[str, str]:
        """Return what the running stack published, once it has."""
        path = self.home / "stack.json"
        self.until(path.exists, "no stack.json")
        stack: dict[str, str] = json.loads(path.read_text())
        return stack

    def report(self) -> dict[str, Any]:
        """Return the numbers of the last report."""
        report: dict[str, Any] = json.loads((self.home / "report.json").read_text())
        return report

    def until(self, condition: Callable[[], bool], otherwise: str) -> None:
        """Wait for a condition; fail with `otherwise` if the run ends before."""
        end = time.monotonic() + DEADLINE_S
        while not condition():
            assert self.running is not None
            if self.running.poll() is not None or time.monotonic() > end:
                pytest.fail(f"{otherwise}; the run's output:\n{self.finish()[1]}")
            time.sleep(0.05)

    def until_sent(self, count: int) -> None:
        """Wait until the sandbox has taken so many messages of a campaign."""
        url = f"{self.stack()['sandbox_url']}/sandbox/counts?callback_prefix=p1.cmp_"
        self.until(
            lambda: httpx.get(url).json()["accepted"] >= count, f"fewer than {count} messages"
        )

    def children(self, command: str) -> list[int]:
        """Return the process ids of the children whose command line matches."""
        assert self.running is not None
        listing = subprocess.run(
            ["ps", "-axo", "pid=,ppid=,command="], capture_output=True, text=True, check=True
        )
        rows = [line.split(None, 2) for line in listing.stdout.splitlines()]
        return [
            int(row[0])
            for row in rows
            if len(row) == 3 and int(row[1]) == self.running.pid and re.search(command, row[2])
        ]


def assert_reconciled(report: dict[str, Any]) -> None:
    """Every recipient is accounted for, and nobody was messaged twice."""
    assert report["reconciled"] is True
    assert report["sandbox"]["duplicates"] == 0
    assert sum(report["states"].values()) == report["audience"]
    assert sum(report["skipped"].values()) == report["states"].get("skipped", 0)
