"""The whole stack as people start and end it: `python -m infra.local.up`, with real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from infra.local import verify
from infra.local.fixture import read_meta_app
from infra.local.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
APP = read_meta_app({})
NAMES = ("WEB_PORT", "API_PORT", "WEBHOOK_PORT", "SANDBOX_PORT", "AWS_PORT")
KEYS = [
    *("web_url", "api_url", "webhook_url", "sandbox_url", "graph_url", "aws_endpoint_url"),
    *("email", "password", "app_secret", "verify_token", "access_token"),
    *("phone_number_id", "waba_id", "mail_dir"),
]
START_S = 60.0
# These are about the emulator that the stack starts, whatever the tier runs on.
OWN = {"AWS_ENDPOINT_URL": "", "STACK_STAGE": ""}


@dataclass
class Up:
    """A running `up`, with its home and what it has said."""

    process: subprocess.Popen[bytes]
    home: Path
    ports: dict[str, str]

    @property
    def said(self) -> str:
        """Return what it has written."""
        return (self.home / "said").read_text()

    @property
    def stack(self) -> dict[str, str]:
        """Return its stack.json."""
        content: dict[str, str] = json.loads((self.home / "stack.json").read_text())
        return content

    def children(self) -> dict[int, str]:
        """Return its processes: pid and command."""
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
        ).stdout
        rows = [line.split(None, 2) for line in listed.splitlines()]
        return {int(r[0]): r[2] for r in rows if int(r[1]) == self.process.pid}


def eventually(true: Callable[[], bool], within_s: float = 20.0) -> bool:
    """Say whether `true()` within the time."""
    end = time.monotonic() + within_s
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def start(home: Path, ports: dict[str, str]) -> Up:
    """Start the stack and return when it is up."""
    home.mkdir(exist_ok=True)
    with (home / "said").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.local.up", "--no-reload", "--home", str(home)],
            cwd=ROOT,
            env=os.environ | ports | OWN,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    up = Up(process, home, ports)
    eventually(lambda: "Ctrl-C ends" in up.said or process.poll() is not None, START_S)
    if "Ctrl-C ends" not in up.said:
        process.terminate()
        process.wait(60)
        pytest.fail(up.said)
    return up


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A stack with data, ports and logs of its own."""
    home = tmp_path_factory.mktemp("stack") / "home"
    running = start(home, {name: str(free_port()) for name in NAMES})
    yield running
    if running.process.poll() is None:
        running.process.terminate()
        running.process.wait(60)


def test_stack_json_tells_other_programs_where_everything_is(up: Up) -> None:
    """Every key is there, and what answers at each address is what is meant."""
    assert list(up.stack) == KEYS
    assert httpx.get(f"{up.stack['api_url']}/api/openapi.json").status_code == 200
    assert httpx.get(f"{up.stack['sandbox_url']}/sandbox/health").status_code == 200
    assert httpx.get(up.stack["webhook_url"]).status_code == 403
    assert httpx.get(f"{up.stack['web_url']}/api/openapi.json").status_code == 200
    assert "Sign in as demo@parley.example" in up.said


def test_every_service_is_healthy(up: Up, capsys: pytest.CaptureFixture[str]) -> None:
    """`verify` finds each service working and ends with 0."""
    assert verify.main([up.stack["api_url"]]) == 0
    assert "database" in capsys.readouterr().out


def test_the_sandbox_knows_the_webhook(up: Up) -> None:
    """The callback is entered as in Meta's dashboard, and an unsigned POST to it is refused."""
    answer = httpx.get(
        f"{up.stack['graph_url']}/{APP.app_id}/subscriptions",
        params={"access_token": f"{APP.app_id}|{APP.app_secret}"},
    )
    assert answer.json()["data"][0]["callback_url"] == f"{up.stack['webhook_url']}/"
    assert httpx.post(f"{up.stack['webhook_url']}/", json={}).status_code in {401, 403}


def test_a_second_stack_names_the_ports(up: Up, tmp_path: Path) -> None:
    """Another `up` on the same ports ends with 2 and starts nothing; the first is not touched."""
    done = subprocess.run(
        [sys.executable, "-m", "infra.local.up", "--home", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | up.ports | OWN,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    for name, number in up.ports.items():
        assert f"Port {number} " in done.stderr
        assert name in done.stderr
    assert up.process.poll() is None


def test_a_killed_sender_comes_back(up: Up) -> None:
    """SIGKILL to the process that sends is survived: there is soon another."""
    before = [pid for pid, command in up.children().items() if "consumer send" in command]
    os.kill(before[0], signal.SIGKILL)
    assert eventually(
        lambda: any(
            "consumer send" in command and pid not in before
            for pid, command in up.children().items()
        )
    )
    assert eventually(lambda: "sender was ended by SIGKILL; starting it again" in up.said)


def test_the_emulators_death_is_survived(up: Up) -> None:
    """SIGKILL to the local AWS brings it back with its tables, and that data is lost is said."""
    before = [pid for pid, command in up.children().items() if "ministack" in command]
    os.kill(before[0], signal.SIGKILL)
    assert eventually(lambda: "deploying again" in up.said)
    assert eventually(lambda: _is_healthy(up), 40)


def _is_healthy(up: Up) -> bool:
    try:
        answer = httpx.get(f"{up.stack['api_url']}/api/health", timeout=10)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200 and answer.json()["status"] == "ok"


def test_ctrl_c_ends_everything_and_saves_the_data(up: Up) -> None:
    """After SIGINT no process of the stack is left, stack.json is gone, the state is on disk."""
    children = up.children()
    assert len(children) == 7
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(60) == 130
    assert not any(map(_exists, children))
    assert not (up.home / "stack.json").exists()
    state = next(up.home.glob("state*"))
    assert (state / "aws" / "dynamodb.json").exists()
    assert (state / "sandbox.json").exists()
    assert up.said.endswith("Stopped.\n")


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
