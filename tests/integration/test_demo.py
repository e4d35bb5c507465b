"""The demo as a program: run with faults, with a sender killed, and killed itself and run again."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 240.0


class Demo:
    """Runs of `python -m demo` with a home and ports of their own."""

    def __init__(self, home: Path, rows: int) -> None:
        self.home = home
        self.csv = home / "contacts.csv"
        lines = (ROOT / "demo" / "contacts.csv").read_bytes().splitlines(keepends=True)
        self.csv.write_bytes(b"".join(lines[: rows + 1]))
        ports = {f"{name}_PORT": str(free_port()) for name in ("WEB", "API", "WEBHOOK", "SANDBOX")}
        # A chunk that a killed sender held comes back sooner than in daily life.
        self.env = {
            **os.environ,
            **ports,
            "AWS_PORT": str(free_port()),
            "CONSUMER_VISIBILITY_S": "5",
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

    def child(self, command: str) -> int:
        """Return the process id of the one child whose command line matches."""
        assert self.running is not None
        listing = subprocess.run(
            ["ps", "-axo", "pid=,ppid=,command="], capture_output=True, text=True, check=True
        )
        rows = [line.split(None, 2) for line in listing.stdout.splitlines()]
        (pid,) = [
            int(row[0])
            for row in rows
            if len(row) == 3 and int(row[1]) == self.running.pid and re.search(command, row[2])
        ]
        return pid


@pytest.fixture
def demo_of(tmp_path: Path) -> Iterator[Callable[[int], Demo]]:
    """Make demos over the first rows of the demo's contacts; whatever still runs is ended."""
    made: list[Demo] = []

    def make(rows: int) -> Demo:
        made.append(Demo(tmp_path, rows))
        return made[-1]

    yield make
    for demo in made:
        if demo.running is not None and demo.running.poll() is None:
            demo.running.terminate()
            demo.finish()


def _assert_reconciled(report: dict[str, Any]) -> None:
    assert report["reconciled"] is True
    assert report["sandbox"]["duplicates"] == 0
    assert sum(report["states"].values()) == report["audience"]
    assert sum(report["skipped"].values()) == report["states"].get("skipped", 0)


def test_reconciles_with_failing_sends_and_unruly_webhooks(demo_of: Callable[[int], Demo]) -> None:
    """With sends that fail and webhooks that repeat and overtake each other, the ledger adds up."""
    demo = demo_of(300)
    demo.start("fail=0.05,duplicate=0.2,reorder=0.2")
    code, output = demo.finish()
    assert code == 0, output
    report = demo.report()
    _assert_reconciled(report)
    assert report["states"]["failed"] > 0
    assert "\x1b" not in output
    assert not (demo.home / "stack.json").exists()


def test_a_killed_sender_loses_and_repeats_nothing(demo_of: Callable[[int], Demo]) -> None:
    """SIGKILL to the process that sends, in the middle: the campaign ends reconciled."""
    demo = demo_of(500)
    demo.start()
    demo.until_sent(60)
    os.kill(demo.child(r"infra\.local\.consumer send"), signal.SIGKILL)
    code, output = demo.finish()
    assert code == 0, output
    assert "SIGKILL" in output
    _assert_reconciled(demo.report())


def test_a_killed_demo_goes_on_with_the_same_campaign(demo_of: Callable[[int], Demo]) -> None:
    """SIGKILL to the demo in the middle: the next run finishes that campaign, nobody gets two."""
    demo = demo_of(500)
    demo.start()
    demo.until_sent(60)
    demo.kill()
    demo.start()
    code, output = demo.finish()
    assert code == 0, output
    assert "Going on with campaign" in output
    _assert_reconciled(demo.report())


def test_a_csv_without_phones_is_refused_in_words(demo_of: Callable[[int], Demo]) -> None:
    """A file that cannot be imported ends the demo with exit code 1 and Parley's own sentence."""
    demo = demo_of(1)
    demo.csv.write_text("name,city\nAda,London\n")
    demo.start()
    code, output = demo.finish()
    assert code == 1
    assert "no_phone_column" in output
    assert "Traceback" not in output


def test_a_missing_csv_is_named() -> None:
    """A file that is not there is said before anything is started."""
    run = subprocess.run(
        [sys.executable, "-m", "demo", "--csv", "nowhere.csv"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, "nowhere.csv" in run.stderr) == (1, True)
