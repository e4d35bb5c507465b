"""One invocation of a worker in a process of its own, which a real SIGKILL ends at its line.

The process is a fork of the world. It asks that world over a pipe for whatever AWS and Meta would
do for it, so what it had done before it died has happened, and nothing after. Its memory is gone.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from bench.cloud.dynamodb import Refused
from bench.cloud.services import Cloud
from bench.fault_meta import Handed, Meta
from bench.virtual_time import Kernel


@dataclass(frozen=True, slots=True)
class Outside:
    """What a worker shares with the world: the time, AWS, and Meta."""

    kernel: Kernel
    cloud: Cloud
    meta: Meta


def killed(outside: Outside, work: Callable[[], object]) -> bool:
    """Do `work` in a process of its own; tell whether a SIGKILL ended it before it was done."""
    ours, theirs = Pipe()
    pid = os.fork()
    if pid == 0:
        ours.close()
        _be_the_worker(theirs, outside, work)
    theirs.close()
    with ours:
        _serve(ours, outside)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _be_the_worker(world: Connection, outside: Outside, work: Callable[[], object]) -> None:
    """Work as a process that knows AWS and Meta by the pipe only, and never return."""

    def ask(what: str, *args: Any) -> Any:  # noqa: ANN401 - AWS's or Meta's answer
        world.send((outside.kernel.now, what, args))
        outside.kernel.now, answer, refused = world.recv()
        if refused is not None:
            raise Refused(*refused)
        return answer

    def answer(service: str, operation: str, params: Mapping[str, Any]) -> Any:  # noqa: ANN401 - AWS's answer
        return ask("aws", service, operation, params)

    def hand(payload: Mapping[str, Any]) -> Handed:
        handed: Handed = ask("meta", payload)
        return handed

    outside.cloud.answer = answer  # type: ignore[method-assign]
    outside.meta.hand = hand
    try:
        work()
    finally:
        os._exit(0)


def _serve(worker: Connection, outside: Outside) -> None:
    """Do what the worker asks for until it is gone."""
    while True:
        try:
            now, what, args = worker.recv()
        except EOFError:
            return
        outside.kernel.now = max(outside.kernel.now, now)
        answer: Any = None
        refused = None
        try:
            answer = outside.cloud.answer(*args) if what == "aws" else outside.meta.hand(*args)
        except Refused as error:
            refused = (error.code, str(error), error.reasons)
        worker.send((outside.kernel.now, answer, refused))


def kill_this_process() -> None:
    """Die by a SIGKILL."""
    os.kill(os.getpid(), signal.SIGKILL)
