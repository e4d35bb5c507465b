"""The supervisor: what dies is started again, what is ended is ended whole, and nothing else is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from infra.local.child import Child, ChildError
from infra.local.supervisor import Service, Supervisor

ROOT = Path(__file__).resolve().parents[2]
SLEEP = "import time; time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); "
    "time.sleep(60)"
)
WITH_A_CHILD = (
    "import subprocess, sys; "
    "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
    "print(p.pid, flush=True); p.wait()"
)

MakeChild = Callable[..., Child]
Eventually = Callable[..., bool]


def says_up(child: Child) -> bool:
    """Say whether the process has written that it is up."""
    return "up" in child.tail()


def is_alive(pid: int) -> bool:
    """Say whether a process is there and is not merely waiting to be reaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_a_killed_child_is_started_again(make_child: MakeChild, eventually: Eventually) -> None:
    """SIGKILL to a child brings a new one with another pid, and a line that names the signal."""
    lines: list[str] = []
    child = make_child("sender", SLEEP)
    supervisor = Supervisor(lines.append)
    supervisor.start([Service(child, child.is_running, tier=0)])
    supervisor.watch()
    first = child.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: child.pid not in {first, None} and child.is_running())
    supervisor.stop()
    assert lines == ["sender was ended by SIGKILL; starting it again"]


def test_a_child_that_keeps_dying_is_given_up(make_child: MakeChild) -> None:
    """Five deaths within 30 s end the attempts, and the end of the log is shown."""
    lines: list[str] = []
    child = make_child("api", "raise SystemExit('no such table')")
    supervisor = Supervisor(lines.append)
    supervisor.start([Service(child, lambda: True, tier=0)])
    supervisor.watch()
    assert supervisor.gave_up.wait(15)
    supervisor.stop()
    assert len(lines) == 5
    assert lines[-1].startswith("api exited with status 1, 5 times within 30 s: it is left down.")
    assert "no such table" in lines[-1]


def test_a_child_that_does_not_start_says_why(make_child: MakeChild) -> None:
    """A process that dies before it is ready raises with its log, at once."""
    child = make_child("web", "raise SystemExit('frontend is broken')")
    with pytest.raises(ChildError, match=r"(?s)web exited with status 1.*frontend is broken"):
        Supervisor(print).start([Service(child, lambda: False, tier=0)])


def test_stop_ends_what_a_child_started_and_nothing_else(
    make_child: MakeChild, eventually: Eventually
) -> None:
    """Grandchildren go with their parent; a process that was not started here stays."""
    bystander = subprocess.Popen([sys.executable, "-c", SLEEP])
    try:
        child = make_child("aws", WITH_A_CHILD)
        supervisor = Supervisor(print)
        supervisor.start([Service(child, lambda: child.tail().strip().isdigit(), tier=0)])
        supervisor.watch()
        grandchild = int(child.tail())
        assert is_alive(grandchild)
        supervisor.stop()
        assert eventually(lambda: not is_alive(grandchild))
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_child_that_ignores_sigterm_is_killed(make_child: MakeChild) -> None:
    """After its deadline a process that will not end is killed, and that is said."""
    lines: list[str] = []
    child = make_child("sandbox", STUBBORN, stop_s=0.3)
    supervisor = Supervisor(lines.append)
    supervisor.start([Service(child, lambda: "up" in child.tail(), tier=0)])
    supervisor.stop()
    assert lines == ["sandbox did not end within 0.3 s and was killed"]


def test_tiers_end_in_reverse(make_child: MakeChild, tmp_path: Path) -> None:
    """What started last is gone before what it depends on is asked to end."""
    ends = tmp_path / "ends"
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        "    time.sleep(0.2)\n"
        f"    open({str(ends)!r}, 'a').write('NAME ')\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('up', flush=True)\n"
        "time.sleep(60)\n"
    )
    supervisor = Supervisor(print)
    for tier, name in enumerate(("aws", "sandbox", "api")):
        child = make_child(name, code.replace("NAME", name))
        supervisor.start([Service(child, partial(says_up, child), tier)])
    supervisor.stop()
    assert ends.read_text() == "api sandbox aws "


@pytest.mark.parametrize("watch", [False, True])
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the first form is Linux's own")
def test_no_orphan_when_the_starter_is_killed(
    watch: bool,  # noqa: FBT001 - a parameter of the test
    tmp_path: Path,
    eventually: Eventually,
) -> None:
    """SIGKILL to the starter ends its child by SIGTERM: from the kernel, or else from a watch."""
    log = tmp_path / "log"
    child = (
        "import signal, sys, time; "
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('ended', flush=True))); "
        "print('up', flush=True); time.sleep(60)"
    )
    leash = [sys.executable, "-I", "-S", str(ROOT / "infra" / "local" / "leash.py")]
    starter = (
        "import os, subprocess, time\n"
        f"command = {leash!r} + [str(os.getpid())] + {['--watch'] * watch!r}\n"
        f"command += ['--', {sys.executable!r}, '-c', {child!r}]\n"
        f"subprocess.Popen(command, stdout=open({str(log)!r}, 'w'), start_new_session=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", starter])
    try:
        assert eventually(lambda: log.exists() and "up" in log.read_text())
    finally:
        process.kill()
        process.wait()
    assert eventually(lambda: "ended" in log.read_text())


def test_the_leash_becomes_the_command(make_child: MakeChild) -> None:
    """On Linux the pid of a child is the command's own, so that its name in `ps` is what it is."""
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux replaces the leash by the command")
    child = make_child("sender", SLEEP)
    child.start()
    end = time.monotonic() + 5
    shown = b"leash"
    while (b"leash" in shown or not shown) and time.monotonic() < end:
        shown = Path(f"/proc/{child.pid}/cmdline").read_bytes()
    assert shown.split(b"\0")[1:3] == [b"-c", SLEEP.encode()]
