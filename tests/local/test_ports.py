"""The ports of the stack and the errors about them."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from os import environ
from pathlib import Path

import pytest

from infra.local.ports import HOST, PortError, check_free, free_port, read_ports

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something listens on."""
    with socket.create_server((HOST, 0)) as server:
        yield int(server.getsockname()[1])


def test_defaults() -> None:
    """Without any variable the ports are those that the README names."""
    numbers = [port.number for port in read_ports({}).all()]
    assert numbers == [3001, 4000, 4002, 4010, 4566]


def test_a_port_in_use_is_named_with_its_variable(taken: int) -> None:
    """Someone who has the port in use reads which, what for, and how to choose another."""
    ports = read_ports({"API_PORT": str(taken)})
    with pytest.raises(PortError, match=rf"Port {taken} \(the API\) is in use.*API_PORT="):
        check_free([ports.api])


@pytest.mark.parametrize("text", ["0", "65536", "http", "-1", "4 000"])
def test_a_number_that_is_no_port_is_refused(text: str) -> None:
    """A wrong value is refused with the variable's name, before anything is started."""
    with pytest.raises(PortError, match="WEB_PORT must be a port number"):
        read_ports({"WEB_PORT": text})


def test_one_port_for_two_is_refused() -> None:
    """Two variables with one value are both named."""
    with pytest.raises(PortError, match="API_PORT and WEBHOOK_PORT are both 4002"):
        read_ports({"API_PORT": "4002"})


def test_up_starts_nothing_when_a_port_is_taken(taken: int, tmp_path: Path) -> None:
    """`up` ends with status 2 and one clear message, and leaves no trace."""
    others = {
        name: str(free_port()) for name in ("WEB_PORT", "API_PORT", "WEBHOOK_PORT", "SANDBOX_PORT")
    }
    done = subprocess.run(
        [sys.executable, "-m", "infra.local.up"],
        cwd=ROOT,
        env=environ
        | others
        | {"AWS_PORT": str(taken), "AWS_ENDPOINT_URL": "", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"Port {taken} (the local AWS) is in use")
    assert "AWS_PORT" in done.stderr
    assert len(done.stderr.splitlines()) == 1
