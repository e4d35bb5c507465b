"""The lines of Parley that a worker comes to, and its death at one of them.

No line and no module is listed anywhere: every line of every function of `chalicelib/` that runs
inside a worker is one at which it can die. What runs once as a module is loaded is not: a process
that dies there has done nothing yet. Nor is the moment at which a `with` block is left, when
Python comes to its first line once more: nothing that is there can raise.
"""

from __future__ import annotations

import ast
import dis
import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[1] / "chalicelib"
_PREFIX = f"{ROOT}{os.sep}"
# A client of botocore takes longer to make than a case to play, and remembers nothing of AWS's.
_KEPT = frozenset({"_client", "_session"})

Line = tuple[str, int]  # a path below chalicelib/, and the number
Hit = tuple[int, int]  # which of a world's invocations, and which time within it


class Crash(Exception):
    """The line failed."""


@dataclass(frozen=True, slots=True)
class Death:
    """A worker dies as it comes to a line: by an exception, or by a SIGKILL of its process."""

    line: Line
    hit: Hit
    is_kill: bool


class Watch:
    """Sees each line of Parley that the calling thread comes to, for as long as it is on."""

    def __init__(self, come_to: Callable[[Line], None], only: str | None = None) -> None:
        self._come_to = come_to
        self._only = None if only is None else _PREFIX + only
        self._is_elsewhere = False

    @contextmanager
    def on(self) -> Iterator[None]:
        """Watch for the block; a line that `come_to` raises at ends the watching."""
        sys.settrace(self._trace)
        try:
            yield
        finally:
            sys.settrace(None)

    @contextmanager
    def elsewhere(self) -> Iterator[None]:
        """Look away for the block, in which another process does something."""
        before, self._is_elsewhere = self._is_elsewhere, True
        try:
            yield
        finally:
            self._is_elsewhere = before

    def _trace(self, frame: FrameType, _event: str, _arg: object) -> Any:  # noqa: ANN401 - what sys.settrace takes
        path = frame.f_code.co_filename
        if self._is_elsewhere or not path.startswith(_PREFIX):
            return None
        if self._only is not None and path != self._only:
            return None
        return None if _is_loading(frame) else self._line

    def _line(self, frame: FrameType, event: str, _arg: object) -> Any:  # noqa: ANN401 - what sys.settrace takes
        if event == "line" and not self._is_elsewhere:
            code, number = frame.f_code, frame.f_lineno
            if number not in _with_lines(code.co_filename) or not _leaves(code, frame.f_lasti):
                self._come_to((code.co_filename.removeprefix(_PREFIX), number))
        return self._line


def _is_loading(frame: FrameType) -> bool:
    """Tell whether a frame is of a module or of a class that is being made."""
    return frame.f_code.co_name == "<module>" or "__qualname__" in frame.f_locals


@functools.cache
def _with_lines(path: str) -> frozenset[int]:
    """Return the lines of a file on which a `with` statement names what it enters."""
    return frozenset(
        number
        for node in ast.walk(ast.parse(Path(path).read_text()))
        if isinstance(node, (ast.With, ast.AsyncWith))
        for last in (node.items[-1].context_expr.end_lineno or node.lineno,)
        for number in range(node.lineno, last + 1)
    )


def _leaves(code: CodeType, offset: int) -> bool:
    """Tell whether an instruction begins the leaving of a `with` block: `__exit__(None, …)`."""
    name, argument = dis.opname[code.co_code[offset]], code.co_code[offset + 1]
    return name == "LOAD_CONST" and code.co_consts[argument] is None


def at(death: Death, die: Callable[[], None]) -> Callable[[Line], None]:
    """Return what calls `die` as a process comes to its line for the last time."""
    left = death.hit[1]

    def come_to(line: Line) -> None:
        nonlocal left
        if line == death.line:
            left -= 1
            if left == 0:
                die()

    return come_to


def forget_caches() -> None:
    """Empty what Parley keeps for the life of a process."""
    for clear in _caches(len(sys.modules)):
        clear()


@functools.lru_cache(maxsize=1)
def _caches(_modules: int) -> list[Callable[[], None]]:
    found = {
        id(one): one.cache_clear
        for name, module in list(sys.modules.items())
        if name.startswith("chalicelib.")
        for one in vars(module).values()
        if not isinstance(one, type) and hasattr(one, "cache_clear")
        if one.__module__.startswith("chalicelib.")
        if getattr(one, "__name__", "") not in _KEPT
    }
    return list(found.values())
