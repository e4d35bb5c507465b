"""The AWS emulator (MiniStack): started on 127.0.0.1, health-checked, and ended so that it saves.

It writes its state only when SIGTERM ends it, so a stop waits as long as that takes. Whatever is
killed otherwise loses what was written since the last clean stop.
"""

from __future__ import annotations

import functools
import http.client
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local import emulator_venv
from infra.local.child import Child, ChildError
from infra.local.ports import HOST, Port, check_free, free_port

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".local" / "ministack-venv"
REGION = "us-east-1"
START_S = 30.0
SAVE_S = 120.0
_ATTEMPTS = 5
# What a process may inherit from the shell that is not about AWS or about Python.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "NO_PROXY", "no_proxy")


@dataclass(frozen=True, slots=True)
class MiniStack:
    """A running emulator."""

    port: int

    @property
    def url(self) -> str:
        """Return the endpoint of every AWS service."""
        return f"http://{HOST}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables with which botocore talks to this emulator and to nothing else."""
        return aws_environment(self.url)


def aws_environment(url: str) -> dict[str, str]:
    """Return the variables with which botocore talks to the emulator at `url`."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",  # pragma: allowlist secret
        # The emulator is never an EC2 instance: do not look for one's credentials.
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def ministack_child(python: Path, port: int, state: Path | None, work: Path) -> Child:
    """Return the emulator as a process to start: its state in `state`, its own files in `work`."""
    temporary = work / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    env = inherited(os.environ) | {
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "LAMBDA_EXECUTOR": "local",
        "LOG_LEVEL": "WARNING",
        "TMPDIR": str(temporary),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        # It removes the containers of other MiniStacks when it can reach Docker: it must not.
        "DOCKER_HOST": f"unix://{temporary}/no-docker.sock",
    }
    if state is not None:
        env |= {
            "PERSIST_STATE": "1",
            "STATE_DIR": str(state / "aws"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(state / "s3"),
        }
    return Child(
        "aws",
        [str(python), "-m", "ministack"],
        env=env,
        cwd=work,
        log=work / "logs" / "aws.log",
        stop_s=SAVE_S,
    )


def inherited(env: Mapping[str, str]) -> dict[str, str]:
    """Return what a process of the stack takes over from `env`: nothing of AWS or Python."""
    return {name: env[name] for name in _INHERITED if name in env}


def answers(port: int, path: str = "/", *, below: int = 500, timeout_s: float = 2.0) -> bool:
    """Say whether an HTTP server on `port` answers GET `path` with a status under `below`."""
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < below
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def is_healthy(port: int) -> bool:
    """Say whether the emulator on `port` answers."""
    return answers(port, "/_ministack/health", below=300)


@contextmanager
def ministack(
    port: int = 0,
    state: Path | None = None,
    *,
    venv: Path = VENV,
    say: Callable[[str], None] = lambda _line: None,
) -> Iterator[MiniStack]:
    """Run an emulator for the length of the block; port 0 takes a free one.

    With `state`, what is in it is loaded first and saved at the end; without, nothing is kept.
    Raises PortError, ChildError or EnvironmentBroken with the reason if it does not start.
    """
    if port:
        check_free([Port(port, "port", "the local AWS")])
    python = emulator_venv.ensure(venv, say)
    with tempfile.TemporaryDirectory(prefix="parley-aws-") as work:
        child, number = _start(python, port, state, Path(work))
        try:
            yield MiniStack(number)
        finally:
            child.stop()


def _start(python: Path, port: int, state: Path | None, work: Path) -> tuple[Child, int]:
    """Start the emulator; with port 0, another port is tried when the free one was just lost."""
    attempts = 1 if port else _ATTEMPTS
    for attempt in range(1, attempts + 1):
        number = port or free_port()
        child = ministack_child(python, number, state, work)
        child.start()
        try:
            child.wait_until(functools.partial(is_healthy, number), deadline_s=START_S)
        except BaseException as error:
            child.stop()
            if not isinstance(error, ChildError) or attempt == attempts:
                raise
        else:
            return child, number
    message = "no port could be had for the emulator"
    raise ChildError(message)
