"""What the tests of the local stack share: one emulator for all, and processes to play with."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from os import environ
from pathlib import Path

import pytest

from infra.local.child import Child
from infra.local.ministack import MiniStack, inherited, ministack


@pytest.fixture(scope="session")
def aws() -> Iterator[MiniStack]:
    """An emulator with nothing in it, for the whole session."""
    with ministack() as running:
        yield running


@pytest.fixture
def make_child(tmp_path: Path) -> Iterator[Callable[..., Child]]:
    """Make processes that run a line of Python; what is left of them at the end is ended."""
    made: list[Child] = []

    def make(name: str, code: str, *, stop_s: float = 5.0) -> Child:
        child = Child(
            name,
            [sys.executable, "-c", code],
            env=inherited(environ),
            cwd=tmp_path,
            log=tmp_path / "logs" / f"{name}.log",
            stop_s=stop_s,
        )
        made.append(child)
        return child

    yield make
    for child in made:
        child.stop()


def eventually(true: Callable[[], bool], within_s: float = 5.0) -> bool:
    """Say whether `true()` within the time."""
    end = time.monotonic() + within_s
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture(name="eventually")
def _eventually() -> Callable[..., bool]:
    """Wait until something is so."""
    return eventually
