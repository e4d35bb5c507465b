"""The demo as a program: run with faults, with a sender killed, and killed itself and run again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable

from tests.integration.demo_program import ROOT, Demo, assert_reconciled


def test_reconciles_with_failing_sends_and_unruly_webhooks(demo_of: Callable[..., Demo]) -> None:
    """With sends that fail and webhooks that repeat and overtake each other, the ledger adds up."""
    demo = demo_of(200)
    demo.start("fail=0.05,duplicate=0.2,reorder=0.2")
    code, output = demo.finish()
    assert code == 0, output
    report = demo.report()
    assert_reconciled(report)
    assert report["states"]["failed"] > 0
    assert "\x1b" not in output
    assert not (demo.home / "stack.json").exists()


def test_a_killed_sender_loses_and_repeats_nothing(demo_of: Callable[..., Demo]) -> None:
    """SIGKILL to the process that sends, in the middle: the campaign ends reconciled."""
    demo = demo_of(300)
    demo.start()
    demo.until_sent(60)
    (sender,) = demo.children(r"infra\.local\.consumer send")
    os.kill(sender, signal.SIGKILL)
    code, output = demo.finish()
    assert code == 0, output
    assert "SIGKILL" in output
    assert_reconciled(demo.report())


def test_a_killed_demo_goes_on_with_the_same_campaign(demo_of: Callable[..., Demo]) -> None:
    """SIGKILL to the demo in the middle: the next run finishes that campaign, nobody gets two."""
    demo = demo_of(300)
    demo.start()
    demo.until_sent(60)
    demo.kill()
    demo.start()
    code, output = demo.finish()
    assert code == 0, output
    assert "Going on with campaign" in output
    assert_reconciled(demo.report())


def test_a_csv_without_phones_is_refused_in_words(demo_of: Callable[..., Demo]) -> None:
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
